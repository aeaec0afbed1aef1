"""Taking a complaint or an objection: who may not see it is settled first, then it is put down at the level that answers.

    form ─▶ whom it concerns ─▶ level ─▶ register of the district, or of the province where the district itself is meant

Sent twice with the same key and words, it is taken once and the same receipt is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from core.access.authorizer import Actor
from core.clock import local_date
from core.complaints import attachments
from core.complaints.concerned import Accused, household_called, household_of, officials_called
from core.complaints.forms import (
    ComplaintReceipt,
    IntakeForm,
    ObjectionIntakeForm,
    PublicComplaintForm,
    PublicObjectionForm,
)
from core.complaints.parts import FOLLOW, Parts, province_of
from core.complaints.raising import send_on
from core.complaints.register import Body, Contact, New
from core.complaints.routing import About, Level, answered_by, highest, levels_of
from core.problems import FieldError, Invalid, NotFound
from core.stages.public_list import PostingEntry
from core.stages.supervision import EnterComplaint
from core.storage.database import Transaction
from core.storage.outbox import enqueue

Said = PublicComplaintForm | IntakeForm | PublicObjectionForm | ObjectionIntakeForm | EnterComplaint
_entries = msgspec.json.Decoder(tuple[PostingEntry, ...])


@dataclass(frozen=True, slots=True)
class Coded(New):
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
        code = self.parts.register.code_for(tenant, key, form)
        new = self.new(
            tenant,
            About(form.about),
            form,
            code,
            Body(form.content, form.whom),
            by.account_id if by else None,
        )
        async with self.parts.database.transaction(tenant) as tx:
            await _check_village(tx, form.area_code)
            accused = await self._accused(tx, form, new)
            new = replace(
                new, area_code=form.area_code, accused_accounts=accused.accounts,
                accused_persons=accused.persons, case_id=accused.case_id, level=accused.level or Level.TOWNSHIP,
            )  # fmt: skip
            above = await province_of(tx) if new.level is Level.PROVINCE else None
            if above is None:
                return await self.put(tx, new, files)
        async with self.parts.database.transaction(above[0]) as tx:
            own = replace(new, case_id=None, accused_accounts=(), accused_persons=(), origin=above[1])
            return await self.put(tx, own, files)

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
            household = await household_of(tx, case_id) if case_id else Accused()
            spoken_of = await officials_called(tx, form.content, posting["area_code"], self.parts.clock())
            accused = Accused(spoken_of.accounts, (*spoken_of.persons, *household.persons))
            body = Body(form.content, entries[form.entry - 1].applicant if form.entry else "", form.entry)
            code = self.parts.register.code_for(tenant, f"{token}{key}", form)
            new = self.new(tenant, About.POSTING, form, code, body, by.account_id if by else None)
            level = await self.parts.with_somebody(
                tx, accused, Level.TOWNSHIP, posting["area_code"], new.received_at
            )
            new = replace(
                new, area_code=posting["area_code"], case_id=case_id, posting_id=posting["id"],
                accused_accounts=accused.accounts, accused_persons=accused.persons,
                level=min(level, Level.DISTRICT, key=list(Level).index),
            )  # fmt: skip
            return await self.put(tx, new, files)

    def new(self, tenant: UUID, about: About, form: Said, code: str, body: Body, by: UUID | None) -> Coded:
        """Not placed yet: neither where nor at which level."""
        contact = Contact(form.name.strip(), form.phone) if form.name.strip() or form.phone else None
        return Coded(
            id=self.parts.register.id_for(tenant, code), number="", about=about,
            channel=getattr(form, "channel", "online"), area_code="", level=Level.TOWNSHIP, body=body,
            contact=contact, received_at=self.parts.clock(), due=local_date(self.parts.clock()),
            code_index=self.parts.register.code_index(tenant, code), received_by=by, code=code,
        )  # fmt: skip

    async def _accused(self, tx: Transaction, form: PublicComplaintForm | IntakeForm, new: Coded) -> Accused:
        """Whom it concerns, with the level that answers."""
        area, now = form.area_code, new.received_at
        if new.about is About.HOUSEHOLD:
            household = await household_called(tx, form.whom, area)
            return await self.of_household(tx, household, form.content, area, now, form.whom)
        named = await officials_called(tx, "", area, now, form.whom)
        spoken_of = await officials_called(tx, form.content, area, now, form.whom)
        meant = highest(filter(None, [Level(form.where), named.level]))
        return await self._placed(tx, spoken_of, answered_by(new.about, meant), area, now)

    async def of_household(
        self, tx: Transaction, household: Accused, text: str, area_code: str, now: datetime, whom: str = ""
    ) -> Accused:
        """Its people and whoever of the office is spoken of are kept out; above the office somebody of the household holds."""
        spoken_of = await officials_called(tx, text, area_code, now, whom)
        own = await _officials_among(tx, household.persons)
        accused = Accused(
            spoken_of.accounts, (*spoken_of.persons, *household.persons), None, household.case_id
        )
        lowest = highest([answered_by(About.HOUSEHOLD, Level.VILLAGE), own.above if own else Level.VILLAGE])
        return await self._placed(tx, accused, lowest, area_code, now)

    async def _placed(
        self, tx: Transaction, accused: Accused, level: Level, area_code: str, now: datetime
    ) -> Accused:
        return replace(accused, level=await self.parts.with_somebody(tx, accused, level, area_code, now))

    async def put(self, tx: Transaction, new: Coded, files: Sequence[bytes]) -> ComplaintReceipt:
        """Into the register of the transaction's tenant, once."""
        register = self.parts.register
        known = await register.find(tx, new.id)
        if known is not None:
            return ComplaintReceipt(known.number, shown(new.code), known.due.isoformat(), known.level.label)
        today = local_date(new.received_at)
        due = await self.parts.due(tx, new.about, today)
        number = await next_number(tx, new.area_code, today)
        if new.level is Level.PROVINCE and not new.origin and await province_of(tx) is None:
            new = replace(new, level=Level.DISTRICT)  # a district that stands alone has nobody above it
        await register.put(tx, replace(new, number=number, due=due))
        await attachments.keep(tx, self.parts.objects, self.parts.cipher, new.id, files)
        if new.level is Level.PROVINCE and not new.origin:
            await send_on(tx, new.id)
        elif new.case_id is not None:
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
