"""Whom a form may name: the colleagues a page offers, narrowed to those the field asks for who are free to take part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from core.kernel import store
from core.kernel.forms import FieldSpec
from core.kernel.gate import co_actor_gate
from core.kernel.named import unfit
from core.storage.database import Transaction

if TYPE_CHECKING:
    from core.access.authorizer import Actor, Authorizer
    from core.kernel.situation import Situation

Choice = tuple[str, str]


async def narrowed(
    tx: Transaction,
    situation: Situation,
    authorizer: Authorizer,
    specs: Sequence[FieldSpec],
    people: Sequence[Choice],
) -> dict[str, list[Choice]]:
    """By office (`FieldSpec.office`), those of `people` the engine would take there."""
    offices = _offices(specs)
    if not offices:
        return {}
    known = await store.actors(tx, [UUID(key) for key, _ in people], situation.view.now)
    return {
        office: [
            (key, label)
            for key, label in people
            if UUID(key) in known and _takes(situation, authorizer, office, known[UUID(key)])
        ]
        for office in offices
    }


def _takes(situation: Situation, authorizer: Authorizer, office: str, person: Actor) -> bool:
    view = situation.view
    if unfit(office, person, view.process.kind, view.process.area_code, authorizer):
        return False
    what, _, name = office.partition(":")
    if what != "may":
        return True
    action = situation.runtime.catalogue.action(situation.spec, view.process.state, name)
    if person.account_id == view.actor.account_id:
        return False
    return action is None or co_actor_gate(view, action, situation.standing, person) is None


def _offices(specs: Sequence[FieldSpec]) -> frozenset[str]:
    return frozenset(office for spec in specs for office in ({spec.office} - {""}) | _offices(spec.nested))
