"""What happens to a household, to the panel and to the room while a session runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from core.settings import Keyring
from core.storage.embedded import Urls
from core.tenancy.tenants import Tenant
from core.web.csrf import token_for
from tests.builders.installation import House, Somebody
from tests.plugins.women_panel.electing import do
from tests.plugins.women_panel.test_pages import at
from tests.plugins.women_panel.village import Village, a_house, a_village, form_panel, register

pytestmark = pytest.mark.anyio

YES, NO = "agree", "disagree"


@pytest.fixture(scope="module")
async def place(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[tuple[House, Tenant]]:
    async with a_house(database_urls, tmp_path_factory.mktemp("mid"), keys, paper_ballots=True) as made:
        yield made


async def withdrawn(village: Village, case: UUID) -> None:
    form = {"reason": "不想申请了", "signed": [await village.photo(village.clerk)]}
    answer = await village.act(village.clerk, f"cases/{case}", "withdraw", form)
    assert answer.status_code == 200, answer.text


async def other_kin(village: Village, member: Somebody, case: int = 0) -> None:
    """She declares, while the panel sits, a relation that the kinship register does not know."""
    line = {"member": str(member.id), "household": f"申请人{case + 1}", "relation": "other"}
    answer = await do(village, "declare_member_kin", {"declared": [str(member.id)], "lines": [line]})
    assert answer.status_code == 200, answer.text


async def entered(village: Village, who: Somebody, session: str, agree: int, **more: int) -> httpx.Response:
    form = {"agree": agree, "disagree": 0, "abstain": 0, **more}
    return await village.post(who, f"{session}/cases/{village.cases[0]}/paper-entries", form)


# --- a household withdraws --------------------------------------------------------------------------------------------


async def test_a_household_that_withdraws_after_a_vote_holds_nobody_up(two_households: Village) -> None:
    village = two_households
    gone, stays = village.cases
    session = await village.open_session()
    await village.votes(session, gone, village.members[:3], YES, YES, NO)
    await withdrawn(village, gone)
    late = await village.vote(village.members[3], session, gone, YES)
    assert (late.status_code, "已经退出申请" in late.text) == (409, True)
    assert (await village.line(village.host, session, gone))["state"] == "withdrawn"
    await village.votes(session, stays, village.members, *[YES] * 11)
    assert (await village.close(session, stays)).status_code == 200
    over = await village.post(village.host, f"{session}/close")
    assert over.status_code == 200, over.text
    states = [c["state"] for c in over.json()["cases"] if c["case_id"] == str(gone)]
    assert states == ["withdrawn"]
    await village.seal_minutes(session)
    assert (await do(village, "close_appraisal", {}, village.clerk)).status_code == 200


async def test_closing_a_household_that_has_withdrawn_puts_it_aside_and_opens_no_ballot(
    village: Village,
) -> None:
    case, session = village.cases[0], await village.open_session()
    await village.votes(session, case, village.members, *[YES] * 11)
    await withdrawn(village, case)
    for _ in range(2):
        told = await village.close(session, case)
        assert (told.status_code, "不拆封、不计票" in told.text) == (409, True)
    rows = await village.rows(
        "SELECT state, tally, published FROM women_panel_case WHERE tenant_id = $1 AND case_id = $2", case
    )
    assert [tuple(row) for row in rows] == [("withdrawn", "", "")]
    turned = await village.post(village.host, f"{session}/cases/{case}/paper")
    conflict = await village.post(village.members[0], f"{session}/cases/{case}/conflict")
    assert (turned.status_code, conflict.status_code) == (409, 409)


async def test_slips_of_a_household_that_has_withdrawn_are_not_entered(village: Village) -> None:
    case, session = village.cases[0], await village.open_session()
    await village.post(village.host, f"{session}/cases/{case}/paper")
    assert (await entered(village, village.observer, session, 9)).status_code == 201
    await withdrawn(village, case)
    refused = await entered(village, village.clerk, session, 9)
    assert (refused.status_code, "已经退出申请" in refused.text) == (409, True)
    assert (await village.post(village.host, f"{session}/close")).status_code == 200


# --- the panel is not formed anew under a session ---------------------------------------------------------------------


async def test_the_round_does_not_step_back_while_a_session_is_open(village: Village) -> None:
    case, session = village.cases[0], await village.open_session()
    await village.votes(session, case, village.members[:2], YES, NO)
    refused = await do(village, "reopen", {"reason": "有人反映会上没有说清楚"}, village.clerk)
    assert (refused.status_code, "第 1 次评议会还没有散会" in refused.text) == (403, True)
    await village.votes(session, case, village.members[2:], *[YES] * 9)
    assert (await village.close(session, case)).status_code == 200
    assert (await village.post(village.host, f"{session}/close")).status_code == 200
    back = await do(village, "reopen", {"reason": "有人反映会上没有说清楚"}, village.clerk)
    assert back.status_code == 200, back.text


async def test_a_session_left_open_by_an_older_version_ends_before_a_panel_is_registered(
    village: Village,
) -> None:
    """Its votes can't be filed any more: they stay sealed, and the meeting ends all the same."""
    session = await village.open_session()
    await village.votes(session, village.cases[0], village.members[:2], YES, NO)
    async with village.house.inside(village.district) as tx:
        await tx.execute(
            "UPDATE process SET state = 'panel_forming' WHERE tenant_id = $1 AND id = $2",
            tx.tenant,
            village.round_id,
        )
    refused = await register(village, village.members)
    assert (refused.status_code, "还没有散会" in refused.text) == (403, True)
    assert (await village.post(village.host, f"{session}/close")).status_code == 200
    assert (await register(village, village.members)).status_code == 200


