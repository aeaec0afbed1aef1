"""Loads whom a process is about, and answers who is kept out of it: the engine's `Subjects`.

Recused is everybody within the district's degree set of any member of the household, by declared and computed kinship,
and whoever the file names as a relative; an override on file lifts it for one account (57号 11).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.access import recusal
from core.access.authorizer import Actor
from core.access.kinship import Degree, Edge, relatives
from core.clock import Clock, local_date
from core.kernel.process import Process
from core.kernel.runtime import Recused, Runtime, Subject
from core.kernel.stage import Blocked, Records
from core.registry import benefits, kin
from core.registry.elsewhere import Marks
from core.registry.people import Household, Registry
from core.stages import summary
from core.stages.context import CaseSubject, District, RoundSubject, StaffKin
from core.stages.kept_out import cases_kept_from
from core.stages.relatives import InvestigationStart, RelativeDeclaration
from core.stages.supervision import RecusalOverride
from core.storage.database import Transaction

CONCERNED = (
    "village_clerk",
    "township_clerk",
    "township_reviewer",
    "verification_officer",
    "district_officer",
    "spot_checker",
    "confirming_officer",
)
"""Roles of the staff concerned (经办人员) and the village committee, whose relatives' cases are put on file."""


@dataclass(frozen=True)
class CaseKin:
    """The kinship that matters for one case. `named` and `excused` hold accounts' ids and those of their persons."""

    members: frozenset[UUID]
    edges: tuple[Edge, ...]
    degrees: frozenset[Degree]
    named: frozenset[UUID]
    excused: frozenset[UUID]

    def recused(self, person: UUID | None) -> Blocked | None:
        """`person` may be an account's id as well: somebody named on the file need not be on the register."""
        if person is None or person in self.excused:
            return None
        found = recusal.recused(person, self.members, self.edges, self.degrees)
        if found is None and person not in self.named:
            return None
        relation = found.label if found else "近亲属"
        return Blocked(
            f"您与这户有亲属关系（{relation}），按规定回避，不能办理这一户的任何环节。",
            "近亲属回避（57号 11）",
            "系统会请其他同事办理；确需例外的由区级书面准予",
        )


