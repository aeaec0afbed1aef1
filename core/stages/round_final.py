"""The district's last step of a round: a draw anybody can recompute, visits, and a decision per household.

    final_review --draw_sample--> final_review --complete_round--> published

The seed was sealed when the round was prepared; the frame is closed here, over every case of the round.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from core.kernel import sampling
from core.kernel.children import MoveChild
from core.kernel.published_draw import published
from core.kernel.stage import Action, Blocked, Outcome, Record, StageType, View
from core.stages.context import CaseBrief, district, round_subject
from core.stages.district_review import SAMPLED, DrawnForm
from core.stages.fields import Form, Notes
from core.stages.round_opening import RoundNote, SeedCommitment

MANDATORY = frozenset({"relative_flag", "complaint"})


class DrawForm(Form, frozen=True):
    """Nothing to choose: share, frame and seed are fixed beforehand."""


class CompleteRoundForm(Form, frozen=True):
    summary: Annotated[Notes, Meta(title="本轮小结", extra={"widget": "textarea"})] = ""


class SampleDraw(Record, frozen=True):
    """The record of the draw; `core.kernel.sampling.verify` recomputes it. In public stands `published_draw.published`."""

    draw: sampling.Draw


def stratum(case: CaseBrief) -> str:
    """Strata are what the visits should compare: on the rolls or new, proposed or not."""
    return ("在册" if case.existing else "新申请") + ("·拟纳入" if case.eligible else "·拟不纳入")


def in_frame(view: View) -> tuple[CaseBrief, ...]:
    """Every case that waits for the district; the stage's `draws_from` names other states than `reported`."""
    states = view.stage.params.get("draws_from", ("reported",))
    return tuple(c for c in round_subject(view).cases if c.state in states)


def draw_sample(view: View, _: DrawForm) -> Outcome:
    sealed = view.records.last(SeedCommitment)
    assert sealed is not None
    cases = in_frame(view)
    must = [c.number for c in cases if c.marks & MANDATORY]
    frame = sampling.frame_of({c.number: stratum(c) for c in cases}, must)
    percent = Decimal(district(view).settings.spot_check_percent)
    draw = sampling.draw(frame, bytes.fromhex(sealed.seed), percent)
    chosen, public = set(draw.selected), published(draw, sealed.salt)
    moves = tuple(
        MoveChild(c.id, "draw_case", DrawnForm(view.process.number)) for c in cases if c.number in chosen
    )
    return Outcome(
        records=(SampleDraw(draw),), effects=moves, add_marks=frozenset({SAMPLED}),
        basis=f"抽样 {len(draw.drawn)} 户（{percent}%），必查 {len(draw.mandatory)} 户；名单摘要 {public.frame_hash[:16]}",
    )  # fmt: skip


def not_drawn(view: View) -> Blocked | None:
    if view.records.last(SampleDraw):
        return Blocked("这一轮已经抽过样，不能重抽。", "抽样规则")
    if not in_frame(view):
        return Blocked("没有等待区级审核的户，不需要抽样。", "抽样规则")
    return None


def drawn(view: View) -> Blocked | None:
    if view.records.last(SampleDraw) or not in_frame(view):
        return None
    return Blocked("还没有抽样。", "57号 20", "请先“随机抽样”")


def complete_round(view: View, form: CompleteRoundForm) -> Outcome:
    cases = round_subject(view).cases
    kept = sum(c.state == "active" for c in cases)
    return Outcome(
        "completed",
        (RoundNote("completed", form.summary),),
        basis=f"整村认定办结：共 {len(cases)} 户，纳入 {kept} 户",
    )


FINAL_REVIEW = StageType(
    "final_review",
    "区级终审",
    (
        Action(
            "draw_sample", "随机抽样", draw_sample, DrawForm, guard=not_drawn, primary=True,
            consequence="封存名单并用事先封存的种子抽样，结果公开、任何人可以重算，不能重抽。",
        ),
        Action(
            "complete_round", "整村办结", complete_round, CompleteRoundForm, ("completed",), drawn, primary=True,
        ),
    ),
    (SampleDraw,),
    kind="round",
)  # fmt: skip
