"""Small rules of asking: report numbers and conclusions, pauses, the circuit, signatures, answers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.registry.verification import FindingKind, Result, Source, SourceResult, Suspicion
from plugins.big_data_check.answers import results_of, settled
from plugins.big_data_check.config import BigDataConfig, Platform
from plugins.big_data_check.matching import Identity, RegistryRecord, Wanted
from plugins.big_data_check.report import Heading, build, conclusion, months_later, number_of
from plugins.big_data_check.schedule import pause
from plugins.big_data_check.sources import Answer, Found, Later, NoData, Silent
from plugins.big_data_check.sources.circuit import Circuit
from plugins.big_data_check.sources.signing import (
    TOLERANCE,
    headers,
    holds,
    ready_holds,
    ready_signature,
)
from plugins.big_data_check.store import Query
from tests.plugins.big_data_check.test_matching import number

NOW = datetime(2026, 9, 1, 2, tzinfo=UTC)
TODAY = date(2026, 9, 1)
BORN = date(1951, 1, 1)
WANTED = Wanted(uuid4(), "王建国", number(BORN), BORN, "620802001001")
QUERY = Query(uuid4(), uuid4(), WANTED.person_id, Source.VEHICLES, 1)


def result(source: Source, kind: Result, note: str = "", as_of: date | None = TODAY) -> SourceResult:
    return SourceResult(WANTED.person_id, source, kind, as_of, note=note)


def test_the_reports_of_a_case_are_numbered_by_request_and_asking() -> None:
    assert [number_of("620802-2026-000001", 2, n) for n in (1, 2, 3)] == [
        "HD-620802-2026-000001-2", "HD-620802-2026-000001-2.2", "HD-620802-2026-000001-2.3",
    ]  # fmt: skip


def test_a_report_is_as_old_as_its_oldest_part_and_good_for_the_months_of_the_rules() -> None:
    results = [
        result(Source.VEHICLES, Result.NO_HIT),
        result(Source.TAX, Result.NO_HIT, as_of=date(2026, 7, 1)),
    ]
    report = build(Heading("HD-1", "SQ-1", NOW, 6), results, ())
    assert (report.as_of, report.valid_until) == (date(2026, 7, 1), date(2027, 3, 1))


@given(st.lists(st.tuples(st.sampled_from(Source), st.sampled_from(Result), st.sampled_from(["", "已了解"]))))
def test_a_conclusion_never_says_passed_and_names_every_silent_or_blank_source(
    said: list[tuple[Source, Result, str]],
) -> None:
    results = [result(*one) for one in said]
    text = conclusion(results, ())
    assert "通过" not in text
    for source, kind, note in said:
        if kind is Result.UNAVAILABLE or (kind is Result.NO_DATA and not note):
            assert source.label in text


def test_a_conclusion_with_findings_asks_for_an_explanation_and_tells_no_amount() -> None:
    finding = Suspicion("deposits", FindingKind.DEPOSITS, "合计 35,000.00 元")
    text = conclusion([result(Source.DEPOSITS, Result.HIT)], [finding])
    assert "听取说明" in text
    assert "35" not in text


@pytest.mark.parametrize(
    ("day", "months", "until"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 1), 12, date(2027, 1, 1)),
    ],
)
def test_months_later_is_the_same_day_or_the_months_last(day: date, months: int, until: date) -> None:
    assert months_later(day, months) == until


@given(st.integers(1, 60), st.integers(1, 200), st.floats(0, 1))
def test_pauses_grow_up_to_the_limit_and_are_spread_by_a_tenth(first: int, times: int, spread: float) -> None:
    longest = timedelta(hours=24)
    found = pause(timedelta(minutes=first), times, longest, spread)
    plain = min(timedelta(minutes=first) * 2 ** min(times - 1, 20), longest)
    assert plain * 0.899 <= found <= plain * 1.101


@given(st.lists(st.booleans(), max_size=30), st.integers(1, 5))
def test_a_circuit_opens_after_so_many_failures_in_a_row_and_closes_with_an_answer(
    answers: list[bool], most: int
) -> None:
    circuit, in_row = Circuit(), 0
    for answered in answers:
        circuit = (
            circuit.after_answer() if answered else circuit.after_failure(NOW, most, timedelta(minutes=1))
        )
        in_row = 0 if answered else in_row + 1
        assert circuit.lets_through(NOW) == (in_row < most)
        assert circuit.lets_through(NOW + timedelta(minutes=1))


@given(st.binary(max_size=50), st.integers(-400, 400), st.sampled_from(["body", "path", "nonce", "key", ""]))
def test_a_signature_holds_for_the_very_request_within_five_minutes(
    body: bytes, drift: int, changed: str
) -> None:
    at = 1_800_000_000
    sent = {k.lower(): v for k, v in headers(b"key", "620802", "POST", "/queries", body, at, "n1").items()}
    if changed == "nonce":
        sent["x-nonce"] = "n2"
    good = holds(
        b"other" if changed == "key" else b"key", "POST", "/other" if changed == "path" else "/queries",
        body + b"x" if changed == "body" else body, sent, at + drift,
    )  # fmt: skip
    assert good == (not changed and abs(drift) <= TOLERANCE)


def test_a_callback_is_believed_only_with_its_own_signature_and_soon() -> None:
    signature = ready_signature(b"key", "q", "t", 1000)
    assert ready_holds(b"key", "q", "t", 1000, signature, 1200)
    assert not ready_holds(b"key", "q", "other", 1000, signature, 1200)
    assert not ready_holds(b"key", "q", "t", 1000, signature, 1301)
    assert not ready_holds(b"no", "q", "t", 1000, signature, 1200)


@pytest.mark.parametrize("answer", [Silent("没有按时答复"), Later("t1"), Found(date(2026, 9, 2))])
def test_silence_promises_and_answers_from_the_future_are_unavailable(answer: Answer) -> None:
    found = settled(QUERY, WANTED, answer, NOW, TODAY)
    assert (found.query.result, found.query.silent, found.hits) == (Result.UNAVAILABLE, True, ())
    assert results_of(found.query, ())[0].note != ""


def test_no_data_waits_for_a_note_and_is_never_no_hit() -> None:
    found = settled(QUERY, WANTED, NoData("没有接入"), NOW, TODAY).query
    assert (found.result, found.needs_note, found.silent) == (Result.NO_DATA, True, False)
    assert results_of(found, ())[0].note == ""


def test_other_peoples_records_are_dropped_and_ones_own_are_hits() -> None:
    own = RegistryRecord(Identity("王建国", number(BORN)), {"reference": "甘L1"})
    strangers = RegistryRecord(Identity("王建国", number(BORN, 7)), {"reference": "甘L2"})
    found = settled(QUERY, WANTED, Found(TODAY, (own, strangers)), NOW, TODAY)
    assert [h.values["reference"] for h in found.hits] == ["甘L1"]
    nothing = settled(QUERY, WANTED, Found(TODAY, (strangers,)), NOW, TODAY)
    assert (nothing.query.result, nothing.hits) == (Result.NO_HIT, ())


def test_settings_that_contradict_themselves_are_refused_in_chinese() -> None:
    with pytest.raises(ValueError, match="只能选一种方式"):
        BigDataConfig(http_sources=(Source.TAX,), file_sources=(Source.TAX,))
    with pytest.raises(ValueError, match="not_connected"):
        BigDataConfig(http_sources=(Source.TAX,), not_connected={"tax": "未接入"})
    with pytest.raises(ValueError, match="没有“cars”这个来源"):
        BigDataConfig(not_connected={"cars": "未接入"})
    with pytest.raises(ValueError, match="https"):
        Platform(url="http://platform.example.gov.cn")
    with pytest.raises(ValueError, match="不带账号"):
        Platform(url="https://user:pw@platform.example.gov.cn")
    assert Platform(url="http://127.0.0.1:8790").url
