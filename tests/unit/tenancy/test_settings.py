"""A district's settings: the law's defaults, what no district may set, and words for every field."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from core.access.kinship import NEAR_RELATIVES as LAW
from core.access.kinship import Degree
from core.kernel.deadline import official_calendar
from core.kernel.forms import describe
from core.tenancy import settings
from core.tenancy.settings import CalendarYear, TenantSettings, problems_of
from core.tenancy.strict import read

LEAST = {"name": "某区", "office_name": "某区民政局", "supervision_phone": "0933-8210000"}


def made(**given: Any) -> TenantSettings:
    value, problems = read(TenantSettings, {**LEAST, **given}, "tenant.toml")
    assert problems == []
    assert value is not None
    return value


def test_defaults_are_the_laws() -> None:
    found = made()
    assert (found.total_working_days, found.posting_days, found.spot_check_percent) == (30, 7, Decimal(30))
    assert set(found.recusal_degrees) == {str(d) for d in LAW} == set(found.relative_flag_degrees)
    assert problems_of(found) == []


def test_degree_names_are_those_kinship_computes() -> None:
    assert set(settings._DEGREE_LABELS) == {str(d) for d in Degree} - {"member"}


@pytest.mark.parametrize("days", [6, 8, 0])
def test_a_posting_stands_seven_days_and_no_others(days: int) -> None:
    _, problems = read(TenantSettings, {**LEAST, "posting_days": days}, "tenant.toml")
    assert [p.key for p in problems] == ["posting_days"]


def test_more_than_thirty_working_days_are_refused() -> None:
    _, problems = read(TenantSettings, {**LEAST, "total_working_days": 31}, "tenant.toml")
    assert "不能大于 30" in str(problems[0])


def test_a_district_whose_townships_confirm_has_twenty_working_days() -> None:
    assert [key for key, _ in problems_of(made(delegated=True))] == ["total_working_days"]
    assert problems_of(made(delegated=True, total_working_days=20)) == []


def test_near_relatives_cannot_be_taken_out_of_recusal() -> None:
    (problem,) = problems_of(made(recusal_degrees=["spouse", "child", "grandparent", "grandchild", "parent"]))
    assert problem == ("recusal_degrees", "近亲属不能少：缺 兄弟姐妹（sibling）（57号 11；民法典 1045）")


@pytest.mark.parametrize("share", [Decimal("-1"), Decimal("100.01"), Decimal("NaN")])
def test_a_share_is_a_percentage(share: Decimal) -> None:
    odd = msgspec.structs.replace(made(), spot_check_percent=share)
    assert [key for key, _ in problems_of(odd)] == ["spot_check_percent"]


def test_an_unknown_plugin_key_is_kept_for_the_plugins_own_type_to_judge() -> None:
    assert made(plugins={"women_panel": {"size_min": 9}}).plugins == {"women_panel": {"size_min": 9}}


def test_a_provinces_holidays_reach_the_working_calendar() -> None:
    found = made(calendar={"2027": {"off": ["2027-02-08"], "complete": True}})
    calendar = official_calendar().with_years(found.calendar_years)
    assert not calendar.is_working_day(date(2027, 2, 8))
    assert 2027 in calendar.years


@pytest.mark.parametrize(
    ("calendar", "sentence"),
    [
        ({"27": CalendarYear()}, "要写四位年份"),
        ({"2027": CalendarYear(off=(date(2026, 10, 1),))}, "2026-10-01 不是 2027 年的"),
        ({"2027": CalendarYear(off=(date(2027, 5, 3),), on=(date(2027, 5, 3),))}, "既写成放假又写成上班"),
    ],
)
def test_strange_days_are_told(calendar: dict[str, CalendarYear], sentence: str) -> None:
    odd = msgspec.structs.replace(made(), calendar=calendar)
    assert sentence in problems_of(odd)[0][1]


def test_every_setting_has_a_chinese_title_for_the_admin_page() -> None:
    untitled = [spec.name for spec in describe(TenantSettings) if not spec.title or spec.title == spec.name]
    assert untitled == []
