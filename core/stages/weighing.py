"""What a comprehensive appraisal weighs of a household: sums, labour capacity and the ballot; never what sums are made of.

Bank, property and registry data stay on the file with those whose task needs them (domain §4, §6 R6; PIPL 6, 28).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from core.kernel.stage import View
from core.stages.ballot import BallotResult, ballot_of
from core.stages.calculation import calculation_of, variance_of


@dataclass(frozen=True, slots=True)
class Weighed:
    """Yuan per year; `labour_index` is the members' mean coefficient. `variance` says how ballot and worksheet disagree."""

    persons: int
    total: Decimal
    per_capita: Decimal
    standard: Decimal
    labour_index: Decimal
    eligible: bool
    ballot: BallotResult | None
    variance: str


def weighed(view: View) -> Weighed | None:
    """None while there is no worksheet that adds up."""
    calculation = calculation_of(view.records)
    totals = calculation.file.worksheet.totals if calculation else None
    if calculation is None or totals is None:
        return None
    alert = variance_of(view)
    return Weighed(
        totals.persons, totals.total, totals.per_capita, totals.standard, totals.labour_index,
        calculation.file.decision.eligible, ballot_of(view.records), alert.text if alert else "",
    )  # fmt: skip
