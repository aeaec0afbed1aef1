"""When a message may go out: never in the quiet hours of the district, which may cross midnight. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from core.sdk import CHINA

_PAUSES = (1, 2, 4, 8, 16, 30, 60)
"""Minutes between tries; the last one repeats."""

ATTEMPTS = 10


def sendable_at(now: datetime, quiet: tuple[time, time]) -> datetime:
    """The first instant at or after `now` (aware) outside of the quiet hours, in the zone of `now`."""
    _, end = quiet
    here = now.astimezone(CHINA)
    if not is_quiet(here.time(), quiet):
        return now
    opens = here.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    if opens <= here:
        opens += timedelta(days=1)
    return opens.astimezone(now.tzinfo)


def is_quiet(at: time, quiet: tuple[time, time]) -> bool:
    start, end = quiet
    if start <= end:
        return start <= at < end
    return at >= start or at < end


def pause(attempts: int) -> timedelta:
    """How long to wait after this many failed tries (1 being the first)."""
    return timedelta(minutes=_PAUSES[min(attempts, len(_PAUSES)) - 1])
