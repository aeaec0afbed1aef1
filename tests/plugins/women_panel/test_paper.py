"""Paper slips: two people count and enter without seeing each other's figures; a third looks when they differ."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest

from core.settings import Keyring
from core.storage.embedded import Urls
from core.tenancy.tenants import Tenant
from plugins.women_panel import published
from tests.builders.installation import House, Somebody
from tests.plugins.women_panel.test_pages import at
from tests.plugins.women_panel.village import Village, a_house, a_village

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def place(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[tuple[House, Tenant]]:
    async with a_house(database_urls, tmp_path_factory.mktemp("paper"), keys, paper_ballots=True) as made:
        yield made


@pytest.fixture
async def village(place: tuple[House, Tenant]) -> Village:
    return await a_village(*place)


async def slips(
    village: Village, who: Somebody, session: str, agree: int, disagree: int, abstain: int = 0, **more: Any
) -> httpx.Response:
    form = {"agree": agree, "disagree": disagree, "abstain": abstain, **more}
    return await village.post(who, f"{session}/cases/{village.cases[0]}/paper-entries", form)


async def on_paper(village: Village) -> str:
    session = await village.open_session()
    turned = await village.post(village.host, f"{session}/cases/{village.cases[0]}/paper")
    assert turned.status_code == 200, turned.text
    return session


async def test_two_equal_counts_close_the_household_and_are_published_without_trackers(
    village: Village,
) -> None:
    case, session = village.cases[0], await on_paper(village)
    first = await slips(village, village.observer, session, 8, 2, spoilt=1)
    assert first.json()["standing"] == "first"
    assert (await village.close(session, case)).status_code == 409
    second = await slips(village, village.clerk, session, 8, 2, spoilt=1)
    assert second.json()["standing"] == "agreed"
    told = (await village.close(session, case)).json()
    assert (told["agree"], told["disagree"], told["result"]) == (8, 2, "passed")
    record = published.read((await village.get(village.observer, f"{session}/cases/{case}/record")).content)
    assert (record.means, record.ballots, record.voters) == ("paper", (), 10)
    assert (record.spoilt, record.entered) == (1, ("监督员", "乡镇经办"))
    line = (await village.get(village.host, f"{session}/minutes")).json()["content"]["households"][0]
    assert (line["spoilt"], line["entered"]) == (1, ["监督员", "乡镇经办"])
    page = await village.get(village.host, at(village, session, "/minutes"))
    assert "废票 1 张，清点、录入：监督员、乡镇经办" in page.text
    more = msgspec.structs.replace(record, spoilt=2)
    with pytest.raises(ValueError, match="more in the box"):
        published.recount(more)
    assert published.recount(record) == record.tally


async def test_the_second_person_sees_nothing_of_the_first_count(village: Village) -> None:
    session = await on_paper(village)
    case = village.cases[0]
    assert (await slips(village, village.observer, session, 9, 2)).json() == {
        "standing": "first", "said": "已有一个人录入。还要另一个人自己清点、自己录入。",
    }  # fmt: skip
    page = f"{village.pages}/sessions/{session.rpartition('/')[2]}/cases/{case}/paper"
    shown = await village.get(village.clerk, page)
    assert shown.status_code == 200
    assert 'value="9"' not in shown.text
    rows = await village.rows(
        "SELECT sealed FROM women_panel_paper WHERE tenant_id = $1 AND case_id = $2", case
    )
    assert b"agree" not in bytes(rows[0]["sealed"])


async def test_the_same_person_cannot_be_both(village: Village) -> None:
    session = await on_paper(village)
    await slips(village, village.observer, session, 9, 2)
    again = await slips(village, village.observer, session, 9, 2)
    assert again.status_code == 409
    assert "另一个人" in again.json()["detail"]


async def test_two_that_differ_call_a_third_who_decides_by_agreeing_with_one(village: Village) -> None:
    session, case = await on_paper(village), village.cases[0]
    await slips(village, village.observer, session, 9, 2)
    assert (await slips(village, village.clerk, session, 8, 3)).json()["standing"] == "differs"
    assert (await village.close(session, case)).status_code == 409
    assert (await slips(village, village.host, session, 8, 3)).json()["standing"] == "agreed"
    assert (await village.close(session, case)).json()["agree"] == 8


async def test_three_different_counts_start_the_counting_again(village: Village) -> None:
    session = await on_paper(village)
    await slips(village, village.observer, session, 9, 2)
    await slips(village, village.clerk, session, 8, 3)
    assert (await slips(village, village.host, session, 7, 4)).json()["standing"] == "none"
    (told,) = (await village.get(village.host, f"{session}/minutes")).json()["content"]["recounts"]
    assert "监督员、乡镇经办、主持人清点的纸票各不相同" in told["text"]
    assert (await slips(village, village.observer, session, 9, 2)).json()["standing"] == "first"


async def test_going_to_paper_voids_what_came_from_phones_and_takes_no_more(village: Village) -> None:
    case, session = village.cases[0], await village.open_session()
    await village.votes(session, case, village.members, "agree", "agree")
    await village.post(village.host, f"{session}/cases/{case}/paper")
    assert (await village.line(village.host, session, case))["voted_count"] == 0
    refused = await village.vote(village.members[2], session, case, "agree")
    assert refused.status_code == 409
    assert "纸票" in refused.json()["detail"]


async def test_more_slips_than_people_in_the_room_are_refused(village: Village) -> None:
    session = await on_paper(village)
    refused = await slips(village, village.observer, session, 9, 3)
    assert refused.status_code == 422
    assert "一共录了 12 张" in refused.json()["errors"][0]["message"]


async def test_no_slips_at_all_are_no_count(village: Village) -> None:
    session = await on_paper(village)
    refused = await slips(village, village.observer, session, 0, 0)
    assert refused.status_code == 422
    assert "一张票也没有" in refused.json()["errors"][0]["message"]


async def test_members_do_not_enter_slips(village: Village) -> None:
    session = await on_paper(village)
    assert (await slips(village, village.members[0], session, 9, 2)).status_code == 403


async def test_without_a_quorum_slips_are_not_counted(village: Village) -> None:
    case, session = village.cases[0], await village.open_session(present=7)
    await village.post(village.host, f"{session}/cases/{case}/paper")
    assert (await village.close(session, case)).json()["result"] == "no_quorum"


async def test_slips_that_outnumber_the_room_after_kinship_came_to_light_start_again(
    village: Village,
) -> None:
    case, session = village.cases[0], await on_paper(village)
    for who in (village.observer, village.clerk):
        await slips(village, who, session, 11, 0)
    await village.sisters(village.members[0], village.applicants[0])
    refused = await village.close(session, case)
    assert refused.status_code == 409
    assert (await slips(village, village.observer, session, 10, 0)).json()["standing"] == "first"


async def test_a_vote_starts_again_where_kins_slip_may_be_among_fewer_than_were_present(
    village: Village,
) -> None:
    """Ten slips of eleven people: without the sister ten are left, and hers would pass for somebody else's."""
    session, case = await on_paper(village), village.cases[0]
    for who in (village.observer, village.clerk):
        await slips(village, who, session, 10, 0)
    await village.sisters(village.members[0], village.applicants[0])
    refused = await village.close(session, case)
    assert refused.status_code == 409
    assert "全部作废" in refused.json()["detail"]
    for who in (village.observer, village.clerk):
        await slips(village, who, session, 0, 10)
    assert (await village.close(session, case)).json()["disagree"] == 10


