"""A villager's form, one question to a page: the same form as officers fill in at once, walked through step by step.

Each page shows one part and carries the rest along hidden, so that nothing is stored before it is sent and nothing typed
is lost on the way back. Pure: which parts there are, which errors belong to the one shown, where to go next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.kernel.forms import FieldSpec, flatten
from core.web.i18n import gettext as _

FEWEST = 3
"""Forms with fewer parts are shown at once."""


@dataclass(frozen=True, slots=True)
class Part:
    """One page's question. `name` is the HTML name of its field, `prefix` what stands before it."""

    spec: FieldSpec
    prefix: str = ""

    @property
    def name(self) -> str:
        return f"{self.prefix}{self.spec.name}"

    @property
    def question(self) -> str:
        asked = questions()
        return asked.get(self.name) or asked.get(self.spec.name, self.spec.title)

    def holds(self, name: str) -> bool:
        return name == self.name or name.startswith(f"{self.name}-")

    def value(self, typed: Mapping[str, Any]) -> Any:
        """What was typed here so far; None: nothing."""
        node: Any = typed
        for key in self.name.split("-"):
            node = node.get(key) if isinstance(node, Mapping) else None
        return self.spec.default if node is None else node

    def carried(self, typed: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Everything typed on the other pages, as hidden inputs."""
        return [(name, value) for name, value in flatten(typed) if not self.holds(name)]

    def errors(self, errors: Mapping[str, str]) -> dict[str, str]:
        return {name: message for name, message in errors.items() if self.holds(name)}


def questions() -> dict[str, str]:
    """How a neighbour would ask, by the field's name or its whole path; others are asked by their title."""
    return {
        "area_code": _("您家住在哪个村？"),
        "members": _("家里一共有谁？"),
        "facts-members": _("家里每个人现在是什么情况？"),
        "group_name": _("您家是哪个村民小组？"),
        "address": _("家在什么位置？"),
        "bank_account": _("钱发到哪个账号？"),
        "income": _("过去一年家里有哪些收入？"),
        "deductions": _("过去一年自己掏了多少看病、康复的钱？"),
        "land": _("家里有多少地？自己种还是流转出去了？"),
        "supporters": _("有没有不住在一起、应当赡养您家的子女亲属？"),
        "assets": _("车、商品房、存款、公司这些，有没有想先说明的？"),
        "alone": _("是不是家里某一个人单独申请？"),
        "pledge": _("您承诺填写的都是真实的吗？"),
        "authorisations": _("同意我们向有关部门核对家庭情况吗？"),
        "reason": _("家里有什么困难？"),
        "papers": _("有没有我们查不到的材料？"),
    }


def parts_of(specs: Sequence[FieldSpec]) -> tuple[Part, ...]:
    """The parts of a form in order: top-level fields, and those of a required group instead of the group."""
    return tuple(_parts(specs, ""))


def _parts(specs: Sequence[FieldSpec], prefix: str) -> Iterable[Part]:
    for spec in specs:
        if spec.widget == "hidden":
            continue
        if spec.widget == "group" and spec.required and not prefix:
            yield from _parts(spec.nested, f"{spec.name}-")
        else:
            yield Part(spec, prefix)


def first_wrong(parts: Sequence[Part], errors: Mapping[str, str]) -> int:
    """The first part one of the errors stands at; the last one for errors of the whole form."""
    return next((n for n, part in enumerate(parts) if part.errors(errors)), len(parts) - 1)


def page_of(own: Mapping[str, str], parts: Sequence[Part]) -> int:
    """The page the form says it came from."""
    sent = own.get("_page", "")
    return min(int(sent), len(parts) - 1) if sent.isdecimal() and len(sent) < 4 else 0
