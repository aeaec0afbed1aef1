"""The statutory village posting: seven full days, proof at start and end; an objection holds the case (57号 19).

    posted --start_posting--> posted --end_posting--> reported
                              posted --record_objection--> objected      the total becomes 45 working days; looked into
                                                                         within the district's days for an answer

In a round the village's one list is posted by the round (`posted_by_round`, `taken_down_by_round`); each case keeps its
own record of it. What may be posted is `PostingEntry` and nothing else (57号 24; PIPL 25, 28).
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import Meta

from core.kernel.clockwork import DueWithin, ExtendClock
from core.kernel.deadline import EXTENDED_TOTAL, POSTING_DAYS, posting_ends, posting_may_end
from core.kernel.stage import Action, Blocked, Effect, Outcome, Record, Records, StageType, View
from core.stages.calculation import proposal_of
from core.stages.context import case_subject, district
from core.stages.fields import Form, Notes, Papers, Photos, Reason
from core.stages.findings import upheld_findings
from core.stages.public_list import PostingEntry, PostingKind, Publish, TakeDown
from core.stages.supervision import CHANNELS, AnswerObjections, Channel, EnterComplaint, TellersPhone, unnamed


class StartPostingForm(Form, frozen=True):
    photos: Annotated[Photos, Meta(title="张贴现场照片", min_length=1, extra={"widget": "photos"})]
    places: Annotated[str, Meta(title="张贴地点", min_length=2, max_length=200)] = "村务公开栏"


class EndPostingForm(Form, frozen=True):
    photos: Annotated[Photos, Meta(title="公示期满现场照片", min_length=1, extra={"widget": "photos"})]
    notes: Notes = ""


class ObjectionForm(Form, frozen=True):
    channel: Annotated[Channel, Meta(title="渠道", extra={"labels": CHANNELS})]
    content: Annotated[
        str, Meta(title="异议内容", min_length=4, max_length=2000, extra={"widget": "textarea"})
    ]
    objector: Annotated[str, Meta(title="提出人", description="可以不写（匿名）", max_length=50)] = ""
    phone: TellersPhone = ""
    papers: Papers = ()


class ByRound(Form, frozen=True):
    """Filled in by the round alone."""

    starts_on: date | None = None


class PostingStart(Record, frozen=True):
    """`ends_on`: the posting stands through this day; it may be closed from the day after."""

    starts_on: date
    ends_on: date
    photos: tuple[str, ...] = ()
    places: str = ""
    by_round: bool = False


class PostingEnd(Record, frozen=True):
    ended_on: date
    photos: tuple[str, ...] = ()
    notes: str = ""


class Objection(Record, frozen=True):
    """Who objected lies in the register of complaints; files from before it have `objector` here."""

    channel: str
    content: str
    objector: str = ""
    papers: tuple[str, ...] = ()


def proposed_entry(view: View) -> PostingEntry:
    """What is posted of this case: the worksheet's proposal."""
    household = case_subject(view).household
    proposal = proposal_of(view.records)
    shown = district(view).settings.category_shown
    return PostingEntry(
        household.applicant.person.name,
        household.group_name,
        proposal.persons if proposal else len(household.members),
        proposal.amount if proposal else None,
        proposal.category if proposal and shown else "",
    )


def running(view: View) -> PostingStart | None:
    """The posting that stands now: started since the case last came to this stage, and not ended."""
    start = view.records.last_filed(PostingStart)
    later = [view.records.last_filed(PostingEnd), view.records.last_filed(Objection)]
    if start is None or any(f is not None and f.seq > start.seq for f in later):
        return None
    assert isinstance(start.record, PostingStart)
    return start.record


def posting_ended(records: Records) -> bool:
    """The latest posting stood its time and was closed."""
    start, end = records.last_filed(PostingStart), records.last_filed(PostingEnd)
    return end is not None and (start is None or end.seq > start.seq)


def answered_in_full(records: Records, today: date) -> bool:
    """The latest posting's objection was answered, and its seven days are over on the village's board."""
    start, answer = records.last_filed(PostingStart), records.last_filed(ObjectionAnswer)
    if start is None or answer is None or answer.seq < start.seq:
        return False
    assert isinstance(start.record, PostingStart)
    return posting_may_end(start.record.starts_on, today)


def list_first(view: View) -> Blocked | None:
    """A case of a round is first posted with its village's list; by itself only when it is posted again."""
    if view.parent is None or view.records.last(PostingStart):
        return not_started(view)
    return Blocked("整村认定的户随村名单一起张榜。", "57号 19", "请在整村看板办理“审核名单张榜”")


def not_started(view: View) -> Blocked | None:
    now = running(view)
    return Blocked(f"公示已于 {now.starts_on} 开始，到 {now.ends_on} 期满。", "57号 19") if now else None


def started(view: View) -> Blocked | None:
    return None if running(view) else Blocked("公示还没有开始。", "57号 19", "请先“开始公示”并拍照留存")


def period_over(view: View) -> Blocked | None:
    missing = started(view)
    if missing:
        return missing
    now = running(view)
    assert now is not None
    if posting_may_end(now.starts_on, view.today):
        return None
    return Blocked(f"公示要满 {POSTING_DAYS} 天，到 {now.ends_on} 24 时期满，之后才能结束。", "57号 19")


def start_posting(view: View, form: StartPostingForm) -> Outcome:
    """Whom the opinion would deny is not named in public: the seven days run for them without an entry."""
    ends = posting_ends(view.today)
    named = proposed_for_support(view)
    entries = (Publish(PostingKind.STATUTORY, view.today, ends, (proposed_entry(view),)),) if named else ()
    return Outcome(
        records=(PostingStart(view.today, ends, form.photos, form.places),),
        effects=entries,
        basis=f"开始公示，{ends} 期满" + ("" if named else "；初审意见为不予确认，不公开姓名"),
        evidence=form.photos,
    )


