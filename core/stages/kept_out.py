"""Which cases kinship keeps somebody out of, as SQL over many: says the same as the recusal of one case.

Their own household's case and their near relatives' within the district's degrees, and those whose file names their
account as a relative; not where the district let them take part all the same (57号 11).
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from core.access.authorizer import Actor
from core.access.kinship import Degree, Edge, relatives
from core.registry import kin
from core.storage.database import Transaction


def recused(accounts: str, persons: str) -> str:
    """The condition on `process p` and its `case_summary s`; the two are the SQL of arrays as `whose` gives them."""
    return f"""(p.subject_id IS NOT NULL AND NOT coalesce(s.excused, '{{}}') && {accounts}::uuid[]
       AND (coalesce(s.named, '{{}}') && {accounts}::uuid[]
            OR EXISTS (SELECT FROM household_member k WHERE k.tenant_id = p.tenant_id
                       AND k.household_id = p.subject_id AND k.person_id = ANY({persons}::uuid[]))))"""


async def whose(
    tx: Transaction, actor: Actor, degrees: Collection[str]
) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    """All accounts of the actor's person; the person and everybody whose household's case they stay out of."""
    if actor.person_id is None:
        return (actor.account_id,), ()
    rows = await tx.fetch(
        "SELECT id FROM account WHERE tenant_id = $1 AND person_id = $2", tx.tenant, actor.person_id
    )
    counted = {Degree(d) for d in degrees}
    counted |= {degree.inverse for degree in counted}
    edges = [Edge(a, b, relation) for a, b, relation in await kin.around(tx, [actor.person_id])]
    accounts = tuple({actor.account_id, *(row["id"] for row in rows)})
    return accounts, (actor.person_id, *relatives(edges, actor.person_id, counted))


async def cases_kept_from(
    tx: Transaction, actor: Actor, degrees: Collection[str], among: Collection[UUID] | None = None
) -> frozenset[UUID]:
    """Every case of the district (or of those named) that kinship keeps the actor out of, ended ones too."""
    accounts, persons = await whose(tx, actor, degrees)
    rows = await tx.fetch(
        f"""SELECT p.id FROM process p
            LEFT JOIN case_summary s ON s.tenant_id = p.tenant_id AND s.process_id = p.id
            WHERE p.tenant_id = $1 AND p.kind = 'case' AND ($4::uuid[] IS NULL OR p.id = ANY ($4))
              AND {recused("$2", "$3")}""",  # noqa: S608
        tx.tenant,
        list(accounts),
        list(persons),
        None if among is None else list(among),
    )
    return frozenset(row["id"] for row in rows)
