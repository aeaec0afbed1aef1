"""Voting on one household: declare a conflict, cast, close and count.

Locks are always taken in the same order (session, household, then the case itself), so that votes, attendance and
closing never wait for each other in a ring, and a household closes over exactly the votes that were accepted.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from core.sdk import Blocked, Conflict, FieldError, Invalid, Outline, Refused, Transaction
from core.sdk.household import BallotResultForm
from plugins.women_panel import agendas, records, rules, urn
from plugins.women_panel.agendas import Entry
from plugins.women_panel.config import PanelConfig
from plugins.women_panel.permissions import PanelAction
from plugins.women_panel.records import Seat, Session
from plugins.women_panel.rules import Tally
from plugins.women_panel.scene import Scene, not_meeting, refuse_if, round_meets
from plugins.women_panel.sessions import attending, refresh_kin, session_over, standing
from plugins.women_panel.urn import Poll, Vote

NOT_HERE = Blocked("您还没有签到，不能投票。", "评议规则", "请主持人在签到名单里勾上您的名字")
DECLARED = Blocked("您已经声明与这户有利害关系，回避这一户。", "近亲属回避（57号 11）", "请投下一户")
NO_MEMBER = Blocked("您不是这次评议会的成员，不能投票。", "评议规则")

Mine = Literal["may_vote", "voted", "recused", "absent", "missed", "not_member"]
"""`missed`: the vote ended without hers."""


@dataclass(frozen=True, slots=True)
class Closed:
    """What closing a household came to: a tally, or the vote starts again because somebody who voted is kin."""

    tally: Tally | None
    reasons: dict[str, int]


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


async def cast(scene: Scene, session_id: UUID, case_id: UUID, vote: Vote, key: str | None) -> None:
    """Take the actor's vote on a household, once. The same `key` again is the same vote and changes nothing.

    Raises Conflict (voted already, closed), Refused (no member, absent, related), Invalid (reason). Voter and ballot
    are stored in one transaction, or neither.
    """
    async with scene.platform.transaction() as tx:
        session = await records.session(tx, session_id, "share")
        scene.demand(PanelAction.VOTE, session.area_code)
        entry = await agendas.entry(tx, session.id, case_id, lock=True)
        poll, account = poll_of(session, entry), scene.actor.account_id
        request = _fingerprint(session_id, case_id, key)
        voted, earlier = await urn.request_of(tx, poll, account)
        if voted:
            if request is not None and request == earlier:
                return
            raise urn.already_voted()
        await _open_to(scene, tx, session, entry)
        _check_reason(session.config, vote)
        await urn.cast(tx, scene.platform, poll, account, vote, scene.today, request)


async def _open_to(scene: Scene, tx: Transaction, session: Session, entry: Entry) -> None:
    """Raises for the first reason why the actor may not vote on this household now."""
    seats = await records.seats(tx, session.id)
    members, account = standing(seats), scene.actor.account_id
    _check_open(session, entry)
    if account not in members:
        refuse_if(NO_MEMBER)
    case = await scene.platform.outline(tx, entry.case_id)
    if not round_meets(case):
        not_meeting()
    await _not_recused(scene, tx, session, case)
    if not seats[account].present:
        refuse_if(NOT_HERE)
    if len(members) < session.config.size_min:
        raise Refused(
            f"评议小组现在只有 {len(members)} 人，不足 {session.config.size_min} 人，不能投票。",
            source="评议小组人数", hint="请补选成员，重新登记评议小组",
        )  # fmt: skip


def _check_open(session: Session, entry: Entry) -> None:
    if session.state != "open":
        raise session_over()
    if entry.state != "open":
        raise Conflict("这一户已经结束投票。", hint="请接着投下一户")


async def _not_recused(scene: Scene, tx: Transaction, session: Session, case: Outline) -> None:
    """Kinship as it is known now, not only as it was when the session opened."""
    account = scene.actor.account_id
    refuse_if(case.keeps_out(account, scene.actor.person_id))
    if await agendas.declared(tx, session.id, case.process.id, account):
        refuse_if(DECLARED)


def _check_reason(config: PanelConfig, vote: Vote) -> None:
    wrong = ""
    if vote.reason and (config.ask_reason == "never" or vote.reason not in config.reasons):
        wrong = (
            f"理由只能从这里选：{'、'.join(config.reasons)}"
            if config.ask_reason != "never"
            else "投票不写理由"
        )
    elif not vote.reason and config.ask_reason == "disagree" and vote.choice == "disagree":
        wrong = "不同意的，请选一条理由"
    if wrong:
        raise Invalid("这张票还差一点", fields=(FieldError("reason", wrong),))


async def declare_conflict(scene: Scene, session_id: UUID, case_id: UUID) -> None:
    """The actor stays out of a household of her own accord. Only before she votes on it."""
    async with scene.platform.transaction() as tx:
        session = await records.session(tx, session_id, "share")
        scene.demand(PanelAction.VOTE, session.area_code)
        entry = await agendas.entry(tx, session.id, case_id, lock=True)
        _check_open(session, entry)
        if scene.actor.account_id not in standing(await records.seats(tx, session.id)):
            refuse_if(NO_MEMBER)
        if scene.actor.account_id in await urn.voters(tx, poll_of(session, entry)):
            raise Conflict(
                "您已经投过这一户的票，不能再声明回避。", source="评议规则", hint="请告诉主持人，记入会议记录"
            )
        await agendas.declare(tx, session.id, case_id, scene.actor.account_id)


async def close_household(scene: Scene, session_id: UUID, case_id: UUID) -> Closed:
    """End the vote on a household, count it, and file the result on the case. Closing twice gives the same tally.

    When kinship of somebody who voted has come to light since, nothing is counted and the vote starts again.
    """
    async with scene.platform.transaction() as tx:
        session = await records.session(tx, session_id, "share")
        scene.demand(PanelAction.HOST, session.area_code)
        entry = await agendas.entry(tx, session.id, case_id, lock=True)
        if entry.state == "closed":
            return Closed(entry.tally, entry.reasons)
        _check_open(session, entry)
        seats = await records.seats(tx, session.id)
        case = await refresh_kin(scene, tx, session.id, case_id, standing(seats))
        refuse_if(case.keeps_out(scene.actor.account_id, scene.actor.person_id))
        if not round_meets(case):
            not_meeting()
        recused = (await agendas.recusals(tx, session.id)).get(case_id, {}).keys()
        voted = await urn.voters(tx, poll_of(session, entry))
        if voted & recused:
            await agendas.next_attempt(tx, session.id, case_id)
            return Closed(None, {})
        here = rules.room(standing(seats), recused, attending(seats), voted)
        return await _count(scene, tx, session, entry, here)


async def _count(scene: Scene, tx: Transaction, session: Session, entry: Entry, here: rules.Room) -> Closed:
    """Without a quorum the ballots stay sealed: half a count would only steer the next vote."""
    complete = rules.complete(session.rules, here)
    votes = await urn.open_ballots(tx, scene.platform, poll_of(session, entry)) if complete else []
    told = rules.tally(session.rules, here, rules.count(vote.choice for vote in votes))
    reasons = dict(sorted(Counter(vote.reason for vote in votes if vote.reason).items()))
    await agendas.close_entry(tx, session.id, entry.case_id, told, reasons, scene.now, scene.actor.account_id)
    round_ = await scene.platform.process(tx, session.round_id)
    form = BallotResultForm(
        session=f"{round_.number}-{session.number}", roster=told.roster, eligible_roster=told.eligible_roster,
        quorum=told.quorum, present=told.present, needed=told.needed, agree=told.agree, disagree=told.disagree,
        abstain=told.abstain, result=told.result,
    )  # fmt: skip
    await scene.platform.act(tx, entry.case_id, "record_ballot_result", form)
    await agendas.mark_filed(tx, session.id, entry.case_id)
    return Closed(told, reasons)


def _fingerprint(session_id: UUID, case_id: UUID, key: str | None) -> bytes | None:
    """What of a request is kept to recognise it: never its choice, which three guesses would find again."""
    return hashlib.sha256(session_id.bytes + case_id.bytes + key.encode()).digest() if key else None
