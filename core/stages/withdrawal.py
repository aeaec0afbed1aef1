"""The household takes its application back, at any time before the decision: signed, and at once.

any stage before the decision --withdraw--> withdrawn
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from core.kernel.stage import Action, Blocked, Outcome, Record, StageType, View
from core.stages.context import case_subject
from core.stages.fields import Form, Papers, Reason
from core.stages.public_list import PostingKind, TakeDown


class WithdrawForm(Form, frozen=True):
    reason: Reason
    signed: Annotated[Papers, Meta(title="签字的撤回书", min_length=1, extra={"widget": "photos"})]


class Withdrawal(Record, frozen=True):
    reason: str
    signed: tuple[str, ...]


def not_on_rolls(view: View) -> Blocked | None:
    """A household on the rolls is re-appraised whether it likes it or not; it may give up the allowance itself."""
    if case_subject(view).running is None:
        return None
    return Blocked(
        "这户正在享受低保，复评不能撤回。", "57号 31", "自愿退出低保的，请签字办理“去世或自愿退出”"
    )


def withdraw(view: View, form: WithdrawForm) -> Outcome:
    """Nobody's name stays on a board for an application there no longer is (domain §5: no longer than its purpose asks)."""
    return Outcome(
        "withdrawn", (Withdrawal(form.reason, form.signed),), (TakeDown(PostingKind.STATUTORY),),
        basis="申请家庭自愿撤回", evidence=form.signed,
    )  # fmt: skip


WITHDRAWAL = StageType(
    "withdrawal",
    "撤回",
    (
        Action(
            "withdraw", "撤回申请", withdraw, WithdrawForm, ("withdrawn",), not_on_rolls, party=True, always=True,
            consequence="这份申请就此办结，不再审核；以后可以重新申请。",
        ),
    ),
    (Withdrawal,),
)  # fmt: skip
