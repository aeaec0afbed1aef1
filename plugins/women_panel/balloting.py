"""Voting on one household: declare a conflict, cast, close and count.

Locks are always taken in the same order (session, household, then the case itself), so that votes, attendance and
closing never wait for each other in a ring, and a household closes over exactly the votes that were accepted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core.sdk import Blocked, Conflict, FieldError, Invalid, Refused, Transaction
from plugins.women_panel import agendas, paper, published, reasons, records, rules, scoring, sealing, urn
from plugins.women_panel.agendas import Entry
from plugins.women_panel.config import PanelConfig
from plugins.women_panel.filing import Closed, Counted, file_count
from plugins.women_panel.gates import check_case, check_not_over, check_open
from plugins.women_panel.permissions import PanelAction
from plugins.women_panel.records import Seat, Session
from plugins.women_panel.recusal import demand_no_part
from plugins.women_panel.scene import Scene, not_meeting, refuse_if, round_meets
from plugins.women_panel.sessions import attending, refresh_kin, standing
from plugins.women_panel.urn import Poll, Vote

NOT_HERE = Blocked("您还没有签到，不能投票。", "评议规则", "请主持人在签到名单里勾上您的名字")
NO_MEMBER = Blocked("您不是这次评议会的成员，不能投票。", "评议规则")

Mine = Literal["may_vote", "voted", "recused", "absent", "missed", "not_member"]
"""`missed`: the vote ended without hers."""


def poll_of(session: Session, entry: Entry) -> Poll:
    return Poll(session.id, entry.case_id, entry.attempt)


def mine(account: UUID, seats: dict[UUID, Seat], recused: bool, voted: bool, *, ended: bool) -> Mine:
    """How a household stands for one person."""
    seat = seats.get(account)
    if seat is None or seat.removed:
        return "not_member"
    if recused:
        return "recused"
    if voted:
        return "voted"
    if ended:
        return "missed"
    return "may_vote" if seat.present else "absent"


async def cast(
    scene: Scene,
    session_id: UUID,
    case_id: UUID,
    vote: Vote | str,
    key: str | None,
    attempt: int | None = None,
) -> str:
    """Take the actor's vote on a household, once; its tracker. `vote` is a text where it was sealed on the phone, for
    `attempt`: of one that is void it says so (StartedAgain), where she may vote again.

    The same `key` with the same vote again changes nothing; with another vote it is refused and says so. After the close
    it is only told that it was taken, and no tracker. Raises Conflict (voted already, closed), Refused (no member, absent,
    related), Invalid (reason, scores, forged). Voter and ballot are stored in one transaction, or neither.
    """
    async with scene.platform.transaction() as tx:
        session = await records.session(tx, session_id, "share")
        scene.demand(PanelAction.VOTE, session.area_code)
        entry = await agendas.entry(tx, session.id, case_id, lock=True)
        poll, account, platform = poll_of(session, entry), scene.actor.account_id, scene.platform
        mark, voted = urn.mark_of(account, key), await urn.has_voted(tx, poll, account)
        if voted and entry.state != "open":
            return _counted(await urn.marked(tx, platform, poll, mark))
        if attempt is not None and attempt < entry.attempt:
            await _open_to(scene, tx, session, entry)
            raise _started_again()
        if isinstance(vote, str):
            _, private = await records.ballot_keys(tx, session.id)
            vote = sealing.open_ballot(platform, private, poll, account, vote)
        if voted:
            return _repeated(await urn.marked(tx, platform, poll, mark), vote)
        for void in range(1, entry.attempt):
            if await urn.marked(tx, platform, replace(poll, attempt=void), mark):
                raise _started_again()
        await _open_to(scene, tx, session, entry)
        _check_said(session, vote)
        marked = msgspec.structs.replace(vote, mark=mark)
        return await urn.cast(tx, platform, poll, account, marked, scene.today)


def _repeated(first: Vote | None, again: Vote) -> str:
    """The tracker of the vote that came with this very request. Raises Conflict for a second vote, or a changed one."""
    if first is None:
        raise urn.already_voted()
    if first.says != again.says or (again.tracker and again.tracker != first.tracker):
        raise Conflict(
            "您先前的票已经收下；这次送来的和那张不一样，没有收，也没有改动先前的票。",
            source="评议规则", hint="每户只能投一次，请接着投下一户",
        )  # fmt: skip
    return first.tracker


def _counted(first: Vote | None) -> str:
    """Once lines are published the server compares nothing: else whoever holds her phone asks it, choice by choice, which
    line is hers, whatever line she points to. Raises Conflict for another request than the one that voted."""
    if first is None:
        raise urn.already_voted()
    return ""


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a household stood on the host's screen when the count was asked for: people, never choices."""

    attempt: Annotated[int, Meta(ge=1, title="第几次投票")]
    voted: Annotated[int, Meta(ge=0, title="已投人数")]
    waiting: Annotated[int, Meta(ge=0, title="在场还没有投的人数")]


