"""One line per case for lists, boards and counts: kept beside the process, always in the same transaction.

Everything here can be worked out again from the records; nothing here decides anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from core.kernel.stage import View
from core.stages.ballot import ballot_of
from core.stages.calculation import proposal_of, variance_of
from core.stages.context import CaseBrief, case_subject
from core.stages.findings import open_findings, upheld_findings
from core.stages.home_visit import HomeVisit
from core.stages.relatives import RelativeDeclaration
from core.stages.supervision import RecusalOverride
from core.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """`eligible` None: no worksheet yet, or it can't say. `amount` is yuan per month for the household.

    `named` and `excused` are accounts the file itself keeps out as relatives, or lets take part all the same.
    """

    applicant: str
    group_name: str
    persons: int
    existing: bool
    eligible: bool | None
    category: str
    amount: Decimal | None
    ballot: str
    variance: bool
    visited: bool
    findings_open: int
    findings_upheld: int
    named: tuple[UUID, ...] = ()
    excused: tuple[UUID, ...] = ()


def summary_of(view: View) -> CaseSummary:
    household = case_subject(view).household
    proposal, ballot = proposal_of(view.records), ballot_of(view.records)
    opened, upheld = len(open_findings(view)), len(upheld_findings(view))
    settled = proposal is not None and proposal.settled and not opened
    eligible = (proposal.eligible and not upheld) if proposal is not None and settled else None
    return CaseSummary(
        applicant=household.applicant.person.name,
        group_name=household.group_name,
        persons=proposal.persons if proposal else len(household.members),
        existing="existing" in view.process.marks,
        eligible=eligible,
        category=proposal.category if proposal and eligible else "",
        amount=proposal.amount if proposal and eligible else None,
        ballot=ballot.result if ballot else "",
        variance=variance_of(view) is not None,
        visited=view.records.last(HomeVisit) is not None,
        findings_open=opened,
        findings_upheld=upheld,
        named=_named(view),
        excused=tuple(o.account for o in view.records.all(RecusalOverride)),
    )


def _named(view: View) -> tuple[UUID, ...]:
    return tuple(
        line.account for d in view.records.all(RelativeDeclaration) for line in d.relatives if line.account
    )


async def keep(tx: Transaction, view: View) -> None:
    """Store the summary of a case after each act."""
    if view.process.kind != "case":
        return
    s = summary_of(view)
    await tx.execute(
        """INSERT INTO case_summary (tenant_id, process_id, applicant, group_name, persons, existing, eligible,
                                     category, amount, ballot, variance, visited, findings_open, findings_upheld,
                                     last_at, named, excused)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
           ON CONFLICT (tenant_id, process_id) DO UPDATE SET
               applicant = excluded.applicant, group_name = excluded.group_name, persons = excluded.persons,
               existing = excluded.existing, eligible = excluded.eligible, category = excluded.category,
               amount = excluded.amount, ballot = excluded.ballot, variance = excluded.variance,
               visited = excluded.visited, findings_open = excluded.findings_open,
               findings_upheld = excluded.findings_upheld, last_at = excluded.last_at,
               named = excluded.named, excused = excluded.excused""",
        tx.tenant,
        view.process.id,
        s.applicant,
        s.group_name,
        s.persons,
        s.existing,
        s.eligible,
        s.category,
        s.amount,
        s.ballot,
        s.variance,
        s.visited,
        s.findings_open,
        s.findings_upheld,
        view.now,
        list(s.named),
        list(s.excused),
    )


async def briefs(tx: Transaction, round_id: UUID) -> tuple[CaseBrief, ...]:
    """A round's cases, by number."""
    rows = await tx.fetch(
        """SELECT p.id, p.number, p.state, p.marks, p.total_due, s.applicant, s.group_name, s.persons, s.existing,
                  s.eligible, s.category, s.amount, s.ballot, s.variance, h.applicant_id
           FROM process p JOIN case_summary s ON s.tenant_id = p.tenant_id AND s.process_id = p.id
           LEFT JOIN household h ON h.tenant_id = p.tenant_id AND h.id = p.subject_id
           WHERE p.tenant_id = $1 AND p.parent_id = $2 ORDER BY p.number""",
        tx.tenant,
        round_id,
    )
    return tuple(CaseBrief(**{**dict(row), "marks": frozenset(row["marks"])}) for row in rows)


async def appraised(tx: Transaction, area_prefix: str) -> dict[str, tuple[int, int]]:
    """By village whose code starts so: cases with a ballot result, and those in which ballot and worksheet disagree."""
    rows = await tx.fetch(
        """SELECT p.area_code, count(*) AS held, count(*) FILTER (WHERE s.variance) AS differ
           FROM process p JOIN case_summary s ON s.tenant_id = p.tenant_id AND s.process_id = p.id
           WHERE p.tenant_id = $1 AND starts_with(p.area_code, $2) AND s.ballot IN ('passed', 'failed')
           GROUP BY p.area_code ORDER BY p.area_code""",
        tx.tenant,
        area_prefix,
    )
    return {row["area_code"]: (row["held"], row["differ"]) for row in rows}
