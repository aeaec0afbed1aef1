"""A vote from attendance to the case's file, through the API of the composed installation."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from core.settings import Keyring
from core.storage.embedded import Urls
from tests.plugins.women_panel.village import Village, a_house, a_village

pytestmark = pytest.mark.anyio

YES, NO, ABSTAIN = "agree", "disagree", "abstain"


async def test_six_of_eight_present_pass_without_the_sister(village: Village) -> None:
    """Domain §7 case 2, as people live it."""
    case, sister, voters = village.cases[0], village.members[-1], village.members[:8]
    await village.sisters(sister, village.applicants[0])
    session = await village.open_session(present=8)
    await village.attend(session, [*voters, sister])
    await village.votes(session, case, voters, *[YES] * 6, NO, ABSTAIN)
    refused = await village.vote(sister, session, case, YES)
    assert refused.status_code == 403
    assert "亲属关系" in refused.json()["detail"]
    told = (await village.close(session, case)).json()
    assert told["result"] == "passed"
    assert (told["roster"], told["eligible_roster"], told["quorum"]) == (11, 10, 7)
    assert (told["present"], told["needed"], told["agree"], told["disagree"], told["abstain"]) == (
        8,
        6,
        6,
        1,
        1,
    )


async def test_five_yes_do_not_pass_and_the_case_goes_on(village: Village) -> None:
    case, voters = village.cases[0], village.members[:8]
    await village.sisters(village.members[-1], village.applicants[0])
    session = await village.open_session(present=8)
    await village.votes(session, case, voters, *[YES] * 5, *[NO] * 3)
    assert (await village.close(session, case)).json()["result"] == "failed"
    file = (await village.get(village.clerk, f"{village.api}/cases/{case}")).json()
    assert file["state"] == "accepted"
    assert file["ballot"]["result"] == "failed"
    await village.post(village.host, f"{session}/close")
    await village.seal_minutes(session)
    finished = await village.act(village.clerk, f"rounds/{village.round_id}", "close_appraisal", {})
    assert finished.status_code == 200, finished.text


async def test_the_result_on_file_is_the_plugins_own_act(village: Village) -> None:
    case = village.cases[0]
    session = await village.open_session()
    await village.votes(session, case, village.members, *[YES] * 11)
    await village.close(session, case)
    rows = await village.rows(
        "SELECT actor_id, action FROM journal WHERE tenant_id = $1 AND process_id = $2 AND action = 'record_ballot_result'",
        case,
    )
    assert len(rows) == 1
    assert rows[0]["actor_id"] not in {village.host.id, village.clerk.id, *(m.id for m in village.members)}


async def test_nobody_votes_twice_on_a_household(village: Village) -> None:
    case, member = village.cases[0], village.members[0]
    session = await village.open_session()
    assert (await village.vote(member, session, case, YES)).status_code == 201
    again = await village.vote(member, session, case, NO)
    assert again.status_code == 409
    assert "已经投过" in again.json()["detail"]
    assert (await village.line(member, session, case))["voted_count"] == 1


async def test_a_repeated_request_gets_the_first_answer_and_counts_once(village: Village) -> None:
    case, member = village.cases[0], village.members[0]
    session = await village.open_session()
    first = await village.vote(member, session, case, YES, key="phone-1")
    again = await village.vote(member, session, case, YES, key="phone-1")
    assert (first.status_code, first.json()) == (again.status_code, again.json()) == (201, first.json())
    assert (await village.line(member, session, case))["voted_count"] == 1
    await village.votes(session, case, village.members[1:], *[NO] * 10)
    told = (await village.close(session, case)).json()
    assert (told["agree"], told["disagree"]) == (1, 10)
    assert (await village.vote(member, session, case, YES, key="phone-1")).status_code == 201


async def test_votes_pressed_at_the_same_moment_count_once_each(village: Village) -> None:
    case = village.cases[0]
    session = await village.open_session()
    answers = await asyncio.gather(
        *(village.vote(m, session, case, YES, key=f"{m.username}") for m in village.members for _ in range(2))
    )
    assert {a.status_code for a in answers} == {201}
    told = (await village.close(session, case)).json()
    assert (told["agree"], told["present"]) == (11, 11)


async def test_who_is_not_in_the_room_does_not_vote(village: Village) -> None:
    session = await village.open_session(present=10)
    refused = await village.vote(village.members[10], session, village.cases[0], YES)
    assert refused.status_code == 403
    assert "没有签到" in refused.json()["detail"]
    line = await village.line(village.members[10], session, village.cases[0])
    assert line["mine"] == "absent"


async def test_only_members_of_the_panel_vote(village: Village) -> None:
    session = await village.open_session()
    for outsider in (village.host, village.clerk, village.observer):
        assert (await village.vote(outsider, session, village.cases[0], YES)).status_code == 403


async def test_a_declared_conflict_leaves_every_denominator(village: Village) -> None:
    case, friend = village.cases[0], village.members[0]
    session = await village.open_session()
    declared = await village.post(friend, f"{session}/cases/{case}/conflict")
    assert declared.status_code == 200
    refused = await village.vote(friend, session, case, YES)
    assert refused.status_code == 403
    assert "声明" in refused.json()["detail"]
    assert (await village.line(friend, session, case))["eligible_roster"] == 10


async def test_who_has_voted_can_no_longer_declare_a_conflict(village: Village) -> None:
    session = await village.open_session()
    await village.vote(village.members[0], session, village.cases[0], YES)
    refused = await village.post(village.members[0], f"{session}/cases/{village.cases[0]}/conflict")
    assert refused.status_code == 409


async def test_a_household_nobody_voted_on_has_no_result_however_the_host_presses(village: Village) -> None:
    case, session = village.cases[0], await village.open_session()
    refused = await village.close(session, case)
    assert refused.status_code == 409
    assert "还没有人投票" in refused.json()["detail"]
    assert (await village.line(village.host, session, case))["state"] == "open"
    assert (await village.post(village.host, f"{session}/close")).status_code == 200
    again = (await village.get(village.host, await village.open_session())).json()
    assert [c["case_id"] for c in again["cases"]] == [str(case)]


async def test_without_a_quorum_there_is_no_result_and_no_count(village: Village) -> None:
    case = village.cases[0]
    session = await village.open_session(present=7)
    await village.votes(session, case, village.members[:7], *[YES] * 7)
    told = (await village.close(session, case)).json()
    assert (told["result"], told["quorum"], told["present"], told["agree"]) == ("no_quorum", 8, 7, 0)
    await village.post(village.host, f"{session}/close")
    again = await village.open_session()
    assert [c["case_id"] for c in (await village.get(village.host, again)).json()["cases"]] == [str(case)]


async def test_kinship_found_after_a_vote_starts_that_household_again(village: Village) -> None:
    case, voters = village.cases[0], village.members
    session = await village.open_session()
    await village.votes(session, case, voters, *[YES] * 11)
    await village.sisters(voters[0], village.applicants[0])
    refused = await village.close(session, case)
    assert refused.status_code == 409
    assert "全部作废" in refused.json()["detail"]
    assert (await village.line(voters[1], session, case))["voted_count"] == 0
    await village.votes(session, case, voters[1:], *[NO] * 10)
    told = (await village.close(session, case)).json()
    assert (told["eligible_roster"], told["agree"], told["disagree"]) == (10, 0, 10)


async def test_a_member_removed_mid_session_takes_uncounted_votes_with_her(
    fresh_urls: Urls, tmp_path: Path, keys: Keyring
) -> None:
    async with a_house(fresh_urls, tmp_path, keys, size_min=9) as place:
        await _removed_mid_session(await a_village(*place, households=2))


async def _removed_mid_session(village: Village) -> None:
    first, second = village.cases
    session = await village.open_session()
    await village.votes(session, first, village.members, *[YES] * 11)
    await village.close(session, first)
    await village.votes(session, second, village.members[:3], YES, YES, NO)
    removal = {"account_id": str(village.members[0].id), "reason": "搬离本村"}
    removed = await village.post(village.host, f"{session}/removals", removal)
    assert removed.json() == {"voted_again": 1}
    assert (await village.vote(village.members[0], session, second, YES)).status_code == 403
    await village.votes(session, second, village.members[1:], *[YES] * 10)
    told = (await village.close(session, second)).json()
    assert (told["roster"], told["agree"], told["disagree"]) == (10, 10, 0)
    line = await village.line(village.host, session, first)
    assert line["result"]["agree"] == 11


async def test_a_panel_that_lost_a_member_too_many_votes_no_more(village: Village) -> None:
    """The district asks for eleven."""
    case, session = village.cases[0], await village.open_session()
    removal = {"account_id": str(village.members[0].id), "reason": "搬离本村"}
    await village.post(village.host, f"{session}/removals", removal)
    refused = await village.vote(village.members[1], session, case, YES)
    assert refused.status_code == 403
    assert "不足 11 人" in refused.json()["detail"]
    assert (await village.close(session, case)).json()["result"] == "no_quorum"


async def test_closing_twice_gives_the_same_tally(village: Village) -> None:
    case = village.cases[0]
    session = await village.open_session()
    await village.votes(session, case, village.members, *[YES] * 9, NO, ABSTAIN)
    first, second = await asyncio.gather(village.close(session, case), village.close(session, case))
    assert first.json() == second.json()
    assert (await village.vote(village.members[0], session, case, YES)).status_code == 409


async def test_a_reason_must_be_one_of_those_offered(village: Village) -> None:
    session, case, member = await village.open_session(), village.cases[0], village.members[0]
    wrong = await village.vote(member, session, case, NO, reason="她跟我吵过架")
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "reason"
    other = await village.vote(member, session, case, NO, reason="主要劳动力缺失")
    assert "理由只能从这里选：实际收入比申报的高" in other.text, "a reason of those who agree"
    assert (await village.vote(member, session, case, NO, reason="子女有能力赡养")).status_code == 201
