"""Whom an application names when the household, or its helper, opens it without anybody of the office looking on.

What they type says nothing about the register and changes nothing in it: members are *claimed* until a clerk who has seen
their papers accepts the application. So nobody learns by typing an ID number whether it is known here. Only whose phone
and ID number fit together on the register is answered about their own household.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from core.access import villagers
from core.clock import local_date
from core.problems import Conflict, Refused
from core.registry import benefits
from core.registry.people import Claim, PersonPrivate
from core.stages.application import BY_HELPER
from core.storage.database import Transaction

if TYPE_CHECKING:
    from core.web.intake import OpenCaseForm
    from core.web.services import WebServices


@dataclass(frozen=True, slots=True)
class Named:
    """The members' ids in the form's order, the household they head if it is theirs, and who opens the case."""

    ids: list[UUID]
    household: UUID | None
    actor: Any
    claims: dict[UUID, Claim] = field(default_factory=dict)
    marks: frozenset[str] = frozenset()


def only_household(actor: Any) -> bool:
    return {grant.role for grant in actor.grants} <= {"applicant", "helper"}


async def named_by_household(
    tx: Transaction, services: WebServices, actor: Any, form: OpenCaseForm, people: Sequence[PersonPrivate]
) -> Named:
    """Raises Refused (somebody else's household without saying so), Conflict (their own one has an open case)."""
    roles = {grant.role for grant in actor.grants}
    if not form.for_other and "applicant" in roles:
        phone = await villagers.phone_of(tx, services.cipher, actor.account_id)
        people = [_reached_by(people[0], phone), *people[1:]]
        actor = await _recognised(tx, services, actor, people[0])
        if actor.person_id is not None:
            return await _own(tx, services, actor, form, people)
        if "helper" not in roles:
            raise _not_yours()
        await _no_second(tx, actor)
    ids = [await _known_or_new(tx, services, m.name, p) for m, p in zip(form.members, people, strict=True)]
    marks = frozenset({BY_HELPER}) if form.for_other or "applicant" not in roles else frozenset()
    return Named(ids, None, actor, _claims(ids, form, people), marks)


async def household_of(tx: Transaction, applicant: UUID) -> UUID | None:
    """The household this person heads, if any; Conflict when it has an open case already.

    Only for who may know of that case: an officer, or one of the household.
    """
    found = await _headed_by(tx, applicant)
    if found is not None:
        await _nothing_open(tx, found)
    return found


async def _headed_by(tx: Transaction, applicant: UUID) -> UUID | None:
    """The household this person heads, if any. Claimed ones are nobody's yet."""
    found: UUID | None = await tx.fetchval(
        """SELECT h.id FROM household h WHERE h.tenant_id = $1 AND h.applicant_id = $2
           AND NOT EXISTS (SELECT FROM household_member m WHERE m.tenant_id = $1 AND m.household_id = h.id
                           AND m.person_id = $2 AND m.claimed IS NOT NULL)
           ORDER BY (SELECT max(p.opened_at) FROM process p WHERE p.tenant_id = $1 AND p.subject_id = h.id)
                    DESC NULLS LAST, h.id LIMIT 1""",
        tx.tenant, applicant,
    )  # fmt: skip
    return found


async def _nothing_open(tx: Transaction, household: UUID) -> None:
    number = await tx.fetchval(
        "SELECT number FROM process WHERE tenant_id = $1 AND subject_id = $2 AND NOT ended",
        tx.tenant, household,
    )  # fmt: skip
    if number:
        raise Conflict(
            f"这户已经有一件正在办理（{number}），不用重复申请。",
            hint="在“我的申请”里看办到哪一步；家里有变化的，告诉村委会或乡镇民政办。",
        )


async def _recognised(tx: Transaction, services: WebServices, actor: Any, applicant: PersonPrivate) -> Any:
    """The actor with the person they are, where the register has this ID number under the phone they proved."""
    if actor.person_id is not None:
        return actor
    person = await recognise(tx, services, actor, applicant.id_number)
    return actor if person is None else replace(actor, person_id=person)


async def recognise(tx: Transaction, services: WebServices, actor: Any, id_number: str) -> UUID | None:
    """Whoever proved a phone and has the ID number registered with it is that person, from now on. None: not shown."""
    known = await services.registry.find_person(tx, id_number)
    phone = await villagers.phone_of(tx, services.cipher, actor.account_id)
    people = await services.registry.people(tx, [known] if known else [])
    if known is None or not phone or people[known].private.phone != phone:
        return None
    await villagers.belongs_to(tx, actor.account_id, known, services.clock())
    return known


async def _own(
    tx: Transaction, services: WebServices, actor: Any, form: OpenCaseForm, people: Sequence[PersonPrivate]
) -> Named:
    registry, own = services.registry, actor.person_id
    found = [await registry.find_person(tx, p.id_number) for p in people]
    household = await _headed_by(tx, found[0]) if found[0] is not None else None
    at_home = await registry.member_ids(tx, household) if household else frozenset()
    if own not in found:
        raise _not_yours()
    if household is None or own not in at_home:
        # A neighbour's, or nobody's: the same answer, so that an ID number tells nothing. It is claimed, as a stranger's is.
        household, at_home = None, frozenset({own})
        await _no_second(tx, actor)
    else:
        await _nothing_open(tx, household)
        if form.round is None:
            await _not_receiving(tx, services, household)
    ids = []
    for known, member, private in zip(found, form.members, people, strict=True):
        if known == own:
            ids.append(await registry.put_person(tx, member.name, private))
        else:
            ids.append(known or await _known_or_new(tx, services, member.name, private))
    claims = {p: c for p, c in _claims(ids, form, people).items() if p not in at_home and p != own}
    return Named(ids, household, actor, claims)


async def _not_receiving(tx: Transaction, services: WebServices, household: UUID) -> None:
    running = await benefits.current(tx, household, local_date(services.clock()))
    if running is not None:
        raise Conflict(
            "您家现在正领着低保，不用再申请。",
            hint="家里人口、收入有变化的，告诉村委会或乡镇民政办，我们重新核定。",
        )


async def _no_second(tx: Transaction, actor: Any) -> None:
    """One household of one's own: the other application is somebody else's, and needs their mandate."""
    number = await tx.fetchval(
        """SELECT number FROM process WHERE tenant_id = $1 AND opened_by = $2 AND kind = 'case' AND NOT ended
           AND NOT $3 = ANY(marks)""",
        tx.tenant, actor.account_id, BY_HELPER,
    )  # fmt: skip
    if number:
        raise Conflict(
            f"您家已经有一件正在办理（{number}），不用重复申请。",
            hint="在“我的申请”里接着填或看进度。给别人家申请的，请从“替别人家申请”进入。",
        )


async def _known_or_new(tx: Transaction, services: WebServices, name: str, private: PersonPrivate) -> UUID:
    """Whoever is known stays as they are; whoever is new enters without a phone: a phone proves, so a clerk enters it."""
    known = await services.registry.find_person(tx, private.id_number)
    return known or await services.registry.put_person(tx, name, msgspec.structs.replace(private, phone=""))


def _reached_by(applicant: PersonPrivate, phone: str) -> PersonPrivate:
    """The phone they came in by is where notices go, unless they gave another."""
    return applicant if applicant.phone else msgspec.structs.replace(applicant, phone=phone)


def _claims(ids: list[UUID], form: OpenCaseForm, people: Sequence[PersonPrivate]) -> dict[UUID, Claim]:
    return {
        person: Claim(member.name, private)
        for person, member, private in zip(ids, form.members, people, strict=True)
    }


def _not_yours() -> Refused:
    return Refused(
        "您只能为自己家申请。",
        source="57号 6",
        hint="替别人家申请的，请从“替别人家申请”进入，要有他们签字的委托书",
    )
