"""What changed since the last run: keyed digests per person × source, and which households that touches.

The state between runs holds no value and no name: keys are salted MD5 of ids, digests are salted too. Its facts name people
by the number they had in that run (`pid`), which only its own list of people leads back to a key.
"""

from __future__ import annotations

from typing import Any

import ibis

from plugins.big_data_check.bulk.registers import PEOPLE

FORMAT = 3
"""Of what stays between runs; states of another are not compared with."""
_OF_PERSON = ("area_code", "number", "name", "born", "persons", "allowed", "case_id")
_FACT = ("pid", "source", "digest", "records", "namesakes")


def people_state(people: ibis.Table, salt: str) -> ibis.Table:
    """`pid` and `person`, `house`, the same at every run, and `print`, a digest of what the rolls say."""
    assert set(_OF_PERSON) <= set(PEOPLE.names)
    told = ibis.struct({"salt": ibis.literal(salt), **{name: people[name] for name in _OF_PERSON}})
    return people.select(
        "pid", person=key(salt, people.person_id), house=key(salt, people.household_id), print=told.hash()
    )


def facts_state(facts: ibis.Table) -> ibis.Table:
    """One row for each person × source; a digest of nothing is left out."""
    return facts.select(*_FACT)


def carried(people: ibis.Table, old_people: ibis.Table, old_facts: ibis.Table) -> ibis.Table:
    """The facts of the last run, of those who are still there, by the numbers people have in this run."""
    then = old_people.select("person", _then="pid").join(people.select("person", _now="pid"), "person")
    moved = old_facts.join(then, old_facts.pid == then._then)
    return moved.drop("pid").rename(pid="_now").select(*_FACT)


def touched(
    people: ibis.Table, facts: ibis.Table, old_people: ibis.Table, old_facts: ibis.Table
) -> ibis.Table:
    """`hid` of every household with somebody whose rolls or registry rows are not as they were. `people` has `hid` and
    the columns of `people_state`; `facts` and `old_facts`, as `facts_state` leaves them, are of the sources that were
    delivered anew."""
    now, before = facts, carried(people, old_people, old_facts)
    different = now.anti_join(before, _FACT).select("pid").union(before.anti_join(now, _FACT).select("pid"))
    told = people.semi_join(different, "pid").select("hid")
    return told.union(touched_people(people, old_people)).distinct()


def touched_people(people: ibis.Table, old_people: ibis.Table) -> ibis.Table:
    """Households that somebody joined, left, or of whom the rolls say something else."""
    moved = people.anti_join(old_people, ["person", "print"]).select("hid")
    left = old_people.anti_join(people, "person").select("house")
    emptier = people.semi_join(left, "house").select("hid")
    return moved.union(emptier).distinct()


def alert_keys(rows: ibis.Table, salt: str) -> ibis.Table:
    """Adds `key`: the same for the same person (or household), kind and item, at every run."""
    whom = ibis.coalesce(rows.person_id, rows.household_id)
    return rows.mutate(key=key(salt, whom + "|" + rows.kind + "|" + rows.item))


def key(salt: str, text: Any) -> Any:
    """Salted MD5: the same for the same id at every run."""
    return (ibis.literal(salt) + text).hexdigest("md5")
