"""Step 2: rows whose ID number is a person's own; old 15-digit numbers count as the 18-digit ones they became.

Nine rows in ten are spelt just as the rolls spell them and go by the text. Only the others are washed, and join by the 17
digits as one integer; there the check character has the last word.
"""

from __future__ import annotations

from typing import Any

import ibis

from plugins.big_data_check.bulk.identity import numbered, plain

SOUGHT = ("pid", "hid", "number", "stem", "plain", "born", "district", "allowed", "looked_at")
"""What of the rolls the search of a registry needs."""


def by_number(people: ibis.Table, rows: ibis.Table) -> ibis.Table:
    """Every row, once read, with `pid`, `hid` and `district` of the person whose number it bears, or null: nobody's.

    `people` has the columns of `stemmed`. Also adds `digits` and `stem` (`identity`) where the text was nobody's. A person
    with `looked_at` false is recognised, so that nothing more is done about the row, which is left out.
    """
    by_text = people.select(
        _number=people.number, _pid=people.pid, _hid=people.hid, _district=people.district, _looked_at=people.looked_at
    )  # fmt: skip
    first: Any = rows.left_join(by_text, rows.id_number == by_text._number)
    first = first.filter(first._looked_at.fill_null(True)).drop("_number", "_looked_at")
    washed: Any = numbered(first, first._pid.notnull())
    wanted = people.filter(people.looked_at)
    by_digits = wanted.select(
        _stem=wanted.stem, _last=wanted.number.substr(17, 1), _pid2=wanted.pid, _hid2=wanted.hid, _district2=wanted.district
    )  # fmt: skip
    # rows that have their person join by a key that is nobody's and each their own: a cluster spreads them evenly
    key = ibis.ifelse(washed._pid.notnull(), -1 - washed._pid, washed.stem)
    second: Any = washed.mutate(_key=key)
    same = (second.digits.length() == 15) | (second.digits.substr(17, 1) == by_digits._last)
    second = second.left_join(by_digits, [second._key == by_digits._stem, same])
    return second.mutate(
        pid=ibis.coalesce(second._pid, second._pid2), hid=ibis.coalesce(second._hid, second._hid2),
        district=ibis.coalesce(second._district, second._district2),
    ).drop("_pid", "_hid", "_district", "_key", "_stem", "_last", "_pid2", "_hid2", "_district2")  # fmt: skip


def stemmed(people: ibis.Table) -> ibis.Table:
    """The rolls as this step and the next need them: `stem`, `plain` name, `district`, and everybody to be looked at."""
    number: Any = people.number
    return people.mutate(
        stem=number.substr(0, 17).cast("int64"), plain=plain(people.name), district=people.area_code.substr(0, 6),
        looked_at=ibis.literal(True),
    )  # fmt: skip
