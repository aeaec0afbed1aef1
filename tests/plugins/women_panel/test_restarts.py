"""What a phone is told when it asks: who is signed in, which households are voted on again, and whose ballot it sent."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.settings import Keyring
from core.storage.embedded import Urls
from core.tenancy.tenants import Tenant
from plugins.women_panel.urn import Vote, new_tracker
from tests.builders.installation import House, Somebody
from tests.plugins.women_panel.test_crowded import asked
from tests.plugins.women_panel.test_publication import seal
from tests.plugins.women_panel.village import Village, a_house

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def place(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[tuple[House, Tenant]]:
    """A district whose panels go on after a member has left, on paper too."""
    folder = tmp_path_factory.mktemp("house")
    async with a_house(database_urls, folder, keys, size_min=9, paper_ballots=True) as made:
        yield made


async def restarted(village: Village, session: str) -> None:
    """A member who has voted leaves: whose ballot is hers nobody knows, so all vote again."""
    gone = village.members[0]
    assert (await village.vote(gone, session, village.cases[0], "agree")).status_code == 201
    told = await village.post(
        village.host, f"{session}/removals", {"account_id": str(gone.id), "reason": "搬离本村"}
    )
    assert told.json() == {"voted_again": 1}


async def again(village: Village, who: Somebody, session: str) -> list[dict[str, object]]:
    answer = await village.get(who, f"{session}/restarts")
    assert answer.status_code == 200, answer.text
    assert answer.json()["account_id"] == str(who.id)
    found: list[dict[str, object]] = answer.json()["again"]
    return found


async def sealed_by(village: Village, who: Somebody, session: str, attempt: int) -> str:
    vote = Vote("agree", tracker=new_tracker())
    return await seal(village, session, village.cases[0], who, vote, attempt)


async def test_who_is_to_vote_once_more_is_told_and_nobody_else(two_households: Village) -> None:
    village, session = two_households, await two_households.open_session(present=10)
    assert await again(village, village.members[1], session) == []
    await restarted(village, session)
    case = village.cases[0]
    line = {"case_id": str(case), "attempt": 2, "on_paper": False}
    for who in village.members[1:5]:
        assert await again(village, who, session) == [line]
    assert await again(village, village.members[0], session) == [], "she has left"
    assert await again(village, village.members[10], session) == [], "she is not in the room"
    await village.vote(village.members[1], session, case, "agree")
    assert await again(village, village.members[1], session) == [], "she has voted again"
    await village.post(village.members[2], f"{session}/cases/{case}/conflict")
    assert await again(village, village.members[2], session) == [], "she stays out"
    await village.close(session, case)
    assert await again(village, village.members[3], session) == [], "the vote is over"


async def test_the_question_costs_the_same_few_statements_whatever_was_started_again(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, me = await village.open_session(), village.members[1]
    before = await asked(village, me, f"{session}/restarts", monkeypatch)
    await restarted(village, session)
    assert await asked(village, me, f"{session}/restarts", monkeypatch) == before
    assert before == 4, "two for who asks, two of its own"


@pytest.mark.parametrize("path", ["conflict", "ballots"])
async def test_what_waited_on_a_shared_phone_is_never_put_down_to_who_is_signed_in(
    village: Village, path: str
) -> None:
    session, case, (hers, other) = await village.open_session(), village.cases[0], village.members[:2]
    body = {"account_id": str(hers.id)} | ({"choice": "agree"} if path == "ballots" else {})
    told = await village.post(other, f"{session}/cases/{case}/{path}", body)
    assert (told.status_code, told.json()["code"]) == (409, "another_account")
    assert "请投票的人自己登录" in told.json()["hint"]
    for who in (hers, other):
        assert (await village.line(who, session, case))["mine"] == "may_vote"
    assert (await village.post(hers, f"{session}/cases/{case}/{path}", body)).status_code in (200, 201)


async def test_anothers_sealed_ballot_is_told_from_one_that_cannot_be_opened(village: Village) -> None:
    session, case, (hers, other) = await village.open_session(), village.cases[0], village.members[:2]
    address = f"{session}/cases/{case}/sealed-ballots"
    body = {
        "sealed": await sealed_by(village, hers, session, 1), "account_id": str(hers.id), "attempt": 1,
    }  # fmt: skip
    assert (await village.post(other, address, body)).json()["code"] == "another_account"
    unnamed = await village.post(other, address, {"sealed": body["sealed"]})
    assert (unnamed.status_code, unnamed.json()["code"]) == (422, "ballot_unreadable")
    assert (await village.post(hers, address, body)).status_code == 201


async def test_a_ballot_sealed_before_the_vote_started_again_is_told_so(village: Village) -> None:
    session, case, me = await village.open_session(), village.cases[0], village.members[1]
    address = f"{session}/cases/{case}/sealed-ballots"
    early = {"sealed": await sealed_by(village, me, session, 1), "attempt": 1}
    await restarted(village, session)
    told = await village.post(me, address, early)
    assert (told.status_code, told.json()["code"]) == (409, "vote_started_again")
    late = {"sealed": await sealed_by(village, me, session, 2), "attempt": 2}
    assert (await village.post(me, address, late)).status_code == 201
    await village.close(session, case)
    gone = await village.post(village.members[2], address, early)
    assert "这一户已经结束投票" in gone.json()["detail"], "she is not told to vote again where nobody may"
