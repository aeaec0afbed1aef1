"""Whom a complaint concerns, and so who may not answer it: the accused, namesakes of theirs, and near relatives."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.access.areas import covers
from core.access.authorizer import Actor, Authorizer
from core.access.kinship import Degree, Edge, relatives
from core.complaints.names import UNSEEN, meant, squeezed
from core.complaints.register import Row
from core.complaints.routing import Level, levels_of
from core.kernel import store
from core.registry import kin
from core.storage.database import Transaction

OBJECT = "complaint"


@dataclass(frozen=True, slots=True)
class Accused:
    """`level` is the highest office one of them holds; None: nobody of that name serves here."""

    accounts: tuple[UUID, ...] = ()
    persons: tuple[UUID, ...] = ()
    level: Level | None = None
    case_id: UUID | None = None


async def officials_called(
    tx: Transaction, text: str, area_code: str, now: datetime, whom: str = ""
) -> Accused:
    """Accounts whose name stands in `text` or `whom` and whose area has to do with the place. Namesakes are kept out as well.

    `whom`: what was written where the name of one accused is asked for.
    """
    names = await _named(tx, text, area_code, whom)
    rows = await tx.fetch(
        """SELECT DISTINCT a.id FROM account a JOIN account_grant g ON g.tenant_id = a.tenant_id AND g.account_id = a.id
           WHERE a.tenant_id = $1 AND a.status = 'active' AND a.name = ANY($2)""",
        tx.tenant,
        list(names),
    )
    people = await store.actors(tx, [row["id"] for row in rows], now)
    here = {i: a for i, a in people.items() if any(covers(g.area_code, area_code) for g in a.grants)}
    levels = levels_of(grant.role for actor in here.values() for grant in actor.grants)
    top = max(levels, key=list(Level).index) if levels else None
    return Accused(tuple(here), tuple(a.person_id for a in here.values() if a.person_id), top)


async def household_called(tx: Transaction, whom: str, area_code: str) -> Accused:
    """The village's households of which anybody is named, on the rolls without a case too, or whose case number is.

    Everybody of all of them is kept out; the case is theirs only when a single household is meant.
    """
    names = await _named(tx, "", area_code, whom)
    rows = await tx.fetch(
        """WITH named AS (
               SELECT m.household_id AS id FROM household h
               JOIN household_member m ON m.tenant_id = h.tenant_id AND m.household_id = h.id
               JOIN person p ON p.tenant_id = m.tenant_id AND p.id = m.person_id
               WHERE h.tenant_id = $1 AND h.area_code = $3 AND p.name = ANY($4)
             UNION
               SELECT subject_id FROM process
               WHERE tenant_id = $1 AND kind = 'case' AND NOT ended AND subject_id IS NOT NULL AND strpos($2, number) > 0)
           SELECT m.household_id, m.person_id, (SELECT c.id FROM process c
               WHERE c.tenant_id = $1 AND c.subject_id = m.household_id AND c.kind = 'case' AND NOT c.ended
               ORDER BY c.opened_at DESC LIMIT 1) AS case_id
           FROM named n JOIN household_member m ON m.tenant_id = $1 AND m.household_id = n.id""",
        *(tx.tenant, whom, area_code, list(names)),
    )
    single = len({row["household_id"] for row in rows}) == 1
    persons = tuple(dict.fromkeys(row["person_id"] for row in rows))
    return Accused(persons=persons, case_id=rows[0]["case_id"] if single else None)


async def _named(tx: Transaction, text: str, area_code: str, whom: str) -> frozenset[str]:
    """Names of accounts and of the village's people that are spoken of: a longer one that is known is not a shorter one."""
    rows = await tx.fetch(
        """SELECT name FROM (
               SELECT name FROM account WHERE tenant_id = $1 AND status = 'active'
             UNION
               SELECT p.name FROM household h
               JOIN household_member m ON m.tenant_id = h.tenant_id AND m.household_id = h.id
               JOIN person p ON p.tenant_id = m.tenant_id AND p.id = m.person_id
               WHERE h.tenant_id = $1 AND h.area_code = $3) known
           WHERE length(name) > 1 AND strpos($2, translate(normalize(name, NFKC), $4, '')) > 0""",
        *(tx.tenant, squeezed(f"{text}\n{whom}"), area_code, UNSEEN),
    )
    return meant(text, [row["name"] for row in rows], whom)


async def household_of(tx: Transaction, case_id: UUID) -> Accused:
    """Everybody of a case's household is kept out, relatives with them."""
    rows = await tx.fetch(
        """SELECT m.person_id FROM process p
           JOIN household_member m ON m.tenant_id = p.tenant_id AND m.household_id = p.subject_id
           WHERE p.tenant_id = $1 AND p.id = $2""",
        tx.tenant,
        case_id,
    )
    return Accused(persons=tuple(row["person_id"] for row in rows), case_id=case_id)


async def kept_out(tx: Transaction, actor: Actor, degrees: Collection[str]) -> frozenset[UUID]:
    """The persons whose complaints this actor may not touch: themself and their near relatives."""
    if actor.person_id is None:
        return frozenset()
    edges = [Edge(a, b, relation) for a, b, relation in await kin.around(tx, [actor.person_id])]
    counted = {Degree(d) for d in degrees}
    counted |= {degree.inverse for degree in counted}
    return frozenset({actor.person_id, *relatives(edges, actor.person_id, counted - {Degree.MEMBER})})


def may_answer(
    authorizer: Authorizer,
    actor: Actor,
    row: Row | None,
    level: Level,
    area_code: str,
    kin_of: Iterable[UUID] = (),
) -> bool:
    """Of the level that answers, allowed to, and neither accused nor related to whom the complaint is about."""
    if level not in levels_of(authorizer.roles(actor, area_code)):
        return False
    if authorizer.may(actor, OBJECT, "handle", area_code) is not None:
        return False
    if row is None:
        return True
    return actor.account_id not in row.accused_accounts and not set(kin_of) & set(row.accused_persons)


async def somebody_eligible(
    tx: Transaction, authorizer: Authorizer, accused: Accused, level: Level, area_code: str,
    degrees: Collection[str], now: datetime,
) -> bool:  # fmt: skip
    """Whether the level has anybody who may answer a complaint about these."""
    rows = await tx.fetch(
        """SELECT DISTINCT a.id FROM account a JOIN account_grant g ON g.tenant_id = a.tenant_id AND g.account_id = a.id
           WHERE a.tenant_id = $1 AND a.status = 'active' AND a.id <> ALL($2)
             AND starts_with($3, regexp_replace(g.area_code, '(000000|000)$', ''))""",
        tx.tenant,
        list(accused.accounts),
        area_code,
    )
    for actor in (await store.actors(tx, [row["id"] for row in rows], now)).values():
        if not may_answer(authorizer, actor, None, level, area_code):
            continue
        if not await kept_out(tx, actor, degrees) & set(accused.persons):
            return True
    return False
