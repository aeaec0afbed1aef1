"""Step 2: rows whose ID number is a person's own; old 15-digit numbers count as the 18-digit ones they became.

Nine rows in ten are spelt just as the rolls spell them and go by the text. Only the others are washed, and join by the 15
digits without a century as one integer; there century and check character have the last word. Where only the century is
another (19 for 20) and the name is the same, the registry may have slipped: suspected, as in a single check.
"""

from __future__ import annotations

from typing import Any

import ibis

from plugins.big_data_check.bulk.identity import numbered, other_century, plain, without_century

SOUGHT = ("pid", "hid", "number", "short", "stem", "slip", "plain", "born", "district", "allowed")
"""What of the rolls the search of a registry needs."""
LOOKED_AT = "looked_at"
"""A column people have where not everybody is looked at."""


def by_number(people: ibis.Table, rows: ibis.Table, scatter: bool = False) -> ibis.Table:
    """Every row, once read, with `pid`, `hid` and `district` of the person whose number it bears, or null: nobody's;
    `namesake` is true where the century is another.

    `people` has the columns of `stemmed`. Also adds what `identity.numbered` adds where the text was nobody's. A person with
    `looked_at` false is recognised, so that nothing more is done about the row, which is left out. `scatter`: see `Engine`.
    """
    washed: Any = _by_text(people, rows)
    wanted = those_looked_at(people)
    by_digits = wanted.select(
        _short=wanted.short, _stem=wanted.stem, _slip=wanted.slip, _last=wanted.number.right(1), _plain=wanted.plain,
        _pid2=wanted.pid, _hid2=wanted.hid, _district2=wanted.district,
    )  # fmt: skip
    key = ibis.ifelse(washed._pid.notnull(), -1 - washed._pid, washed.short) if scatter else washed.short
    found: Any = washed.left_join(by_digits, [key == by_digits._short, _bears(washed, by_digits)])
    return found.select(
        *rows.columns, "digits", "readable", pid=ibis.coalesce(found._pid, found._pid2),
        hid=ibis.coalesce(found._hid, found._hid2), district=ibis.coalesce(found._district, found._district2),
        namesake=(found.stem == found._slip).fill_null(False),
    )  # fmt: skip


def _by_text(people: ibis.Table, rows: ibis.Table) -> ibis.Table:
    """With `_pid`, `_hid`, `_district` where the text is on the rolls, else what `numbered` reads in it."""
    numbers = people.select(
        _number=people.number, _pid=people.pid, _hid=people.hid, _district=people.district,
        **{f"_{name}": people[name] for name in people.columns if name == LOOKED_AT},
    )  # fmt: skip
    found: Any = rows.left_join(numbers, rows.id_number == numbers._number)
    if LOOKED_AT in people.columns:
        found = found.filter(found._looked_at.fill_null(True))
    return numbered(found, found._pid.notnull())


def those_looked_at(people: ibis.Table) -> ibis.Table:
    return people.filter(people[LOOKED_AT]) if LOOKED_AT in people.columns else people


def _bears(row: Any, person: Any) -> Any:
    """Whether a row bears the number of a person with the same 15 digits, or that number with a slip in the century."""
    own = (row.digits.length() == 15) | (row.digits.right(1) == person._last)
    slip = row.readable & (plain(row.name) == person._plain)
    return ibis.cases(
        (row.stem == person._stem, own), (row.stem == person._slip, slip), else_=ibis.literal(False)
    )


def stemmed(people: ibis.Table) -> ibis.Table:
    """The rolls as this step and the next need them: `stem` and what else identifies, `plain` name, `district`."""
    number: Any = people.number
    stem = number.substr(0, 17).cast("int64")
    return people.mutate(
        stem=stem, short=without_century(number).cast("int64"), slip=other_century(stem, number), plain=plain(people.name),
        district=people.area_code.substr(0, 6),
    )  # fmt: skip
