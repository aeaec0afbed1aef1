"""What the panel has to say against steps of a round or a case: who may sit, when a meeting is over, where results come from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from uuid import UUID

from core.sdk import Platform, PluginContext, Records, Transaction, Transition, Veto, platform_of
from plugins.women_panel import agendas, records
from plugins.women_panel.appraisal import store
from plugins.women_panel.config import config_of
from plugins.women_panel.formation.elections import RULE, accounts_of, election_to_register
from plugins.women_panel.formation.filed import PanelFormation, nominees_of
from plugins.women_panel.formation.standing import another_person, in_office
from plugins.women_panel.minutes.book import sealed_of
from plugins.women_panel.scene import meets
from plugins.women_panel.sessions import last_sent_back, with_ballot

RESULT = "record_ballot_result"


async def veto(tx: Transaction, transition: Transition, context: PluginContext) -> Veto | None:
    """The first objection to a step. None of these depends on a form: each can be asked before the step is offered."""
    if transition.action == RESULT and transition.parent_id is not None:
        return await _typed_in(tx, transition.process_id)
    if transition.process_kind != "round":
        return None
    for asked in ASKED.get(transition.action, ()):
        if found := await asked(platform_of(context), tx, transition.process_id):
            return found
    return None


async def _typed_in(tx: Transaction, case_id: UUID) -> Veto | None:
    """A result comes from a counted vote, by phone or by slips that two people counted alike; never from one hand."""
    if await agendas.being_filed(tx, case_id):
        return None
    return Veto(
        "评议结果由评议会投票后自动记入，不能手工填写。",
        "投票保密与完整",
        "请在评议会上对这一户投票并结束投票；投纸票的，由两个人分别清点、录入",
    )


async def _may_not_stand(platform: Platform, tx: Transaction, round_id: UUID) -> Veto | None:
    """Before votes are put on file: the accounts are the nominees' own, and none of them judges these households later."""
    view = (await platform.situation(tx, round_id)).view
    standing = [n for n in nominees_of(view.records).values() if n.account and n.answer == "accepted"]
    named = {n.name: n.account for n in standing if n.account}
    return await another_person(platform, tx, named) or await in_office(
        platform, tx, config_of(view), view.process.area_code, named.values()
    )


async def _may_not_sit(platform: Platform, tx: Transaction, round_id: UUID) -> Veto | None:
    """Who is about to sit, substitutes too, is known to the register, and a woman where the district asks for it."""
    view = (await platform.situation(tx, round_id)).view
    config, named = config_of(view), _winners(view.records)
    sitting = _about_to_sit(view.records)
    if found := await another_person(platform, tx, named):
        return found
    if found := await in_office(platform, tx, config, view.process.area_code, sitting):
        return found
    known = await platform.colleagues(tx, sitting)
    if config.women_only or config.known_members:
        strangers = [c.name for c in known.values() if c.person_id is None]
        if strangers:
            return Veto(
                f"这些成员的账号没有关联身份信息，查不出性别和亲属关系：{'、'.join(strangers)}。",
                RULE,
                "请系统管理员在账号里补上身份证号",
            )
    if not config.women_only:
        return None
    sexes = await platform.sexes(tx, [c.person_id for c in known.values() if c.person_id])
    men = [c.name for c in known.values() if c.person_id and sexes.get(c.person_id) != "female"]
    if not men:
        return None
    return Veto(
        f"妇女评议小组由妇女组成，按身份证号登记的性别，这些人不是：{'、'.join(men)}。", RULE,
        "登记有误的，请更正身份信息；确实不是的，请改正提名里的性别，重新登记推选结果",
    )  # fmt: skip


def _about_to_sit(kept: Records) -> Collection[UUID]:
    panel = kept.last(PanelFormation)
    if election_to_register(kept) is not None:
        return tuple(_winners(kept).values())
    return (*panel.members, *panel.substitutes) if panel else ()


def _winners(kept: Records) -> dict[str, UUID]:
    """By name: the accounts of those an election put on file who do not sit yet."""
    election = election_to_register(kept)
    if election is None:
        return {}
    names = (*election.names("elected"), *election.names("substitute"))
    return {name: account for name, account in accounts_of(kept, names).items() if account}


async def _unwatched(platform: Platform, tx: Transaction, round_id: UUID) -> Veto | None:
    """At least one villager who watched the election is known, and belongs to no household of the round (domain part 4)."""
    election = election_to_register((await platform.situation(tx, round_id)).view.records)
    if election is None:
        return None
    villagers = [line.account for line in election.observers if line.kind == "villager"]
    people = [who.person_id for who in (await platform.colleagues(tx, villagers)).values()]
    applying: set[UUID] = set()
    for case in await platform.cases_of(tx, round_id):
        if case.subject_id is not None and not case.ended:
            applying |= (await platform.household(tx, case.subject_id)).person_ids
    if any(person is not None and person not in applying for person in people):
        return None
    if None in people:
        return Veto(
            "来自村民的监督员账号没有关联身份信息，查不出家里有没有申请。",
            "全程监督",
            "请系统管理员在监督员的账号里补上身份证号",
        )
    return Veto(
        "来自村民的监督员自己家里都有申请或在册，不能算“没有申请的村民”。", "全程监督",
        "请另请一名家里没有申请的村民到场监督，重新登记推选结果",
    )  # fmt: skip


