"""When a re-check starts by itself: by the district's calendar, and on a day the province names for all its districts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from plugins.big_data_check.bulk.due import PAUSES, Period, due_periods, next_try, unmade
from plugins.big_data_check.bulk.settings import BulkSettings
from plugins.big_data_check.bulk.store import RunRow


@pytest.mark.parametrize(
    ("settings", "today", "due"),
    [
        (BulkSettings(), date(2026, 11, 28), ()),
        (BulkSettings(every="monthly", day=5), date(2026, 11, 4), ()),
        (BulkSettings(every="monthly", day=5), date(2026, 11, 28), ("2026-11",)),
        (BulkSettings(every="quarterly", day=5), date(2026, 11, 28), ("2026-Q4",)),
        (BulkSettings(every="quarterly", day=5), date(2026, 11, 2), ("2026-Q4",)),
        (BulkSettings(every="quarterly", day=5), date(2026, 10, 4), ()),
        (BulkSettings(every="quarterly", day=5), date(2026, 10, 5), ("2026-Q4",)),
        (BulkSettings(also_on="2026-11-28"), date(2026, 11, 27), ()),
        (BulkSettings(also_on="2026-11-28"), date(2026, 11, 28), ("on 2026-11-28",)),
        (BulkSettings(also_on="2026-11-28"), date(2026, 12, 4), ("on 2026-11-28",)),
        (BulkSettings(also_on="2026-11-28"), date(2026, 12, 5), ()),
        (BulkSettings(every="monthly", also_on="2026-11-28"), date(2026, 11, 28), ("on 2026-11-28", "2026-11")),
    ],
)  # fmt: skip
def test_what_is_due_by_today(settings: BulkSettings, today: date, due: tuple[str, ...]) -> None:
    assert tuple(period.name for period in due_periods(settings, today)) == due


@pytest.mark.parametrize("text", ["2026-02-31", "明天", "2026-1-1"])
def test_a_day_that_does_not_exist_is_refused_when_the_settings_are_read(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"also_on": text}, BulkSettings)


TENANT = uuid4()
NOVEMBER = Period("2026-11", "2026年11月")
BEGIN = datetime(2026, 11, 5, tzinfo=UTC)


def a_run(run_id: UUID, state: Any, asked: datetime = BEGIN) -> RunRow:
    ended = None if state in ("queued", "computing") else asked
    return RunRow(run_id, state, "schedule", asked, None, asked, ended, "", 0, 0, None, False, 0, 0)


def tries(*states: Any) -> list[RunRow]:
    """One after the other, a day apart; the newest first, as they are stored."""
    ids = list(NOVEMBER.tries(TENANT))
    return [a_run(ids[n], state, BEGIN + timedelta(days=n)) for n, state in enumerate(states)][::-1]


def test_what_is_due_starts_and_what_is_made_or_under_way_does_not() -> None:
    ids = list(NOVEMBER.tries(TENANT))
    assert next_try(NOVEMBER, TENANT, [], BEGIN) == ids[0]
    for state in ("queued", "computing", "done"):
        assert next_try(NOVEMBER, TENANT, tries(state), BEGIN + timedelta(days=9)) is None


@pytest.mark.parametrize("failed", range(1, len(PAUSES) + 1))
def test_what_failed_is_tried_again_after_its_pause_and_not_for_ever(failed: int) -> None:
    runs, ids = tries(*["failed"] * failed), list(NOVEMBER.tries(TENANT))
    ended = runs[0].finished_at
    assert ended is not None
    assert next_try(NOVEMBER, TENANT, runs, ended + PAUSES[failed - 1] - timedelta(seconds=1)) is None
    assert next_try(NOVEMBER, TENANT, runs, ended + PAUSES[failed - 1]) == ids[failed]
    assert [one.again for one in unmade([NOVEMBER], TENANT, runs)] == [True]
    every = tries(*["failed"] * (len(PAUSES) + 1))
    assert next_try(NOVEMBER, TENANT, every, BEGIN + timedelta(days=99)) is None
    assert [one.again for one in unmade([NOVEMBER], TENANT, every)] == [False]


def test_what_an_officer_stopped_is_theirs_to_start_again_and_stays_on_the_desk_until_then() -> None:
    runs = tries("failed", "cancelled")
    assert next_try(NOVEMBER, TENANT, runs, BEGIN + timedelta(days=9)) is None
    assert [(one.run.state, one.again) for one in unmade([NOVEMBER], TENANT, runs)] == [("cancelled", False)]
    for state in ("done", "computing"):
        by_hand = a_run(uuid4(), state, BEGIN + timedelta(days=3))
        assert unmade([NOVEMBER], TENANT, [by_hand, *runs]) == []
        assert next_try(NOVEMBER, TENANT, [by_hand, *tries("failed")], BEGIN + timedelta(days=9)) is None


def test_a_re_check_made_before_the_first_try_makes_nothing_up() -> None:
    earlier = a_run(uuid4(), "done", BEGIN - timedelta(days=1))
    assert len(unmade([NOVEMBER], TENANT, [*tries("failed"), earlier])) == 1
