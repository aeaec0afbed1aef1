"""Taking a complaint or an objection: who may not see it is settled first, then it is put down at the level that answers.

    form ─▶ whom it concerns ─▶ level ─▶ register of the district, or of the province where the district itself is meant

Sent twice with the same key and words, it is taken once and the same receipt is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from core.access.authorizer import Actor, Authorizer
from core.access.policy_store import PolicyStore
from core.clock import Clock, local_date
from core.complaints import attachments
from core.complaints.concerned import (
    Accused,
    household_called,
    household_of,
    officials_called,
    somebody_eligible,
)
from core.complaints.forms import (
    ComplaintReceipt,
    IntakeForm,
    ObjectionIntakeForm,
    PublicComplaintForm,
    PublicObjectionForm,
)
from core.complaints.register import Body, Contact, New, Register
from core.complaints.routing import About, Level, answered_by, highest, levels_of
from core.kernel.deadline import add_working_days
from core.kernel.runtime import Runtimes
from core.problems import FieldError, Invalid, NotFound
from core.stages.public_list import PostingEntry
from core.storage.crypto import FieldCipher
from core.storage.database import Database, Transaction
from core.storage.objects import ObjectStore
from core.storage.outbox import enqueue
from core.tenancy.settings import TenantSettings

FOLLOW = "complaint_follow"
"""The job that lets the case know (`core.complaints.following`)."""

Said = PublicComplaintForm | IntakeForm | PublicObjectionForm | ObjectionIntakeForm
_entries = msgspec.json.Decoder(tuple[PostingEntry, ...])


@dataclass(frozen=True)
class Parts:
    """What the register needs of the house."""

    database: Database
    cipher: FieldCipher
    objects: ObjectStore
    runtimes: Runtimes
    authorizer: Authorizer
    clock: Clock
    policies: PolicyStore

    @property
    def register(self) -> Register:
        return Register(self.cipher)

    async def settings(self, tx: Transaction) -> TenantSettings:
        found: TenantSettings = (await self.runtimes.current(tx)).settings.settings
        return found

    async def due(self, tx: Transaction, about: About, since: date) -> date:
        """The last day for an answer: working days after `since`, as the district set them."""
        runtime = await self.runtimes.current(tx)
        settings: TenantSettings = runtime.settings.settings
        days = settings.objection_working_days if about is About.POSTING else settings.complaint_working_days
        return add_working_days(since, days, runtime.calendar).date


@dataclass(frozen=True, slots=True)
class _Coded(New):
    """With the receipt's code, which the register itself never holds."""

    code: str = ""


