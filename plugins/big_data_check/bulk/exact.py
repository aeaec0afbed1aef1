"""Step 2: rows whose ID number is a person's own; old 15-digit numbers count as the 18-digit ones they became.

Nine rows in ten are spelt just as the rolls spell them and go by the text. Only the others are washed, and join by the 15
digits without a century as one integer; there century and check character have the last word. Where only the century is
another (19 for 20) and the name is the same, the registry may have slipped: suspected, as in a single check.
"""

from __future__ import annotations

from typing import Any

import ibis

from plugins.big_data_check.bulk.identity import numbered, other_century, plain, unreadable, without_century

SOUGHT = (
    "pid", "hid", "number", "short", "stem", "slip", "plain", "born", "district", "allowed", "looked_at",
)  # fmt: skip
"""What of the rolls the search of a registry needs."""


def by_number(people: ibis.Table, rows: ibis.Table) -> ibis.Table:
    """Every row, once read, with `pid`, `hid` and `district` of the person whose number it bears, or null: nobody's;
    `namesake` is true where the century is another.

    `people` has the columns of `stemmed`. Also adds `digits`, `stem` and `short` (`identity`) where the text was nobody's. A
    person with `looked_at` false is recognised, so that nothing more is done about the row, which is left out.
    """
    by_text = people.select(
        _number=people.number, _pid=people.pid, _hid=people.hid, _district=people.district, _looked_at=people.looked_at
    )  # fmt: skip
    first: Any = rows.left_join(by_text, rows.id_number == by_text._number)
    first = first.filter(first._looked_at.fill_null(True)).drop("_number", "_looked_at")
    washed: Any = numbered(first, first._pid.notnull())
    wanted = people.filter(people.looked_at)
    by_digits = wanted.select(
        _short=wanted.short, _stem=wanted.stem, _slip=wanted.slip, _last=wanted.number.substr(17, 1), _plain=wanted.plain,
        _pid2=wanted.pid, _hid2=wanted.hid, _district2=wanted.district,
    )  # fmt: skip
    # rows that have their person join by a key that is nobody's and each their own: a cluster spreads them evenly
    key = ibis.ifelse(washed._pid.notnull(), -1 - washed._pid, washed.short)
    second: Any = washed.mutate(_key=key)
    second = second.left_join(by_digits, [second._key == by_digits._short, _bears(second, by_digits)])
    return second.mutate(
        pid=ibis.coalesce(second._pid, second._pid2), hid=ibis.coalesce(second._hid, second._hid2),
        district=ibis.coalesce(second._district, second._district2),
        namesake=(second.stem == second._slip).fill_null(False),
    ).drop(
        "_pid", "_hid", "_district", "_key", "_short", "_stem", "_slip", "_last", "_plain", "_pid2", "_hid2", "_district2"
    )  # fmt: skip


def _bears(row: Any, person: Any) -> Any:
    """Whether a row bears the number of a person with the same 15 digits, or that number with a slip in the century."""
    own = (row.digits.length() == 15) | (row.digits.substr(17, 1) == person._last)
    slip = ~unreadable(row) & (plain(row.name) == person._plain)
    return ibis.cases(
        (row.stem == person._stem, own), (row.stem == person._slip, slip), else_=ibis.literal(False)
    )


def stemmed(people: ibis.Table) -> ibis.Table:
    """The rolls as this step and the next need them: `stem` and what else identifies, `plain` name, `district`, and
    everybody to be looked at."""
    number: Any = people.number
    stem = number.substr(0, 17).cast("int64")
    return people.mutate(
        stem=stem, short=without_century(number).cast("int64"), slip=other_century(stem, number), plain=plain(people.name),
        district=people.area_code.substr(0, 6), looked_at=ibis.literal(True),
    )  # fmt: skip
