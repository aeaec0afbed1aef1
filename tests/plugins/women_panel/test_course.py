"""The course of a session: codes, pauses, notes, the screen on the wall."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.women_panel.meeting import codes
from tests.plugins.women_panel.test_pages import at, press
from tests.plugins.women_panel.village import Village

NOON = datetime(2026, 9, 10, 4, tzinfo=UTC)
SESSION = UUID(int=7)


def digest(text: str) -> bytes:
    return hashlib.sha256(b"key" + text.encode()).digest()


@given(st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1)), st.integers(0, codes.PERIOD))
def test_a_code_holds_until_the_next_has_passed_and_no_longer(moment: datetime, later: int) -> None:
    shown_at = moment.replace(tzinfo=UTC).timestamp()
    code = codes.code(digest, SESSION, datetime.fromtimestamp(shown_at, UTC))
    assert codes.holds(digest, SESSION, datetime.fromtimestamp(shown_at + later, UTC), code)
    gone = datetime.fromtimestamp(shown_at + 2 * codes.PERIOD, UTC)
    assert code == codes.code(digest, SESSION, gone) or not codes.holds(digest, SESSION, gone, code)


def test_another_session_has_another_code() -> None:
    assert codes.code(digest, SESSION, NOON) != codes.code(digest, UUID(int=8), NOON)


@pytest.mark.anyio
async def test_a_member_checks_in_with_the_code_on_the_wall(village: Village) -> None:
    session, member = await village.open_session(present=3), village.members[5]
    code = (await village.get(village.host, f"{session}/progress")).json()["code"]
    assert (await village.get(member, f"{session}/progress")).status_code == 403
    typed = f"{code[:3]} {code[3:]}"
    assert (await village.post(member, f"{session}/check-in", {"code": typed})).status_code == 200
    assert (await village.vote(member, session, village.cases[0], "agree")).status_code == 201


@pytest.mark.anyio
async def test_guessing_codes_comes_to_an_end(village: Village) -> None:
    session, member = await village.open_session(present=3), village.members[5]
    right = (await village.get(village.host, f"{session}/progress")).json()["code"]
    wrong = "000000" if right != "000000" else "111111"
    answers = [await village.post(member, f"{session}/check-in", {"code": wrong}) for _ in range(6)]
    assert [a.status_code for a in answers] == [422] * codes.TRIES + [403]
    assert "主持人" in answers[-1].text
    assert (await village.post(member, f"{session}/check-in", {"code": right})).status_code == 403


@pytest.mark.anyio
async def test_a_pause_stops_votes_and_counting_until_it_ends(village: Village) -> None:
    session, case = await village.open_session(), village.cases[0]
    assert (await village.post(village.host, f"{session}/pause", {"reason": "停电"})).status_code == 200
    refused = await village.vote(village.members[0], session, case, "agree")
    assert refused.status_code == 409
    assert "暂停" in refused.text
    assert (await village.close(session, case)).status_code == 409
    assert (await village.post(village.host, f"{session}/resume")).status_code == 200
    assert (await village.vote(village.members[0], session, case, "agree")).status_code == 201


@pytest.mark.anyio
async def test_a_conflict_is_declared_in_a_pause_as_well(village: Village) -> None:
    session, case, friend = await village.open_session(), village.cases[0], village.members[0]
    await village.post(village.host, f"{session}/pause", {"reason": "停电"})
    assert (await village.post(friend, f"{session}/cases/{case}/conflict")).status_code == 200
    assert (await village.line(friend, session, case))["mine"] == "recused"


@pytest.mark.anyio
async def test_observers_note_and_members_do_not(village: Village) -> None:
    session = await village.open_session()
    kept = await village.post(village.observer, f"{session}/notes", {"text": "有人在门外大声说话"})
    assert kept.status_code == 201
    refused = await village.post(village.members[0], f"{session}/notes", {"text": "我也有话说"})
    assert refused.status_code == 403
    minutes = (await village.get(village.host, f"{session}/minutes")).json()["content"]
    assert [n["text"] for n in minutes["notes"]] == ["有人在门外大声说话"]
    stored = await village.rows("SELECT sealed FROM women_panel_event WHERE tenant_id = $1 AND kind = 'note'")
    assert all("门外".encode() not in row["sealed"] for row in stored)


@pytest.mark.anyio
async def test_the_wall_shows_progress_and_never_a_tally(village: Village) -> None:
    session, case = await village.open_session(), village.cases[0]
    await village.votes(session, case, village.members, *["agree"] * 7, "disagree")
    wall = await village.get(village.host, at(village, session, "/projector"))
    assert "8 / 11" in " ".join(wall.text.split())
    await village.votes(session, case, village.members[8:], "agree", "agree", "abstain")
    await village.close(session, case)
    for path in (at(village, session, "/projector"), f"{session}/progress"):
        shown = await village.get(village.host, path)
        assert "已评议" in shown.text or '"closed"' in shown.text
        for word in ("评议通过", "passed", "agree", "不同意", "弃权"):
            assert word not in shown.text


@pytest.mark.anyio
async def test_a_member_finds_the_check_in_page_and_is_told_what_was_wrong(village: Village) -> None:
    session, member = await village.open_session(present=2), village.members[6]
    page = at(village, session, "/check-in")
    assert "大屏幕上的签到码是多少" in (await village.get(member, page)).text
    wrong = await press(village, member, page, code="12")
    assert wrong.status_code == 422
    assert "还可以再试 4 次" in wrong.text
