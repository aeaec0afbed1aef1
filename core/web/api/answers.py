"""What the API answers: plain Structs, documented in the schema."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from core.web.views.casefile import CaseFile, Choice, Deadline, Step


class SignedInAnswer(msgspec.Struct, frozen=True):
    """`token` goes into `Authorization: Bearer …`; browsers get the same as a cookie. `ticket`: show the second factor."""

    token: str = ""
    ticket: str = ""


class GrantAnswer(msgspec.Struct, frozen=True):
    role: str
    area_code: str


class Me(msgspec.Struct, frozen=True):
    account_id: UUID
    name: str
    grants: tuple[GrantAnswer, ...]
    must_change: str = ""
    must_enrol: bool = False


class Journal(msgspec.Struct, frozen=True):
    seq: int
    at: datetime
    who: str
    action: str
    label: str
    from_label: str
    to_label: str
    basis: str
    evidence: tuple[str, ...]


class FindingAnswer(msgspec.Struct, frozen=True):
    id: str
    kind: str
    item: str
    status: str


class ProcessAnswer(msgspec.Struct, frozen=True):
    """A case or round as far as the caller may see it. `actions` say what may be done next, and why not."""

    id: UUID
    kind: str
    number: str
    title: str
    procedure: str
    state: str
    state_label: str
    version: int
    area_code: str
    area: str
    entered_on: date
    opened_at: datetime
    ended: bool
    marks: tuple[str, ...]
    deadlines: tuple[Deadline, ...]
    actions: tuple[Choice, ...]
    journal: tuple[Journal, ...]
    parent_id: UUID | None = None
    findings: tuple[FindingAnswer, ...] = ()
    decision: dict[str, Any] | None = None
    ballot: dict[str, Any] | None = None


class EvidenceAnswer(msgspec.Struct, frozen=True):
    sha256: str


class AreaAnswer(msgspec.Struct, frozen=True):
    code: str
    name: str
    level: str
    parent_code: str


class AccountAnswer(msgspec.Struct, frozen=True):
    id: UUID
    name: str


def process_answer(file: CaseFile) -> ProcessAnswer:
    process = file.process
    return ProcessAnswer(
        process.id, process.kind, process.number, process.title, process.procedure, process.state, file.state_label,
        process.version, process.area_code, file.area, process.entered_on, process.opened_at, process.ended,
        () if file.is_party else tuple(sorted(process.marks)), file.deadlines, file.choices,
        tuple(_journal(step) for step in file.steps), process.parent_id,
        tuple(FindingAnswer(f.suspicion.id, f.suspicion.kind.value, f.suspicion.item, f.status) for f in file.findings),
        msgspec.to_builtins(file.calculation.file.decision) if file.calculation else None,
        msgspec.to_builtins(file.ballot) if file.ballot else None,
    )  # fmt: skip


def _journal(step: Step) -> Journal:
    return Journal(
        step.seq,
        step.at,
        step.who,
        step.action,
        step.label,
        step.from_label,
        step.to_label,
        step.basis,
        step.evidence,
    )
