"""What verification adds to every open case: authorisations signed anew, and differences settled with a reason.

Offered everywhere (a procedure's `everywhere`), changing nothing of where a case stands; both go into the case's journal.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from core.sdk import Action, FieldError, Invalid, Outcome, Record, StageType, View
from core.sdk.household import Application, Form, Papers, case_subject

RENEW, SETTLE = "renew_authorisation", "settle_difference"


class Renewed(Form, frozen=True):
    person_id: Annotated[UUID, Meta(title="成员", extra={"widget": "member"})]
    signed_on: Annotated[date, Meta(title="签署日期")]
    guardian: Annotated[str, Meta(title="监护人（未成年人、无行为能力人由监护人签）", max_length=50)] = ""
    incapable: Annotated[bool, Meta(title="无民事行为能力或限制民事行为能力")] = False


class RenewForm(Form, frozen=True):
    authorisations: Annotated[tuple[Renewed, ...], Meta(title="重新签署的人", min_length=1, max_length=30)]
    papers: Annotated[Papers, Meta(title="签字的授权书", min_length=1, extra={"widget": "photos"})]


class AuthorisationRenewal(Record, frozen=True):
    """Signatures of members that take the place of their earlier ones."""

    authorisations: tuple[Renewed, ...]
    papers: tuple[str, ...]


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
    """`item` and `values` are the comparison's own: a difference whose values change is open again."""

    item: Annotated[str, Meta(title="不一致的项目", min_length=1, max_length=300)]
    verdict: Annotated[Verdict, Meta(title="认定")]
    reason: Annotated[
        str, Meta(title="理由", min_length=4, max_length=500, extra={"widget": "textarea"},
                  description="写明依据，例如“看了卖车合同，2024年已过户给买方”")
    ]  # fmt: skip
    values: Annotated[str, Meta(max_length=64, extra={"widget": "hidden"})] = ""


class DifferenceSettled(Record, frozen=True):
    item: str
    verdict: Verdict
    reason: str
    values: str = ""


def renew(view: View, form: RenewForm) -> Outcome:
    application = view.records.last(Application)
    people = {m.person.id for m in case_subject(view).household.members}
    errors = []
    if application is None:
        raise Invalid(
            "现在不用重新签授权书",
            fields=(FieldError("authorisations", "还没有提交申请：授权书随申请一起签署"),),
        )
    for n, one in enumerate(form.authorisations):
        if one.person_id not in people:
            errors.append(FieldError(f"authorisations.{n}.person_id", "这个人不是本户成员"))
        if one.signed_on > view.today:
            errors.append(FieldError(f"authorisations.{n}.signed_on", "签署日期不能晚于今天"))
        if one.incapable and not one.guardian.strip():
            errors.append(FieldError(f"authorisations.{n}.guardian", "请填写签字的监护人"))
    if errors:
        raise Invalid("授权书还要改一下", fields=tuple(errors))
    return Outcome(
        records=(AuthorisationRenewal(form.authorisations, form.papers),),
        basis=f"重新签署核对授权书 {len(form.authorisations)} 人",
        evidence=form.papers,
    )


def settle(_: View, form: SettleForm) -> Outcome:
    record = DifferenceSettled(form.item, form.verdict, form.reason, form.values)
    return Outcome(records=(record,), basis=f"处理四方对照中的不一致：{form.verdict.label}")


VERIFICATION_CARE = StageType(
    "verification_care",
    "核对授权和对照",
    (
        Action(RENEW, "重新签署核对授权", renew, RenewForm),
        Action(SETTLE, "处理不一致", settle, SettleForm, always=True),
    ),
    (AuthorisationRenewal, DifferenceSettled),
    owner="big_data_check",
)
STAGES = (VERIFICATION_CARE,)
