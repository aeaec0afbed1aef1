"""The wording of a notice: a text with `{变量}` in it, parsed strictly, filled in, and counted in message segments.

    Wording.parse("{姓名}，您的申请（{编号}）已受理。", {Variable.NAME, Variable.NUMBER})

A text message is read by whoever holds the phone: the variables below are all that can be put in, and none of them is
personal detail. What a message costs is said before it is saved: 70 characters in one, 67 in each of several.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.sdk import FieldError, Invalid

ONE, EACH = 70, 67
"""Characters (UTF-16 units) of a message alone, and of each part of a longer one."""

MOST_SEGMENTS = 3

TD = "回复TD退订"
_SAYS_HOW = re.compile(r"回复?[“\"\s]*(?:TD|T|N|退)", re.IGNORECASE)
"""Words that are understood when they come back (`replies.py`); a text that only speaks of stopping does not say how."""

_PLACE = re.compile(r"\{([^{}]*)\}")
_MANY_DIGITS = re.compile(r"\d[\d\s\-]{8,}\d")


class Variable(StrEnum):
    """What can be put in. `NAME` is the family name alone (王**)."""

    NAME = "姓名"
    NUMBER = "编号"
    STEP = "环节"
    DEADLINE = "期限"
    OFFICE = "机关"
    PHONE = "电话"


SAMPLE: Mapping[Variable, str] = {
    Variable.NAME: "王**",
    Variable.NUMBER: "620802-2026-000001",
    Variable.STEP: "调查核对",
    Variable.DEADLINE: "2026年9月30日",
    Variable.OFFICE: "平凉市崆峒区民政局",
    Variable.PHONE: "0933-8210000",
}
"""For previews."""

_NAMES = frozenset(str(variable) for variable in Variable)


@dataclass(frozen=True, slots=True)
class Wording:
    """A wording that can be used: its text, and the variables in it."""

    text: str
    variables: frozenset[Variable]

    @classmethod
    def parse(cls, text: str, allowed: Iterable[Variable]) -> Wording:
        """Raises Invalid at the field `text` with every mistake at once."""
        offered = frozenset(allowed)
        mistakes = [*_shape(text), *_variables(text, offered), *_literals(text)]
        if mistakes:
            raise Invalid("短信内容有几处要改", fields=tuple(FieldError("text", m) for m in mistakes))
        return cls(text.strip(), frozenset(Variable(name) for name in _PLACE.findall(text)))

    def fill(self, values: Mapping[Variable, str]) -> str:
        """The finished text. Raises KeyError where a value is missing: the notice offered more than it knows."""
        return _PLACE.sub(lambda found: values[Variable(found[1])], self.text)


def for_phones(text: str) -> str:
    """As it goes to a phone: how to stop them is said once. It counts for length and cost."""
    return text if _SAYS_HOW.search(text) else f"{text}{TD}"


def segments(text: str, signature: str) -> int:
    """How many messages this is charged as, with `【signature】` before it."""
    length = units(f"【{signature}】{text}")
    return 1 if length <= ONE else -(-length // EACH)


def units(text: str) -> int:
    """Characters as a carrier counts them (UCS-2): what lies beyond the basic plane counts twice."""
    return len(text.encode("utf-16-le")) // 2


def initial(name: str) -> str:
    """`王**`: the first character, and nothing of how long the rest is."""
    return f"{name.strip()[:1]}**"


def _shape(text: str) -> Iterable[str]:
    if len(text.strip()) < 8:
        yield "内容太短，请写完整的一句话"
    if "\n" in text.strip():
        yield "短信内容写成一段，不要换行"
    if "【" in text or "】" in text:
        yield "不要写【】：签名由系统加在最前面"
    if re.search(r"[{}]", _PLACE.sub("", text)):
        yield "花括号没有成对，变量要写成 {编号} 的样子"


def _variables(text: str, offered: frozenset[Variable]) -> Iterable[str]:
    usable = "、".join(f"{{{variable}}}" for variable in Variable if variable in offered)
    for name in dict.fromkeys(_PLACE.findall(text)):
        if name not in _NAMES:
            yield f"没有变量“{name}”，可以用：{usable}"
        elif Variable(name) not in offered:
            yield f"这种通知里没有“{name}”，可以用：{usable}"


def _literals(text: str) -> Iterable[str]:
    plain = _PLACE.sub("", text)
    if _MANY_DIGITS.search(plain):
        yield "不要直接写号码；监督电话请用变量 {电话}"
    if segments(for_phones(_sampled(text)), SAMPLE[Variable.OFFICE]) > MOST_SEGMENTS:
        yield f"内容太长，一条通知最多拆成 {MOST_SEGMENTS} 条短信，请写短些"


def _sampled(text: str) -> str:
    return _PLACE.sub(lambda found: SAMPLE[Variable(found[1])] if found[1] in _NAMES else "", text)
