"""What a stage may look at beside the file: the district's settings and rules, and whom the process is about.

`view.settings` is a `District`, `view.subject` a `CaseSubject` or a `RoundSubject`; these functions say so to the types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.kernel.stage import View
from core.registry.benefits import Benefit
from core.registry.elsewhere import Elsewhere
from core.registry.people import Household
from core.rules.parameters import ParameterSet, RuleBook
from core.tenancy.settings import TenantSettings


@dataclass(frozen=True, slots=True)
class District:
    """One version of a district's configuration, as stages see it."""

    settings: TenantSettings
    rules: RuleBook
    plugin_config: Mapping[str, Any] = field(default_factory=dict)
    """Enabled plugins' settings by plugin name, each of its manifest's config type: for the plugin's own stages."""

    def parameters(self, day: date) -> ParameterSet:
        """The parameter set in force on `day`."""
        return self.rules.at(day)


@dataclass(frozen=True, slots=True)
class StaffKin:
    """A member's near relative among the staff concerned or the village committee (57号 11)."""

    member: str
    relative: str
    relation: str
    position: str


@dataclass(frozen=True, slots=True)
class CaseSubject:
    """The household of a case. `running` is what it receives now; `duplicates` names members who receive elsewhere.

    `earlier`: its other cases that stand in `active`, asked for where this one is about to come there. `applying`: members
    who stand in another open application, with its number. `renamed`: members whom the register calls otherwise.
    `elsewhere`: members who apply or receive in another district; known while the application waits to be accepted.
    """

    household: Household
    running: Benefit | None = None
    duplicates: tuple[str, ...] = ()
    staff_kin: tuple[StaffKin, ...] = ()
    earlier: tuple[UUID, ...] = ()
    applying: tuple[tuple[str, str], ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()

    @property
    def claimed(self) -> tuple[str, ...]:
        """Members the household named itself, whose papers nobody has seen yet."""
        return tuple(m.person.name for m in self.household.members if m.claimed)


@dataclass(frozen=True, slots=True)
class CaseBrief:
    """A round's case in one line (from `case_summary`). `amount` is yuan per month; None: not worked out yet."""

    id: UUID
    number: str
    state: str
    marks: frozenset[str]
    applicant: str
    group_name: str
    persons: int
    existing: bool
    eligible: bool | None = None
    category: str = ""
    amount: Decimal | None = None
    ballot: str = ""
    variance: bool = False
    total_due: date | None = None
    applicant_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RoundSubject:
    """The village of a round: its name, its cases, and the households on the rolls that have no case in it yet.

    `sign_ins`: who came to the village's meetings, by day, the latest first; `listed`: households on the list it was
    taken from. Both asked for while the meeting is still to be put down.
    """

    village: str
    cases: tuple[CaseBrief, ...]
    on_rolls: tuple[tuple[UUID, str], ...] = ()
    sign_ins: tuple[tuple[date, tuple[UUID, ...]], ...] = ()
    listed: int = 0


def district(view: View) -> District:
    assert isinstance(view.settings, District)
    return view.settings


def case_subject(view: View) -> CaseSubject:
    assert isinstance(view.subject, CaseSubject)
    return view.subject


def round_subject(view: View) -> RoundSubject:
    assert isinstance(view.subject, RoundSubject)
    return view.subject
