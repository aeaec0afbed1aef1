"""When a household on the rolls is looked at again (57号 31): the due date a case gets whenever it comes to `active`.

confirmed --publish--> active    reviewing --keep, increase--> active    hearing --kept, reduced--> active
                         └─ on that day the worker starts the review, as `start_review` with the cause "due" would

Half-yearly where somebody in the household can work, else yearly; a district may set it shorter.
"""

from __future__ import annotations

from decimal import Decimal

from core.kernel.children import MoveChild
from core.kernel.clockwork import DueOn
from core.kernel.stage import Effect, View
from core.rules.reviews import next_review
from core.stages.calculation import calculation_of
from core.stages.context import case_subject, district
from core.stages.fields import Form

SUPERSEDED = "superseded"
"""The mark, and the step, of a case whose household has been confirmed anew under another number."""


class SupersededForm(Form, frozen=True):
    """Filled in by the new case's publication alone: its number."""

    number: str


def labour_total(view: View) -> Decimal:
    """Σ of labour coefficients on the last complete worksheet; somebody able to work is assumed where there is none."""
    calculation = calculation_of(view.records)
    totals = calculation.file.worksheet.totals if calculation else None
    return totals.labour_total if totals else Decimal(1)


def review_clock(view: View) -> DueOn:
    """The day of the next review, counted from today: the confirmation, or the review that has just ended."""
    return DueOn(next_review(view.today, labour_total(view), district(view).parameters(view.today)))


def in_place_of_earlier(view: View) -> tuple[Effect, ...]:
    """The household's earlier cases say where it is looked after now, and are reviewed no more."""
    form = SupersededForm(view.process.number)
    return tuple(MoveChild(case, SUPERSEDED, form) for case in case_subject(view).earlier)
