"""A village's lists: the preliminary one of the village, and the statutory one, posted for all its cases together.

village_posting --end_village_posting--> …            where the district has it; a dispute goes back to the visits
second_posting --start_second_posting--> (every posted case) --end_second_posting--> (every case) reported
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from core.kernel.children import MoveChild
from core.kernel.deadline import posting_ends, posting_may_end
from core.kernel.stage import Action, Blocked, Outcome, Record, StageType, View
from core.stages.context import CaseBrief, district, round_subject
from core.stages.fields import Form, Papers, Photos
from core.stages.posting import ByRound, EndPostingForm, PostingEnd, PostingStart, StartPostingForm
from core.stages.public_list import PostingEntry, PostingKind, Publish, TakeDown
from core.stages.round_opening import RoundNote
from core.stages.round_steps import DISPUTED, REOPEN


class EndListForm(Form, frozen=True):
    photos: Annotated[Photos, Meta(title="公示期满现场照片", min_length=1, extra={"widget": "photos"})]
    objections: Annotated[
        str, Meta(title="公示期间的意见及处理", max_length=2000, extra={"widget": "textarea"})
    ] = ""
    papers: Papers = ()


def entry(view: View, case: CaseBrief) -> PostingEntry:
    shown = district(view).settings.category_shown
    return PostingEntry(
        case.applicant, case.group_name, case.persons, case.amount, case.category if shown else ""
    )


def proposed(view: View) -> tuple[CaseBrief, ...]:
    """The cases on the village's list: those whose worksheet says eligible."""
    return tuple(c for c in round_subject(view).cases if c.eligible)


def posted(view: View) -> tuple[CaseBrief, ...]:
    return tuple(c for c in round_subject(view).cases if c.state == "posted")


def now_hanging(view: View) -> PostingStart | None:
    """The list that hangs: started, neither ended nor taken down by sending the round back."""
    start = view.records.last_filed(PostingStart)
    if start is None or any(
        filed.seq > start.seq and _takes_down(filed.record) for filed in view.records.filed
    ):
        return None
    assert isinstance(start.record, PostingStart)
    return start.record


def _takes_down(record: Record) -> bool:
    return isinstance(record, PostingEnd) or (isinstance(record, RoundNote) and record.step == DISPUTED)


def not_hanging(view: View) -> Blocked | None:
    now = now_hanging(view)
    return Blocked(f"名单已于 {now.starts_on} 张榜，{now.ends_on} 期满。", "57号 19") if now else None


def period_over(view: View) -> Blocked | None:
    now = now_hanging(view)
    if now is None:
        return Blocked("名单还没有张榜。", "57号 19", "请先开始公示")
    if posting_may_end(now.starts_on, view.today):
        return None
    return Blocked(f"公示要满 7 天，到 {now.ends_on} 24 时期满。", "57号 19")


def _start(view: View, form: StartPostingForm, kind: PostingKind, cases: tuple[CaseBrief, ...]) -> Outcome:
    ends = posting_ends(view.today)
    moves: tuple[MoveChild, ...] = ()
    if kind is PostingKind.STATUTORY:
        moves = tuple(MoveChild(c.id, "posted_by_round", ByRound(view.today)) for c in cases)
    named = tuple(c for c in cases if c.eligible)  # whom the opinion would deny is not named in public
    return Outcome(
        records=(PostingStart(view.today, ends, form.photos, form.places),),
        effects=(Publish(kind, view.today, ends, tuple(entry(view, c) for c in named)), *moves),
        basis=f"张榜公示 {len(named)} 户，{ends} 期满",
        evidence=form.photos,
    )


def start_village_posting(view: View, form: StartPostingForm) -> Outcome:
    return _start(view, form, PostingKind.VILLAGE_LIST, proposed(view))


def start_second_posting(view: View, form: StartPostingForm) -> Outcome:
    return _start(view, form, PostingKind.STATUTORY, posted(view))


def end_village_posting(view: View, form: EndListForm) -> Outcome:
    return Outcome(
        "completed", (PostingEnd(view.today, form.photos, form.objections),),
        (TakeDown(PostingKind.VILLAGE_LIST),), basis="村级公示期满", evidence=(*form.photos, *form.papers),
    )  # fmt: skip


def end_second_posting(view: View, form: EndPostingForm) -> Outcome:
    hanging = tuple(c for c in posted(view) if not _own_posting(c))
    moves = tuple(MoveChild(c.id, "taken_down_by_round", ByRound()) for c in hanging)
    return Outcome(
        "completed", (PostingEnd(view.today, form.photos, form.notes),),
        (TakeDown(PostingKind.STATUTORY), *moves), basis=f"审核公示期满，{len(moves)} 户无异议",
        evidence=form.photos,
    )  # fmt: skip


def _own_posting(case: CaseBrief) -> bool:
    """A case posted again by itself after an objection ends by itself."""
    return "objected" in case.marks


def ended_or_own(view: View) -> Blocked | None:
    over = period_over(view)
    if over:
        return over
    objected = [c for c in round_subject(view).cases if c.state == "objected"]
    again = [c for c in posted(view) if _own_posting(c)]
    if not objected and not again:
        return None
    names = "、".join(c.number for c in (*objected, *again))
    return Blocked(f"还有异议没有办完的户：{names}", "57号 19", "请先答复异议；重新公示的等期满")


VILLAGE_POSTING = StageType(
    "village_posting",
    "村级公示",
    (
        Action(
            "start_village_posting", "村级名单张榜", start_village_posting, StartPostingForm, guard=not_hanging,
            primary=True, consequence="在村务公开栏公开初步名单：姓名、人数、拟保障金额。",
        ),
        Action(
            "end_village_posting", "村级公示期满", end_village_posting, EndListForm, ("completed",), period_over,
            primary=True, asks_first=True,
        ),
        REOPEN,
    ),
    (PostingStart, PostingEnd),
    kind="round",
)  # fmt: skip

SECOND_POSTING = StageType(
    "second_posting",
    "审核公示",
    (
        Action(
            "start_second_posting", "审核名单张榜", start_second_posting, StartPostingForm, guard=not_hanging,
            primary=True, consequence="在村务公开栏和公示网页公开名单，满 7 天。",
        ),
        Action(
            "end_second_posting", "审核公示期满", end_second_posting, EndPostingForm, ("completed",), ended_or_own,
            primary=True, asks_first=True,
        ),
    ),
    kind="round",
)  # fmt: skip
