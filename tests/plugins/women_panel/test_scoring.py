"""Scored forms and the other ways districts count: exact, rounded once, and fair to every order of ballots."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from decimal import Decimal

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings import Keyring
from core.storage.embedded import Urls
from core.tenancy.tenants import Tenant
from core.web.csrf import token_for
from plugins.women_panel import published, recount, rules, scoring
from plugins.women_panel.config import PanelConfig
from plugins.women_panel.rules import Numbers, Rules
from tests.builders.installation import House
from tests.plugins.women_panel.village import a_house, a_village

CRITERIA = ("困难的程度=3", "劳力=2", "邻里看法=1")
FORM = scoring.Form.of(PanelConfig(ballot="score", criteria=CRITERIA))
scores = st.tuples(*[st.integers(0, 10)] * 3)
totals = st.lists(scores.map(lambda s: scoring.total(FORM, s)), max_size=15)


def test_a_ballot_is_its_weighted_mean_rounded_half_up() -> None:
    assert scoring.total(FORM, (10, 5, 0)) == Decimal("6.67")
    assert scoring.total(FORM, (0, 0, 0)) == 0
    eighths = scoring.Form((scoring.Criterion("甲", 7), scoring.Criterion("乙", 1)), 0, 10, 0, Decimal(6))
    assert scoring.total(eighths, (0, 1)) == Decimal("0.13")


@pytest.mark.parametrize("wrong", [(1, 2), (1, 2, 3, 4), (11, 0, 0), (-1, 0, 0)])
def test_scores_outside_the_form_are_no_ballot(wrong: tuple[int, ...]) -> None:
    assert scoring.wrong(FORM, wrong)
    with pytest.raises(ValueError, match="not a ballot"):
        scoring.total(FORM, wrong)


@given(scores, scores)
def test_a_ballot_that_scores_nowhere_lower_never_comes_to_less(
    a: tuple[int, ...], b: tuple[int, ...]
) -> None:
    higher = tuple(max(x, y) for x, y in zip(a, b, strict=True))
    assert scoring.total(FORM, higher) >= scoring.total(FORM, a)


@given(totals, st.integers(0, 5), st.randoms(use_true_random=False))
def test_the_trimmed_mean_knows_no_order_and_lies_within_what_is_kept(
    found: list[Decimal], trim: int, chance: object
) -> None:
    mean = scoring.trimmed_mean(found, trim)
    mixed = list(found)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert scoring.trimmed_mean(mixed, trim) == mean
    if not found:
        assert mean is None
        return
    kept = sorted(found)[trim : len(found) - trim] if len(found) > 2 * trim else sorted(found)
    assert mean is not None
    assert kept[0] <= mean <= kept[-1]


@given(st.lists(st.integers(4, 8), min_size=5, max_size=13))
def test_one_friend_or_one_enemy_carries_no_household(middle: list[int]) -> None:
    """With one left out at either end, a single extreme ballot moves the mean no further than an ordinary one could."""
    honest = [Decimal(n).quantize(scoring.CENT) for n in middle]
    friend = scoring.trimmed_mean([*honest, Decimal("10.00")], 1)
    assert friend is not None
    assert friend <= max(honest)


def test_everybody_abstaining_from_scoring_is_not_passed() -> None:
    told = rules.of_scores(
        Rules.of(PanelConfig(ballot="score", criteria=CRITERIA)), Numbers(11, 11, 9), (), 9
    )
    assert (told.result, told.mean, told.abstain) == ("failed", "", 9)


SCORED = Rules.of(PanelConfig(ballot="score", criteria=CRITERIA))
TEN = Decimal("10.00")


@pytest.mark.parametrize(
    ("scored", "abstain", "result", "mean"),
    [
        (1, 0, "no_quorum", ""),
        (7, 0, "no_quorum", ""),
        (1, 6, "no_quorum", ""),
        (1, 10, "failed", ""),
        (7, 4, "failed", ""),
        (8, 0, "passed", "10.00"),
        (8, 3, "passed", "10.00"),
    ],
)
def test_one_friend_who_scores_alone_carries_no_household(
    scored: int, abstain: int, result: str, mean: str
) -> None:
    """Eleven in the room, quorum eight: fewer forms are no result, fewer that score do not pass."""
    told = rules.of_scores(SCORED, Numbers(11, 11, 11), [TEN] * scored, abstain)
    assert (told.result, told.mean) == (result, mean)


@pytest.mark.parametrize(("forms", "result"), [(4, "no_quorum"), (5, "passed")])
def test_more_forms_come_in_than_are_left_out_at_both_ends(forms: int, result: str) -> None:
    """Five eligible, quorum four, two left out at either end: four forms would leave nobody."""
    counted = Rules.of(PanelConfig(ballot="score", criteria=CRITERIA, score_trim=2))
    assert rules.of_scores(counted, Numbers(9, 5, 5), [TEN] * forms, 0).result == result


@given(st.integers(0, 15), st.integers(0, 15), st.integers(0, 5), st.integers(0, 15), st.integers(0, 15))
def test_scored_forms_carry_a_household_only_as_a_quorum_of_it(
    eligible: int, present: int, trim: int, scored: int, abstain: int
) -> None:
    present = min(present, eligible)
    scored = min(scored, present)
    abstain = min(abstain, present - scored)
    counted = Rules.of(PanelConfig(ballot="score", criteria=CRITERIA, score_trim=trim))
    told = rules.of_scores(counted, Numbers(15, eligible, present), [TEN] * scored, abstain)
    assert (told.result == "passed") == (scored >= told.quorum and scored > 2 * trim)
    assert (told.result == "no_quorum") == (scored + abstain < max(told.quorum, 2 * trim + 1))


@pytest.mark.parametrize(("rounding", "quorum", "needed"), [("up", 7, 6), ("half_up", 7, 5), ("down", 6, 5)])
def test_districts_round_as_they_set_it(rounding: str, quorum: int, needed: int) -> None:
    counted = Rules.of(PanelConfig(rounding=rounding))  # type: ignore[arg-type]
    assert rules.quorum_of(counted, 10) == quorum
    assert rules.needed_of(counted, 10, 8) == needed


@pytest.mark.parametrize(("fails", "result"), [(False, "passed"), (True, "failed")])
def test_a_tie_at_half_goes_as_the_district_sets_it(fails: bool, result: str) -> None:
    counted = Rules.of(PanelConfig(pass_share="1/2", tie_fails=fails))
    told = rules.of_numbers(counted, Numbers(11, 11, 10), {"agree": 5, "disagree": 5})
    assert told.result == result


def test_a_form_without_criteria_or_with_an_unreachable_mark_is_refused() -> None:
    for wrong in ({"criteria": ()}, {"score_mark": "11"}, {"score_min": 10, "score_max": 10}):
        with pytest.raises(ValueError, match="分"):
            PanelConfig(**{"ballot": "score", "criteria": CRITERIA, **wrong})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
async def place(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[tuple[House, Tenant]]:
    settings = {"ballot": "score", "criteria": list(CRITERIA), "score_mark": "6"}
    async with a_house(database_urls, tmp_path_factory.mktemp("scored"), keys, **settings) as made:
        yield made


@pytest.mark.anyio
async def test_a_village_scores_a_household_and_the_trimmed_mean_decides(place: tuple[House, Tenant]) -> None:
    village = await a_village(*place)
    case, session = village.cases[0], await village.open_session()
    wrong = await village.vote(village.members[0], session, case, "agree")
    assert wrong.status_code == 422
    assert "打分表" in wrong.json()["errors"][0]["message"]
    short = await village.vote(village.members[0], session, case, "score", scores=[1, 2])
    assert "共 3 项" in short.json()["errors"][0]["message"]
    for n, member in enumerate(village.members[:10]):
        given_ = [10, 10, 10] if n == 0 else [0, 0, 0] if n == 1 else [6, 6, 6]
        sent = await village.vote(member, session, case, "score", scores=given_)
        assert sent.status_code == 201, sent.text
    await village.vote(village.members[10], session, case, "abstain")
    told = (await village.close(session, case)).json()
    assert (told["mean"], told["result"]) == ("6.00", "passed")
    assert (told["agree"], told["disagree"], told["abstain"]) == (9, 1, 1)


@pytest.mark.anyio
async def test_a_host_who_closes_after_one_form_gets_no_result_and_the_form_stays_sealed(
    place: tuple[House, Tenant],
) -> None:
    village = await a_village(*place)
    case, session = village.cases[0], await village.open_session()
    early = await village.close(session, case)
    assert (early.status_code, "还没有人投票" in early.text) == (409, True)
    await village.vote(village.members[0], session, case, "score", scores=[10, 10, 10])
    told = (await village.close(session, case)).json()
    assert (told["result"], told["mean"], told["agree"]) == ("no_quorum", "", 0)
    body = (await village.get(village.host, f"{session}/cases/{case}/record")).content
    record = published.read(body)
    assert (record.ballots, record.voters) == ((), 1)
    assert published.recount(record) == record.tally
    assert recount.said(body)[0]
    forged = msgspec.structs.replace(record, voters=11)
    assert published.recount(forged) != forged.tally
    assert not recount.said(published.written(forged))[0]
    await village.post(village.host, f"{session}/close")
    again = await village.open_session()
    assert (await village.line(village.members[0], again, case))["mine"] == "may_vote"


@pytest.mark.anyio
async def test_what_is_said_of_a_scored_household_is_its_mean_and_not_a_number_of_votes(
    place: tuple[House, Tenant],
) -> None:
    village = await a_village(*place)
    case, session = village.cases[0], await village.open_session()
    for member in village.members:
        await village.vote(member, session, case, "score", scores=[6, 6, 6])
    await village.close(session, case)
    rule = (await village.get(village.host, f"{session}/minutes")).json()["content"]["rule"]
    assert "困难的程度（权重 3）" in rule
    assert "去掉最高、最低各 1 张后的平均分达到 6 分通过" in rule
    assert "交上来的打分表（弃权的也算）不少于有效人数、多于 2 张才有结果" in rule
    assert "打了分的不够这么多张的，不通过" in rule
    assert "同意" not in rule
    page = (await village.get(village.clerk, f"/d/{village.district.code}/cases/{case}")).text
    assert "6.00" in page
    assert "需 0 票" not in page


@pytest.mark.anyio
async def test_a_form_with_a_score_missing_comes_back_as_it_was_filled_and_says_why(
    place: tuple[House, Tenant],
) -> None:
    village = await a_village(*place)
    member, session = village.members[0], await village.open_session()
    path = f"{village.pages}/sessions/{session.rpartition('/')[2]}/cases/{village.cases[0]}"

    async def sent(step: str, scores: list[str]) -> httpx.Response:
        form = {"_csrf": token_for(member.token), "choice": "score", "scores": scores}
        return await village.house.client.post(f"{path}/{step}", data=form, headers=member.headers)

    for step, scores in (("confirm", ["7", "", "9"]), ("ballots", ["7", "12", "9"])):
        back = await sent(step, scores)
        assert back.status_code == 422
        assert 'role="alert"' in back.text
        assert re.findall(r'value="(\d+)" selected', back.text) == [n for n in scores if n not in ("", "12")]
    whole = await sent("confirm", ["7", "8", "9"])
    assert (whole.status_code, "您要投的是" in whole.text) == (200, True)