@dataclass(frozen=True)
class Intake:
    parts: Parts

    async def complain(
        self, tenant: UUID, form: PublicComplaintForm | IntakeForm, key: str, files: Sequence[bytes] = (), by: Actor | None = None
    ) -> ComplaintReceipt:  # fmt: skip
        """Raises Invalid (files, a village that is not the district's)."""
        attachments.check(files)
        new = self._new(tenant, About(form.about), form, key, Body(form.content, form.whom), by)
        async with self.parts.database.transaction(tenant) as tx:
            await _check_village(tx, form.area_code)
            accused = await self._accused(tx, form, new)
            new = replace(
                new, area_code=form.area_code, accused_accounts=accused.accounts,
                accused_persons=accused.persons, case_id=accused.case_id, level=accused.level or Level.TOWNSHIP,
            )  # fmt: skip
            above = await _province(tx) if new.level is Level.PROVINCE else None
            if above is None:
                return await self._put(tx, new, files)
        async with self.parts.database.transaction(above[0]) as tx:
            own = replace(new, case_id=None, accused_accounts=(), accused_persons=(), origin=above[1])
            return await self._put(tx, own, files)

    async def object(
        self, tenant: UUID, token: str, form: PublicObjectionForm | ObjectionIntakeForm, key: str,
        files: Sequence[bytes] = (), by: Actor | None = None,
    ) -> ComplaintReceipt:  # fmt: skip
        """An objection to a posting that hangs today. Raises NotFound, Invalid."""
        attachments.check(files)
        async with self.parts.database.transaction(tenant) as tx:
            posting = await self._hanging(tx, token)
            entries = _entries.decode(posting["entries"])
            if form.entry > len(entries):
                raise Invalid("名单上没有这一行", fields=(FieldError("entry", "请从名单里选择一户"),))
            case_id = await _case_of(tx, posting, entries[form.entry - 1] if form.entry else None)
            accused = await household_of(tx, case_id) if case_id else Accused()
            body = Body(form.content, entries[form.entry - 1].applicant if form.entry else "", form.entry)
            new = self._new(tenant, About.POSTING, form, f"{token}{key}", body, by)
            level = await self._with_somebody(
                tx, accused, Level.TOWNSHIP, posting["area_code"], new.received_at
            )
            new = replace(
                new, area_code=posting["area_code"], case_id=case_id, posting_id=posting["id"],
                accused_persons=accused.persons, level=min(level, Level.DISTRICT, key=list(Level).index),
            )  # fmt: skip
            return await self._put(tx, new, files)

    def _new(self, tenant: UUID, about: About, form: Said, key: str, body: Body, by: Actor | None) -> _Coded:
        code = self.parts.register.code_for(tenant, key, form)
        contact = Contact(form.name.strip(), form.phone) if form.name.strip() or form.phone else None
        return _Coded(
            id=uuid5(NAMESPACE_URL, f"zhunbao:{tenant}:complaint:{code}"), number="", about=about,
            channel=getattr(form, "channel", "online"), area_code="", level=Level.TOWNSHIP, body=body,
            contact=contact, received_at=self.parts.clock(), due=local_date(self.parts.clock()),
            code_index=self.parts.register.code_index(tenant, code), received_by=by.account_id if by else None, code=code,
        )  # fmt: skip

    async def _accused(self, tx: Transaction, form: PublicComplaintForm | IntakeForm, new: _Coded) -> Accused:
        """Whom it concerns, with the level that answers."""
        now, area = new.received_at, form.area_code
        officials = await officials_called(tx, form.whom, area, now)
        if new.about is About.HOUSEHOLD:
            household = await household_called(tx, form.whom, area)
            own = await _officials_among(tx, household.persons)
            meant = highest([own]) if own else Level.VILLAGE
            accused = Accused(
                officials.accounts, (*officials.persons, *household.persons), None, household.case_id
            )
        else:
            accused, meant = officials, highest(filter(None, [Level(form.where), officials.level]))
        level = highest([answered_by(new.about, meant), meant.above])
        return replace(accused, level=await self._with_somebody(tx, accused, level, area, now))

    async def _with_somebody(
        self, tx: Transaction, accused: Accused, level: Level, area_code: str, now: datetime
    ) -> Level:
        """The level, or the next above it that has somebody to answer."""
        await self.parts.policies.ensure(tx)  # nobody need have signed in since this process began
        degrees = (await self.parts.settings(tx)).recusal_degrees
        while level is not Level.PROVINCE and not await somebody_eligible(
            tx, self.parts.authorizer, accused, level, area_code, degrees, now
        ):
            level = level.above
        return level

    async def _put(self, tx: Transaction, new: _Coded, files: Sequence[bytes]) -> ComplaintReceipt:
        register = self.parts.register
        known = await register.find(tx, new.id)
        if known is not None:
            return ComplaintReceipt(known.number, shown(new.code), known.due.isoformat(), known.level.label)
        today = local_date(new.received_at)
        due = await self.parts.due(tx, new.about, today)
        number = await next_number(tx, new.area_code, today)
        if new.level is Level.PROVINCE and not new.origin:
            new = replace(new, level=Level.DISTRICT)  # a district that stands alone has nobody above it
        await register.put(tx, replace(new, number=number, due=due))
        await attachments.keep(tx, self.parts.objects, self.parts.cipher, new.id, files)
        if new.case_id is not None:
            await enqueue(tx, FOLLOW, {"tenant": str(tx.tenant), "complaint": str(new.id)}, key=str(new.id))
        return ComplaintReceipt(number, shown(new.code), due.isoformat(), new.level.label)

    async def _hanging(self, tx: Transaction, token: str) -> Any:
        today = local_date(self.parts.clock())
        found = await tx.fetchrow(
            """SELECT id, process_id, area_code, kind, entries FROM posting
               WHERE tenant_id = $1 AND token = $2 AND taken_down_on IS NULL AND starts_on <= $3 AND ends_on >= $3""",
            tx.tenant,
            token,
            today,
        )
        if found is None:
            raise NotFound(
                "没有这份公示，可能已经期满撤下。", hint="公示期满后仍可反映问题，请到“投诉举报”填写。"
            )
        return found