class HouseholdSubjects:
    """The engine's loader. One instance for all tenants; all state is in the transaction."""

    def __init__(self, registry: Registry, clock: Clock, marks: Marks) -> None:
        self._registry = registry
        self._clock = clock
        self._marks = marks

    async def load(self, tx: Transaction, process: Process, runtime: Runtime, records: Records) -> Subject:
        if process.kind == "round":
            return await self._round(tx, process, runtime)
        return await self._case(tx, process, runtime, records)

    async def _case(self, tx: Transaction, process: Process, runtime: Runtime, records: Records) -> Subject:
        assert process.subject_id is not None
        household = await self._registry.household(tx, process.subject_id)
        assert household is not None
        district: District = runtime.settings
        kinship = await self.kin(tx, household.person_ids, records, district)
        today = local_date(self._clock())
        people = list(household.person_ids)
        started = records.last(InvestigationStart) is not None
        content = CaseSubject(
            household,
            running=await benefits.current(tx, household.id, today),
            duplicates=() if started else await self._duplicates(tx, household, people),
            staff_kin=() if started else await staff_kin(tx, household, kinship.edges, district, process),
            earlier=await _earlier(tx, process, runtime) if started else (),
            applying=() if started else await self._applying(tx, household, process),
            renamed=() if started else await self._renamed(tx, household),
            elsewhere=await self._marks.seen(tx, [m.person for m in household.members])
            if _at(process, runtime, "acceptance")
            else (),
        )

        def is_party(actor: Actor) -> bool:
            if actor.person_id is not None and actor.person_id in household.person_ids:
                return True
            return process.opened_by == actor.account_id and any(g.role == "helper" for g in actor.grants)

        return Subject(content, kinship.recused, is_party)

    @property
    def recusing(self) -> frozenset[str]:
        return frozenset({RelativeDeclaration.kind(), RecusalOverride.kind()})

    async def recused(self, tx: Transaction, process: Process, runtime: Runtime, records: Records) -> Recused:
        assert process.subject_id is not None
        members = await self._registry.member_ids(tx, process.subject_id)
        return (await self.kin(tx, members, records, runtime.settings)).recused

    async def kept_out_of(
        self, tx: Transaction, actor: Actor, runtime: Runtime, cases: Collection[UUID]
    ) -> frozenset[UUID]:
        district: District = runtime.settings
        return await cases_kept_from(tx, actor, district.settings.recusal_degrees, cases)

    async def kin(
        self, tx: Transaction, members: frozenset[UUID], records: Records, district: District
    ) -> CaseKin:
        """Who is related to these people, as far as the district's degree set reaches."""
        edges = await kin.around(tx, members)
        named = [
            line.account for d in records.all(RelativeDeclaration) for line in d.relatives if line.account
        ]
        excused = [o.account for o in records.all(RecusalOverride)]
        return CaseKin(
            members,
            tuple(Edge(a, b, r) for a, b, r in edges),
            frozenset(Degree(d) for d in district.settings.recusal_degrees),
            await _people_of(tx, named),
            await _people_of(tx, excused),
        )

    async def _duplicates(self, tx: Transaction, household: Household, people: list[UUID]) -> tuple[str, ...]:
        begins = benefits.next_month(local_date(self._clock()))
        other = set(await benefits.receiving(tx, people, household.id, begins))
        return tuple(m.person.name for m in household.members if m.person.id in other)

    async def _applying(
        self, tx: Transaction, household: Household, process: Process
    ) -> tuple[tuple[str, str], ...]:
        """Members in another open application that was handed in. What strangers claim counts against nobody."""
        rows = await tx.fetch(
            """SELECT m.person_id, min(p.number) AS number FROM process p
               JOIN household_member m ON m.tenant_id = p.tenant_id AND m.household_id = p.subject_id
               WHERE p.tenant_id = $1 AND p.kind = 'case' AND NOT p.ended AND p.state <> 'draft' AND p.id <> $2
                 AND p.subject_id <> $3 AND m.person_id = ANY($4) AND m.claimed IS NULL
                 AND NOT EXISTS (SELECT FROM benefit b WHERE b.tenant_id = p.tenant_id AND b.until_month IS NULL
                                 AND b.household_id = p.subject_id)
               GROUP BY m.person_id""",
            tx.tenant, process.id, household.id, list(household.person_ids),
        )  # fmt: skip
        numbers = {row["person_id"]: row["number"] for row in rows}
        return tuple(
            (m.person.name, numbers[m.person.id]) for m in household.members if m.person.id in numbers
        )

    async def _renamed(self, tx: Transaction, household: Household) -> tuple[tuple[str, str], ...]:
        claimed = {m.person.id: m.person.name for m in household.members if m.claimed}
        known = await self._registry.people(tx, claimed)
        return tuple((name, known[p].name) for p, name in claimed.items() if known[p].name != name)

    async def _round(self, tx: Transaction, process: Process, runtime: Runtime) -> Subject:
        village: str = await tx.fetchval("SELECT name FROM area WHERE code = $1", process.area_code) or ""
        rows = await tx.fetch(
            """SELECT b.household_id, a.name FROM benefit b
               JOIN household h ON h.tenant_id = b.tenant_id AND h.id = b.household_id
               JOIN person a ON a.tenant_id = h.tenant_id AND a.id = h.applicant_id
               WHERE b.tenant_id = $1 AND b.until_month IS NULL AND b.area_code = $2
                 AND NOT EXISTS (SELECT FROM process p WHERE p.tenant_id = $1 AND p.parent_id = $3
                                 AND p.subject_id = b.household_id)
               ORDER BY a.name_key, b.household_id""",
            tx.tenant,
            process.area_code,
            process.id,
        )
        content = RoundSubject(
            village,
            await summary.briefs(tx, process.id),
            tuple((r["household_id"], r["name"]) for r in rows),
            *(await _signed_in(tx, process) if _at(process, runtime, "mobilisation") else ((), 0)),
        )
        return Subject(content, lambda _: None, lambda _: False)


