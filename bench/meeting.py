"""A village at its panel's meeting, ready for ballots: made by the builders the tests use, in an installation of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from bench.ground import Ground
from bench.load import request
from tests.plugins.women_panel.village import PANEL, Village, a_house, a_village

CLEAN = "TRUNCATE women_panel_ballot, women_panel_voter"
"""Nobody has voted."""

CHOICES: tuple[Literal["agree", "disagree", "abstain"], ...] = ("agree", "agree", "disagree", "abstain")


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who may vote. `token` is the session's."""

    account: UUID
    person: UUID
    token: str


@dataclass(frozen=True, slots=True)
class Case:
    """A household on the agenda."""

    id: UUID
    household: UUID
    applicant: UUID


@dataclass(frozen=True, slots=True)
class Meeting:
    """Everything the ballots of one session need to be asked for, and to be answered without asking anybody."""

    tenant: UUID
    district: str
    round: UUID
    session: UUID
    members: tuple[Member, ...]
    cases: tuple[Case, ...]
    clerk: str
    """The token of the township's clerk, who sees every case."""

    def path(self, case: Case) -> str:
        return f"/d/{self.district}/api/x/women_panel/sessions/{self.session}/cases/{case.id}/ballots"

    @property
    def page(self) -> str:
        """Where a member's phone opens her ballots."""
        return f"/d/{self.district}/x/women_panel/sessions/{self.session}/vote"

    def pairs(self) -> list[tuple[Member, Case]]:
        """Every (member, case) once; neighbours are of different cases, as in a room where nobody waits for anybody."""
        return [(member, case) for member in self.members for case in self.cases]

    def ballots(self) -> list[bytes]:
        """A request for every pair, in the order of `pairs`."""
        return [self.ballot(member, case, n) for n, (member, case) in enumerate(self.pairs())]

    def ballot(self, member: Member, case: Case, n: int) -> bytes:
        """The request of one vote; `n` makes its key its own."""
        return request(
            "POST", self.path(case), token=member.token, body={"choice": CHOICES[n % len(CHOICES)]},
            headers={"idempotency-key": f"ballot-{n}"},
        )  # fmt: skip


async def prepare(ground: Ground, households: int, panel: int = PANEL) -> Meeting:
    """A panel, all present, and so many households."""
    async with a_house(ground.urls, ground.folder, ground.keys, size_min=panel, size_max=panel) as (
        house,
        district,
    ):
        return await _meeting(await a_village(house, district, households=households, panel=panel))


async def _meeting(village: Village) -> Meeting:
    session = UUID((await village.open_session()).rpartition("/")[2])
    rows = await village.rows(
        "SELECT id, subject_id FROM process WHERE tenant_id = $1 AND parent_id = $2", village.round_id
    )
    household = {row["id"]: row["subject_id"] for row in rows}
    return Meeting(
        village.district.id,
        village.district.code,
        village.round_id,
        session,
        tuple(Member(m.id, _person(m.actor.person_id), m.token) for m in village.members),
        tuple(
            Case(case, household[case], applicant)
            for case, applicant in zip(village.cases, village.applicants, strict=True)
        ),
        village.clerk.token,
    )


def _person(person: UUID | None) -> UUID:
    assert person is not None
    return person
