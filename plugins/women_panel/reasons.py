"""Reasons a ballot may give: the district's own lines, each of which may begin with the one choice it is offered for.

"同意：主要劳动力缺失" is offered to who agrees; "情况不清楚，需要再查" to everybody. What is counted is the text after the colon,
which may be a full-width one or, as keyboards give it, a half-width one.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

FOR = {"不同意": "disagree", "同意": "agree", "弃权": "abstain"}
COLONS = ("：", ":")


class Reason(msgspec.Struct, frozen=True):
    """`choice` is the only one it is offered for; empty for all."""

    text: str
    choice: str = ""


def read(lines: Iterable[str]) -> tuple[Reason, ...]:
    """As the district wrote them, in its order."""
    return tuple(_read(line) for line in lines)


def _read(line: str) -> Reason:
    for word, choice in FOR.items():
        rest = line.removeprefix(word).lstrip()
        if rest != line and rest.startswith(COLONS):
            return Reason(rest[1:].strip(), choice)
    return Reason(line)


def offered(lines: Iterable[str], choice: str) -> tuple[str, ...]:
    """The texts among which a ballot of this choice may say one."""
    return tuple(one.text for one in read(lines) if one.choice in ("", choice))
