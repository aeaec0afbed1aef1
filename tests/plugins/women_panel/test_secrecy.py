"""Who voted is known, how is not: neither to the interface nor to the database's own rows."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID, uuid4

import pytest

from core.sdk import Conflict
from core.sdk.house import Bound
from plugins.women_panel import urn
from plugins.women_panel.urn import Poll, Vote
from tests.plugins.women_panel.village import Village

pytestmark = pytest.mark.anyio

YES, NO = "agree", "disagree"


def poll(session: str, case: UUID) -> Poll:
    return Poll(UUID(session.rpartition("/")[2]), case, 1)


async def platform_in(village: Village) -> Bound:
    async with village.house.inside(village.district) as tx:
        scope = await village.house.zhunbao.runtimes.scope(tx)
    found: Bound = scope.platform("women_panel")
    return found


def words(value: Any) -> set[str]:
    """Every key and text of an answer."""
    return set(re.findall(r"[a-z_]+|[\u4e00-\u9fff]+", str(value)))


async def test_nothing_is_counted_by_choice_before_a_household_is_closed(village: Village) -> None:
    case, session = village.cases[0], await village.open_session()
    await village.votes(session, case, village.members, YES, NO, NO)
    for who in (village.host, village.members[0], village.observer, village.clerk):
        line = await village.line(who, session, case)
        assert line["voted_count"] == 3
        assert line.get("result") is None
        assert not words(line) & {"agree", "disagree", "abstain", "同意", "不同意", "弃权"}


async def test_voters_and_ballots_share_no_column_but_the_household(village: Village) -> None:
    rows = await village.rows(
        """SELECT table_name, column_name, data_type FROM information_schema.columns
           WHERE $1::uuid IS NOT NULL AND table_name IN ('women_panel_voter', 'women_panel_ballot')"""
    )
    columns = {
        name: {r["column_name"] for r in rows if r["table_name"] == name}
        for name in {r["table_name"] for r in rows}
    }
    assert columns["women_panel_voter"] & columns["women_panel_ballot"] == {
        "tenant_id", "session_id", "case_id", "attempt",
    }  # fmt: skip
    assert not [r for r in rows if r["data_type"].startswith(("timestamp", "time"))]


async def test_row_versions_do_not_tell_which_ballot_came_with_which_voter(village: Village) -> None:
    """Every vote rewrites the household's ballots: all of them carry the transaction of the last voter."""
    case, session = village.cases[0], await village.open_session()
    seen: set[UUID] = set()
    for n, member in enumerate(village.members[:5], 1):
        await village.vote(member, session, case, YES if n % 2 else NO)
        rows = await village.rows(
            "SELECT id, xmin::text, length(sealed) AS size FROM women_panel_ballot WHERE tenant_id = $1 AND case_id = $2",
            case,
        )
        assert len(rows) == n
        assert len({r["xmin"] for r in rows}) == 1
        assert len({r["size"] for r in rows}) == 1
        assert not seen & {r["id"] for r in rows}
        seen |= {r["id"] for r in rows}


async def test_a_stored_vote_cannot_be_read_without_the_keys(village: Village) -> None:
    case, session = village.cases[0], await village.open_session()
    await village.vote(village.members[0], session, case, NO, reason="子女有能力赡养")
    rows = await village.rows(
        "SELECT sealed FROM women_panel_ballot WHERE tenant_id = $1 AND case_id = $2", case
    )
    assert not re.search(b"disagree|agree|abstain", bytes(rows[0]["sealed"]))


async def test_a_repeated_request_with_another_choice_is_refused_and_nothing_of_it_is_kept(
    village: Village,
) -> None:
    """What tells the two apart is sealed within the ballot: no digest anybody could guess three choices against."""
    case, member, session = village.cases[0], village.members[0], await village.open_session()
    assert (await village.vote(member, session, case, YES, key="same")).status_code == 201
    before = await village.rows(
        "SELECT id FROM women_panel_ballot WHERE tenant_id = $1 AND case_id = $2", case
    )
    changed = await village.vote(member, session, case, NO, key="same")
    assert changed.status_code == 409
    assert "不一样" in changed.json()["detail"]
    assert (await village.vote(member, session, case, YES, key="same")).status_code == 201
    assert before == await village.rows(
        "SELECT id FROM women_panel_ballot WHERE tenant_id = $1 AND case_id = $2", case
    )
    columns = await village.rows(
        """SELECT column_name FROM information_schema.columns
           WHERE $1::uuid IS NOT NULL AND table_name = 'women_panel_voter'"""
    )
    assert {c["column_name"] for c in columns} == {
        "tenant_id", "session_id", "case_id", "attempt", "account_id", "voted_on",
    }  # fmt: skip
    assert (
        await village.rows("SELECT 1 FROM idempotency WHERE tenant_id = $1 AND account_id = $2", member.id)
        == []
    )


async def test_after_the_count_the_server_tells_nobody_which_line_came_with_a_request(
    village: Village,
) -> None:
    """Who takes her phone, key and all, would else learn her choice by trying all three, whatever line she points to."""
    case, member, session = village.cases[0], village.members[0], await village.open_session()
    assert (await village.vote(member, session, case, NO, key="hers")).json()["tracker"]
    await village.votes(session, case, village.members[1:], *[YES] * 10)
    await village.close(session, case)
    for ended in (False, True):
        answers = [await village.vote(member, session, case, c, key="hers") for c in (YES, NO, "abstain")]
        assert [a.status_code for a in answers] == [201] * 3
        assert {a.json()["tracker"] for a in answers} == {""}, (
            "a tracker is a receipt once lines are published"
        )
        assert (await village.vote(member, session, case, NO, key="another")).status_code == 409
        if not ended:
            await village.post(village.host, f"{session}/close")


