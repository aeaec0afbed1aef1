"""When something is due: working days with China's holidays and make-up days, postings, and the total for a case.

The day of the event is not counted; an act is in time until 24:00 China time of the day it is due. A year for which
no holiday arrangement is known counts Monday to Friday, and every deadline that touches it says so. Pure values:
days come in, days go out; "today" is always handed in (`core.clock.local_date`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Literal

from chinese_calendar.constants import holidays, workdays

from core.tenancy.settings import CalendarYear as CalendarYear  # noqa: PLC0414 (callers build calendars from it)

Day = date
ONE_DAY = timedelta(days=1)
POSTING_DAYS = 7
"""57号 19: seven full calendar days after the day of posting."""


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Which days are worked. `years` are those whose arrangement is known; others count Monday to Friday."""

    off: frozenset[date] = frozenset()
    on: frozenset[date] = frozenset()
    years: frozenset[int] = frozenset()

    def is_working_day(self, day: date) -> bool:
        return day in self.on or (day.weekday() < 5 and day not in self.off)

    def with_years(self, years: Mapping[int, CalendarYear]) -> WorkCalendar:
        """This calendar with a province's own years laid over it. A day of another year raises ValueError."""
        off, on, known = set(self.off), set(self.on), set(self.years)
        for year, own in years.items():
            _refuse_strange_days(year, own)
            if own.complete:
                off = {day for day in off if day.year != year}
                on = {day for day in on if day.year != year}
                known.add(year)
            off = (off - set(own.on)) | set(own.off)
            on = (on - set(own.off)) | set(own.on)
        return WorkCalendar(frozenset(off), frozenset(on), frozenset(known))


def _refuse_strange_days(year: int, own: CalendarYear) -> None:
    strange = sorted(day for day in (*own.off, *own.on) if day.year != year)
    if strange:
        raise ValueError(f"{year} 年的放假安排里写了 {strange[0].isoformat()}，请移到它自己的年份下")
    both = sorted(set(own.off) & set(own.on))
    if both:
        raise ValueError(f"{year} 年的放假安排里，{both[0].isoformat()} 既写成放假又写成上班，请只留一处")


@lru_cache(maxsize=1)
def official_calendar() -> WorkCalendar:
    """The State Council's holidays and make-up working days, for the years the installed data covers."""
    days = (*holidays, *workdays)
    years = range(min(days).year, max(days).year + 1)
    return WorkCalendar(frozenset(holidays), frozenset(workdays), frozenset(years))


@dataclass(frozen=True, slots=True)
class Due:
    """The last day on which an act is in time (until 24:00), and the years counted without a known arrangement."""

    date: date
    uncertain_years: tuple[int, ...] = ()

    def met_on(self, day: Day) -> bool:
        return day <= self.date


def add_working_days(start: date, n: int, calendar: WorkCalendar) -> Due:
    """The n-th working day after `start`, which itself is not counted. Raises ValueError for a negative n."""
    if n < 0:
        raise ValueError(f"a deadline cannot lie {-n} working days before its event")
    day = start
    left = n
    while left:
        day += ONE_DAY
        left -= calendar.is_working_day(day)
    return Due(day, _uncertain(start, day, calendar) if n else ())


def add_calendar_days(start: date, n: int) -> Due:
    """The n-th calendar day after `start`. Raises ValueError for a negative n."""
    if n < 0:
        raise ValueError(f"a deadline cannot lie {-n} days before its event")
    return Due(start + n * ONE_DAY)


def posting_ends(on: date, days: int = POSTING_DAYS) -> date:
    """The last day a notice must still hang: `days` full calendar days after the day it was put up."""
    if days < 1:
        raise ValueError("a posting lasts at least one full day")
    return on + days * ONE_DAY


def posting_may_end(on: date, today: date, days: int = POSTING_DAYS) -> bool:
    """Whether the full posting period lies behind: true from the day after its last day."""
    return today > posting_ends(on, days)


