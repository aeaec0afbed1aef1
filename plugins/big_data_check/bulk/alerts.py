"""Step 6: what a person should look at, one row each: items over a limit of the district, and households over a line.

    hid · pid (null: the household) · kind · item · namesake · news

`news` is false where there is nothing to compare with: an employer is only told of when the source was there last time.
Whether an item was known already is for `changes` to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis
from ibis import _

COLUMNS = ("hid", "pid", "kind", "item", "namesake", "news")


def alerts(facts: ibis.Table, households: ibis.Table, compared: Sequence[str]) -> ibis.Table:
    """`compared`: the sources that were there at the last run."""
    return _of_items(facts, households, compared).union(_of_households(households))


def _of_items(facts: ibis.Table, households: ibis.Table, compared: Sequence[str]) -> ibis.Table:
    some = facts.filter(facts.items.length() > 0)
    before = some.source.isin(compared) if compared else ibis.literal(False)
    each: Any = some.select("hid", "pid", before=before, told=some.items.unnest())
    split = each.select(
        "hid", "pid",
        kind=each.told.re_extract("^([a-z]+)[:~]", 1),
        item=each.told.re_replace("^[a-z]+[:~]", ""),
        namesake=each.told.re_search("^[a-z]+~"),
        news=~each.told.re_search("^job") | each.before,
    )  # fmt: skip
    once = _there(split, households).group_by("hid", "pid", "kind", "item").agg(
        namesake=_.namesake.min(), news=_.news.max()
    )  # fmt: skip
    return once.select(*COLUMNS)


def _there(split: ibis.Table, households: ibis.Table) -> ibis.Table:
    """Of houses that count only where the household's area a head lies in some pieces, those it lies in one of."""
    rooms = households.select("hid", "rooms").rename(_hid="hid")
    found: Any = split.left_join(rooms, split.hid == rooms._hid)
    some = found.kind.startswith("home")
    kept = found.filter(~some | found.kind.substr(4).contains(found.rooms).fill_null(False))
    return kept.mutate(kind=ibis.ifelse(kept.kind.startswith("home"), "housing", kept.kind)).drop(
        "_hid", "rooms"
    )


def _of_households(households: Any) -> ibis.Table:
    """Said once a year."""

    def over(flag: Any, kind: str) -> ibis.Table:
        rows = households.filter(flag)
        found: ibis.Table = rows.select(
            "hid", pid=ibis.null("int64"), kind=ibis.literal(kind), item=rows.year.cast("string"),
            namesake=ibis.literal(False), news=ibis.literal(True),
        )  # fmt: skip
        return found

    return over(households.deposits_over, "deposits").union(over(households.income_over, "income"))
