"""What is on file of a panel's formation, for pages, papers and API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

import msgspec

from core.sdk import Colleague, Situation, Transaction, View
from core.sdk.household import round_subject
from plugins.women_panel.config import OBSERVERS, config_of
from plugins.women_panel.formation import elections, eligibility, filed, steps
from plugins.women_panel.formation.eligibility import FormationRules
from plugins.women_panel.formation.filed import (
    Election,
    ElectionNotice,
    MemberKinship,
    PanelChange,
    PanelFormation,
)
from plugins.women_panel.names import name_of
from plugins.women_panel.permissions import PanelAction
from plugins.women_panel.scene import Scene
from plugins.women_panel.sessions import a_round
from plugins.women_panel.stages import PANEL_FORMATION


class NoticeLine(msgspec.Struct, frozen=True):
    held_on: date
    place: str
    nominate_until: date
    seats: int


class NomineeLine(msgspec.Struct, frozen=True):
    """`fault`: why she may not stand; `standing` once the election is on file."""

    name: str
    group_name: str
    posts: tuple[str, ...]
    nominated_by: str
    sex: str
    answer: str
    account: bool
    fault: str = ""
    standing: str = ""
    place: int = 0
    votes: int | None = None
    reason: str = ""


class Meeting(msgspec.Struct, frozen=True):
    held_on: date
    place: str
    chair: str
    tellers: str
    seats: int
    entitled: int
    attended: int
    issued: int
    valid: int


class Watcher(msgspec.Struct, frozen=True):
    account_id: UUID
    name: str
    kind: str


class Relation(msgspec.Struct, frozen=True):
    member: str
    household: str
    relation: str


class Sitting(msgspec.Struct, frozen=True):
    """A member as the panel stands now; `declared`: she has said whom of the households she is kin of."""

    account_id: UUID
    name: str
    declared: bool


class PanelChangeLine(msgspec.Struct, frozen=True):
    member: str
    why: str
    stepped_in: str


class FormationAnswer(msgspec.Struct, frozen=True):
    round_id: UUID
    number: str
    village: str
    state: str
    size_min: int
    size_max: int
    ordinary_share: str
    ordinary_needed: int
    excluded_posts: tuple[str, ...]
    notice: NoticeLine | None
    nominees: tuple[NomineeLine, ...]
    meeting: Meeting | None
    watchers: tuple[Watcher, ...]
    relations: tuple[Relation, ...]
    members: tuple[Sitting, ...]
    substitutes: tuple[str, ...]
    changes: tuple[PanelChangeLine, ...]
    formed_on: date | None
    term_ends: date | None
    short: bool
    women_only: bool
    vacancies: int
    """Seats that fell empty, after every substitute stepped in."""
    forming: bool
    announced: bool
    """A notice is out whose election is not held yet, or whose winners do not sit yet."""
    waiting: bool
    """An election's winners do not sit yet; `silent` of them have not declared their kin."""
    silent: tuple[str, ...]
    goes_on: bool
    """After a step back: the panel on file is whole and may be registered again as it was."""


async def formation_answer(scene: Scene, tx: Transaction, round_id: UUID) -> FormationAnswer:
    """Raises NotFound, Refused."""
    round_ = await a_round(scene, tx, round_id)
    view, config = round_.view, config_of(round_.view)
    scene.demand(PanelAction.VIEW, view.process.area_code)
    records, rules = view.records, FormationRules.of(config)
    notice, election = records.last(ElectionNotice), records.last(Election)
    panel = records.last(PanelFormation)
    known = await scene.platform.colleagues(tx, _accounts(round_))
    declared = filed.kin_declared(records)
    size = len(panel.members) if panel else config.size_min
    members = panel.members if panel else ()
    return FormationAnswer(
        round_id, view.process.number, view.process.title, view.process.state, config.size_min, config.size_max,
        config.ordinary_share, size - eligibility.posts_allowed(rules, size), config.excluded_posts,
        NoticeLine(notice.held_on, notice.place, notice.nominate_until, notice.seats) if notice else None,
        _nominees(round_, rules, election), _meeting(election), _watchers(election, panel, known),
        _relations(round_, known), tuple(Sitting(a, name_of(known, a), a in declared) for a in members),
        tuple(name_of(known, a) for a in panel.substitutes) if panel else (), _changes(round_, known),
        panel.formed_on if panel else None, panel.term_ends if panel else None,
        panel is not None and len(panel.members) < config.size_min, config.women_only, elections.vacancies(records),
        PANEL_FORMATION.name in round_.spec.types_at(view.process.state), elections.announced(records),
        *_waiting(view, declared), steps.whole(view),
    )  # fmt: skip


