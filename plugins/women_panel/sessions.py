"""A session of the panel: opened with its members and a drawn agenda, attendance kept, members removed, closed.

open --attendance, votes, households closed--> closed      households nobody voted on are put off to the next session
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from core.sdk import (
    Colleague,
    Conflict,
    FieldError,
    Invalid,
    NotFound,
    Outline,
    Platform,
    Process,
    Records,
    Refused,
    Situation,
    Transaction,
)
from core.sdk.household import REOPEN, RoundNote, round_subject
from plugins.women_panel import agendas, records, sealing, urn
from plugins.women_panel.config import PanelConfig
from plugins.women_panel.formation.filed import kin_declared, name_of
from plugins.women_panel.formation.standing import DUTIES, serving
from plugins.women_panel.gates import session_over
from plugins.women_panel.meeting import diary
from plugins.women_panel.permissions import PanelAction
from plugins.women_panel.records import Seat, Session
from plugins.women_panel.recusal import declared_in_round
from plugins.women_panel.rules import agenda
from plugins.women_panel.scene import Scene, meets, not_meeting, takes_result
from plugins.women_panel.stages import PanelFormation, config_of


async def open_session(scene: Scene, round_id: UUID, only: Sequence[UUID] = ()) -> UUID:
    """Begin a session over every household of the round that has no result yet, or over those of `only`.

    Raises Conflict where the round is not at its panel's meeting or another session is open, Refused, Invalid.
    """
    async with scene.platform.transaction() as tx:
        round_ = await a_round(scene, tx, round_id, lock=True)
        process, config = round_.view.process, config_of(round_.view)
        scene.demand(PanelAction.HOST, process.area_code)
        if not meets(round_):
            not_meeting()
        earlier = await records.sessions_of(tx, round_id)
        if any(known.state == "open" for known in earlier):
            raise Conflict("本村已经有一次评议会正在进行。", hint="请先结束那一次，再开新的评议会")
        members = await _members(scene, tx, round_, config)
        cases = _chosen(await pending(scene.platform, tx, round_), only)
        made = Session(
            uuid4(), round_id, len(earlier) + 1, process.area_code, "open", secrets.token_hex(16), config,
            scene.now, scene.actor.account_id, None,
        )  # fmt: skip
        drawn = agenda(made.seed, {case.number: case for case in cases})
        await records.insert_session(tx, made, members, [(case.id, case.number) for case in drawn])
        await records.set_ballot_keys(tx, made.id, *sealing.new_keys(scene.platform, made.id))
        declared = await declared_in_round(scene.platform, tx, round_id)
        for case in drawn:
            await refresh_kin(scene, tx, made, case.id, members, declared)
    return made.id


async def a_round(scene: Scene, tx: Transaction, round_id: UUID, *, lock: bool = False) -> Situation:
    """A round the actor may see. Raises NotFound, also for a case's id."""
    found = await scene.platform.situation(tx, round_id, actor=scene.actor, lock=lock)
    if found.view.process.kind != "round":
        raise NotFound("没有找到这一轮整村认定")
    return found


async def pending(platform: Platform, tx: Transaction, round_: Situation) -> list[Process]:
    """The round's open households without a result; one that had no quorum may be appraised again."""
    return await with_ballot(platform, tx, round_, frozenset({"", "no_quorum"}))


async def with_ballot(
    platform: Platform, tx: Transaction, round_: Situation, outcomes: frozenset[str]
) -> list[Process]:
    """The round's open households whose latest ballot came to one of `outcomes` (empty: none was held)."""
    wanted = {brief.id for brief in round_subject(round_.view).cases if brief.ballot in outcomes}
    cases = await platform.cases_of(tx, round_.view.process.id)
    return [case for case in cases if case.id in wanted and takes_result(round_, case)]


def _chosen(cases: Sequence[Process], only: Sequence[UUID]) -> Sequence[Process]:
    if not cases:
        raise Conflict("本村没有等待评议的户。", hint="评议都已有结果的，请办理“评议完毕”")
    if not only:
        return cases
    unknown = set(only) - {case.id for case in cases}
    if unknown:
        raise Invalid(
            "名单里有不能评议的户",
            fields=(
                FieldError("cases", f"有 {len(unknown)} 户不在本村等待评议的名单里，可能已有结果或已撤回"),
            ),
        )
    return [case for case in cases if case.id in only]