async def test_minutes_name_the_observers_of_the_panel_that_sat(village: Village) -> None:
    """The panel is elected anew, with another observer, before the first session's minutes are signed."""
    session, first = await village.open_session(), village.observer
    await village.post(village.host, f"{session}/close")
    village.house.later(minutes=1)
    await do(village, "reopen", {"reason": "重新推选"}, village.clerk)
    village.observer = await village.newcomer("新监督员", role="observer")
    await form_panel(village)
    content = (await village.get(village.host, f"{session}/minutes")).json()["content"]
    assert content["observers"] == [first.actor.name]
    assert [a for a, role, _ in content["signers"] if role == "监督员"] == [str(first.id)]
    again = (await village.get(village.host, f"{await village.open_session()}/minutes")).json()["content"]
    assert again["observers"] == ["新监督员"]


# --- a relation declared while the panel sits -------------------------------------------------------------------------


async def test_a_relation_declared_during_a_session_keeps_her_out_from_then_on(village: Village) -> None:
    case, session, aunt = village.cases[0], await village.open_session(), village.members[0]
    await other_kin(village, aunt)
    refused = await village.vote(aunt, session, case, YES)
    assert (refused.status_code, "您已经声明" in refused.text) == (403, True)
    await village.votes(session, case, village.members[1:], *[NO] * 10)
    told = (await village.close(session, case)).json()
    assert (told["eligible_roster"], told["disagree"]) == (10, 10)


async def test_a_relation_declared_after_her_vote_starts_that_household_again(village: Village) -> None:
    case, session, aunt = village.cases[0], await village.open_session(), village.members[0]
    await village.votes(session, case, village.members, *[YES] * 11)
    await other_kin(village, aunt)
    again = await village.close(session, case)
    assert (again.status_code, "全部作废" in again.text) == (409, True)
    assert (await village.line(aunt, session, case))["mine"] == "recused"


async def test_a_conflict_declared_in_one_session_holds_in_the_next(village: Village) -> None:
    case, friend = village.cases[0], village.members[0]
    session = await village.open_session()
    await village.post(friend, f"{session}/cases/{case}/conflict")
    await village.post(village.host, f"{session}/close")
    again = await village.open_session()
    assert (await village.line(friend, again, case))["mine"] == "recused"
    assert (await village.vote(friend, again, case, YES)).status_code == 403
    await village.votes(again, case, village.members[1:], *[YES] * 10)
    assert (await village.close(again, case)).json()["eligible_roster"] == 10
    record = await village.get(friend, f"{again}/cases/{case}/record")
    assert record.status_code == 403


async def test_a_host_who_declared_neither_counts_nor_enters(place: tuple[House, Tenant]) -> None:
    village = await a_village(*place)
    accounts, admin = village.house.accounts, village.house.administrators[village.district.id]
    member, case = village.members[0], village.cases[0]
    async with village.house.inside(village.district) as tx:
        await accounts.grant(tx, admin["security_admin"], member.id, "panel_host", village.area)
    session = await village.open_session()
    assert (await village.post(member, f"{session}/cases/{case}/conflict")).status_code == 200
    turned = await village.post(member, f"{session}/cases/{case}/paper")
    assert (turned.status_code, "您已经声明" in turned.text) == (403, True)
    await village.post(village.host, f"{session}/cases/{case}/paper")
    assert (await entered(village, member, session, 9)).status_code == 403
    assert (await village.close(session, case)).status_code == 409
    assert (await village.post(member, f"{session}/cases/{case}/close")).status_code == 403


# --- pauses and paper -------------------------------------------------------------------------------------------------


async def test_a_pause_stops_paper_as_well(village: Village) -> None:
    case, session = village.cases[0], await village.open_session()
    await village.post(village.host, f"{session}/pause", {"reason": "停电"})
    turned = await village.post(village.host, f"{session}/cases/{case}/paper")
    assert (turned.status_code, turned.json()["code"]) == (409, "meeting_paused")
    await village.post(village.host, f"{session}/resume")
    assert (await village.post(village.host, f"{session}/cases/{case}/paper")).status_code == 200
    await village.post(village.host, f"{session}/pause", {"reason": "停电"})
    assert (await entered(village, village.observer, session, 9)).json()["code"] == "meeting_paused"


# --- attendance by two hosts ------------------------------------------------------------------------------------------


async def test_a_stale_list_of_one_host_undoes_nothing_of_the_others(village: Village) -> None:
    session = await village.open_session(present=10)
    early, later, late = village.members[0], village.members[1], village.members[10]
    seen = [str(m.id) for m in village.members[:10]]
    await village.attend(session, village.members[1:10])  # meanwhile: the first one leaves
    stale = {"present": [a for a in seen if a != str(later.id)] + [str(late.id)], "seen": seen}
    assert (await village.post(village.host, f"{session}/attendance", stale)).status_code == 200
    found = (await village.get(village.host, session)).json()["members"]
    here = {m["account_id"] for m in found if m["present"]}
    assert here == {str(m.id) for m in village.members} - {str(early.id), str(later.id)}
    page = {"_csrf": token_for(village.host.token), "present": seen, "seen": ["", *seen]}
    await village.house.client.post(
        at(village, session, "/attendance"), data=page, headers=village.host.headers
    )
    found = (await village.get(village.host, session)).json()["members"]
    assert {m["account_id"] for m in found if m["present"]} == here