class Changed(Conflict):
    """What the host saw no longer holds: the count cannot be taken back, so it is not begun."""

    code = "household_changed"


class StartedAgain(Conflict):
    """A ballot of a void attempt; phones know the code and offer the household again."""

    code = "vote_started_again"


def _started_again() -> StartedAgain:
    return StartedAgain(
        "这张票是重新投票以前的，那一次的票已经全部作废。",
        source="评议规则",
        hint="请刷新页面，对这一户重新投票",
    )


async def _open_to(scene: Scene, tx: Transaction, session: Session, entry: Entry) -> None:
    """Raises for the first reason why the actor may not vote on this household now."""
    seats = await records.seats(tx, session.id)
    members, account = standing(seats), scene.actor.account_id
    check_open(session, entry)
    if entry.on_paper:
        raise Conflict("这一户改用纸票了，手机上的票不收。", hint="请在会场填写纸票")
    if account not in members:
        refuse_if(NO_MEMBER)
    case = await scene.platform.outline(tx, entry.case_id)
    check_case(case)
    if not round_meets(case):
        not_meeting()
    await demand_no_part(scene, tx, session.round_id, case)
    if not seats[account].present:
        refuse_if(NOT_HERE)
    if len(members) < session.config.size_min:
        raise Refused(
            f"评议小组现在只有 {len(members)} 人，不足 {session.config.size_min} 人，不能投票。",
            source="评议小组人数", hint="请补选成员，重新登记评议小组",
        )  # fmt: skip


def _check_said(session: Session, vote: Vote) -> None:
    """Raises Invalid for a ballot of another kind than the session's, or one that is not complete."""
    config, form = session.config, session.rules.form
    field, wrong = "reason", _wrong_reason(config, vote)
    if form is None and (vote.choice == "score" or vote.scores):
        field, wrong = "choice", "这次评议不打分，请选同意、不同意或弃权"
    elif form is not None and vote.choice not in ("score", "abstain"):
        field, wrong = "choice", "这次评议用打分表，请逐项打分，或者弃权"
    elif form is not None and vote.choice == "score":
        field, wrong = ("scores", scoring.wrong(form, vote.scores)) if not wrong else (field, wrong)
    elif vote.scores:
        field, wrong = "scores", "弃权的票不打分"
    if wrong:
        raise Invalid("这张票还差一点", fields=(FieldError(field, wrong),))


def _wrong_reason(config: PanelConfig, vote: Vote) -> str:
    if vote.reason and config.ask_reason == "never":
        return "投票不写理由"
    offered = reasons.offered(config.reasons, vote.choice)
    if vote.reason and vote.reason not in offered:
        return f"理由只能从这里选：{'、'.join(offered)}" if offered else "这样投的，没有可选的理由"
    if not vote.reason and config.ask_reason == "disagree" and vote.choice == "disagree":
        return "不同意的，请选一条理由"
    return ""


async def declare_conflict(scene: Scene, session_id: UUID, case_id: UUID) -> None:
    """The actor stays out of a household of her own accord, also in a pause. Only before she votes on it."""
    async with scene.platform.transaction() as tx:
        session = await records.session(tx, session_id, "share")
        scene.demand(PanelAction.VOTE, session.area_code)
        entry = await agendas.entry(tx, session.id, case_id, lock=True)
        check_not_over(session, entry)
        if scene.actor.account_id not in standing(await records.seats(tx, session.id)):
            refuse_if(NO_MEMBER)
        if entry.on_paper and await _slips_entered(tx, session, entry):
            raise Conflict(
                "这一户的纸票已经开始清点，不能再声明回避。",
                source="评议规则",
                hint="请告诉主持人，记入会议记录",
            )
        if scene.actor.account_id in await urn.voters(tx, poll_of(session, entry)):
            raise Conflict(
                "您已经投过这一户的票，不能再声明回避。", source="评议规则", hint="请告诉主持人，记入会议记录"
            )
        out = (await agendas.recusals(tx, session.id)).get(case_id, {})
        await agendas.declare(tx, session.id, case_id, scene.actor.account_id)
        # Her slip may be in the box already, and nobody can tell which it is; whoever stayed out before got none.
        if entry.on_paper and scene.actor.account_id not in out:
            await agendas.next_attempt(tx, session.id, case_id, on_paper=True)


