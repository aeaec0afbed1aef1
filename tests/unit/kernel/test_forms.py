"""What people type becomes a form, or every error at its field."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from core.kernel.forms import decode, describe, flatten, unflatten
from core.problems import FieldError, Invalid


class Land(StrEnum):
    GRAIN = "grain"
    CASH = "cash"


LABELS = {Land.GRAIN: "粮食", Land.CASH: "经济作物"}
Money = Annotated[Decimal, Meta(extra={"widget": "money", "ge": 0})]


class Child(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(title="姓名", min_length=2, max_length=10)]
    born: Annotated[date | None, Meta(title="出生日期")] = None
    id_number: Annotated[str, Meta(title="身份证号", pattern="^[0-9]{17}[0-9X]$")] = ""


class Everything(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    applicant: Annotated[str, Meta(title="申请人", max_length=50)]
    wages: Annotated[Money, Meta(title="工资")]
    persons: Annotated[int, Meta(title="人口", ge=1, le=30)]
    consent: Annotated[bool, Meta(title="同意核对")]
    visited: Annotated[date, Meta(title="入户日期")]
    account: Annotated[UUID, Meta(title="调查人", extra={"widget": "account"})]
    land: Annotated[Land, Meta(title="种植", extra={"labels": LABELS})]
    members: Annotated[tuple[Child, ...], Meta(title="成员", min_length=1, max_length=20)]
    at: Annotated[datetime | None, Meta(title="时间")] = None
    lands: Annotated[frozenset[Land], Meta(title="地块", extra={"labels": LABELS})] = frozenset()
    items: Annotated[tuple[Annotated[str, Meta(min_length=2)], ...], Meta(title="材料")] = ()
    notes: Annotated[str, Meta(title="说明", extra={"widget": "textarea"})] = ""
    areas: Annotated[dict[str, Decimal], Meta(title="亩数")] = {}
    ratio: Annotated[Decimal | None, Meta(title="比例", extra={"le": 1, "places": 4})] = None
    spouse: Child | None = None


def filled(**changes: Any) -> dict[str, Any]:
    return {
        "applicant": "王秀英", "wages": "1,200.50", "persons": "４", "consent": "on", "visited": "2026年9月1日",
        "account": "8c9c2c39-5a3c-4a0e-8f57-0a1a2a3a4a5a", "land": "grain", "members": [{"name": "王小明"}],
    } | changes  # fmt: skip


def errors_of(form: type[msgspec.Struct], raw: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        decode(form, raw)
    return {e.field: e.message for e in caught.value.fields}


def test_what_people_type_is_understood() -> None:
    form = decode(Everything, filled(applicant=" 王秀英 ", items="户口页\n\n 残疾证 ", lands=["cash"]))
    assert form.applicant == "王秀英"
    assert form.wages == Decimal("1200.50")
    assert form.persons == 4
    assert form.consent is True
    assert form.visited == date(2026, 9, 1)
    assert form.items == ("户口页", "残疾证")
    assert form.lands == {Land.CASH}


def test_all_errors_come_at_once_each_at_its_field() -> None:
    raw = filled(
        applicant="", wages="12块", persons=0, visited="2026-02-30", land="forest", ratio="1.2",
        members=[{"name": "王小明"}, {"name": "李", "id_number": "123", "born": "昨天"}],
    )  # fmt: skip
    errors = errors_of(Everything, raw)
    assert errors.keys() == {
        "applicant", "wages", "persons", "visited", "land", "ratio",
        "members.1.name", "members.1.id_number", "members.1.born",
    }  # fmt: skip
    assert errors["applicant"] == "请填写“申请人”"
    assert errors["land"] == "“种植”：请从这些里面选：粮食、经济作物"
    assert errors["persons"] == "“人口”：不能小于 1"
    assert errors["visited"] == "“入户日期”：没有这一天，请检查月份和日期"


def test_a_misspelt_field_is_named_with_the_one_that_was_meant() -> None:
    assert errors_of(Everything, filled(aplicant="x")) == {
        "aplicant": "没有“aplicant”这一栏，是不是“applicant”？"
    }


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1,200.50", "1200.50"),
        ("１２００．５", "1200.5"),
        ("¥1200", "1200"),
        ("1 200 元", "1200"),
        (12, "12"),
        (0.1, "0.1"),
    ],
)
def test_amounts_are_read_as_people_write_them(typed: object, meant: str) -> None:
    assert decode(Everything, filled(wages=typed)).wages == Decimal(meant)


@pytest.mark.parametrize(
    "typed",
    ["1,2", "12,00", "一千", "NaN", "Infinity", "1e3", "-1", "1.234", "9" * 13, True, None, [], {}, "٣"],
)
def test_an_amount_that_could_be_misread_is_asked_again(typed: object) -> None:
    assert errors_of(Everything, filled(wages=typed)).keys() == {"wages"}


def test_a_checkbox_sends_its_hidden_no_first() -> None:
    assert decode(Everything, filled(consent=["false", "true"])).consent is True
    assert decode(Everything, filled(consent="false")).consent is False


def test_unreadable_characters_are_refused_before_the_database_sees_them() -> None:
    assert errors_of(Everything, filled(applicant="王\x00英")).keys() == {"applicant"}
    assert errors_of(Everything, filled(applicant="\ud800")).keys() == {"applicant"}


def test_blank_rows_at_the_end_count_as_not_written() -> None:
    form = decode(Everything, filled(members=[{"name": "王小明"}, {"name": "", "born": ""}]))
    assert len(form.members) == 1
    assert errors_of(Everything, filled(members=[{"name": "", "born": ""}])) == {
        "members": "“成员”：至少要有 1 项，现在是 0 项"
    }


def test_an_optional_group_left_blank_counts_as_not_given() -> None:
    assert decode(Everything, filled(spouse={"name": "", "born": "", "id_number": ""})).spouse is None
    assert errors_of(Everything, filled(spouse={"name": "", "born": "2000-01-01"})).keys() == {"spouse.name"}


class Family(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    members: Annotated[tuple[Child, ...], Meta(title="成员", min_length=1)]


class Correction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    family: Family | None = None


def test_a_blank_row_inside_an_optional_group_is_nothing_given() -> None:
    blank = {"family": {"members": [{"name": "", "born": "", "id_number": ""}]}}
    assert decode(Correction, blank).family is None


def test_a_mapping_may_be_written_line_by_line() -> None:
    assert decode(Everything, filled(areas="小麦=6\n玉米：2.5")).areas == {"小麦": 6, "玉米": Decimal("2.5")}
    assert errors_of(Everything, filled(areas="六亩")).keys() == {"areas"}


def test_a_local_time_is_chinas() -> None:
    form = decode(Everything, filled(at="2026-09-10T08:30"))
    assert form.at == datetime(2026, 9, 10, 0, 30, tzinfo=UTC)


class Period(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("结束日期不能早于开始日期")


class Holder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    period: Period


def test_a_forms_own_check_is_an_error_at_its_place() -> None:
    raw = {"period": {"start": "2026-09-02", "end": "2026-09-01"}}
    assert errors_of(Holder, raw) == {"period": "结束日期不能早于开始日期"}


def test_html_names_become_nested_values_in_row_order() -> None:
    items = [
        ("members-0-name", "甲"),
        ("members-10-name", "丙"),
        ("members[2].name", "乙"),
        ("p", "1"),
        ("p", "2"),
    ]
    assert unflatten([*items, ("_csrf", "x")]) == {
        "members": [{"name": "甲"}, {"name": "乙"}, {"name": "丙"}],
        "p": ["1", "2"],
    }


@pytest.mark.parametrize("names", [("a", "a-b"), ("a-b", "a"), ("a-" * 20,), ("---",)])
def test_contradictory_names_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(Invalid):
        unflatten([(name, "1") for name in names])


def test_a_form_is_described_for_rendering() -> None:
    specs = {spec.name: spec for spec in describe(Everything)}
    assert {name: spec.widget for name, spec in specs.items()} == {
        "applicant": "text", "wages": "money", "persons": "number", "consent": "yes_no", "visited": "date",
        "account": "account", "land": "radio", "members": "rows", "at": "datetime", "lands": "checkboxes",
        "items": "lines", "notes": "textarea", "areas": "pairs", "ratio": "number", "spouse": "group",
    }  # fmt: skip
    assert specs["land"].choices == (("grain", "粮食"), ("cash", "经济作物"))
    assert (specs["wages"].step, specs["wages"].unit, specs["wages"].minimum) == ("0.01", "元", "0")
    assert [nested.name for nested in specs["members"].nested] == ["name", "born", "id_number"]
    assert specs["applicant"].required
    assert not specs["notes"].required


def test_a_type_no_form_can_hold_is_refused_by_name() -> None:
    class Wrong(msgspec.Struct):
        raw: bytes

    with pytest.raises(TypeError, match=r"Wrong\.raw"):
        describe(Wrong)


names = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=10)
amounts = st.decimals(0, 10**11, places=2, allow_nan=False)
days = st.dates(date(1900, 1, 1), date(2199, 12, 31))
children = st.builds(
    Child, names, st.none() | days, st.from_regex("[0-9]{17}[0-9X]", fullmatch=True) | st.just("")
)
forms = st.builds(
    Everything,
    applicant=names,
    wages=amounts,
    persons=st.integers(1, 30),
    consent=st.booleans(),
    visited=days,
    account=st.uuids(),
    land=st.sampled_from(Land),
    members=st.lists(children, min_size=1, max_size=4).map(tuple),
    at=st.none() | st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC)),
    lands=st.frozensets(st.sampled_from(Land)),
    items=st.lists(names, max_size=3).map(tuple),
    notes=names | st.just(""),
    areas=st.dictionaries(names, amounts, max_size=2),
    ratio=st.none() | st.decimals(0, 1, places=4),
    spouse=st.none() | children,
)


@given(forms)
def test_a_form_sent_as_json_comes_back_the_same(form: Everything) -> None:
    assert decode(Everything, msgspec.json.decode(msgspec.json.encode(form))) == form


@given(forms)
def test_a_form_sent_as_html_comes_back_the_same(form: Everything) -> None:
    assert decode(Everything, unflatten(flatten(msgspec.to_builtins(form)))) == form


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["name", "born", "x"]) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
field_names = st.sampled_from([spec.name for spec in describe(Everything)]) | st.text(max_size=8)


@given(st.dictionaries(field_names, json_values, max_size=15) | json_values)
def test_whatever_is_sent_the_only_error_is_invalid(raw: Any) -> None:
    wrong: list[FieldError] = []
    try:
        decode(Everything, raw)
    except Invalid as invalid:
        wrong.extend(invalid.fields or [FieldError("", "")])
    assert all(error.message for error in wrong)


@given(
    st.lists(
        st.tuples(st.text(max_size=20) | st.from_regex(r"[a-c](-[0-9a-c]){0,4}"), st.text(max_size=5)),
        max_size=8,
    )
)
def test_whatever_names_a_form_sends_the_only_error_is_invalid(items: list[tuple[str, str]]) -> None:
    with contextlib.suppress(Invalid):
        assert isinstance(unflatten(items), dict)