async def test_kinship_is_worked_out_anew_before_slips_are_handed_out(village: Village) -> None:
    session, case = await village.open_session(), village.cases[0]
    await village.sisters(village.members[0], village.applicants[0])
    await village.post(village.host, f"{session}/cases/{case}/paper")
    assert (await village.line(village.members[0], session, case))["mine"] == "recused"
    for who in (village.observer, village.clerk):
        await slips(village, who, session, 10, 0)
    assert (await village.close(session, case)).json()["agree"] == 10


async def test_a_host_who_is_kin_voids_no_ballots(village: Village) -> None:
    kin = await village.house.person(
        village.district, "panel_host", village.area, name="亲戚", person_id=village.applicants[0]
    )
    session = await village.open_session()
    refused = await village.post(kin, f"{session}/cases/{village.cases[0]}/paper")
    assert refused.status_code == 403


async def test_slips_of_somebody_who_left_the_panel_are_counted_again_without_hers(
    place: tuple[House, Tenant],
) -> None:
    village = await a_village(*place)
    session = await on_paper(village)
    await slips(village, village.observer, session, 8, 0)
    removal = {"account_id": str(village.members[0].id), "reason": "搬离本村"}
    assert (await village.post(village.host, f"{session}/removals", removal)).json() == {"voted_again": 1}
    line = await village.line(village.host, session, village.cases[0])
    assert (line["on_paper"], line["attempt"]) == (True, 3)


async def test_who_handed_in_a_slip_and_was_unticked_is_missed_and_nothing_is_lost(village: Village) -> None:
    session, case = await on_paper(village), village.cases[0]
    for who in (village.observer, village.clerk):
        await slips(village, who, session, 10, 0, spoilt=1)
    await village.attend(session, village.members[:10])
    refused = await village.close(session, case)
    assert refused.status_code == 409
    assert "纸票有 11 张，签到的人里能投这一户的只有 10 人" in refused.json()["detail"]
    await village.attend(session, village.members)
    assert (await village.close(session, case)).json()["agree"] == 10


async def test_nobody_declares_a_conflict_over_slips_that_are_counted_already(village: Village) -> None:
    session, friend = await on_paper(village), village.members[0]
    await slips(village, village.observer, session, 8, 2)
    late = await village.post(friend, f"{session}/cases/{village.cases[0]}/conflict")
    assert late.status_code == 409
    assert "已经开始清点" in late.json()["detail"]


async def test_a_meeting_does_not_end_over_slips_that_were_entered_and_not_counted(village: Village) -> None:
    session = await on_paper(village)
    await slips(village, village.observer, session, 8, 2)
    early = await village.post(village.host, f"{session}/close")
    assert early.status_code == 409
    assert "没有计票" in early.json()["detail"]
    await slips(village, village.clerk, session, 8, 2)
    assert (await village.close(session, village.cases[0])).status_code == 200
    assert (await village.post(village.host, f"{session}/close")).status_code == 200
