"""One process for one person: where it stands, what to do next, why not the rest, and how it came to this."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from core.documents.word import versions
from core.kernel import journal
from core.kernel.gate import clears
from core.kernel.stage import Blocked
from core.problems import NotFound
from core.rules.decision import VarianceAlert
from core.stages.ballot import BALLOT_LABELS, BallotResult, ballot_of
from core.stages.calculation import Calculation, calculation_of, variance_of
from core.stages.context import CaseSubject
from core.stages.findings import Finding, findings_of, report_of
from core.storage.database import Transaction
from core.web.i18n import gettext as _
from core.web.views.clocks import clocks_of
from core.web.views.comparison import Compared, compared
from core.web.views.papers.printing import papers_of
from core.web.views.reader import Reader
from core.web.views.records import Labels, Value, mark_labels
from core.web.views.scope import account_names, area_names
from core.web.views.worklist import due_words

if TYPE_CHECKING:
    from core.access.authorizer import Actor
    from core.kernel.process import Process
    from core.kernel.situation import Situation
    from core.kernel.stage import Action
    from core.registry.verification import VerificationReportForm
    from core.web.services import WebServices


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
    """An action as offered: open, or why not, with the rule and whom to turn to. `yours`: the person's roles allow it."""

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
    yours: bool = True


class Deadline(msgspec.Struct, frozen=True):
    """A clock that runs: what it is, its last day, and how that is said."""

    label: str
    due: date
    text: str
    urgency: str


@dataclass(frozen=True)
class CaseFile:
    """Everything the case page shows. What the person may not see is empty.

    `in_word`: the kinds of papers the district has a Word template for, where the person may print them so.
    """

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
    report: VerificationReportForm | None = None
    comparison: tuple[Compared, ...] = ()
    ballot: BallotResult | None = None
    ballot_label: str = ""
    variance: VarianceAlert | None = None
    recused: Blocked | None = None
    parent: Process | None = None
    stages: tuple[tuple[str, str, bool], ...] = ()
    may_see_private: bool = False
    papers: tuple[tuple[str, str], ...] = ()
    in_word: frozenset[str] = frozenset()


async def choices_of(
    tx: Transaction, services: WebServices, situation: Situation, reader: Reader
) -> tuple[Choice, ...]:
    """What is offered, with reasons where it is not open. A household sees its own steps; the recused see none."""
    if reader.recused:
        return ()
    shown = [a for a in situation.available() if a.blocked is None or a.action.party or not reader.household]
    permitted = situation.standing.permitted
    shown = [
        replace(
            a,
            blocked=_too_early(situation, a.action)
            or await services.engine.objection(tx, situation, a.action),
        )
        if a.blocked is None
        else a
        for a in shown
    ]
    return tuple(
        Choice(
            a.action.name, a.action.label, a.action.primary, bool(a.action.consequence), a.blocked is None,
            a.action.help, a.action.consequence,
            *((a.blocked.reason, a.blocked.source, a.blocked.hint) if a.blocked else ("", "", "")),
            permitted(a.action.name) is None,
        )
        for a in shown
    )  # fmt: skip


def _too_early(situation: Situation, action: Action) -> Blocked | None:
    """A round's step that can only lead on is not offered while cases it must wait for are open."""
    view = situation.view
    ways, here = view.stage.next, view.process.state
    leads_on = all(ways.get(outcome, here) != here for outcome in action.outcomes)
    return clears(view, situation.standing, leads_on)


async def case_file(
    tx: Transaction, services: WebServices, labels: Labels, actor: Actor, process_id: UUID
) -> CaseFile:
    """Load a process for a person. Raises NotFound when it is none of theirs to see."""
    return await file_of(tx, services, labels, await services.situations.load(tx, actor, process_id))


