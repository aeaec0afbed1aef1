"""A panel is kept whole: substitutes, by-elections, and an election of the whole panel anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from core.settings import Keyring
from core.storage.embedded import Urls
from tests.builders.installation import Somebody
from tests.plugins.women_panel.electing import declared, do, election, nominated, told
from tests.plugins.women_panel.village import Village, a_house, a_village, form_panel, register

pytestmark = pytest.mark.anyio


async def test_a_member_who_leaves_is_followed_by_the_first_substitute(forming: Village) -> None:
    village = forming
    extra = await village.newcomer("候补一")
    await nominated(village, extra)
    votes = {m.actor.name: 50 - n for n, m in enumerate(village.members)} | {"候补一": 9}
    assert (await do(village, "record_election", election(village, votes))).status_code == 200
    await declared(village, extra)
    assert (await register(village, village.members)).status_code == 200
    leaves = {"member": str(village.members[0].id), "why": "moved"}
    assert (await do(village, "replace_member", leaves)).status_code == 200
    found = (await village.get(village.host, f"{village.panel}/rounds/{village.round_id}")).json()
    sitting = {m["account_id"] for m in found["members"]}
    assert str(extra.id) in sitting
    assert str(village.members[0].id) not in sitting
    again = await do(village, "replace_member", {"member": str(village.members[1].id), "why": "ill"})
    assert again.status_code == 200
    alone = await village.post(village.host, f"{village.panel}/rounds/{village.round_id}/sessions")
    assert alone.status_code == 403
    assert "至少要有 11 人" in alone.text


async def test_a_substitute_who_has_not_declared_her_kin_does_not_sit(forming: Village) -> None:
    village, extra = forming, await forming.newcomer("候补一")
    await nominated(village, extra)
    votes = {m.actor.name: 50 - n for n, m in enumerate(village.members)} | {"候补一": 9}
    await do(village, "record_election", election(village, votes))
    await declared(village)
    await register(village, village.members)
    await leaving(village, village.members[0])
    sessions = f"{village.panel}/rounds/{village.round_id}/sessions"
    refused = await village.post(village.host, sessions)
    assert refused.status_code == 403
    assert "还没有申报亲属关系：候补一" in refused.text
    await declared(village, extra)
    assert (await village.post(village.host, sessions)).status_code == 201


async def test_who_left_the_panel_during_a_session_does_not_sit_in_the_next(
    fresh_urls: Urls, tmp_path: Path, keys: Keyring
) -> None:
    async with a_house(fresh_urls, tmp_path, keys, size_min=9) as place:
        village = await a_village(*place)
        session, gone = await village.open_session(), village.members[0]
        await village.post(
            village.host, f"{session}/removals", {"account_id": str(gone.id), "reason": "搬离本村"}
        )
        await village.post(village.host, f"{session}/close")
        sessions = f"{village.panel}/rounds/{village.round_id}/sessions"
        refused = await village.post(village.host, sessions)
        assert refused.status_code == 403
        assert f"登记了退出小组，不能再参加：{gone.actor.name}" in refused.text
        await leaving(village, gone)
        opened = await village.post(village.host, sessions)
        assert opened.status_code == 201, opened.text
        assert str(gone.id) not in opened.text


async def test_who_was_taken_out_by_mistake_sits_again_once_the_panel_is_registered_anew(
    fresh_urls: Urls, tmp_path: Path, keys: Keyring
) -> None:
    async with a_house(fresh_urls, tmp_path, keys, size_min=9) as place:
        village = await a_village(*place)
        session = await village.open_session()
        removal = {"account_id": str(village.members[0].id), "reason": "点错了人"}
        await village.post(village.host, f"{session}/removals", removal)
        await village.post(village.host, f"{session}/close")
        village.house.later(minutes=1)
        back = await do(village, "reopen", {"reason": "登记退出时选错了人"}, village.clerk)
        assert back.status_code == 200, back.text
        assert (await register(village, village.members)).status_code == 200
        assert await village.open_session()


async def test_nobody_is_replaced_while_the_panel_sits(village: Village) -> None:
    session = await village.open_session()
    leaves = {"member": str(village.members[0].id), "why": "moved"}
    refused = await do(village, "replace_member", leaves)
    assert refused.status_code == 403
    assert "评议会正在进行" in refused.text
    await village.post(village.host, f"{session}/close")
    assert (await do(village, "replace_member", leaves)).status_code == 200


async def test_a_panel_whose_term_is_over_does_not_meet(village: Village) -> None:
    village.house.later(days=366)
    host = await village.house.person(village.district, "panel_host", village.area, name="主持人")
    refused = await village.post(host, f"{village.panel}/rounds/{village.round_id}/sessions")
    assert refused.status_code == 403
    assert "任期" in refused.text


async def leaving(village: Village, *gone: Somebody) -> None:
    for member in gone:
        left = await do(village, "replace_member", {"member": str(member.id), "why": "moved"})
        assert left.status_code == 200, left.text


async def by_election(village: Village, winner: Somebody, seats: int = 1, **more: Any) -> httpx.Response:
    """Notice and nomination, then the result of a meeting that elected her."""
    held = {"held_on": village.today.isoformat(), "place": "村委会", "seats": seats}
    notice = await do(village, "announce_by_election", held | {"nominate_until": held["held_on"]})
    assert notice.status_code == 200, notice.text
    nominee = {
        "name": winner.actor.name,
        "nominated_by": "二组",
        "answer": "accepted",
        "account": str(winner.id),
    }
    assert (await do(village, "nominate", {"nominees": [nominee]})).status_code == 200
    form = election(village, {winner.actor.name: 40}, seats=seats, **more)
    return await do(village, "record_by_election", form)


async def test_seats_that_fell_empty_are_filled_by_a_by_election(village: Village) -> None:
    newcomer, gone = await village.newcomer("补选一"), village.members[0]
    early = await do(village, "record_by_election", election(village, seats=1))
    assert early.status_code == 403
    assert "没有空出的名额" in early.text
    await leaving(village, gone)
    held = await by_election(village, newcomer)
    assert held.status_code == 200, held.text
    silent = await do(village, "seat_members", {})
    assert silent.status_code == 403
    assert "还没有申报亲属关系：补选一" in silent.text
    await declared(village, newcomer)
    assert (await do(village, "seat_members", {})).status_code == 200
    found = (await village.get(village.host, f"{village.panel}/rounds/{village.round_id}/formation")).json()
    sitting = {m["account_id"] for m in found["members"]}
    assert (len(sitting), str(newcomer.id) in sitting, str(gone.id) in sitting) == (11, True, False)
    assert (found["vacancies"], found["short"]) == (0, False)
    opened = await village.post(village.host, f"{village.panel}/rounds/{village.round_id}/sessions")
    assert opened.status_code == 201, opened.text
    again = await do(village, "seat_members", {})
    assert "没有等着上任的补选成员" in again.text


async def test_a_by_election_fills_no_more_seats_than_are_empty_and_elects_no_man(village: Village) -> None:
    await leaving(village, village.members[0])
    held = {"held_on": village.today.isoformat(), "place": "村委会", "seats": 2}
    refused = await do(village, "announce_by_election", held | {"nominate_until": held["held_on"]})
    assert "现在空出 1 个名额" in told(refused)
    man = await village.newcomer("补选男", sex="male")
    assert (await by_election(village, man)).status_code == 200
    await declared(village, man)
    refused = await do(village, "seat_members", {})
    assert refused.status_code == 403
    assert "这些人不是：补选男" in refused.text


async def test_nobody_takes_a_seat_while_the_panel_sits(
    fresh_urls: Urls, tmp_path: Path, keys: Keyring
) -> None:
    async with a_house(fresh_urls, tmp_path, keys, size_min=9) as place:
        village = await a_village(*place)
        newcomer = await village.newcomer("补选一")
        await leaving(village, village.members[0])
        assert (await by_election(village, newcomer)).status_code == 200
        await declared(village, newcomer)
        opened = await village.post(village.host, f"{village.panel}/rounds/{village.round_id}/sessions")
        assert opened.status_code == 201, opened.text
        refused = await do(village, "seat_members", {})
        assert refused.status_code == 403
        assert "评议会正在进行" in refused.text


async def test_a_panel_that_lost_its_quorum_is_elected_anew(village: Village) -> None:
    await leaving(village, village.members[0])
    alone = await village.post(village.host, f"{village.panel}/rounds/{village.round_id}/sessions")
    assert "至少要有 11 人" in alone.text
    back = await do(village, "reopen", {"reason": "小组人数不够，重新推选"}, village.clerk)
    assert back.status_code == 200, back.text
    assert back.json()["state"] == "panel_forming"
    old = await register(village, village.members[1:])
    assert old.status_code == 403
    assert "要重新推选" in old.text
    stale = await do(village, "record_election", election(village))
    assert "还没有发布这次推选的公告" in stale.text
    village.members[0] = await village.newcomer("新成员")
    await form_panel(village)
    found = (await village.get(village.host, f"{village.panel}/rounds/{village.round_id}")).json()
    assert {m["account_id"] for m in found["members"]} == {str(m.id) for m in village.members}
    assert await village.open_session()


async def test_a_panel_that_is_whole_goes_on_after_a_step_back_but_never_with_others(
    village: Village,
) -> None:
    await do(village, "reopen", {"reason": "有人反映会上没有说清楚"}, village.clerk)
    stranger = await village.newcomer("没人选过")
    refused = await register(village, [*village.members[:10], stranger])
    assert "名单要与原来的小组一样" in told(refused)
    assert (await register(village, village.members)).status_code == 200


async def test_who_was_by_elected_takes_her_seat_before_another_member_leaves(village: Village) -> None:
    newcomer = await village.newcomer("补选一")
    await leaving(village, village.members[0])
    assert (await by_election(village, newcomer)).status_code == 200
    leaves = {"member": str(village.members[1].id), "why": "moved"}
    refused = await do(village, "replace_member", leaves)
    assert refused.status_code == 403
    assert "推选出的成员还没有上任" in refused.text
    await declared(village, newcomer)
    assert (await do(village, "seat_members", {})).status_code == 200
    assert (await do(village, "replace_member", leaves)).status_code == 200
    found = (await village.get(village.host, f"{village.panel}/rounds/{village.round_id}/formation")).json()
    assert str(newcomer.id) in {m["account_id"] for m in found["members"]}
