"""When a re-check starts by itself: by the district's calendar, and on a day the province names for all its districts."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from plugins.big_data_check.bulk.jobs import due_periods
from plugins.big_data_check.bulk.settings import BulkSettings


@pytest.mark.parametrize(
    ("settings", "today", "due"),
    [
        (BulkSettings(), date(2026, 11, 28), ()),
        (BulkSettings(every="monthly", day=5), date(2026, 11, 4), ()),
        (BulkSettings(every="monthly", day=5), date(2026, 11, 28), ("2026-11",)),
        (BulkSettings(every="quarterly", day=5), date(2026, 11, 28), ()),
        (BulkSettings(every="quarterly", day=5), date(2026, 10, 5), ("2026-Q4",)),
        (BulkSettings(also_on="2026-11-28"), date(2026, 11, 27), ()),
        (BulkSettings(also_on="2026-11-28"), date(2026, 11, 28), ("on 2026-11-28",)),
        (BulkSettings(also_on="2026-11-28"), date(2026, 12, 4), ("on 2026-11-28",)),
        (BulkSettings(also_on="2026-11-28"), date(2026, 12, 5), ()),
        (BulkSettings(every="monthly", also_on="2026-11-28"), date(2026, 11, 28), ("on 2026-11-28", "2026-11")),
    ],
)  # fmt: skip
def test_what_is_due_by_today(settings: BulkSettings, today: date, due: tuple[str, ...]) -> None:
    assert due_periods(settings, today) == due


@pytest.mark.parametrize("text", ["2026-02-31", "明天", "2026-1-1"])
def test_a_day_that_does_not_exist_is_refused_when_the_settings_are_read(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"also_on": text}, BulkSettings)
