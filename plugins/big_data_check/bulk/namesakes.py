"""Step 3: rows without a readable number that have a person's name, birth date and district: suspected, never taken as fact."""

from __future__ import annotations

from typing import Any

import ibis

from plugins.big_data_check.bulk.identity import date_in, plain, unreadable


def by_name(people: ibis.Table, rows: ibis.Table) -> ibis.Table:
    """As `exact.by_number`, with `namesake` true. A readable number that is nobody's belongs to somebody else."""
    nameless = rows.filter(unreadable(rows))
    born: Any = ibis.coalesce(nameless.birth_date, _birth_date_written(nameless))
    keyed = nameless.mutate(_name=plain(nameless.name), _born=born, _district=nameless.area_code[:6])
    whose = people.select("pid", "hid", "district", _name=plain(people.name), _born=people.born)
    whose = whose.mutate(_district=whose.district)
    found = keyed.join(whose, ["_name", "_born", "_district"])
    return found.mutate(namesake=ibis.literal(True)).drop("_name", "_born", "_district", "stem", "digits")


def _birth_date_written(rows: ibis.Table) -> Any:
    """A number with a wrong check character still tells a birth date, as `matching.compare` reads it."""
    return ibis.ifelse(rows.digits.length() == 18, date_in(rows.digits), ibis.null("date"))
