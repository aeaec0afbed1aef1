"""What is published of a household: recountable by anybody, without names, order or times; never shown to kin."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from hypothesis import given
from hypothesis import strategies as st

from plugins.women_panel import published, recount, sealing
from plugins.women_panel.config import PanelConfig
from plugins.women_panel.published import Line, Record
from plugins.women_panel.rules import Numbers, Rules
from plugins.women_panel.urn import Poll, Vote
from tests.builders.installation import Somebody
from tests.plugins.women_panel.test_recount_in_browser import a_record as some_record
from tests.plugins.women_panel.village import Village

YES, NO = "agree", "disagree"
CHOICES = st.sampled_from(("agree", "disagree", "abstain"))


def a_record(rules: Rules, numbers: Numbers, votes: list[Vote]) -> Record:
    ballots = published.lines(rules, votes)
    told = published.result(rules, numbers, ballots)
    return Record(
        published.FORMAT, "R-1", 1, "C-1", 1, "phone", published.rule_of(rules), len(votes), ballots, told
    )


votes_of = st.lists(CHOICES, min_size=8, max_size=11).map(
    lambda said: [Vote(choice, tracker=f"{n * 7919 % 10**12:012d}") for n, choice in enumerate(said)]
)


@given(votes_of, st.sampled_from(("1/2", "2/3")), st.booleans(), st.sampled_from(("up", "half_up", "down")))
def test_anybody_gets_the_same_result_from_the_published_text(
    votes: list[Vote], share: str, roster: bool, rounding: str
) -> None:
    config = PanelConfig(
        pass_share=share,
        basis="roster" if roster else "present",
        rounding=rounding,  # type: ignore[arg-type]
    )
    record = a_record(Rules.of(config), Numbers(11, 11, 11), votes)
    again = published.read(published.written(record))
    assert published.recount(again) == record.tally
    assert published.written(again) == published.written(record)


@given(votes_of, st.integers(0, 7), CHOICES)
def test_a_changed_ballot_or_count_does_not_hold(votes: list[Vote], which: int, choice: str) -> None:
    record = a_record(Rules.of(PanelConfig()), Numbers(11, 11, 11), votes)
    if record.ballots[which].choice == choice:
        return
    changed = list(record.ballots)
    changed[which] = Line(changed[which].tracker, choice)  # type: ignore[arg-type]
    forged = msgspec.structs.replace(record, ballots=tuple(changed))
    assert published.recount(forged) != forged.tally


def test_ballots_that_are_missing_doubled_or_too_many_contradict_the_record() -> None:
    record = a_record(
        Rules.of(PanelConfig()), Numbers(11, 11, 11), [Vote("agree", tracker=f"{n:012d}") for n in range(9)]
    )
    for ballots in (record.ballots[1:], (*record.ballots[1:], record.ballots[1])):
        with pytest.raises(ValueError, match=r"voted|twice"):
            published.recount(msgspec.structs.replace(record, ballots=ballots))


def test_scored_ballots_are_recounted_from_their_totals() -> None:
    config = PanelConfig(ballot="score", criteria=("困难=3", "劳力=1"), score_mark="6")
    votes = [
        Vote("score", scores=(n, n), tracker=f"{place:012d}")
        for place, n in enumerate((0, 5, 6, 6, 7, 7, 8, 10))
    ]
    record = a_record(Rules.of(config), Numbers(11, 11, 9), [*votes, Vote("abstain", tracker="999999999999")])
    assert record.tally.mean == "6.50"
    assert (record.tally.agree, record.tally.disagree, record.tally.abstain) == (6, 2, 1)
    assert record.tally.result == "passed"
    assert Decimal(record.ballots[0].total) == 0
    assert published.recount(published.read(published.written(record))) == record.tally


@pytest.mark.anyio
async def test_the_record_holds_every_ballot_by_tracker_and_nobody_by_name(village: Village) -> None:
    case, session = village.cases[0], await village.open_session()
    for n, member in enumerate(village.members):
        sent = await village.vote(member, session, case, YES if n < 9 else NO, tracker=f"{900 - n:012d}")
        assert sent.json()["tracker"] == ""
    await village.close(session, case)
    answer = await village.get(village.observer, f"{session}/cases/{case}/record")
    record = published.read(answer.content)
    assert [line.tracker for line in record.ballots] == sorted(f"{900 - n:012d}" for n in range(11))
    assert published.recount(record) == record.tally
    assert not any(str(m.id) in answer.text or m.actor.name in answer.text for m in village.members)
    filed = await village.get(village.clerk, f"{village.api}/cases/{case}")
    assert filed.json()["ballot"]["record"] == hashlib.sha256(answer.content).hexdigest()


@pytest.mark.anyio
async def test_nothing_is_published_before_the_close_nor_without_a_quorum(village: Village) -> None:
    case, session = village.cases[0], await village.open_session(present=7)
    await village.votes(session, case, village.members[:7], *[YES] * 7)
    early = await village.get(village.observer, f"{session}/cases/{case}/record")
    assert early.status_code == 404
    await village.close(session, case)
    record = published.read((await village.get(village.observer, f"{session}/cases/{case}/record")).content)
    assert (record.tally.result, record.ballots) == ("no_quorum", ())
    assert published.recount(record) == record.tally


@pytest.mark.anyio
async def test_kin_and_other_districts_never_see_the_record(village: Village) -> None:
    case, sister = village.cases[0], village.members[-1]
    await village.sisters(sister, village.applicants[0])
    session = await village.open_session(present=10)
    await village.votes(session, case, village.members, *[YES] * 10)
    await village.close(session, case)
    for path in (
        f"{session}/cases/{case}/record",
        f"{village.pages}/sessions/{session.rpartition('/')[2]}/cases/{case}/record",
    ):
        assert (await village.get(sister, path)).status_code == 403
        assert (await village.get(village.members[0], path)).status_code == 200
    page = await village.get(village.members[0], path)
    assert "大家投得一样" in page.text


@pytest.mark.anyio
async def test_a_tracker_cannot_be_taken_twice_in_one_household(village: Village) -> None:
    case, session = village.cases[0], await village.open_session()
    await village.vote(village.members[0], session, case, YES, tracker="1" * 12)
    refused = await village.vote(village.members[1], session, case, YES, tracker="1" * 12)
    assert refused.status_code == 409
    assert (await village.line(village.host, session, case))["voted_count"] == 1


async def seal(
    village: Village, session: str, case: UUID, who: Somebody, vote: Vote, attempt: int = 1
) -> str:
    """As the phone does it."""
    import base64

    key = (await village.get(who, session)).json()["ballot_key"]
    public = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), base64.b64decode(key))
    poll = Poll(UUID(session.rpartition("/")[2]), case, attempt)
    plain = msgspec.json.encode(vote).ljust(sealing.PLAIN_BYTES)
    return base64.b64encode(sealing.SUITE.encrypt(plain, public, info=sealing.info_of(poll, who.id))).decode()


@pytest.mark.anyio
async def test_a_sealed_ballot_opens_only_for_its_session_household_attempt_and_member(
    two_households: Village,
) -> None:
    village, who = two_households, two_households.members[0]
    first, second = village.cases
    session = await village.open_session()
    sealed = await seal(village, session, first, who, Vote("agree", tracker="1" * 12))
    later = await seal(village, session, first, who, Vote("agree", tracker="1" * 12), attempt=2)
    for case, sender, body in (
        (second, who, sealed),
        (first, village.members[1], sealed),
        (first, who, later),
        (first, who, sealed[:-8] + "AAAAAAA="),
    ):
        refused = await village.post(sender, f"{session}/cases/{case}/sealed-ballots", {"sealed": body}, "k")
        assert refused.status_code == 422, refused.text
    for _ in range(2):
        sent = await village.post(who, f"{session}/cases/{first}/sealed-ballots", {"sealed": sealed}, "k")
        assert sent.status_code == 201, sent.text
    assert (await village.line(who, session, first))["voted_count"] == 1


@pytest.mark.anyio
async def test_the_sessions_key_is_destroyed_when_it_ends(village: Village) -> None:
    who, case, session = village.members[0], village.cases[0], await village.open_session()
    sealed = await seal(village, session, case, who, Vote("agree", tracker="1" * 12))
    await village.post(village.host, f"{session}/close")
    rows = await village.rows(
        "SELECT ballot_private FROM women_panel_session WHERE tenant_id = $1 AND round_id = $2",
        village.round_id,
    )
    assert rows[0]["ballot_private"] is None
    late = await village.post(who, f"{session}/cases/{case}/sealed-ballots", {"sealed": sealed}, "k")
    assert late.status_code == 409
    assert "已经结束" in late.json()["detail"]


def test_the_command_recounts_files_and_fails_for_one_that_does_not_hold(tmp_path: Path) -> None:
    record = a_record(
        Rules.of(PanelConfig()), Numbers(11, 11, 11), [Vote("agree", tracker=f"{n:012d}") for n in range(9)]
    )
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(published.written(record))
    broken = json.loads(good.read_text())
    broken["tally"]["agree"] = 3
    bad.write_text(json.dumps(broken))
    alone = tmp_path / "recount.py"
    alone.write_bytes(Path(recount.__file__).read_bytes())
    # -I -S: neither this folder, nor the environment, nor anything installed.
    command = [sys.executable, "-I", "-S", str(alone)]
    done = subprocess.run([*command, good], capture_output=True, check=True, cwd=tmp_path)
    assert "重算一致" in done.stdout.decode()
    failed = subprocess.run([*command, good, bad], capture_output=True, check=False, cwd=tmp_path)
    assert failed.returncode == 1
    assert "agree 9 ≠ 3" in failed.stdout.decode()
    for nonsense in (
        b"{}",
        b"[]",
        b"no",
        b'{"rule": 1}',
        good.read_bytes().replace(b'"choice":"agree"', b'"choice":"maybe"', 1),
    ):
        assert recount.said(nonsense)[0] is False


def test_the_file_anybody_copies_reckons_every_record_as_the_platform_does() -> None:
    chance = random.Random(20261129)
    for _ in range(3000):
        record = some_record(chance)
        told = recount.tally(json.loads(published.written(record)))
        assert told == msgspec.to_builtins(published.recount(record)), record
