"""What changed since the last run: keyed digests per person × source, and which households that touches.

The state between runs holds no value and no name: keys are salted MD5 of ids, digests are salted too.
"""

from __future__ import annotations

from typing import Any

import ibis

from plugins.big_data_check.bulk.registers import PEOPLE

_OF_PERSON = ("area_code", "number", "name", "born", "persons", "allowed", "case_id")


def keyed(people: ibis.Table, salt: str) -> ibis.Table:
    """Adds `person` and `house`, the same at every run, and `print`, a digest of what the rolls say."""
    assert set(_OF_PERSON) <= set(PEOPLE.names)
    told = ibis.struct({"salt": ibis.literal(salt), **{name: people[name] for name in _OF_PERSON}})
    return people.mutate(
        person=_key(salt, people.person_id), house=_key(salt, people.household_id), print=told.hash()
    )


def people_state(people: ibis.Table) -> ibis.Table:
    return people.select("person", "house", "print")


def facts_state(people: ibis.Table, facts: ibis.Table) -> ibis.Table:
    """One row for each person × source; a digest of nothing is left out."""
    found: ibis.Table = facts.join(people.select("pid", "person"), "pid").select(
        "person", "source", "digest", "records", "namesakes"
    )
    return found


def touched(
    people: ibis.Table, facts: ibis.Table, old_people: ibis.Table, old_facts: ibis.Table
) -> ibis.Table:
    """`hid` of every household with somebody whose rolls or registry rows are not as they were. `facts` and
    `old_facts` are of the sources that were delivered anew."""
    now, before = facts_state(people, facts), old_facts
    every = ["person", "source", "digest", "records", "namesakes"]
    different = (
        now.anti_join(before, every).select("person").union(before.anti_join(now, every).select("person"))
    )
    told = people.semi_join(different, "person").select("hid")
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
    return rows.mutate(key=(ibis.literal(salt) + whom + "|" + rows.kind + "|" + rows.item).hexdigest("md5"))


def _key(salt: str, text: Any) -> Any:
    return (ibis.literal(salt) + text).hexdigest("md5")