async def test_a_ballot_moved_to_another_household_does_not_open(two_households: Village) -> None:
    village = two_households
    first, second = village.cases
    session = await village.open_session()
    await village.votes(session, first, village.members, *[YES] * 11)
    await village.votes(session, second, village.members, *[NO] * 11)
    async with village.house.inside(village.district) as tx:
        await tx.execute(
            """UPDATE women_panel_ballot b SET case_id = CASE WHEN case_id = $2 THEN $3::uuid ELSE $2::uuid END
               WHERE tenant_id = $1 AND case_id IN ($2, $3)""",
            tx.tenant, first, second,
        )  # fmt: skip
    refused = await village.close(session, first)
    assert refused.status_code == 409
    assert "票对不上" in refused.json()["detail"]


async def test_a_ballot_taken_away_is_noticed_when_counting(village: Village) -> None:
    case, session = village.cases[0], await village.open_session()
    await village.votes(session, case, village.members, *[YES] * 11)
    async with village.house.inside(village.district) as tx:
        await tx.execute(
            """DELETE FROM women_panel_ballot WHERE tenant_id = $1 AND id = (
                   SELECT min(id::text)::uuid FROM women_panel_ballot WHERE case_id = $2)""",
            tx.tenant,
            case,
        )
    assert (await village.close(session, case)).status_code == 409


async def test_a_vote_cut_off_half_way_leaves_neither_voter_nor_ballot(village: Village) -> None:
    case, session = village.cases[0], await village.open_session()
    platform, member = await platform_in(village), village.members[0]
    with pytest.raises(RuntimeError, match="power cut"):
        async with village.house.inside(village.district) as tx:
            await urn.cast(tx, platform, poll(session, case), member.id, Vote("agree"), village.today)
            raise RuntimeError("power cut")
    assert (
        await village.rows("SELECT 1 FROM women_panel_voter WHERE tenant_id = $1 AND case_id = $2", case)
        == []
    )
    assert (
        await village.rows("SELECT 1 FROM women_panel_ballot WHERE tenant_id = $1 AND case_id = $2", case)
        == []
    )
    assert (await village.vote(member, session, case, YES)).status_code == 201


async def test_the_key_of_the_voters_table_alone_stops_a_second_vote(village: Village) -> None:
    case, session = village.cases[0], await village.open_session()
    platform, member = await platform_in(village), village.members[0]
    async with village.house.inside(village.district) as tx:
        await urn.cast(tx, platform, poll(session, case), member.id, Vote("agree"), village.today)
        with pytest.raises(Conflict):
            await urn.cast(tx, platform, poll(session, case), member.id, Vote("agree"), village.today)


async def test_kin_learn_neither_result_nor_counts(village: Village) -> None:
    case, sister = village.cases[0], village.members[-1]
    await village.sisters(sister, village.applicants[0])
    session = await village.open_session(present=10)
    await village.votes(session, case, village.members, *[YES] * 10)
    await village.close(session, case)
    assert (await village.line(sister, session, case)).get("result") is None
    assert (await village.line(village.members[0], session, case))["result"]["agree"] == 10
    page = await village.get(sister, f"{village.pages}/sessions/{session.rpartition('/')[2]}/minutes")
    assert page.status_code == 200
    assert "评议通过" not in page.text


async def test_another_district_sees_nothing_of_a_session(village: Village) -> None:
    session = await village.open_session()
    other = await village.house.district("620822-lingtai")
    host = await village.house.person(other, "panel_host", "620822000000")
    answer = await village.get(
        host, f"/d/{other.code}/api/x/women_panel/sessions/{session.rpartition('/')[2]}"
    )
    assert answer.status_code == 404
    async with village.house.zhunbao.database.transaction(uuid4()) as tx:
        assert await tx.fetch("SELECT 1 FROM women_panel_session") == []


BALLOTS = "SELECT id, sealed FROM women_panel_ballot WHERE tenant_id = $1 AND case_id = $2 ORDER BY id"


async def test_a_ballot_kept_from_an_earlier_moment_cannot_be_put_back_to_stand_twice(
    village: Village,
) -> None:
    """An administrator who copies the first voter's row would know her line by its double: it does not open any more."""
    case, session = village.cases[0], await village.open_session()
    await village.vote(village.members[0], session, case, NO)
    (hers,) = await village.rows(BALLOTS, case)
    await village.votes(session, case, village.members[1:], *[YES] * 10)
    other = (await village.rows(BALLOTS, case))[0]
    async with village.house.inside(village.district) as tx:
        await tx.execute(
            "UPDATE women_panel_ballot SET id = $3, sealed = $4 WHERE tenant_id = $1 AND id = $2",
            tx.tenant, other["id"], hers["id"], hers["sealed"],
        )  # fmt: skip
    assert (await village.close(session, case)).status_code == 409


async def test_a_voter_struck_out_together_with_a_ballot_is_noticed_when_counting(village: Village) -> None:
    case, session = village.cases[0], await village.open_session()
    await village.votes(session, case, village.members, *[YES] * 11)
    first = (await village.rows(BALLOTS, case))[0]
    async with village.house.inside(village.district) as tx:
        await tx.execute(
            "DELETE FROM women_panel_ballot WHERE tenant_id = $1 AND id = $2", tx.tenant, first["id"]
        )
        await tx.execute(
            "DELETE FROM women_panel_voter WHERE tenant_id = $1 AND case_id = $2 AND account_id = $3",
            tx.tenant, case, village.members[3].id,
        )  # fmt: skip
    refused = await village.close(session, case)
    assert refused.status_code == 409
    assert "票对不上" in refused.json()["detail"]
