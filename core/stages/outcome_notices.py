"""What follows a decision: entry on the rolls and publication, or the written refusal with its remedies (57号 21, 24).

confirmed --publish--> active
denied --serve_refusal--> closed        within three working days; reconsideration or lawsuit stated (SAL 76)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from core.kernel.stage import Action, Blocked, Effect, Outcome, Record, StageType, View
from core.problems import FieldError, Invalid
from core.stages.context import case_subject, district
from core.stages.district_review import Confirmation
from core.stages.fields import Form, Notes, Papers
from core.stages.periodic_review import in_place_of_earlier, review_clock
from core.stages.public_list import PostingEntry, PostingKind, Publish, TakeDown
from core.stages.verification_notice import SERVED_BY, ServedBy

REMEDIES = (
    "对本决定不服的，可以自收到通知书之日起六十日内向本级人民政府申请行政复议，"
    "或者六个月内依法向人民法院提起行政诉讼。"
)
LONG_TERM = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class PutOnRolls(Effect):
    """Pay `amount` yuan per month from `from_month` on, ending what was paid until then."""

    category: str
    mode: str
    amount: Decimal
    persons: int
    from_month: date


@dataclass(frozen=True, slots=True)
class TakeOffRolls(Effect):
    """Nothing is paid from `from_month` on."""

    from_month: date


class PublishForm(Form, frozen=True):
    notes: Notes = ""


class ServeRefusalForm(Form, frozen=True):
    served_by: Annotated[ServedBy, Meta(title="送达方式", extra={"labels": SERVED_BY})]
    receipt: Annotated[Papers, Meta(title="签收回执", min_length=1, extra={"widget": "photos"})]


class Publication(Record, frozen=True):
    published_on: date
    notes: str = ""


class Refusal(Record, frozen=True):
    """The notice as served; `remedies` is the text it carried."""

    served_by: str
    served_on: date
    receipt: tuple[str, ...]
    remedies: str = REMEDIES


def put_on_rolls(decision: Confirmation) -> PutOnRolls:
    return PutOnRolls(
        decision.category, decision.mode, decision.amount, decision.persons, decision.from_month
    )


def long_term(view: View, category: str, amount: Decimal, persons: int) -> tuple[Effect, ...]:
    """What stands of the household on the long-term posting from now on, in place of what stood there before."""
    settings = district(view).settings
    down: tuple[Effect, ...] = (TakeDown(PostingKind.LONG_TERM),)
    if not settings.long_term_posting:
        return down
    household = case_subject(view).household
    entry = PostingEntry(
        household.applicant.person.name, household.group_name, persons, amount,
        category if settings.category_shown else "",
    )  # fmt: skip
    return (*down, Publish(PostingKind.LONG_TERM, view.today, LONG_TERM, (entry,)))


def publish(view: View, form: PublishForm) -> Outcome:
    decision = view.records.last(Confirmation)
    assert decision is not None
    listed = long_term(view, decision.category, decision.amount, decision.persons)
    return Outcome(
        "published", (Publication(view.today, form.notes),),
        (put_on_rolls(decision), *listed, review_clock(view), *in_place_of_earlier(view)),
        basis=f"公布结果，自 {decision.from_month:%Y-%m} 起发放",
    )  # fmt: skip


def confirmed(view: View) -> Blocked | None:
    return None if view.records.last(Confirmation) else Blocked("还没有确认决定。", "57号 21")


def serve_refusal(view: View, form: ServeRefusalForm) -> Outcome:
    if not form.receipt:
        raise Invalid("缺少送达凭证", fields=(FieldError("receipt", "请上传签收回执的照片"),))
    refusal = Refusal(form.served_by, view.today, form.receipt)
    return Outcome("served", (refusal,), basis="不予确认通知书已送达，并告知救济途径", evidence=form.receipt)


PUBLICATION = StageType(
    "publication",
    "公布",
    (
        Action(
            "publish", "公布结果", publish, PublishForm, ("published",), confirmed, primary=True,
            consequence="从下月起发放，并按本区规定公布。",
        ),
    ),
    (Publication,),
)  # fmt: skip

REFUSAL = StageType(
    "refusal",
    "不予确认",
    (
        Action(
            "serve_refusal", "送达不予确认通知书", serve_refusal, ServeRefusalForm, ("served",), primary=True,
        ),
    ),
    (Refusal,),
)  # fmt: skip
