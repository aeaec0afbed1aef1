"""A village round as a board: counts by group and stage, its calendar, and households whose total it would breach."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from core.access.kinship import Degree, Edge, relatives
from core.registry import kin
from core.stages.context import CaseBrief, RoundSubject
from core.stages.relatives import RelativeDeclaration
from core.stages.round_opening import RoundPlan
from core.storage.database import Transaction
from core.web.i18n import gettext as _

if TYPE_CHECKING:
    from core.kernel.situation import Situation
    from core.web.services import WebServices


class Planned(msgspec.Struct, frozen=True):
    """One stage of a round on its calendar."""

    state: str
    label: str
    passed: bool
    now: bool
    planned: date | None
    late: bool


class Breach(msgspec.Struct, frozen=True):
    """A household that would not be decided in time if the round keeps to its calendar."""

    case: UUID
    applicant: str
    total_due: date
    over: bool


class Count(msgspec.Struct, frozen=True):
    """A number with the list it leads to (as a query of the case list)."""

    label: str
    n: int
    only: str = ""
    state: str = ""


class Board(msgspec.Struct, frozen=True):
    cases: tuple[CaseBrief, ...]
    counts: tuple[Count, ...]
    by_state: tuple[Count, ...]
    calendar: tuple[Planned, ...]
    ends: date | None
    breaches: tuple[Breach, ...]
    hidden: frozenset[UUID]
    on_rolls_left: int


async def board(tx: Transaction, services: WebServices, situation: Situation) -> Board:
    """`hidden` are the cases whose ballot this person may not see: a relative's, or their own household's."""
    view = situation.view
    subject = view.subject if isinstance(view.subject, RoundSubject) else RoundSubject("", ())
    plan = view.records.last(RoundPlan)
    dates = plan.calendar if plan else {}
    ends = max(dates.values(), default=None)
    return Board(
        subject.cases, _counts(subject.cases), _by_state(situation, subject.cases), _calendar(situation, dates), ends,
        () if view.process.ended else breaches(subject.cases, ends, view.today),
        await _recused_among(tx, services, situation, subject.cases), len(subject.on_rolls),
    )  # fmt: skip


def breaches(cases: tuple[CaseBrief, ...], ends: date | None, today: date) -> tuple[Breach, ...]:
    """Cases still to be decided whose last day lies before the round's planned end, or has passed. Soonest first."""
    found = [
        Breach(c.id, c.applicant, c.total_due, c.total_due < today)
        for c in cases
        if c.total_due is not None and (c.total_due < today or (ends is not None and c.total_due < ends))
    ]
    return tuple(sorted(found, key=lambda b: (b.total_due, b.applicant)))


def _counts(cases: tuple[CaseBrief, ...]) -> tuple[Count, ...]:
    return (
        Count(_("户"), len(cases)),
        Count(_("新申请"), sum(not c.existing for c in cases), "new"),
        Count(_("在册复评"), sum(c.existing for c in cases), "existing"),
        Count(_("核算符合"), sum(c.eligible is True for c in cases), "eligible"),
        Count(_("核算不符合"), sum(c.eligible is False for c in cases), "ineligible"),
        Count(_("评议与核算不一致"), sum(c.variance for c in cases), "variance"),
    )


def case_states(situation: Situation) -> dict[str, str]:
    """What the states of the round's cases are called."""
    name = situation.runtime.procedures.in_round
    return (
        {s: t.label for s, t in situation.runtime.procedures.procedures[name].stages.items()} if name else {}
    )


def _by_state(situation: Situation, cases: tuple[CaseBrief, ...]) -> tuple[Count, ...]:
    labels = case_states(situation)
    found = Counter(c.state for c in cases)
    order = [*labels, *(s for s in found if s not in labels)]
    return tuple(Count(labels.get(s, s), found[s], state=s) for s in order if found[s])


def _calendar(situation: Situation, dates: dict[str, date]) -> tuple[Planned, ...]:
    process, today = situation.view.process, situation.view.today
    states = list(situation.spec.stages)
    here = states.index(process.state) if process.state in states else 0
    return tuple(
        Planned(
            state, situation.spec.stages[state].label, n < here or (process.ended and n == here),
            n == here and not process.ended, dates.get(state), n >= here and state in dates and dates[state] < today,
        )
        for n, state in enumerate(states)
    )  # fmt: skip


async def _recused_among(
    tx: Transaction, services: WebServices, situation: Situation, cases: tuple[CaseBrief, ...]
) -> frozenset[UUID]:
    person = situation.view.actor.person_id
    if person is None or not cases:
        return frozenset()
    degrees = frozenset(Degree(d) for d in situation.runtime.settings.settings.recusal_degrees)
    edges = [Edge(a, b, r) for a, b, r in await kin.around(tx, {person})]
    near = [person, *relatives(edges, person, degrees)]
    rows = await tx.fetch(
        """SELECT DISTINCT p.id FROM process p
           JOIN household_member m ON m.tenant_id = p.tenant_id AND m.household_id = p.subject_id
           WHERE p.tenant_id = $1 AND p.id = ANY($2) AND m.person_id = ANY($3)""",
        tx.tenant,
        [c.id for c in cases],
        near,
    )
    named = [
        c.id for c in cases if "relative_flag" in c.marks and await _named(tx, services, situation, c.id)
    ]
    return frozenset({*(row["id"] for row in rows), *named})


async def _named(tx: Transaction, services: WebServices, situation: Situation, case: UUID) -> bool:
    """Whether a case's own declaration names this account as a relative."""
    records = await services.records.read(tx, case, situation.runtime.catalogue)
    account = situation.view.actor.account_id
    return any(line.account == account for d in records.all(RelativeDeclaration) for line in d.relatives)
