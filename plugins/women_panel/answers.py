"""What API and pages say of panels and sessions, for one person. No count by choice before a household is closed.

Somebody recused from a household learns neither its result nor its counts.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from core.sdk import Colleague, Process, Transaction, local_date
from core.sdk.household import BALLOT_LABELS, Application
from core.sdk.household import Household as OnRegister
from plugins.women_panel import agendas, balloting, reasons, records, rules, urn
from plugins.women_panel.agendas import Entry, State
from plugins.women_panel.appraisal import store
from plugins.women_panel.balloting import Mine
from plugins.women_panel.names import name_of
from plugins.women_panel.permissions import PanelAction
from plugins.women_panel.reasons import Reason
from plugins.women_panel.records import Seat, Session
from plugins.women_panel.recusal import declared_in_round, stays_out
from plugins.women_panel.rules import Tally
from plugins.women_panel.scene import Scene, meets
from plugins.women_panel.sessions import a_round, attending, pending, standing
from plugins.women_panel.stages import PanelFormation


class Result(msgspec.Struct, frozen=True):
    """A closed household's count. `reasons` are how often each was chosen, whatever the vote.

    With scored forms `mean` is the trimmed mean, and who gave at least the mark counts as agreeing.
    """

    result: rules.Result
    label: str
    roster: int
    eligible_roster: int
    quorum: int
    present: int
    needed: int
    agree: int
    disagree: int
    abstain: int
    reasons: dict[str, int] = {}
    mean: str = ""


class CaseLine(msgspec.Struct, frozen=True):
    """A household on the agenda. `voted_count` is how many voted, never how. `result` only when closed, and not for kin.

    `waiting` eligible people are in the room and have not voted; `attempt` is what a phone seals a ballot for; `on_paper`
    households take none from phones.
    """

    case_id: UUID
    number: str
    title: str
    state: State
    mine: Mine
    eligible_roster: int
    quorum: int
    eligible_present: int
    needed: int
    voted_count: int
    recused_count: int
    waiting: int = 0
    attempt: int = 1
    on_paper: bool = False
    result: Result | None = None


class MemberLine(msgspec.Struct, frozen=True):
    account_id: UUID
    name: str
    present: bool
    removed: bool


class SessionAnswer(msgspec.Struct, frozen=True):
    """`criteria` are those of a scored form, empty where one agrees or not; `ballot_key` is for sealing on the phone."""

    id: UUID
    round_id: UUID
    number: int
    title: str
    state: Literal["open", "closed"]
    opened_on: date
    closed_on: date | None
    seed: str
    ask_reason: str
    reasons: tuple[Reason, ...]
    may_host: bool
    members: tuple[MemberLine, ...]
    cases: tuple[CaseLine, ...]
    criteria: tuple[str, ...] = ()
    score_min: int = 0
    score_max: int = 0
    may_paper: bool = False
    ballot_key: str = ""


class SessionLine(msgspec.Struct, frozen=True):
    id: UUID
    number: int
    state: Literal["open", "closed"]
    opened_on: date
    cases: int
    closed: int


class Person(msgspec.Struct, frozen=True):
    account_id: UUID
    name: str


class RoundAnswer(msgspec.Struct, frozen=True):
    """A round's panel and its sessions. `pending` households have no result yet; `may_open` tells whether one may begin."""

    round_id: UUID
    title: str
    number: str
    meets: bool
    may_host: bool
    may_open: bool
    pending: int
    members: tuple[Person, ...]
    observers: tuple[Person, ...]
    sessions: tuple[SessionLine, ...]
    may_weigh: bool = False
    """Whether the comprehensive appraisal is open to whoever asks: who leads it or takes part."""


class Cast(msgspec.Struct, frozen=True):
    """A vote was taken. The same at every repetition of the request. `tracker` where none was sent: made here."""

    session_id: UUID
    case_id: UUID
    mine: Literal["voted"] = "voted"
    tracker: str = ""


@dataclass(frozen=True, slots=True)
class Household:
    """What the panel is told of a household: who applies, how many they are, what they say for themselves.

    Never income, bank or property.
    """

    applicant: str
    group: str
    persons: int
    existing: bool
    elderly: int
    minors: int
    summary: str = ""


def result_of(told: Tally, reasons: Mapping[str, int]) -> Result:
    return Result(
        told.result, BALLOT_LABELS[told.result], told.roster, told.eligible_roster, told.quorum, told.present,
        told.needed, told.agree, told.disagree, told.abstain, dict(reasons), told.mean,
    )  # fmt: skip


async def round_answer(scene: Scene, tx: Transaction, round_id: UUID) -> RoundAnswer:
    """Raises NotFound, Refused."""
    round_ = await a_round(scene, tx, round_id)
    process = round_.view.process
    scene.demand(PanelAction.VIEW, process.area_code)
    formation = round_.view.records.last(PanelFormation)
    known = await scene.platform.colleagues(
        tx, (*formation.members, *formation.observers) if formation else ()
    )
    sessions = await records.sessions_of(tx, round_id)
    lines = [await _session_line(tx, session) for session in sessions]
    left, here = len(await pending(scene.platform, tx, round_)), meets(round_)
    may_host = scene.may(PanelAction.HOST, process.area_code)
    running = any(session.state == "open" for session in sessions)
    return RoundAnswer(
        round_id, process.title, process.number, here, may_host, may_host and here and not running and left > 0, left,
        tuple(_person(known, a) for a in formation.members) if formation else (),
        tuple(_person(known, a) for a in formation.observers) if formation else (), tuple(lines),
        await _weighs(scene, tx, process),
    )  # fmt: skip


