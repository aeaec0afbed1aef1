"""Reasons a ballot may give: the district's own lines, each of which may begin with the one choice it is offered for.

"同意：主要劳动力缺失" is offered to who agrees; "情况不清楚，需要再查" to everybody. What is counted is the text after the colon.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

FOR = {"不同意：": "disagree", "同意：": "agree", "弃权：": "abstain"}


class Reason(msgspec.Struct, frozen=True):
    """`choice` is the only one it is offered for; empty for all."""

    text: str
    choice: str = ""


def read(lines: Iterable[str]) -> tuple[Reason, ...]:
    """As the district wrote them, in its order."""
    return tuple(_read(line) for line in lines)


def _read(line: str) -> Reason:
    for words, choice in FOR.items():
        if line.startswith(words):
            return Reason(line.removeprefix(words).strip(), choice)
    return Reason(line)


def offered(lines: Iterable[str], choice: str) -> tuple[str, ...]:
    """The texts among which a ballot of this choice may say one."""
    return tuple(one.text for one in read(lines) if one.choice in ("", choice))
