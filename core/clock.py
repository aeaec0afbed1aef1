"""The time, handed in. Everything that needs "now" takes a `Clock`; only demo and tests may move it.

Instants are aware UTC datetimes; a date is the calendar day in China (an act is in time until 24:00 local time).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    return datetime.now(UTC)


def local_date(instant: datetime) -> date:
    """The calendar day in China on which an instant falls."""
    return instant.astimezone(CHINA).date()


class MovableClock:
    """Demo and tests only: the system time plus an offset kept in a file, so that web and worker agree.

    The offset only grows: time never runs backwards through a journal.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._stamp = -1
        self._offset = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._read()

    def advance(self, by: timedelta) -> datetime:
        """Move forward by `by`; raises ValueError for a negative step."""
        if by < timedelta():
            raise ValueError("the clock only moves forward")
        offset = self._read() + by
        temporary = self._file.with_suffix(".new")
        temporary.write_text(str(offset.total_seconds()))
        temporary.replace(self._file)
        return self()

    def _read(self) -> timedelta:
        try:
            stamp = self._file.stat().st_mtime_ns
        except FileNotFoundError:
            return timedelta()
        if stamp != self._stamp:
            self._offset = timedelta(seconds=float(self._file.read_text()))
            self._stamp = stamp
        return self._offset
