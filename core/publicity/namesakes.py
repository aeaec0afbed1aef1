"""Which household of a village's list a row means, where two of one group may have one name. Pure.

what tells them apart is a household number or the last digits of an ID, never the whole number
brought without it    the only household of that name; of several, nobody can say which: refused
brought with it       that household; or the one the list had without it, if there is no doubt it is meant
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

Name = tuple[str, str]
"""Group and head."""


@dataclass(frozen=True, slots=True)
class Row:
    """`apart`: what tells namesakes apart; empty: nothing does."""

    group_name: str
    head: str
    apart: str

    @property
    def name(self) -> Name:
        return self.group_name, self.head


class Doubtful(Exception):
    """Nobody can say which household is meant; the message says what to do."""


def by_name(known: Mapping[UUID, Row]) -> dict[Name, dict[str, UUID]]:
    found: dict[Name, dict[str, UUID]] = defaultdict(dict)
    for household, row in known.items():
        found[row.name][row.apart] = household
    return found


def meant(row: Row, known: Mapping[str, UUID]) -> UUID | None:
    """Of the households of that name, the one meant; None: a new one. Raises Doubtful."""
    if row.apart in known:
        if row.apart or len(known) == 1:
            return known[row.apart]
    elif not known or row.apart:
        return None
    elif len(known) == 1:
        return next(iter(known.values()))
    several = "、".join(sorted(filter(None, known)))
    raise Doubtful(f"名单里“{row.group_name} {row.head}”不止一户（{several}），请在“区分”里写明是哪一户")


def doubled(rows: Sequence[Row]) -> dict[int, str]:
    """By place, rows that cannot be told from an earlier one: one name twice and nothing, or the same, beside it."""
    first: dict[tuple[str, str, str], int] = {}
    named: dict[Name, int] = {}
    found = {}
    for n, row in enumerate(rows):
        same = first.setdefault((*row.name, row.apart), n)
        other = named.setdefault(row.name, n)
        if same == n and (other == n or (row.apart and rows[other].apart)):
            continue
        found[n] = (
            f"第 {n + 1} 行和第 {min(same, other) + 1} 行同组同名，请在“区分”里各写户号或身份证后四位；"
            "是同一户的，请删掉一行"
        )
    return found


def unmarked_in_doubt(rows: Sequence[Row], known: Mapping[Name, Mapping[str, UUID]]) -> dict[int, str]:
    """By place, rows of which the list has a household nothing tells apart, while several of the name are brought."""
    brought: dict[Name, list[int]] = defaultdict(list)
    for n, row in enumerate(rows):
        if row.apart and row.apart not in known.get(row.name, {}):
            brought[row.name].append(n)
    return {
        places[1]: (
            f"名单里原来有一户“{name[0]} {name[1]}”没有写区分，说不清是哪一户。请先只给它补上区分导入一次，再导入另一户"
        )
        for name, places in brought.items()
        if len(places) > 1 and "" in known.get(name, {})
    }