def _waiting(view: View, declared: frozenset[UUID]) -> tuple[bool, tuple[str, ...]]:
    election = elections.election_to_register(view.records)
    if election is None:
        return False, ()
    accounts = elections.accounts_of(view.records, election.names("elected"))
    return True, tuple(name for name, account in accounts.items() if account not in declared)


def _accounts(round_: Situation) -> set[UUID]:
    """Everybody named on file by account."""
    records, found = round_.view.records, set[UUID]()
    for panel in records.all(PanelFormation):
        found.update((*panel.members, *panel.observers, *panel.substitutes))
    for election in records.all(Election):
        found.update(line.account for line in election.observers)
    for kept in records.all(MemberKinship):
        found.update((*kept.declared, *(line.member for line in kept.lines)))
    for change in records.all(PanelChange):
        found.update({change.member} | ({change.stepped_in} if change.stepped_in else set()))
    return found


def _nominees(round_: Situation, rules: FormationRules, election: Election | None) -> tuple[NomineeLine, ...]:
    outcome = {line.name: line for line in election.lines} if election else {}
    found = []
    for nominee in filed.nominees_of(round_.view.records).values():
        line, why = outcome.get(nominee.name), eligibility.fault(filed.candidate_of(nominee), rules)
        found.append(
            NomineeLine(
                nominee.name, nominee.group_name, nominee.posts, nominee.nominated_by, nominee.sex, nominee.answer,
                nominee.account is not None, why, line.standing if line else "", line.place if line else 0,
                line.votes if line else None, line.reason if line else "",
            )
        )  # fmt: skip
    order = {"elected": 0, "substitute": 1}
    return tuple(sorted(found, key=lambda n: (order.get(n.standing, 2), n.place, -(n.votes or 0))))


def _meeting(election: Election | None) -> Meeting | None:
    if election is None:
        return None
    return Meeting(
        election.held_on, election.place, election.chair, election.tellers, election.seats, election.entitled,
        election.attended, election.issued, election.valid,
    )  # fmt: skip


def _watchers(
    election: Election | None, panel: PanelFormation | None, known: Mapping[UUID, Colleague]
) -> tuple[Watcher, ...]:
    kinds = {line.account: OBSERVERS[line.kind] for line in election.observers} if election else {}
    accounts = tuple(dict.fromkeys((*kinds, *(panel.observers if panel else ()))))
    return tuple(Watcher(a, name_of(known, a), kinds.get(a, "")) for a in accounts)


def _relations(round_: Situation, known: Mapping[UUID, Colleague]) -> tuple[Relation, ...]:
    cases = {case.id: case for case in round_subject(round_.view).cases}
    return tuple(
        Relation(
            name_of(known, line.member), cases[line.case_id].applicant if line.case_id in cases else "",
            filed.RELATIONS[line.relation],
        )
        for kept in round_.view.records.all(MemberKinship)
        for line in kept.lines
    )  # fmt: skip


def _changes(round_: Situation, known: Mapping[UUID, Colleague]) -> tuple[PanelChangeLine, ...]:
    return tuple(
        PanelChangeLine(
            name_of(known, change.member), filed.LEAVING[change.why],
            name_of(known, change.stepped_in) if change.stepped_in else "",
        )
        for change in round_.view.records.all(PanelChange)
    )  # fmt: skip
