"""Several sessions of one round: households put off, members who leave, are by-elected, or whose accounts end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from core.settings import Keyring
from core.storage.embedded import Urls
from tests.builders.installation import Somebody
from tests.plugins.women_panel.electing import declared, do
from tests.plugins.women_panel.test_kept_whole import by_election, leaving
from tests.plugins.women_panel.village import Village, a_house, a_village

pytestmark = pytest.mark.anyio


async def end_accounts(village: Village, gone: Sequence[Somebody]) -> None:
    async with village.house.inside(village.district) as tx:
        await tx.execute(
            "UPDATE account SET status = 'disabled' WHERE tenant_id = $1 AND id = ANY($2)",
            tx.tenant,
            [m.id for m in gone],
        )


async def test_a_quorum_does_not_fall_with_accounts_that_end(village: Village) -> None:
    gone, case = village.members[:2], village.cases[0]
    await end_accounts(village, gone)
    opened = await village.post(village.host, f"{village.panel}/rounds/{village.round_id}/sessions")
    assert opened.status_code == 201, opened.text
    session = f"{village.panel}/sessions/{opened.json()['id']}"
    line = opened.json()["cases"][0]
    assert (len(opened.json()["members"]), line["eligible_roster"], line["quorum"]) == (11, 11, 8)
    refused = await village.attend(session, village.members)
    assert (refused.status_code, "2 人的账号已经停用，不能签到" in refused.text) == (422, True)
    await village.attend(session, village.members[2:9])
    assert (await village.close(session, case)).json()["result"] == "no_quorum"
    await village.post(village.host, f"{session}/close")
    absent = (await village.get(village.host, f"{session}/minutes")).json()["content"]["absent"]
    assert [name for name in absent if "停用" in name] == [f"{m.actor.name}（账号已停用）" for m in gone]


async def test_a_round_of_three_sessions_with_a_household_put_off_and_a_member_by_elected(
    fresh_urls: Urls, tmp_path: Path, keys: Keyring
) -> None:
    """Each household is counted once, by the panel that sat for it; who left votes no more, who joined votes on what is left."""
    async with a_house(fresh_urls, tmp_path, keys, size_min=9) as place:
        village = await a_village(*place, households=3)
        first, second, third = village.cases
        gone, newcomer = village.members[0], await village.newcomer("补选一")

        one = await village.open_session()
        await village.votes(one, first, village.members, *["agree"] * 11)
        assert (await village.close(one, first)).json()["result"] == "passed"
        await village.attend(one, [])
        assert (await village.close(one, second)).json()["result"] == "no_quorum"
        await village.post(village.host, f"{one}/close")
        await village.seal_minutes(one)

        await leaving(village, gone)
        two = await village.open_session_of(village.members[1:])
        told = (await village.get(village.host, two)).json()
        assert {c["case_id"] for c in told["cases"]} == {str(second), str(third)}
        assert {c["eligible_roster"] for c in told["cases"]} == {10}
        assert (await village.vote(gone, two, second, "agree")).status_code == 403
        await village.votes(two, second, village.members[1:], *["disagree"] * 10)
        assert (await village.close(two, second)).json()["result"] == "failed"
        await village.post(village.host, f"{two}/close")
        await village.seal_minutes(two)

        assert (await by_election(village, newcomer)).status_code == 200
        await declared(village, newcomer)
        assert (await do(village, "seat_members", {})).status_code == 200
        village.members[0] = newcomer
        three = await village.open_session()
        told = (await village.get(newcomer, three)).json()
        assert [(c["case_id"], c["mine"], c["eligible_roster"]) for c in told["cases"]] == [
            (str(third), "may_vote", 11)
        ]
        assert (await village.vote(newcomer, two, second, "agree")).status_code in (403, 409)
        await village.votes(three, third, village.members, *["agree"] * 8)
        assert (await village.close(three, third)).json()["result"] == "passed"
        await village.post(village.host, f"{three}/close")
        await village.seal_minutes(three)

        done = await do(village, "close_appraisal", {})
        assert (done.status_code, done.json()["state"]) == (200, "visits")
        told = await village.rows(
            "SELECT count(*) AS n FROM women_panel_case WHERE tenant_id = $1 AND state = 'closed'"
        )
        assert told[0]["n"] == 4, "three results and one without a quorum"