async def _signed_in(
    tx: Transaction, process: Process
) -> tuple[tuple[tuple[date, tuple[UUID, ...]], ...], int]:
    """The village's sign-ins by day, the latest first, and how many households its list has (`core.publicity`)."""
    rows = await tx.fetch(
        """SELECT held_on, array_agg(household_id ORDER BY household_id) AS there FROM publicity_sign_in
           WHERE tenant_id = $1 AND area_code = $2 GROUP BY held_on ORDER BY held_on DESC LIMIT 20""",
        tx.tenant,
        process.area_code,
    )
    listed: int = await tx.fetchval(
        "SELECT count(*) FROM publicity_household WHERE tenant_id = $1 AND area_code = $2",
        tx.tenant,
        process.area_code,
    )
    return tuple((row["held_on"], tuple(row["there"])) for row in rows), listed


def _at(process: Process, runtime: Runtime, stage_type: str) -> bool:
    return runtime.spec(process).stages[process.state].type == stage_type


async def _earlier(tx: Transaction, process: Process, runtime: Runtime) -> tuple[UUID, ...]:
    """The household's other cases in `active`; asked only where a case is about to come there itself."""
    if not (_at(process, runtime, "publication") or _at(process, runtime, "hearing")):
        return ()
    rows = await tx.fetch(
        """SELECT id FROM process WHERE tenant_id = $1 AND subject_id = $2 AND id <> $3 AND kind = 'case'
           AND state = 'active' AND NOT 'superseded' = ANY(marks) ORDER BY number""",
        tx.tenant,
        process.subject_id,
        process.id,
    )
    return tuple(row["id"] for row in rows)


async def staff_kin(
    tx: Transaction, household: Household, edges: Sequence[Edge], district: District, process: Process
) -> tuple[StaffKin, ...]:
    """Near relatives of members among the staff concerned for this area and the village committee."""
    degrees = frozenset(Degree(d) for d in district.settings.relative_flag_degrees)
    near: dict[UUID, tuple[str, Degree]] = {}
    for member in household.members:
        for person, degree in relatives(edges, member.person.id, degrees).items():
            if person not in household.person_ids:
                near.setdefault(person, (member.person.name, degree))
    if not near:
        return ()
    rows = await tx.fetch(
        """SELECT DISTINCT a.person_id, a.name, g.role, g.area_code FROM account a
           JOIN account_grant g ON g.tenant_id = a.tenant_id AND g.account_id = a.id
           WHERE a.tenant_id = $1 AND a.person_id = ANY($2) AND a.status = 'active' AND g.role = ANY($3)
           ORDER BY a.name""",
        tx.tenant,
        list(near),
        list(CONCERNED),
    )
    return tuple(
        StaffKin(near[r["person_id"]][0], r["name"], near[r["person_id"]][1].label, _position(r["role"]))
        for r in rows
        if process.area_code.startswith(r["area_code"].rstrip("0") or r["area_code"])
    )


def _position(role: str) -> str:
    return "村委会成员" if role == "village_clerk" else "经办人员"


async def _people_of(tx: Transaction, accounts: Sequence[UUID]) -> frozenset[UUID]:
    """The accounts themselves and the persons they belong to."""
    if not accounts:
        return frozenset()
    rows = await tx.fetch(
        "SELECT person_id FROM account WHERE tenant_id = $1 AND id = ANY($2) AND person_id IS NOT NULL",
        tx.tenant,
        list(accounts),
    )
    return frozenset(accounts) | {r["person_id"] for r in rows}