async def _still_weighing(platform: Platform, tx: Transaction, round_id: UUID) -> Veto | None:
    """An appraisal ends here, with an opinion on every household and its minutes sealed: one that was opened, and, unless the
    district holds it elsewhere, one since the round was last sent back."""
    held = await store.of_round(tx, round_id)
    if any(one.closed_at is None for one in held):
        return Veto(
            "综合评议正在进行，还没有结束。",
            "综合评议",
            "请在“综合评议”页面逐户登记意见，收齐签名，再“结束综合评议”",
        )
    view = (await platform.situation(tx, round_id)).view
    back = last_sent_back(view.records)
    done = any(one.closed_at is not None and (back is None or one.closed_at >= back) for one in held)
    if done or not config_of(view).weighed_here:
        return None
    return Veto(
        "综合评议还没有在系统里办。",
        "综合评议",
        "请打开“综合评议”页面，登记参加的人和逐户的意见，收齐签名，再“结束综合评议”",
    )


async def _sitting(_: Platform, tx: Transaction, round_id: UUID) -> Veto | None:
    """Who sits is settled for a session: somebody who leaves meanwhile is taken out of it, her substitute waits."""
    if not any(session.state == "open" for session in await records.sessions_of(tx, round_id)):
        return None
    return Veto(
        "评议会正在进行，不能换人。",
        "评议规则",
        "请先在评议会上登记“有成员退出小组”，散会后再让候补递补，另开一次评议会",
    )


async def _open_here(platform: Platform, tx: Transaction, round_id: UUID) -> Veto | None:
    """A session needs its round at the panel's meeting: a step back under it would leave its votes uncounted for good."""
    if not meets(await platform.situation(tx, round_id)):
        return None
    return await _open_still(platform, tx, round_id)


async def _open_still(_: Platform, tx: Transaction, round_id: UUID) -> Veto | None:
    running = [s.number for s in await records.sessions_of(tx, round_id) if s.state == "open"]
    if not running:
        return None
    return Veto(
        f"第 {running[0]} 次评议会还没有散会，不能退回，也不能重新登记小组。",
        "评议规则",
        "请先在评议会页面散会；已经有人投票的户，散会以前逐户“结束投票”",
    )


async def _not_all_appraised(platform: Platform, tx: Transaction, round_id: UUID) -> Veto | None:
    """No quorum is an outcome as well: it is on file, and the household goes on without a result."""
    round_ = await platform.situation(tx, round_id)
    without = await with_ballot(platform, tx, round_, frozenset({""}))
    if not without:
        return None
    listed = "、".join(f"{case.title}（{case.number}）" for case in without[:5]) + (
        "等" if len(without) > 5 else ""
    )
    return Veto(
        f"还有 {len(without)} 户没有评议结果：{listed}。", "整村认定流程",
        "请开评议会逐户投票；到会人数不够的，也要结束投票，记明没有达到法定人数",
    )  # fmt: skip


async def _without_minutes(_: Platform, tx: Transaction, round_id: UUID) -> Veto | None:
    """Every session leaves sealed minutes: after this step nobody can seal them any more."""
    held = await records.sessions_of(tx, round_id)
    running = [session.number for session in held if session.state == "open"]
    if running:
        return Veto(
            f"第 {running[0]} 次评议会还没有散会。",
            "会议记录",
            "请先在评议会页面散会，请到会的人看过会议记录签名，再定稿",
        )
    loose = [str(session.number) for session in held if await sealed_of(tx, session.id) is None]
    if not loose:
        return None
    return Veto(
        f"第 {'、'.join(loose)} 次评议会的会议记录还没有定稿。", "会议记录",
        "请打开这次评议会的“会议记录”，请到会的人签名（在手机上或打印出来签），再按“定稿”",
    )  # fmt: skip


Asked = Callable[[Platform, Transaction, UUID], Awaitable[Veto | None]]

ASKED: Mapping[str, tuple[Asked, ...]] = {
    "record_election": (_may_not_stand,),
    "record_by_election": (_may_not_stand,),
    "form_panel": (_open_still, _may_not_sit, _unwatched),
    "replace_member": (_sitting,),
    "seat_members": (_sitting, _may_not_sit, _unwatched),
    "reopen": (_open_here,),
    "close_appraisal": (_not_all_appraised, _without_minutes),
    "complete_appraisal": (_still_weighing,),
}
"""By a round's step, what is looked into, in this order."""