async def file_of(tx: Transaction, services: WebServices, labels: Labels, situation: Situation) -> CaseFile:
    """The same for a situation already at hand."""
    view, process, reader = situation.view, situation.view.process, Reader.of(situation)
    names = await _names(tx, situation)
    rows = [entry for entry, __ in await journal.read(tx, process.id)]
    ballot = ballot_of(view.records) if reader.ballots and process.kind == "case" else None
    areas = await area_names(tx, {process.area_code})
    inside = reader.assets and process.kind == "case"
    return CaseFile(
        process=process, state_label=view.stage.label, procedure_label=view.procedure.label,
        area=areas[process.area_code], marks=() if reader.household else mark_labels(process.marks),
        deadlines=_deadlines(situation), is_party=reader.household,
        choices=await choices_of(tx, services, situation, reader),
        steps=tuple(_step(situation, labels, entry, names, reader) for entry in rows if reader.may_learn_of(entry)),
        subject=view.subject if isinstance(view.subject, CaseSubject) else None,
        recused=situation.recused, parent=view.parent, stages=_stages(situation, rows),
        calculation=calculation_of(view.records) if inside else None,
        findings=findings_of(view) if inside or (reader.household and _told(situation)) else (),
        report=report_of(view.records) if inside else None,
        comparison=await compared(tx, services, situation) if inside else (),
        ballot=ballot, ballot_label=BALLOT_LABELS[ballot.result] if ballot else "",
        variance=variance_of(view) if inside else None,
        may_see_private=inside and situation.standing.permitted("view_private") is None,
        papers=await _papers(tx, situation) if inside or reader.household else (),
        in_word=frozenset(await versions.in_force(tx, view.today)) if inside else frozenset(),
    )  # fmt: skip


async def _papers(tx: Transaction, situation: Situation) -> tuple[tuple[str, str], ...]:
    """What can be printed now: (kind in the address, title)."""
    if situation.view.process.kind != "case":
        return ()
    return tuple((kind, paper.title) for kind, paper in (await papers_of(tx, situation)).items())


def _told(situation: Situation) -> bool:
    """A household reads of findings once it has been served the notice that tells it of them."""
    return any(filed.record.kind() == "verification_notice" for filed in situation.view.records.filed)


async def evidence_of(
    tx: Transaction, services: WebServices, actor: Actor, process_id: UUID, sha256: str
) -> None:
    """Raises NotFound unless this paper lies on a file the person may see, at a step whose papers they may open."""
    situation = await services.situations.load(tx, actor, process_id)
    reader = Reader.of(situation)
    for entry, __ in await journal.read(tx, process_id):
        papers = reader.may_see_papers(entry, _action(situation, entry), _filed(situation, entry))
        if sha256 in entry.evidence and papers:
            return
    raise NotFound("没有找到这份材料")


def _deadlines(situation: Situation) -> tuple[Deadline, ...]:
    view, process = situation.view, situation.view.process
    if process.ended:
        return ()
    fields = {name: getattr(process, name) for name in ("stage_due", "total_due", "task", "task_due")}
    return tuple(
        Deadline(label, due, *due_words(situation.runtime, due, process.uncertain_years, view.today))
        for label, due in clocks_of(situation.runtime, view.stage, fields)
    )


def _stages(situation: Situation, rows: list[journal.Entry]) -> tuple[tuple[str, str, bool], ...]:
    """The states passed through, in order, ending with the present one: (state, label, is present)."""
    spec, present = situation.spec, situation.view.process.state
    seen = list(dict.fromkeys(entry.to_state for entry in rows if entry.to_state != present))
    passed = [(s, spec.stages[s].label, False) for s in seen if s in spec.stages]
    return (*passed, (present, spec.stages[present].label, True))


def _step(
    situation: Situation, labels: Labels, entry: journal.Entry, names: dict[UUID, str], reader: Reader
) -> Step:
    spec, action, records = situation.spec, _action(situation, entry), _filed(situation, entry)
    shown = [r for r in records if reader.may_read(r, entry)]
    values: tuple[Value, ...] = tuple(
        value for r in shown for value in labels.of(r, names=names, full=reader.reporters)
    )

    def label(state: str) -> str:
        return spec.stages[state].label if state in spec.stages else state

    return Step(
        entry.seq, entry.at, names.get(entry.actor_id, _("系统")), entry.action,
        action.label if action else _("建立") if entry.action == "open" else entry.action,
        label(entry.from_state), label(entry.to_state), entry.from_state != entry.to_state,
        entry.basis if reader.may_know_basis(entry, action, records) else "",
        entry.evidence if reader.may_see_papers(entry, action, records) else (), values,
    )  # fmt: skip


def _filed(situation: Situation, entry: journal.Entry) -> list[Any]:
    return [f.record for f in situation.view.records.filed if f.seq == entry.seq]


def _action(situation: Situation, entry: journal.Entry) -> Action | None:
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