def shown(code: str) -> str:
    """A code as it stands on a receipt."""
    return f"{code[:5]}-{code[5:]}"


async def next_number(tx: Transaction, area_code: str, today: date) -> str:
    """`T620802-2026-000001`."""
    series = f"T{area_code[:6]}-{today.year}"
    value = await tx.fetchval(
        """INSERT INTO numbering (tenant_id, series, value) VALUES ($1, $2, 1)
           ON CONFLICT (tenant_id, series) DO UPDATE SET value = numbering.value + 1 RETURNING value""",
        tx.tenant,
        series,
    )
    return f"{series}-{value:06d}"


async def _check_village(tx: Transaction, area_code: str) -> None:
    known = await tx.fetchval(
        """SELECT EXISTS (SELECT FROM area a JOIN tenant t ON t.id = $1
           WHERE a.code = $2 AND starts_with(a.code, t.code))""",
        tx.tenant,
        area_code,
    )
    if not known:
        raise Invalid("请选择村或社区", fields=(FieldError("area_code", "请从列表里选择本区的村或社区"),))


async def _province(tx: Transaction) -> tuple[UUID, str] | None:
    """The province's tenant, and the district's own code."""
    row = await tx.fetchrow(
        """SELECT p.id, t.code FROM tenant t JOIN tenant p ON p.id = t.parent_id
           WHERE t.id = $1 AND p.status = 'active'""",
        tx.tenant,
    )
    return (row["id"], row["code"]) if row else None


async def _officials_among(tx: Transaction, persons: Sequence[UUID]) -> Level | None:
    """The highest office somebody of a household holds."""
    rows = await tx.fetch(
        """SELECT DISTINCT g.role FROM account a
           JOIN account_grant g ON g.tenant_id = a.tenant_id AND g.account_id = a.id
           WHERE a.tenant_id = $1 AND a.person_id = ANY($2) AND a.status = 'active'""",
        tx.tenant,
        list(persons),
    )
    found = levels_of(row["role"] for row in rows)
    return highest(found) if found else None


async def _case_of(tx: Transaction, posting: Any, entry: PostingEntry | None) -> UUID | None:
    """The case behind a line: a posting of one case, or the only child of the round that reads like it."""
    kind = await tx.fetchval(
        "SELECT kind FROM process WHERE tenant_id = $1 AND id = $2", tx.tenant, posting["process_id"]
    )
    if kind == "case":
        case: UUID = posting["process_id"]
        return case
    if entry is None:
        return None
    rows = await tx.fetch(
        """SELECT p.id FROM process p JOIN case_summary s ON s.tenant_id = p.tenant_id AND s.process_id = p.id
           WHERE p.tenant_id = $1 AND p.parent_id = $2 AND s.applicant = $3 AND s.group_name = $4 LIMIT 2""",
        tx.tenant,
        posting["process_id"],
        entry.applicant,
        entry.group_name,
    )
    return rows[0]["id"] if len(rows) == 1 else None
