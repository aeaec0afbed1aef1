"""What the floor replays: our statements with their arguments named, filled in again for another request."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest

from bench.recording import Step, UnknownValue, filled, steps

TENANT, CASE, BALLOT = uuid4(), uuid4(), uuid4()
NAMES = {TENANT: "tenant", CASE: "case", BALLOT: "fresh", b"t" * 32: "token_hash"}


def test_arguments_are_named_by_where_they_come_from() -> None:
    now = datetime(2026, 5, 4, tzinfo=UTC)
    [step] = steps(
        [("SELECT …", (TENANT, [CASE], now, now.date(), 4, "open", None, b"t" * 32, b"s" * 12))], NAMES
    )
    assert step == Step(
        "SELECT …", ("$tenant", ["$case"], "$now", "$today", 4, "open", None, "$token_hash", "$bytes12")
    )


def test_an_id_from_nowhere_is_refused_with_its_statement() -> None:
    with pytest.raises(UnknownValue, match="SELECT 1"):
        steps([("SELECT 1", (uuid4(),))], NAMES)


def test_another_requests_values_take_the_places_of_the_recorded_ones() -> None:
    other = {"tenant": TENANT, "case": uuid4(), "today": date(2026, 5, 4)}
    step = Step("SELECT …", ("$tenant", ["$case", "$case"], "$today", "$bytes12", 4, ["disagree"]))
    assert filled(step, other, []) == [
        TENANT, [other["case"], other["case"]], other["today"], bytes(12), 4, ["disagree"],
    ]  # fmt: skip


def test_rows_taken_out_are_put_back_with_one_more() -> None:
    step = Step("INSERT …", ("$tenant", ["$fresh"], ["$bytes350"]))
    _, ids, sealed = filled(step, {"tenant": TENANT}, ["row", "row", "row"])
    assert len(set(ids)) == 4
    assert all(isinstance(one, UUID) for one in ids)
    assert sealed == [bytes(350)] * 4


def test_a_name_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="household"):
        filled(Step("SELECT …", ("$household",)), {}, [])