async def close_household(scene: Scene, session_id: UUID, case_id: UUID, seen: Seen | None = None) -> Closed:
    """End the vote on a household, count it, and file the result on the case. Closing twice gives the same tally.

    When kinship of somebody who voted has come to light since, nothing is counted and the vote starts again. A household
    that has left the round is put aside: its ballots stay sealed. Raises Changed where the room is no longer as `seen`.
    """
    async with scene.platform.transaction() as tx:
        session = await records.session(tx, session_id, "share")
        scene.demand(PanelAction.HOST, session.area_code)
        entry = await agendas.entry(tx, session.id, case_id, lock=True)
        if entry.state == "closed":
            await demand_no_part(scene, tx, session.round_id, await scene.platform.outline(tx, case_id))
            return Closed(entry.tally, entry.reasons)
        check_open(session, entry)
        seats = await records.seats(tx, session.id)
        before = (await agendas.recusals(tx, session.id)).get(case_id, {}).keys()
        case = await refresh_kin(scene, tx, session, case_id, standing(seats))
        await demand_no_part(scene, tx, session.round_id, case)
        if case.process.ended:
            await agendas.withdraw(tx, session.id, case_id)
            return Closed(None, {}, withdrawn=True)
        if not round_meets(case):
            not_meeting()
        recused = (await agendas.recusals(tx, session.id)).get(case_id, {}).keys()
        voted = await urn.voters(tx, poll_of(session, entry))
        hers_in_the_box = bool(recused - before) and await _slips_entered(tx, session, entry)
        if voted & recused or hers_in_the_box:
            await agendas.next_attempt(tx, session.id, case_id, on_paper=entry.on_paper)
            return Closed(None, {})
        here = rules.room(standing(seats), recused, attending(seats), voted)
        now = Seen(entry.attempt, len(voted), len(here.present - voted))
        if seen not in (None, now):
            raise _changed(case.process.title, now)
        if entry.on_paper:
            return await paper.count(scene, tx, session, entry, here)
        return await _count(scene, tx, session, entry, here)


def _changed(title: str, now: Seen) -> Changed:
    left = f"在场还有 {now.waiting} 人没有投" if now.waiting else "在场的人都投完了"
    return Changed(
        f"{title}还没有计票：您打开页面以后情况变了，现在已投 {now.voted} 人，{left}。",
        source="评议规则", hint="请看一眼最新的人数，再决定结束不结束",
    )  # fmt: skip


async def _slips_entered(tx: Transaction, session: Session, entry: Entry) -> bool:
    """Somebody has counted the slips of this attempt: whose they are nobody knows."""
    return (entry.case_id, entry.attempt) in await records.slips_entered(tx, session.id)


async def _count(scene: Scene, tx: Transaction, session: Session, entry: Entry, here: rules.Room) -> Closed:
    """Without a quorum the ballots stay sealed: half a count would only steer the next vote.

    Raises Conflict where nobody has voted: a button pressed by mistake is no result, and no household fails by it.
    """
    poll = poll_of(session, entry)
    handed_in = len(await urn.voters(tx, poll))
    if not handed_in and rules.complete(session.rules, here):
        raise Conflict(
            "这一户还没有人投票，不能计票。",
            source="评议规则",
            hint="请大家先投票；今天不评议的，散会后留到下次",
        )
    countable = rules.countable(session.rules, here, handed_in)
    votes = await urn.open_ballots(tx, scene.platform, poll) if countable else []
    ballots = published.lines(session.rules, votes)
    told = published.result(session.rules, here.numbers, ballots)
    reasons = dict(sorted(Counter(vote.reason for vote in votes if vote.reason).items()))
    return await file_count(scene, tx, session, entry, Counted("phone", handed_in, ballots, told, reasons))
