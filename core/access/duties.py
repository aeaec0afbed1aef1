"""Separation of duties over a whole case: who did one thing may not do another, however many years lie between.

    enter        types the application in           investigate  visits, inquires
    verify       reports on and settles findings    review       the township's opinion
    confirm      the district's decision            spot_check   the district's second look

Investigation, review, confirmation and spot check are four different people; whoever entered something never approves
or checks it; whoever verified neither reviews nor decides. Pure; an unknown duty (a plugin's) clashes with nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from uuid import UUID


class Duty(StrEnum):
    ENTER = "enter"
    INVESTIGATE = "investigate"
    VERIFY = "verify"
    REVIEW = "review"
    CONFIRM = "confirm"
    SPOT_CHECK = "spot_check"


LABELS = {
    Duty.ENTER: "录入申请",
    Duty.INVESTIGATE: "入户调查",
    Duty.VERIFY: "信息核对",
    Duty.REVIEW: "审核",
    Duty.CONFIRM: "确认",
    Duty.SPOT_CHECK: "抽查",
}

APART = frozenset(
    frozenset(pair)
    for pair in (
        *combinations((Duty.INVESTIGATE, Duty.REVIEW, Duty.CONFIRM, Duty.SPOT_CHECK), 2),
        (Duty.ENTER, Duty.VERIFY),
        (Duty.ENTER, Duty.REVIEW),
        (Duty.ENTER, Duty.CONFIRM),
        (Duty.ENTER, Duty.SPOT_CHECK),
        (Duty.VERIFY, Duty.REVIEW),
        (Duty.VERIFY, Duty.CONFIRM),
        (Duty.VERIFY, Duty.SPOT_CHECK),
    )
)
"""The pairs one person may not hold in the same case."""


@dataclass(frozen=True, slots=True)
class Clash:
    """`earlier` was done by the same account in this case, so `duty` is for somebody else."""

    duty: str
    earlier: str

    @property
    def reason(self) -> str:
        did, wants = LABELS[Duty(self.earlier)], LABELS[Duty(self.duty)]
        if self.earlier == Duty.ENTER:
            return f"这一户的申请是您录入的，不能再由您{wants}：谁录入，谁就不能审批或者核查。"
        return f"您已经办理过这一户的{did}，不能再办理{wants}：同一户的这两件事必须由不同的人办理。"


def conflict(duty: str, account_id: UUID, done: Iterable[tuple[UUID, str]]) -> Clash | None:
    """The first earlier duty of this account in the case that excludes `duty`; None when there is none."""
    for account, earlier in done:
        if account == account_id and frozenset((duty, earlier)) in APART:
            return Clash(duty, earlier)
    return None