async def _members(scene: Scene, tx: Transaction, round_: Situation, config: PanelConfig) -> list[UUID]:
    """The elected members; raises Refused naming those who may not sit.

    Whose account has ended stays on the roster, absent, until her leaving is on file: else whoever ends accounts lowers quorums.
    """
    formation = round_.view.records.last(PanelFormation)
    if formation is None:
        raise Conflict("本村还没有登记评议小组。", hint="请先在整村看板办理“登记评议小组”")
    if formation.term_ends is not None and scene.today > formation.term_ends:
        raise Refused(
            f"评议小组的任期到 {formation.term_ends} 为止，已经期满。",
            source="评议小组任期", hint="请退回“组建评议小组”，重新推选",
        )  # fmt: skip
    known = await scene.platform.colleagues(tx, formation.members)
    members = list(formation.members)
    if len(members) < config.size_min:
        raise Refused(
            f"评议小组现在只有 {len(members)} 名成员，至少要有 {config.size_min} 人。",
            source="评议小组人数", hint="请补选成员，重新登记评议小组",
        )  # fmt: skip
    sitting = [known[account] for account in members if account in known]
    await _gone(tx, round_, members)
    _known_and_declared(round_, config, sitting)
    await _no_officers(scene, tx, round_, config, members)
    return members


def last_sent_back(kept: Records) -> datetime | None:
    """When the round last went back to an earlier step."""
    notes = (f for f in kept.filed if isinstance(f.record, RoundNote) and f.record.step in REOPEN.outcomes)
    return max((f.at for f in notes), default=None)


async def _gone(tx: Transaction, round_: Situation, members: Sequence[UUID]) -> None:
    """Who left the panel during a session does not come back to the next; unless it was registered anew since."""
    gone = await records.removed(tx, round_.view.process.id, last_sent_back(round_.view.records))
    if left := [name_of(round_.view.records, account) for account in members if account in gone]:
        raise Refused(
            f"这些成员在以前的评议会上登记了退出小组，不能再参加：{'、'.join(left)}。", source="评议小组人数",
            hint="请先办理“成员退出、候补递补”；登记错了的，请退回“组建评议小组”，重新登记",
        )  # fmt: skip


def _known_and_declared(round_: Situation, config: PanelConfig, sitting: Sequence[Colleague]) -> None:
    """Of everybody who sits kinship can be worked out, and they have declared theirs: substitutes too."""
    rule = "近亲属回避（57号 11）"
    strangers = [member.name for member in sitting if member.person_id is None]
    if strangers and config.known_members:
        raise Refused(
            f"这些成员的账号没有关联身份信息，查不出亲属关系，不能参加评议：{'、'.join(strangers)}。",
            source=rule, hint="请系统管理员在账号里补上身份证号",
        )  # fmt: skip
    declared = kin_declared(round_.view.records)
    if silent := [member.name for member in sitting if member.id not in declared]:
        raise Refused(
            f"这些成员还没有申报亲属关系：{'、'.join(silent)}。", source=rule,
            hint="请逐人签字申报，没有亲属的也要申报，再“登记成员的亲属关系”",
        )  # fmt: skip


async def _no_officers(
    scene: Scene, tx: Transaction, round_: Situation, config: PanelConfig, members: Sequence[UUID]
) -> None:
    """Whoever later reviews or decides has no vote before."""
    both = await serving(scene.platform, tx, config, round_.view.process.area_code, members)
    if both:
        raise Refused(
            f"经办、审核这些家庭的人不能参加评议小组：{'、'.join(both)}。",
            source=DUTIES, hint="请重新推选成员，或调整他们的岗位",
        )  # fmt: skip


async def refresh_kin(
    scene: Scene,
    tx: Transaction,
    session: Session,
    case_id: UUID,
    members: Collection[UUID],
    declared: Mapping[UUID, frozenset[UUID]] | None = None,
) -> Outline:
    """Work out afresh which members stay out of a household, and keep it for this session; the case as it stands.

    `declared`: what `declared_in_round` found, where it is asked for many households at once.
    """
    case = await scene.platform.outline(tx, case_id)
    people = await scene.platform.colleagues(tx, members)
    kin = [a for a, someone in people.items() if case.keeps_out(a, someone.person_id) is not None]
    await agendas.set_kin(tx, session.id, case_id, people, kin)
    if declared is None:
        declared = await declared_in_round(scene.platform, tx, session.round_id)
    for account in sorted(declared.get(case_id, frozenset()) & frozenset(members)):
        await agendas.declare(tx, session.id, case_id, account)
    return case


