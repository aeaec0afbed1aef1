"""Working days, postings and totals, against the State Council's own calendar for 2025 and 2026."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.deadline import (
    CalendarYear,
    Due,
    ExtensionReason,
    WorkCalendar,
    add_calendar_days,
    add_working_days,
    earlier,
    official_calendar,
    posting_ends,
    posting_may_end,
    remaining,
    total_days,
    total_due,
    working_days_between,
)

OFFICIAL = official_calendar()
PLAIN = WorkCalendar()

days = st.dates(min_value=date(2004, 1, 1), max_value=date(2026, 8, 1))
far_days = st.dates(min_value=date(2020, 1, 1), max_value=date(2035, 1, 1))
counts = st.integers(min_value=0, max_value=60)


def test_the_day_of_the_event_is_not_counted() -> None:
    monday = date(2026, 9, 7)
    assert add_working_days(monday, 3, OFFICIAL).date == date(2026, 9, 10)


def test_a_holiday_is_skipped_and_a_make_up_day_is_counted() -> None:
    wednesday = date(2026, 9, 30)
    assert add_working_days(wednesday, 1, OFFICIAL).date == date(2026, 10, 8)
    assert add_working_days(wednesday, 3, OFFICIAL).date == date(2026, 10, 10), "a Saturday worked instead"


def test_a_sunday_before_the_holiday_is_worked() -> None:
    assert OFFICIAL.is_working_day(date(2026, 9, 20))


def test_thirty_working_days_from_acceptance_run_over_the_spring_festival() -> None:
    assert total_due(date(2026, 2, 2), OFFICIAL, days=30) == Due(date(2026, 3, 20))


def test_a_year_without_an_arrangement_counts_monday_to_friday_and_says_so() -> None:
    due = add_working_days(date(2026, 12, 30), 5, OFFICIAL)
    assert due == Due(date(2027, 1, 6), (2027,))


def test_a_deadline_that_stays_inside_known_years_is_certain() -> None:
    assert add_working_days(date(2026, 12, 24), 5, OFFICIAL).uncertain_years == ()


def test_an_event_on_new_years_eve_counts_in_the_next_year_only() -> None:
    assert add_working_days(date(2026, 12, 31), 1, OFFICIAL).uncertain_years == (2027,)


def test_a_province_that_enters_the_whole_year_makes_it_certain() -> None:
    calendar = OFFICIAL.with_years({2027: CalendarYear(off=(date(2027, 1, 1),), complete=True)})
    assert add_working_days(date(2026, 12, 30), 5, calendar) == Due(date(2027, 1, 7))


def test_a_local_holiday_is_laid_over_the_official_year() -> None:
    eid = date(2026, 3, 20)
    calendar = OFFICIAL.with_years({2026: CalendarYear(off=(eid,))})
    assert OFFICIAL.is_working_day(eid)
    assert not calendar.is_working_day(eid)
    assert not calendar.is_working_day(date(2026, 10, 1)), "the official holidays stay"


def test_a_local_holiday_alone_does_not_make_a_year_certain() -> None:
    calendar = OFFICIAL.with_years({2027: CalendarYear(off=(date(2027, 3, 10),))})
    assert add_working_days(date(2027, 3, 1), 1, calendar).uncertain_years == (2027,)


def test_a_complete_year_replaces_the_official_one() -> None:
    calendar = OFFICIAL.with_years({2026: CalendarYear(complete=True)})
    assert calendar.is_working_day(date(2026, 10, 1))
    assert not calendar.is_working_day(date(2026, 9, 20))


def test_a_province_may_work_on_an_official_holiday() -> None:
    calendar = OFFICIAL.with_years({2026: CalendarYear(on=(date(2026, 10, 2),))})
    assert calendar.is_working_day(date(2026, 10, 2))


def test_a_day_under_the_wrong_year_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="2027 年的放假安排里写了 2026-01-01"):
        OFFICIAL.with_years({2027: CalendarYear(off=(date(2026, 1, 1),))})


def test_a_day_both_off_and_worked_is_refused() -> None:
    both = (date(2027, 1, 1),)
    with pytest.raises(ValueError, match="2027-01-01 既写成放假又写成上班"):
        OFFICIAL.with_years({2027: CalendarYear(off=both, on=both)})


def test_a_posting_hangs_seven_full_days_after_the_day_it_was_put_up() -> None:
    put_up = date(2026, 9, 1)
    assert posting_ends(put_up) == date(2026, 9, 8)
    assert not posting_may_end(put_up, date(2026, 9, 8))
    assert posting_may_end(put_up, date(2026, 9, 9))


def test_a_posting_of_no_days_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one full day"):
        posting_ends(date(2026, 9, 1), 0)


def test_the_total_is_30_days_20_where_the_township_confirms_and_45_with_a_reason() -> None:
    assert total_days(delegated=False) == 30
    assert total_days(delegated=True) == 20
    assert total_days(delegated=True, reason=ExtensionReason.OBJECTION) == 45


def test_an_extension_counts_from_acceptance_and_never_twice() -> None:
    accepted = date(2026, 6, 1)
    first = total_due(accepted, OFFICIAL, days=20, reason=ExtensionReason.OBJECTION)
    second = total_due(accepted, OFFICIAL, days=30, reason=ExtensionReason.HARD_INVESTIGATION)
    assert first == second == add_working_days(accepted, 45, OFFICIAL)


def test_a_total_above_the_statutory_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 30"):
        total_due(date(2026, 6, 1), OFFICIAL, days=31)


def test_every_reason_for_an_extension_has_a_chinese_label() -> None:
    assert all(reason.label for reason in ExtensionReason)


def test_of_two_deadlines_the_earlier_one_warns() -> None:
    assert earlier(Due(date(2026, 9, 9)), Due(date(2026, 9, 8), (2027,))) == Due(date(2026, 9, 8), (2027,))


def test_a_deadline_before_its_event_is_refused() -> None:
    with pytest.raises(ValueError, match="2 working days before"):
        add_working_days(date(2026, 9, 1), -2, OFFICIAL)
    with pytest.raises(ValueError, match="2 days before"):
        add_calendar_days(date(2026, 9, 1), -2)


@pytest.mark.parametrize(
    ("today", "text", "urgency"),
    [
        (date(2026, 9, 7), "还剩 3 个工作日（9月10日到期）", "soon"),
        (date(2026, 9, 1), "还剩 7 个工作日（9月10日到期）", "ample"),
        (date(2026, 9, 10), "今天到期（24:00 前办理）", "today"),
        (date(2026, 9, 14), "已超期 2 个工作日", "overdue"),
    ],
)
def test_a_deadline_tells_people_how_it_stands(today: date, text: str, urgency: str) -> None:
    shown = remaining(Due(date(2026, 9, 10)), today, OFFICIAL)
    assert (shown.text, shown.urgency) == (text, urgency)


def test_a_deadline_missed_over_a_weekend_is_overdue_without_a_working_day() -> None:
    friday = date(2026, 9, 11)
    shown = remaining(Due(friday), friday + timedelta(days=1), OFFICIAL)
    assert (shown.text, shown.urgency) == ("已过期限（9月11日到期）", "overdue")


def test_a_calendar_deadline_on_a_sunday_does_not_promise_a_working_day() -> None:
    saturday = date(2026, 9, 12)
    shown = remaining(add_calendar_days(saturday, 1), saturday, OFFICIAL)
    assert shown.text == "之前没有工作日了（9月13日到期）"


def test_a_deadline_in_an_uncertain_year_says_so_wherever_it_is_shown() -> None:
    due = add_working_days(date(2026, 12, 30), 5, OFFICIAL)
    shown = remaining(due, date(2026, 12, 31), OFFICIAL)
    assert shown.text == "还剩 4 个工作日（2027年1月6日到期）；2027 年放假安排尚未录入，暂按周一至周五计算"


@given(start=days, n=st.integers(min_value=1, max_value=60))
def test_a_deadline_falls_on_a_working_day_exactly_n_working_days_later(start: date, n: int) -> None:
    due = add_working_days(start, n, OFFICIAL)
    assert OFFICIAL.is_working_day(due.date)
    assert working_days_between(start, due.date, OFFICIAL) == n


@given(start=days, n=counts, m=counts)
def test_counting_in_two_steps_is_counting_in_one(start: date, n: int, m: int) -> None:
    first = add_working_days(start, n, OFFICIAL).date
    assert add_working_days(first, m, OFFICIAL).date == add_working_days(start, n + m, OFFICIAL).date


@given(start=far_days, n=st.integers(min_value=1, max_value=300))
def test_exactly_the_counted_years_without_an_arrangement_are_named(start: date, n: int) -> None:
    due = add_working_days(start, n, OFFICIAL)
    counted = {(start + timedelta(days=k)).year for k in range(1, (due.date - start).days + 1)}
    assert set(due.uncertain_years) == counted - OFFICIAL.years


@given(start=far_days, n=counts)
def test_without_any_arrangement_only_weekends_are_skipped(start: date, n: int) -> None:
    due = add_working_days(start, n, PLAIN).date
    weekdays = [start + timedelta(days=k) for k in range(1, (due - start).days + 1)]
    assert sum(day.weekday() < 5 for day in weekdays) == n


@given(due=days, today=days)
def test_what_is_left_is_never_negative_before_and_never_positive_after(due: date, today: date) -> None:
    shown = remaining(Due(due), today, OFFICIAL)
    assert (shown.urgency == "overdue") == (today > due) == (not Due(due).met_on(today))
    assert shown.days >= 0 if today <= due else shown.days <= 0


@given(accepted=days)
def test_an_extension_never_shortens_a_total(accepted: date) -> None:
    plain = total_due(accepted, OFFICIAL, days=30)
    longer = total_due(accepted, OFFICIAL, days=30, reason=ExtensionReason.OTHER_PLACE)
    assert longer.date > plain.date
