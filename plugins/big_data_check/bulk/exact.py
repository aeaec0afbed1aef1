"""Step 2: rows whose ID number is a person's own; old 15-digit numbers count as the 18-digit ones they became.

The join goes by the 17 digits as one integer, which is far cheaper than by text; the text then has the last word.
"""

from __future__ import annotations

from typing import Any

import ibis


def by_number(people: ibis.Table, rows: ibis.Table) -> ibis.Table:
    """Every row with `pid`, `hid` and `district` of the person it is about. `people` has `stem`, `rows` is `numbered`."""
    whose = people.select("pid", "hid", "district", "stem", last=people.number[17:18])
    found: Any = rows.filter(rows.digits.notnull()).join(whose, "stem")
    same = (found.digits.length() == 15) | (found.digits[17:18] == found.last)
    return found.filter(same).mutate(namesake=ibis.literal(False)).drop("last", "stem", "digits")


def stemmed(people: ibis.Table) -> ibis.Table:
    """The rolls as this step and the next need them."""
    number: Any = people.number
    return people.mutate(stem=number[:17].cast("int64"), district=people.area_code[:6])