async def take_attendance(
    scene: Scene, session_id: UUID, ticked: Collection[UUID], seen: Collection[UUID] | None = None
) -> None:
    """Say who is in the room now. Raises Invalid for accounts that are no members of this session.

    `seen`: who was there on the list that the host ticked. Then only what she changed is taken: whoever came or left since
    by another hand stays as she is now. Without it `ticked` is the whole room.
    """
    async with scene.platform.transaction() as tx:
        session = await running(scene, tx, session_id)
        seats = await records.seats(tx, session.id)
        now = attending(seats)
        if seen is None:
            came, present = frozenset(ticked), frozenset(ticked)
        else:
            came, left = frozenset(ticked) - frozenset(seen), frozenset(seen) - frozenset(ticked)
            present = (now | came) - left
        strangers = [a for a in came if a not in seats or seats[a].removed]
        if strangers:
            raise Invalid(
                "签到名单有误", fields=(FieldError("present", f"有 {len(strangers)} 人不是这次评议会的成员"),)
            )
        active = await scene.platform.colleagues(tx, came)
        if ended := [a for a in came - now if a not in active]:
            raise Invalid(
                "签到名单有误", fields=(FieldError("present", f"有 {len(ended)} 人的账号已经停用，不能签到"),)
            )
        await records.mark_present(tx, session.id, present)
        await diary.moved(tx, scene.platform, session.id, now, present, scene.now, scene.actor.account_id)


async def remove_member(scene: Scene, session_id: UUID, account: UUID, reason: str) -> int:
    """Take a member out of the session for good. Households not closed yet that she voted on are voted on again.

    Her ballot cannot be found among the others, so the others' cannot be kept either; of slips nobody knows whether hers
    is among them. Returns how many start again.
    """
    async with scene.platform.transaction() as tx:
        session = await running(scene, tx, session_id)
        seats = await records.seats(tx, session.id)
        if account not in seats:
            raise NotFound("这个人不是这次评议会的成员")
        if seats[account].removed:
            return 0
        await records.remove(tx, session.id, account, reason, scene.now)
        voted, out = await urn.all_voters(tx, session.id), await agendas.recusals(tx, session.id)
        again = [
            e
            for e in await agendas.entries(tx, session.id)
            if e.state == "open"
            and (
                account in voted.get((e.case_id, e.attempt), ())
                or (e.on_paper and account not in out.get(e.case_id, ()))
            )
        ]
        for entry in again:
            await agendas.next_attempt(tx, session.id, entry.case_id, on_paper=entry.on_paper)
        return len(again)


async def close_session(scene: Scene, session_id: UUID) -> None:
    """End the meeting. Closing twice is no error. Raises Conflict while a household has votes that can still be counted;
    one that has left the round meanwhile is put aside, its ballots sealed."""
    async with scene.platform.transaction() as tx:
        session = await records.session(tx, session_id, "update")
        scene.demand(PanelAction.HOST, session.area_code)
        if session.state == "closed":
            return
        voted = await urn.all_voters(tx, session.id)
        entries = await agendas.entries(tx, session.id)
        slips = await records.slips_entered(tx, session.id)
        there = {*voted, *slips}
        left = [e for e in entries if e.state == "open"]
        countable = await _countable(scene.platform, tx, session, left)
        uncounted = [e for e in left if e.case_id in countable and (e.case_id, e.attempt) in there]
        if uncounted:
            raise Conflict(
                f"还有 {len(uncounted)} 户已经有人投票、但没有计票，不能散会。",
                hint="请先把这些户逐一“结束投票”",
            )
        await records.end_session(tx, session.id, scene.now, scene.actor.account_id)


async def _countable(
    platform: Platform, tx: Transaction, session: Session, left: Sequence[agendas.Entry]
) -> frozenset[UUID]:
    """Those of the households `left` whose result can still be filed; what has left the round is put aside."""
    if not left:
        return frozenset()
    round_ = await platform.situation(tx, session.round_id)
    cases = {case.id: case for case in await platform.cases_of(tx, session.round_id)}
    for entry in left:
        if cases[entry.case_id].ended:
            await agendas.withdraw(tx, session.id, entry.case_id)
    takes = (e.case_id for e in left if takes_result(round_, cases[e.case_id]))
    return frozenset(takes) if meets(round_) else frozenset()


async def running(
    scene: Scene, tx: Transaction, session_id: UUID, action: PanelAction = PanelAction.HOST
) -> Session:
    """An open session in which the actor may do this, held until the transaction ends. Raises NotFound, Refused, Conflict."""
    session = await records.session(tx, session_id, "update")
    scene.demand(action, session.area_code)
    if session.state != "open":
        raise session_over()
    return session


def standing(seats: dict[UUID, Seat]) -> frozenset[UUID]:
    """Members who have not been removed."""
    return frozenset(account for account, seat in seats.items() if not seat.removed)


def attending(seats: dict[UUID, Seat]) -> frozenset[UUID]:
    return frozenset(account for account, seat in seats.items() if seat.present and not seat.removed)
