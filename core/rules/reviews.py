"""When a household on the rolls is looked at again, and how long a verification report may be used."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from core.rules.exits import add_months
from core.rules.parameters import ParameterSet


def next_review(last: date, labour_total: Decimal, params: ParameterSet) -> date:
    """Half-yearly where somebody can work, else yearly (57号 31; the district may be stricter). `last`: confirmation or review."""
    rule = params.review
    return add_months(last, rule.with_labour_months if labour_total > 0 else rule.otherwise_months)


def review_after_death(died_on: date) -> date:
    """A member's death is followed up within three months (83号 一（三）)."""
    return add_months(died_on, 3)


def verification_valid_until(as_of: date, params: ParameterSet) -> date:
    """The last day on which a verification report of that day may be relied on."""
    return add_months(as_of, params.verification_months)