async def _weighs(scene: Scene, tx: Transaction, process: Process) -> bool:
    if scene.may(PanelAction.APPRAISE, process.area_code):
        return True
    held = await store.of_round(tx, process.id)
    takers = await store.participants(tx, held[-1].id) if held else []
    return any(taker.account_id == scene.actor.account_id for taker in takers)


async def _session_line(tx: Transaction, session: Session) -> SessionLine:
    agenda = await agendas.entries(tx, session.id)
    return SessionLine(
        session.id, session.number, session.state, local_date(session.opened_at), len(agenda),
        sum(e.state == "closed" for e in agenda),
    )  # fmt: skip


async def session_answer(scene: Scene, tx: Transaction, session_id: UUID) -> SessionAnswer:
    """Raises NotFound, Refused."""
    session = await records.session(tx, session_id)
    scene.demand(PanelAction.VIEW, session.area_code)
    seats = await records.seats(tx, session.id)
    known = await scene.platform.colleagues(tx, seats)
    cases = {case.id: case for case in await scene.platform.cases_of(tx, session.round_id)}
    round_ = await scene.platform.process(tx, session.round_id)
    voted = await urn.all_voters(tx, session.id)
    recusals = await agendas.recusals(tx, session.id)
    declared = await declared_in_round(scene.platform, tx, session.round_id)
    akin = await scene.platform.kept_out_of(tx, scene.actor, cases.values())
    lines = [
        _case_line(
            scene, session, seats, entry, cases[entry.case_id], entry.case_id in akin,
            frozenset(recusals.get(entry.case_id, ())) | declared.get(entry.case_id, frozenset()), voted.get((entry.case_id, entry.attempt), frozenset()),
        )
        for entry in await agendas.entries(tx, session.id)
    ]  # fmt: skip
    return SessionAnswer(
        session.id, session.round_id, session.number, round_.title, session.state, local_date(session.opened_at),
        _day(session.closed_at), session.seed, session.config.ask_reason,
        reasons.read(session.config.reasons) if session.config.ask_reason != "never" else (),
        scene.may(PanelAction.HOST, session.area_code), _member_lines(seats, known), tuple(lines),
        *_scored(session), session.config.paper_ballots, base64.b64encode((await records.ballot_keys(tx, session.id))[0]).decode(),
    )  # fmt: skip


def _scored(session: Session) -> tuple[tuple[str, ...], int, int]:
    form = session.rules.form
    return (tuple(c.name for c in form.criteria), form.least, form.most) if form else ((), 0, 0)


def _case_line(
    scene: Scene,
    session: Session,
    seats: dict[UUID, Seat],
    entry: Entry,
    case: Process,
    akin: bool,
    recused: frozenset[UUID],
    voted: frozenset[UUID],
) -> CaseLine:
    me = scene.actor.account_id
    here = rules.room(standing(seats), recused, attending(seats), voted)
    told, eligible = entry.tally, len(here.eligible)
    state: State = "withdrawn" if entry.state == "open" and case.ended else entry.state
    # A member's kinship was worked out when the session opened and when the household was closed; what came to light since
    # keeps her out here already, before the next vote or the count puts it on file; and she learns no result.
    out, kin = me in recused or (state == "open" and akin), me in recused or akin
    return CaseLine(
        entry.case_id, entry.number, case.title, state, balloting.mine(me, seats, out, me in voted, ended=state != "open"),
        told.eligible_roster if told else eligible,
        told.quorum if told else rules.quorum_of(session.rules, eligible),
        told.present if told else len(here.present),
        told.needed if told else rules.needed_of(session.rules, eligible, len(here.present)),
        len(voted), len(recused & seats.keys()), len(here.present - voted) if state == "open" else 0, entry.attempt, entry.on_paper,
        result_of(told, entry.reasons) if told and not kin else None,
    )  # fmt: skip


async def related(scene: Scene, tx: Transaction, round_id: UUID, case_id: UUID) -> bool:
    """Whether kinship, or her own word, keeps the actor, member of the panel or not, from seeing a household's ballots."""
    if scene.actor.is_service:
        return False
    case = await scene.platform.outline(tx, case_id)
    return await stays_out(scene, tx, round_id, case) is not None


async def households_of(scene: Scene, tx: Transaction, cases: Sequence[Process]) -> dict[UUID, Household]:
    """What ballots show of households, by case."""
    known = await scene.platform.households(tx, [case.subject_id for case in cases if case.subject_id])
    filed = await scene.platform.records_of(tx, cases, Application)
    return {
        case.id: _told(known[case.subject_id], case, filed[case.id].last(Application), scene.today)
        for case in cases
        if case.subject_id
    }


def _told(found: OnRegister, case: Process, applied: Application | None, today: date) -> Household:
    ages = [_age(m.person.private.birth_date, today) for m in found.members]
    return Household(
        found.applicant.person.name, found.group_name, len(found.members), "existing" in case.marks,
        sum(age >= 60 for age in ages), sum(age < 18 for age in ages),
        applied.reason if applied else "",
    )  # fmt: skip


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _member_lines(seats: dict[UUID, Seat], known: Mapping[UUID, Colleague]) -> tuple[MemberLine, ...]:
    lines = [
        MemberLine(seat.account_id, name_of(known, seat.account_id), seat.present, seat.removed)
        for seat in seats.values()
    ]
    return tuple(sorted(lines, key=lambda line: (line.removed, line.name, line.account_id)))


def _person(known: Mapping[UUID, Colleague], account: UUID) -> Person:
    return Person(account, name_of(known, account))


def _day(at: datetime | None) -> date | None:
    return local_date(at) if at else None
