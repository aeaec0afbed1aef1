"""What stages ask to happen beside the move, done in the same transaction: rolls, postings, the kinship register."""

from __future__ import annotations

import secrets
from uuid import UUID, uuid4

import msgspec

from core.clock import local_date
from core.kernel.runtime import EffectHandlers
from core.kernel.stage import Effect, View
from core.registry import benefits, kin
from core.stages.outcome_notices import PutOnRolls, TakeOffRolls
from core.stages.public_list import Publish, TakeDown
from core.stages.relatives import DeclareKin
from core.storage.database import Transaction

DIRECT = frozenset({"spouse", "parent", "child", "sibling"})


async def put_on_rolls(tx: Transaction, view: View, effect: PutOnRolls) -> None:
    assert view.process.subject_id is not None
    await benefits.start(
        tx,
        benefits.entry(
            view.process.subject_id,
            view.process.id,
            view.process.area_code,
            effect.category,
            effect.mode,
            effect.amount,
            effect.persons,
            effect.from_month,
        ),
    )


async def take_off_rolls(tx: Transaction, view: View, effect: TakeOffRolls) -> None:
    assert view.process.subject_id is not None
    await benefits.end(tx, view.process.subject_id, effect.from_month)


async def publish(tx: Transaction, view: View, effect: Publish) -> None:
    """A posting's address is a random token: it can be printed on the notice, and not guessed from a case number."""
    await tx.execute(
        """INSERT INTO posting (tenant_id, id, process_id, kind, area_code, token, starts_on, ends_on, entries)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        tx.tenant,
        uuid4(),
        view.process.id,
        effect.kind.value,
        view.process.area_code,
        secrets.token_urlsafe(12),
        effect.starts_on,
        effect.ends_on,
        msgspec.json.encode(effect.entries).decode(),
    )


async def take_down(tx: Transaction, view: View, effect: TakeDown) -> None:
    await tx.execute(
        """UPDATE posting SET taken_down_on = $4
           WHERE tenant_id = $1 AND process_id = $2 AND kind = $3 AND taken_down_on IS NULL""",
        tx.tenant,
        view.process.id,
        effect.kind.value,
        local_date(view.now),
    )


async def declare_kin(tx: Transaction, view: View, effect: DeclareKin) -> None:
    """Direct relations to people with accounts enter the register; others stay on the case file alone."""
    accounts = [line.account for line in effect.lines if line.account]
    rows = await tx.fetch(
        "SELECT id, person_id FROM account WHERE tenant_id = $1 AND id = ANY($2) AND person_id IS NOT NULL",
        tx.tenant,
        accounts,
    )
    person: dict[UUID, UUID] = {r["id"]: r["person_id"] for r in rows}
    edges: list[tuple[UUID, UUID, kin.DeclaredRelation]] = []
    for line in effect.lines:
        other = person.get(line.account) if line.account else None
        if other is None or line.relation not in DIRECT:
            continue
        if line.relation == "child":
            edges.append((line.member, other, "parent"))
        elif line.relation == "parent":
            edges.append((other, line.member, "parent"))
        elif line.relation == "spouse":
            edges.append((other, line.member, "spouse"))
        else:
            edges.append((other, line.member, "sibling"))
    await kin.declare(tx, edges, view.actor.account_id)


def handlers() -> EffectHandlers:
    table: dict[type[Effect], object] = {
        PutOnRolls: put_on_rolls,
        TakeOffRolls: take_off_rolls,
        Publish: publish,
        TakeDown: take_down,
        DeclareKin: declare_kin,
    }
    return table  # type: ignore[return-value]
