"""What a village is printed in one go: every kind of paper that a case can have (domain §8), in the order of the process.

The posting notices hang beside it on the round's page, the payment roll is a village's as it is, and what the panel writes
(minutes, attendance, lists) is on the panel's own part of that page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.web.views.papers.samples import LABELS

_GROUPS = (
    ("申请和受理", ("application", "pledge", "authorisation", "acceptance", "supplement", "relatives")),
    ("调查核对", ("visit", "verification", "worksheet", "lapse", "non_cooperation")),
    ("审核确认", ("review", "spot_check", "confirmation", "denial")),
    ("在保以后", ("increase", "reduction", "grace_sheet", "grace", "termination")),
)


@dataclass(frozen=True)
class Batch:
    """Kinds that belong together, each with what it is called."""

    label: str
    papers: Sequence[tuple[str, str]]


BATCHES = tuple(Batch(label, tuple((kind, LABELS[kind]) for kind in kinds)) for label, kinds in _GROUPS)