def earlier(first: Due, *others: Due) -> Due:
    """Of deadlines that run side by side (the district's ten days, the total) the one to warn of."""
    return min((first, *others), key=lambda due: due.date)


class ExtensionReason(StrEnum):
    """The special cases in which a total of 20 or 30 working days becomes 45 (83号 二(一), 57号 22)."""

    OBJECTION = "objection"
    SEPARATED_RESIDENCE = "separated_residence"
    OTHER_PLACE = "other_place"
    HARD_INVESTIGATION = "hard_investigation"

    @property
    def label(self) -> str:
        return _REASON_LABELS[self]


_REASON_LABELS = {
    ExtensionReason.OBJECTION: "公示有异议",
    ExtensionReason.SEPARATED_RESIDENCE: "人户分离",
    ExtensionReason.OTHER_PLACE: "异地申办",
    ExtensionReason.HARD_INVESTIGATION: "家庭经济状况调查难度较大",
}

EXTENDED_TOTAL = 45
Total = Literal[20, 30, 45]


def total_days(delegated: bool, reason: ExtensionReason | None = None) -> Total:
    """Working days a case may take from acceptance: 30, 20 where the township confirms, 45 with a reason."""
    if reason is not None:
        return 45
    return 20 if delegated else 30


def total_due(
    accepted_on: date, calendar: WorkCalendar, *, days: int, reason: ExtensionReason | None = None
) -> Due:
    """The day by which the whole case must be decided.

    `days` is the district's own total. A reason makes it 45 counted from the same acceptance, never from today and
    never twice, however many reasons there are. A total above the statutory one raises ValueError.
    """
    if not 1 <= days <= 30:
        raise ValueError(f"a total of {days} working days is not allowed: at most 30, 45 only with a reason")
    return add_working_days(accepted_on, EXTENDED_TOTAL if reason else days, calendar)


def working_days_between(after: date, until: date, calendar: WorkCalendar) -> int:
    """How many working days lie after `after`, up to and including `until`; 0 if `until` is not later."""
    return sum(calendar.is_working_day(day) for day in _days(after, until))


Urgency = Literal["ample", "soon", "today", "overdue"]


@dataclass(frozen=True, slots=True)
class Remaining:
    """How a deadline stands. `days` are working days left, negative when overdue; `text` is for people."""

    days: int
    urgency: Urgency
    text: str


def remaining(due: Due, today: date, calendar: WorkCalendar, *, soon: int = 3) -> Remaining:
    """How a deadline stands on a day, in Chinese: 还剩 3 个工作日（9月10日到期）; 已超期 2 个工作日."""
    left = working_days_between(today, due.date, calendar)
    over = working_days_between(due.date, today, calendar)
    when = f"{_day_text(due.date, today)}到期"
    note = _uncertainty_text(due.uncertain_years)
    if today > due.date:
        text = f"已超期 {over} 个工作日" if over else f"已过期限（{when}）"
        return Remaining(-over, "overdue", text + note)
    if today == due.date:
        return Remaining(0, "today", f"今天到期（24:00 前办理）{note}")
    text = f"还剩 {left} 个工作日（{when}）" if left else f"之前没有工作日了（{when}）"
    return Remaining(left, "soon" if left <= soon else "ample", text + note)


def _uncertainty_text(years: tuple[int, ...]) -> str:
    if not years:
        return ""
    named = "、".join(str(year) for year in years)
    return f"；{named} 年放假安排尚未录入，暂按周一至周五计算"


def _day_text(day: date, today: date) -> str:
    text = f"{day.month}月{day.day}日"
    return text if day.year == today.year else f"{day.year}年{text}"


def _days(after: date, until: date) -> Iterator[date]:
    day = after
    while day < until:
        day += ONE_DAY
        yield day


def _uncertain(start: date, end: date, calendar: WorkCalendar) -> tuple[int, ...]:
    first = (start + ONE_DAY).year
    return tuple(year for year in range(first, end.year + 1) if year not in calendar.years)