def proposed_for_support(view: View) -> bool:
    """Whether the worksheet and the findings speak for the household: only then it is posted by name."""
    proposal = proposal_of(view.records)
    return proposal is not None and proposal.eligible and not upheld_findings(view)


def posted_by_round(view: View, form: ByRound) -> Outcome:
    starts = form.starts_on or view.today
    ends = posting_ends(starts)
    return Outcome(
        records=(PostingStart(starts, ends, by_round=True),), basis=f"随村公示名单公示，{ends} 期满"
    )


def end_posting(view: View, form: EndPostingForm) -> Outcome:
    return Outcome(
        "ended_clean",
        (PostingEnd(view.today, form.photos, form.notes),),
        (TakeDown(PostingKind.STATUTORY),),
        basis="公示期满无异议",
        evidence=form.photos,
    )


def taken_down_by_round(view: View, _: ByRound) -> Outcome:
    return Outcome("ended_clean", (PostingEnd(view.today),), basis="随村公示名单期满，无异议")


def posted_again(view: View) -> bool:
    """Whether the district posts anew after an objection; where it does not, what hangs stays for its seven days."""
    objected = view.procedure.stages[view.stage.next["objected"]]
    renewed = [view.procedure.stages[objected.next[o]] for o in ("upheld", "dismissed") if o in objected.next]
    after = [
        s for stage in renewed for s in (stage, *map(view.procedure.stages.__getitem__, stage.next.values()))
    ]
    return any(stage.type == "posting" for stage in after)


def record_objection(view: View, form: ObjectionForm) -> Outcome:
    effects: list[Effect] = [ExtendClock(EXTENDED_TOTAL)]
    if view.procedure.stages[view.stage.next["objected"]].deadline is None:
        effects.append(DueWithin(district(view).settings.objection_working_days))
    if posted_again(view):
        effects.append(TakeDown(PostingKind.STATUTORY))
    if not view.actor.is_service:  # the register's own came from there
        effects.append(EnterComplaint("posting", form.channel, form.content, form.objector, form.phone, ()))
    return Outcome(
        "objected",
        (Objection(form.channel, unnamed(form.content, form.objector, form.phone), papers=form.papers),),
        tuple(effects),
        add_marks=frozenset({"objected"}),
        basis=f"公示期间收到异议（{CHANNELS[form.channel]}），总期限延长到 {EXTENDED_TOTAL} 个工作日",
        evidence=form.papers,
    )


POSTING = StageType(
    "posting",
    "公示",
    (
        Action(
            "start_posting", "开始公示", start_posting, StartPostingForm, guard=list_first, primary=True,
            consequence="在村务公开栏和公示网页公开申请人姓名、人数和拟保障金额，满 7 天。",
        ),
        Action(
            "end_posting", "公示期满", end_posting, EndPostingForm, ("ended_clean",), period_over, primary=True,
            asks_first=True,
        ),
        Action("record_objection", "登记异议", record_objection, ObjectionForm, ("objected",), started, always=True),
        Action("posted_by_round", "随村名单公示", posted_by_round, ByRound, guard=not_started),
        Action("taken_down_by_round", "村名单期满", taken_down_by_round, ByRound, ("ended_clean",), period_over),
    ),
    (PostingStart, PostingEnd, Objection),
)  # fmt: skip


class ReinvestigationForm(Form, frozen=True):
    findings: Annotated[
        str, Meta(title="调查情况", min_length=4, max_length=2000, extra={"widget": "textarea"})
    ]
    photos: Photos = ()


class AnswerForm(Form, frozen=True):
    well_founded: Annotated[
        bool, Meta(title="异议是否成立", extra={"labels": {"true": "成立", "false": "不成立"}})
    ]
    reply: Annotated[Reason, Meta(title="答复")]


class Reinvestigation(Record, frozen=True):
    findings: str
    photos: tuple[str, ...] = ()


class ObjectionAnswer(Record, frozen=True):
    well_founded: bool
    reply: str


def record_reinvestigation(_: View, form: ReinvestigationForm) -> Outcome:
    return Outcome(
        records=(Reinvestigation(form.findings, form.photos),), basis="就异议重新调查", evidence=form.photos
    )


def _since_objection(records: Records, kind: type[Record]) -> bool:
    objection, other = records.last_filed(Objection), records.last_filed(kind)
    return other is not None and (objection is None or other.seq > objection.seq)


def reinvestigated(view: View) -> Blocked | None:
    if _since_objection(view.records, Reinvestigation):
        return None
    return Blocked("还没有就异议重新调查。", "57号 19", "请先由调查人“记录重新调查”")


def answer_objection(_: View, form: AnswerForm) -> Outcome:
    answer = ObjectionAnswer(form.well_founded, form.reply)
    effects = (AnswerObjections(form.reply, form.well_founded),)
    if form.well_founded:
        return Outcome("upheld", (answer,), effects, basis="异议成立，重新提出初审意见")
    return Outcome("dismissed", (answer,), effects, basis="异议不成立，已答复")


OBJECTION = StageType(
    "objection",
    "异议处理",
    (
        Action(
            "record_reinvestigation", "记录重新调查", record_reinvestigation, ReinvestigationForm,
            duty="investigate", primary=True, asks_first=True,
        ),
        Action(
            "answer_objection", "答复异议", answer_objection, AnswerForm, ("upheld", "dismissed"), reinvestigated,
            duty="review", primary=True, asks_first=True,
        ),
    ),
    (Reinvestigation, ObjectionAnswer),
)  # fmt: skip
