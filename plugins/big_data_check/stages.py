"""What verification adds to every open case: authorisations signed anew or withdrawn, and differences settled with a reason.

Offered everywhere (a procedure's `everywhere`), changing nothing of where a case stands; both go into the case's journal.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from core.sdk import Action, Outcome, Record, StageType, View
from core.sdk.household import Form
from plugins.big_data_check.renewal import (
    REMIND,
    RENEW,
    AuthorisationReminder,
    AuthorisationRenewal,
    RemindForm,
    RenewForm,
    remind,
    renew,
)
from plugins.big_data_check.signatures import to_sign
from plugins.big_data_check.taking_back import (
    CONSEQUENCE,
    TAKE_BACK,
    AuthorisationWithdrawal,
    WithdrawAuthorisationForm,
    anybody_signed,
    at_home,
    take_back,
)

SETTLE = "settle_difference"


class Verdict(StrEnum):
    """Which side is right, or why both may stand."""

    DECLARED = "declared"
    VISITED = "visited"
    REGISTRY = "registry"
    EXPLAINED = "explained"

    @property
    def label(self) -> str:
        return _VERDICTS[self]


_VERDICTS = {
    Verdict.DECLARED: "以申报为准",
    Verdict.VISITED: "以入户所见为准",
    Verdict.REGISTRY: "以部门数据为准",
    Verdict.EXPLAINED: "各方都对，已说明",
}


class SettleForm(Form, frozen=True):
    """`item` and `values` are the comparison's own (`Line.item`, `Line.digest`): when its values change it is open again."""

    item: Annotated[str, Meta(title="不一致的项目", min_length=1, max_length=300)]
    verdict: Annotated[Verdict, Meta(title="认定")]
    reason: Annotated[
        str, Meta(title="理由", min_length=4, max_length=500, extra={"widget": "textarea"},
                  description="写明依据，例如“看了卖车合同，2024年已过户给买方”")
    ]  # fmt: skip
    values: Annotated[
        str, Meta(pattern="^[0-9a-f]{64}$", extra={"widget": "hidden", "message": "请到“四方对照”页，在不一致的那一行处理"})
    ]  # fmt: skip


class DifferenceSettled(Record, frozen=True):
    item: str
    verdict: Verdict
    reason: str
    values: str = ""


def settle(_: View, form: SettleForm) -> Outcome:
    record = DifferenceSettled(form.item, form.verdict, form.reason, form.values)
    return Outcome(records=(record,), basis=f"处理四方对照中的不一致：{form.verdict.label}")


VERIFICATION_CARE = StageType(
    "verification_care",
    "核对授权和对照",
    (
        Action(RENEW, "重新签署核对授权", renew, RenewForm, always=True, prefill=to_sign),
        Action(
            TAKE_BACK, "撤回核对授权", take_back, WithdrawAuthorisationForm, guard=anybody_signed, party=True, always=True,
            consequence=CONSEQUENCE, prefill=at_home,
        ),
        Action(REMIND, "提醒重新签署核对授权", remind, RemindForm, always=True),
        Action(SETTLE, "处理不一致", settle, SettleForm, always=True),
    ),
    (AuthorisationRenewal, AuthorisationWithdrawal, AuthorisationReminder, DifferenceSettled),
    owner="big_data_check",
)  # fmt: skip
STAGES = (VERIFICATION_CARE,)
