"""Step 3: rows without a readable number that have a person's name, birth date and district: suspected, never taken as fact."""

from __future__ import annotations

from typing import Any

import ibis

from plugins.big_data_check.bulk.exact import by_number, those_looked_at
from plugins.big_data_check.bulk.identity import date_written, plain

FOUND = ("pid", "hid", "district", "namesake")


def owners(people: ibis.Table, rows: ibis.Table, scatter: bool = False) -> ibis.Table:
    """Steps 2 and 3 in one reading of `rows`: those that are somebody's, or may be, each with `pid`, `hid`, `district`
    and `namesake`. Of one person a row is never both: whoever's number can be read is known, or somebody else.
    `scatter`: see `Engine`."""
    return by_name(people, by_number(people, rows, scatter)).select(*rows.columns, *FOUND)


def by_name(people: ibis.Table, rows: ibis.Table) -> ibis.Table:
    """`rows` as `exact.by_number` leaves them. A readable number that is nobody's belongs to somebody else."""
    known: Any = rows.pid.notnull()  # first in every case: what follows is worked out for the rest only
    keyed = rows.mutate(
        _name=ibis.ifelse(known | rows.readable, ibis.null("string"), plain(rows.name)),
        _born=ibis.cases(
            (rows.birth_date.notnull(), rows.birth_date), (known, ibis.null("date")), else_=date_written(rows.id_number)
        ),
        _area=rows.area_code.substr(0, 6),
    )  # fmt: skip
    wanted = those_looked_at(people)
    named = wanted.select(
        _plain=wanted.plain, _day=wanted.born, _where=wanted.district, _pid=wanted.pid, _hid=wanted.hid
    )  # fmt: skip
    found: Any = keyed.left_join(
        named, [keyed._name == named._plain, keyed._born == named._day, keyed._area == named._where]
    )
    found = found.filter(found.pid.notnull() | found._pid.notnull())
    return found.mutate(
        namesake=found.namesake | found.pid.isnull(), pid=ibis.coalesce(found.pid, found._pid),
        hid=ibis.coalesce(found.hid, found._hid), district=ibis.coalesce(found.district, found._where),
    )  # fmt: skip
