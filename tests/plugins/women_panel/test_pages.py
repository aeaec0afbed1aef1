"""The panel's pages: what a villager presses, what the host sees, what is printed."""

from __future__ import annotations

import re

import httpx
import pytest

from core.web.csrf import token_for
from tests.builders.installation import Somebody
from tests.plugins.women_panel.village import Village

pytestmark = pytest.mark.anyio


def at(village: Village, session: str, path: str = "") -> str:
    return f"{village.pages}/sessions/{session.rpartition('/')[2]}{path}"


async def press(village: Village, who: Somebody, path: str, **typed: object) -> httpx.Response:
    """Send a page's form."""
    return await village.house.client.post(
        path, data={"_csrf": token_for(who.token), **typed}, headers=who.headers
    )


async def test_a_villager_votes_one_household_per_screen(two_households: Village) -> None:
    village, member = two_households, two_households.members[0]
    session = await village.open_session()
    listed = await village.get(member, at(village, session))
    assert "您要投 2 户，已经投了 0 户" in listed.text
    there = re.search(r'href="([^"]+)/vote#([^"]+)"', listed.text)
    assert there
    ballot = ["", f"{there[1]}/cases/{there[2]}"]
    page = await village.get(member, ballot[1])
    assert "家里 1 口人" in page.text
    for label in ("同意", "不同意", "弃权"):
        assert f"<span>{label}</span>" in page.text
    again = await press(village, member, f"{ballot[1]}/confirm", choice="disagree")
    assert "您要投的是" in again.text
    assert (await village.get(member, session)).json()["cases"][0]["voted_count"] == 0
    sent = await press(village, member, f"{ballot[1]}/ballots", choice="disagree", _key="k1")
    assert sent.status_code == 200
    assert "您已投 1 / 2" in sent.text
    tracker = re.search(r'class="tracker">([0-9 ]{14})<', sent.text)
    assert tracker
    repeated = await press(village, member, f"{ballot[1]}/ballots", choice="disagree", _key="k1")
    assert tracker[1] in repeated.text
    assert "接着投票" in repeated.text


async def test_a_ballot_shows_neither_bank_nor_address(village: Village) -> None:
    session = await village.open_session()
    page = await village.get(village.members[0], at(village, session, f"/cases/{village.cases[0]}"))
    assert page.status_code == 200
    assert "6222" not in page.text
    assert "水桥村1号" not in page.text


async def test_the_household_after_the_last_is_a_word_of_thanks(village: Village) -> None:
    session, member = await village.open_session(), village.members[0]
    sent = await press(
        village, member, at(village, session, f"/cases/{village.cases[0]}/ballots"), choice="agree"
    )
    assert "谢谢您" in sent.text


async def test_the_host_keeps_attendance_and_counts_on_one_page(village: Village) -> None:
    session = await village.open_session(present=3)
    kept = await press(
        village, village.host, at(village, session, "/attendance"), present=str(village.members[0].id)
    )
    assert kept.status_code == 303
    page = await village.get(village.host, at(village, session))
    assert "到会 1 / 11 人" in page.text
    assert "到会人数不够" in page.text
    counted = await press(village, village.host, at(village, session, f"/cases/{village.cases[0]}/close"))
    assert counted.status_code == 303
    assert "未达到法定人数" in (await village.get(village.host, at(village, session))).text
    ended = await press(village, village.host, at(village, session, "/close"))
    assert ended.status_code == 303
    assert "已结束" in (await village.get(village.host, at(village, session))).text


async def test_a_session_is_opened_from_the_rounds_page(village: Village) -> None:
    board = await village.get(village.host, f"/d/{village.district.code}/rounds/{village.round_id}")
    there = f"{village.pages}/rounds/{village.round_id}"
    assert there in board.text
    assert "等待评议 1 户" in (await village.get(village.host, there)).text
    opened = await press(village, village.host, f"{there}/sessions")
    assert opened.status_code == 303
    assert (await village.get(village.host, opened.headers["location"])).status_code == 200
    home = await village.get(village.members[0], f"{village.pages}/")
    assert "第 1 次评议会" in home.text


async def test_the_round_leads_with_the_meeting_and_closes_it_only_when_every_household_is_appraised(
    village: Village,
) -> None:
    page = (await village.get(village.host, f"/d/{village.district.code}/rounds/{village.round_id}")).text
    assert page.index("开评议会") < page.index('id="next"')
    assert "/do/close_appraisal" not in page
    answer = (await village.get(village.host, f"{village.api}/rounds/{village.round_id}")).json()
    step = next(a for a in answer["actions"] if a["name"] == "close_appraisal")
    case = (await village.get(village.clerk, f"{village.api}/cases/{village.cases[0]}")).json()
    assert not step["open"]
    assert f"还有 1 户没有评议结果：{case['title']}（{case['number']}）" in step["reason"]


async def test_a_result_that_only_a_vote_can_bring_is_not_offered_to_be_typed_in(village: Village) -> None:
    case = (await village.get(village.clerk, f"{village.api}/cases/{village.cases[0]}")).json()
    assert not [a for a in case["actions"] if a["name"] == "record_ballot_result" and a["open"]]
    page = await village.get(village.clerk, f"/d/{village.district.code}/cases/{village.cases[0]}")
    assert "/do/record_ballot_result" not in page.text


async def test_minutes_print_counts_and_nobodys_vote(village: Village) -> None:
    session = await village.open_session()
    await village.votes(session, village.cases[0], village.members, *["agree"] * 9, "disagree", "abstain")
    await village.close(session, village.cases[0])
    page = await village.get(village.observer, at(village, session, "/minutes"))
    assert "民主评议会议记录" in page.text
    assert "评议通过" in page.text
    assert "成员1" in page.text


async def test_the_case_page_shows_the_count_but_not_to_kin(village: Village) -> None:
    session, case = await village.open_session(), village.cases[0]
    await village.votes(session, case, village.members, *["agree"] * 11)
    await village.close(session, case)
    path = f"/d/{village.district.code}/cases/{case}"
    assert "小组评议（供参考）" in (await village.get(village.clerk, path)).text
    await village.sisters(village.members[0], village.applicants[0])
    assert "小组评议（供参考）" not in (await village.get(village.members[0], path)).text


async def test_a_member_declares_a_conflict_on_her_phone(village: Village) -> None:
    session, member, case = await village.open_session(), village.members[0], village.cases[0]
    sent = await press(village, member, at(village, session, f"/cases/{case}/conflict"))
    assert sent.status_code == 303
    page = await village.get(member, at(village, session, f"/cases/{case}"))
    assert "按规定回避" in page.text
