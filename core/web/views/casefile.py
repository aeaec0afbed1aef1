"""One process for one person: where it stands, what to do next, why not the rest, and how it came to this."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from core.kernel import journal
from core.kernel.gate import PARTY_ROLES
from core.kernel.stage import Blocked
from core.problems import NotFound
from core.stages.ballot import BALLOT_LABELS, BallotResult, ballot_of
from core.stages.calculation import Calculation, calculation_of
from core.stages.context import CaseSubject
from core.stages.findings import Finding, findings_of, report_of
from core.storage.database import Transaction
from core.web.i18n import gettext as _
from core.web.views.records import Labels, Value, mark_labels
from core.web.views.scope import account_names, area_names
from core.web.views.worklist import due_words

if TYPE_CHECKING:
    from core.kernel.engine import Available, Engine, Situation
    from core.kernel.process import Process

TO_PARTY = frozenset(
    {
        "application", "draft", "acceptance", "supplement_notice", "supplement", "lapse", "withdrawal",
        "verification_notice", "notice_service", "contest", "posting_start", "posting_end", "confirmation", "denial",
        "refusal_service", "publication", "proposed_change", "hearing", "reduction", "grace_decision", "termination",
        "change_report", "extension",
    }
)  # fmt: skip
"""Kinds of record a household sees of its own file; the rest is shown to it only as a step that was taken."""

MAY_KNOW_REPORTER = frozenset({"district_officer", "township_reviewer"})


class Step(msgspec.Struct, frozen=True):
    """One journal row as people read it. `evidence` are hashes of photographs and papers."""

    seq: int
    at: datetime
    who: str
    action: str
    label: str
    from_label: str
    to_label: str
    moved: bool
    basis: str
    evidence: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()


class Choice(msgspec.Struct, frozen=True):
    """An action as offered: open, or why not, with the rule and whom to turn to."""

    name: str
    label: str
    primary: bool
    binding: bool
    open: bool
    help: str = ""
    consequence: str = ""
    reason: str = ""
    source: str = ""
    hint: str = ""


class Deadline(msgspec.Struct, frozen=True):
    """A clock that runs: what it is, its last day, and how that is said."""

    label: str
    due: date
    text: str
    urgency: str


@dataclass(frozen=True)
class CaseFile:
    """Everything the case page shows. What the person may not see is empty."""

    process: Process
    state_label: str
    procedure_label: str
    area: str
    marks: tuple[str, ...]
    deadlines: tuple[Deadline, ...]
    choices: tuple[Choice, ...]
    steps: tuple[Step, ...]
    is_party: bool
    subject: CaseSubject | None = None
    calculation: Calculation | None = None
    findings: tuple[Finding, ...] = ()
    report: Any = None
    ballot: BallotResult | None = None
    ballot_label: str = ""
    recused: Blocked | None = None
    parent: Process | None = None
    stages: tuple[tuple[str, str, bool], ...] = ()


def choices_of(available: list[Available], *, is_party: bool, roles: frozenset[str]) -> tuple[Choice, ...]:
    """Actions nobody of this kind ever takes (the worker's own) are left out; the rest with reasons."""
    shown = [a for a in available if a.blocked is None or _worth_showing(a, is_party, roles)]
    return tuple(
        Choice(
            a.action.name, a.action.label, a.action.primary, bool(a.action.consequence), a.blocked is None,
            a.action.help, a.action.consequence,
            *((a.blocked.reason, a.blocked.source, a.blocked.hint) if a.blocked else ()),
        )
        for a in shown
    )  # fmt: skip


def _worth_showing(available: Available, is_party: bool, roles: frozenset[str]) -> bool:
    household = is_party and not roles - PARTY_ROLES
    return available.action.party if household else True


async def case_file(
    tx: Transaction, engine: Engine, labels: Labels, actor: Any, process_id: UUID
) -> CaseFile:
    """Load a process for a person. Raises NotFound when it is none of theirs to see."""
    situation = await engine.situation_in(tx, actor, process_id)
    view, process = situation.view, situation.view.process
    roles, is_party = view.actor.roles, situation.standing.is_party
    household_only = is_party and not roles - PARTY_ROLES
    inside = sees_all(situation)
    recused = situation.standing.recused(actor.person_id) if not household_only else None
    names = await _names(tx, situation)
    rows = [entry for entry, __ in await journal.read(tx, process.id)]
    ballot = None if recused else ballot_of(view.records)
    content = view.subject if isinstance(view.subject, CaseSubject) else None
    areas = await area_names(tx, {process.area_code})
    return CaseFile(
        process=process, state_label=view.stage.label, procedure_label=view.procedure.label,
        area=areas[process.area_code], marks=() if household_only else mark_labels(process.marks),
        deadlines=_deadlines(situation), is_party=household_only,
        choices=choices_of(engine.available(situation), is_party=is_party, roles=roles),
        steps=tuple(_step(situation, labels, entry, names, household_only) for entry in rows),
        subject=content, recused=recused, parent=view.parent, stages=_stages(situation, rows),
        calculation=calculation_of(view.records) if inside else None,
        findings=findings_of(view.records) if inside or household_only else (),
        report=report_of(view.records) if inside else None,
        ballot=None if household_only else ballot, ballot_label=BALLOT_LABELS[ballot.result] if ballot else "",
    )  # fmt: skip


async def evidence_of(tx: Transaction, engine: Engine, actor: Any, process_id: UUID, sha256: str) -> None:
    """Raises NotFound unless this paper lies on a file the person may see (a household, a panel, a visitor: their own papers)."""
    situation = await engine.situation_in(tx, actor, process_id)
    household_only = situation.standing.is_party and not situation.view.actor.roles - PARTY_ROLES
    for entry, __ in await journal.read(tx, process_id):
        action = _action(situation, entry)
        theirs = sees_all(situation) or entry.actor_id == actor.account_id
        if household_only:
            theirs = (action is not None and action.party) or entry.action == "open"
        if sha256 in entry.evidence and theirs:
            return
    raise NotFound("没有找到这份材料")


def sees_all(situation: Situation) -> bool:
    """Whether what the household earns and owns is this person's to see: not the panel's, observers' or visitors'."""
    view = situation.view
    if situation.standing.is_party and not view.actor.roles - PARTY_ROLES:
        return False
    return view.process.kind != "case" or situation.standing.permitted("view_assets") is None


def _deadlines(situation: Situation) -> tuple[Deadline, ...]:
    view, process = situation.view, situation.view.process
    if process.ended:
        return ()
    clocks = ((_("本环节"), process.stage_due), (_("全部办结"), process.total_due))
    return tuple(
        Deadline(label, due, *due_words(situation.runtime, due, process.uncertain_years, view.today))
        for label, due in clocks
        if due is not None
    )


def _stages(situation: Situation, rows: list[journal.Entry]) -> tuple[tuple[str, str, bool], ...]:
    """The states passed through, in order, ending with the present one: (state, label, is present)."""
    spec, present = situation.spec, situation.view.process.state
    seen = list(dict.fromkeys(entry.to_state for entry in rows if entry.to_state != present))
    passed = [(s, spec.stages[s].label, False) for s in seen if s in spec.stages]
    return (*passed, (present, spec.stages[present].label, True))


def _step(
    situation: Situation, labels: Labels, entry: journal.Entry, names: dict[UUID, str], household_only: bool
) -> Step:
    spec, action = situation.spec, _action(situation, entry)
    full = bool(situation.view.actor.roles & MAY_KNOW_REPORTER)
    records = [f.record for f in situation.view.records.filed if f.seq == entry.seq]
    mine = entry.actor_id == situation.view.actor.account_id
    if household_only:
        records = [r for r in records if r.kind() in TO_PARTY]
    elif not (mine or sees_all(situation)):
        records = []
    if household_only or situation.standing.recused(situation.view.actor.person_id):
        records = [r for r in records if not isinstance(r, BallotResult)]
    own = (action is not None and action.party) if household_only else mine or sees_all(situation)
    values: tuple[Value, ...] = tuple(v for r in records for v in labels.of(r, names=names, full=full))

    def label(state: str) -> str:
        return spec.stages[state].label if state in spec.stages else state

    hide = household_only and action is not None and not action.party and not records
    return Step(
        entry.seq, entry.at, names.get(entry.actor_id, _("系统")), entry.action,
        action.label if action else _("建立") if entry.action == "open" else entry.action,
        label(entry.from_state), label(entry.to_state), entry.from_state != entry.to_state,
        "" if hide else entry.basis, entry.evidence if own else (), values,
    )  # fmt: skip


def _action(situation: Situation, entry: journal.Entry) -> Any:
    spec = situation.spec
    if entry.from_state not in spec.stages:
        return None
    return situation.runtime.catalogue.action(spec, entry.from_state, entry.action)


async def _names(tx: Transaction, situation: Situation) -> dict[UUID, str]:
    """Names of everybody mentioned: accounts that acted, and the household's members."""
    view = situation.view
    actors = (
        {f.by for f in view.records.filed}
        | {account for account, __ in view.duties}
        | {view.process.opened_by}
    )
    rows = await tx.fetch(
        "SELECT DISTINCT actor_id FROM journal WHERE tenant_id = $1 AND process_id = $2",
        tx.tenant,
        view.process.id,
    )
    names = await account_names(tx, actors | {row["actor_id"] for row in rows})
    if isinstance(view.subject, CaseSubject):
        names |= {m.person.id: m.person.name for m in view.subject.household.members}
    return names
