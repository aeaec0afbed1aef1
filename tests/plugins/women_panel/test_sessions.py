"""Forming a panel, opening and closing its sessions, and what the round waits for."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.problems import Refused
from core.sdk.house import service_actor
from core.settings import Keyring
from core.storage.embedded import Urls
from plugins.women_panel import rules
from tests.plugins.women_panel.village import Village, a_house, a_village

pytestmark = pytest.mark.anyio


async def test_a_session_draws_its_agenda_so_that_anybody_can_draw_it_again(two_households: Village) -> None:
    session = (await two_households.get(two_households.host, await two_households.open_session())).json()
    numbers = [c["number"] for c in session["cases"]]
    assert numbers == sorted(numbers, key=lambda number: rules.draw_key(session["seed"], number))


async def test_two_sessions_do_not_run_at_once(village: Village) -> None:
    await village.open_session()
    second = await village.post(village.host, f"{village.panel}/rounds/{village.round_id}/sessions")
    assert second.status_code == 409


async def test_a_household_put_off_comes_up_in_the_next_session(two_households: Village) -> None:
    village = two_households
    first, second = village.cases
    session = await village.open_session()
    await village.votes(session, first, village.members, *["agree"] * 11)
    stuck = await village.post(village.host, f"{session}/close")
    assert stuck.status_code == 409
    await village.close(session, first)
    assert (await village.post(village.host, f"{session}/close")).json()["state"] == "closed"
    assert (await village.vote(village.members[0], session, second, "agree")).status_code == 409
    again = (await village.get(village.host, await village.open_session())).json()
    assert [c["case_id"] for c in again["cases"]] == [str(second)]
    assert again["number"] == 2


async def test_the_round_waits_until_every_household_has_a_result(two_households: Village) -> None:
    village = two_households
    session = await village.open_session()
    await village.votes(session, village.cases[0], village.members, *["agree"] * 11)
    await village.close(session, village.cases[0])
    early = await village.act(village.host, f"rounds/{village.round_id}", "close_appraisal", {})
    assert early.status_code == 403
    assert "还有 1 户没有评议结果" in early.json()["detail"]
    await village.attend(session, [])
    assert (await village.close(session, village.cases[1])).json()["result"] == "no_quorum"
    await village.post(village.host, f"{session}/close")
    await village.seal_minutes(session)
    done = await village.act(village.host, f"rounds/{village.round_id}", "close_appraisal", {})
    assert done.status_code == 200, done.text
    assert done.json()["state"] == "visits"


async def test_the_appraisal_does_not_end_before_every_sessions_minutes_are_sealed(village: Village) -> None:
    session, case = await village.open_session(), village.cases[0]
    await village.votes(session, case, village.members, *["agree"] * 11)
    await village.close(session, case)

    async def ended() -> tuple[int, str]:
        answer = await village.act(village.host, f"rounds/{village.round_id}", "close_appraisal", {})
        return answer.status_code, answer.text

    status, said = await ended()
    assert (status, "第 1 次评议会还没有散会" in said) == (403, True)
    await village.post(village.host, f"{session}/close")
    status, said = await ended()
    assert (status, "第 1 次评议会的会议记录还没有定稿" in said, "签名" in said) == (403, True, True)
    board = await village.get(village.host, f"/d/{village.district.code}/rounds/{village.round_id}")
    assert "/do/close_appraisal" not in board.text
    await village.seal_minutes(session)
    assert (await ended())[0] == 200


async def test_a_result_is_not_typed_in_by_hand(village: Village) -> None:
    form = {
        "session": "手工", "roster": 11, "eligible_roster": 11, "quorum": 8, "present": 11, "needed": 8, "agree": 11,
        "disagree": 0, "abstain": 0, "result": "passed",
    }  # fmt: skip
    refused = await village.act(village.clerk, f"cases/{village.cases[0]}", "record_ballot_result", form)
    assert refused.status_code == 403
    service = service_actor(village.district.id, village.district.code, "women_panel", "评议小组")
    async with village.house.inside(village.district) as tx:
        with pytest.raises(Refused, match="不能手工填写"):
            await village.house.zhunbao.engine.act_in(
                tx, service, village.cases[0], "record_ballot_result", form, expected_version=None
            )


@pytest.mark.parametrize("paper", [True, False])
async def test_nobody_types_in_a_result_even_where_the_district_votes_on_paper(
    fresh_urls: Urls, tmp_path: Path, keys: Keyring, paper: bool
) -> None:
    async with a_house(fresh_urls, tmp_path, keys, paper_ballots=paper) as place:
        village = await a_village(*place)
        form = {
            "session": "纸质", "roster": 11, "eligible_roster": 11, "quorum": 8, "present": 11, "needed": 8,
            "agree": 11, "disagree": 0, "abstain": 0, "result": "passed",
        }  # fmt: skip
        path = f"cases/{village.cases[0]}"
        for who in (village.clerk, village.host, village.observer, village.members[0]):
            refused = await village.act(who, path, "record_ballot_result", form)
            assert refused.status_code == 403, refused.text
        assert not await village.rows(
            "SELECT 1 FROM journal WHERE tenant_id = $1 AND action = 'record_ballot_result'"
        )


async def test_only_the_villages_own_host_opens_a_session(village: Village) -> None:
    stranger = await village.house.person(village.district, "panel_host", f"{village.area[:9]}999")
    for who in (stranger, village.members[0], village.observer):
        refused = await village.post(who, f"{village.panel}/rounds/{village.round_id}/sessions")
        assert refused.status_code in (403, 404)


async def test_a_reviewer_does_not_sit_on_the_panel(village: Village) -> None:
    accounts = village.house.accounts
    admin = village.house.administrators[village.district.id]["security_admin"]
    async with village.house.inside(village.district) as tx:
        await accounts.grant(tx, admin, village.members[0].id, "township_reviewer", f"{village.area[:9]}000")
    refused = await village.post(village.host, f"{village.panel}/rounds/{village.round_id}/sessions")
    assert refused.status_code == 403
    assert "成员1" in refused.json()["detail"]


async def test_a_member_whose_kin_cannot_be_known_does_not_sit(village: Village) -> None:
    """She was known when the panel was formed; her account lost its person since."""
    async with village.house.inside(village.district) as tx:
        await tx.execute(
            "UPDATE account SET person_id = NULL WHERE tenant_id = $1 AND id = $2",
            tx.tenant,
            village.members[0].id,
        )
    refused = await village.post(village.host, f"{village.panel}/rounds/{village.round_id}/sessions")
    assert refused.status_code == 403
    assert "成员1" in refused.json()["detail"]


async def test_a_host_does_not_count_her_own_kin(village: Village) -> None:
    host = await village.house.person(
        village.district, "panel_host", village.area, name="亲戚", person_id=village.applicants[0]
    )
    session = await village.open_session()
    refused = await village.post(host, f"{session}/cases/{village.cases[0]}/close")
    assert refused.status_code == 403


async def test_the_round_tells_its_panel_and_sessions(village: Village) -> None:
    before = (await village.get(village.observer, f"{village.panel}/rounds/{village.round_id}")).json()
    assert (len(before["members"]), before["pending"], before["sessions"]) == (11, 1, [])
    await village.open_session()
    after = (await village.get(village.host, f"{village.panel}/rounds/{village.round_id}")).json()
    assert (after["may_open"], after["sessions"][0]["number"]) == (False, 1)
