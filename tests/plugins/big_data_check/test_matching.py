"""Whose record is it? The ID number decides; without one only a suspicion, and never another valid number."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from core.registry.resident_id import check_character
from plugins.big_data_check.matching import Certainty, Identity, Wanted, compare, other_century

AREA = "620802001001"


def number(born: date, order: int = 1, area: str = "620802") -> str:
    body = f"{area}{born:%Y%m%d}{order:03d}"
    return body + check_character(body)


def old_number(born: date, order: int = 1) -> str:
    return f"620802{born:%y%m%d}{order:03d}"


def wanted(born: date = date(1951, 1, 1), order: int = 1, name: str = "王建国") -> Wanted:
    return Wanted(uuid4(), name, number(born, order), born, AREA)


births = st.dates(date(1920, 1, 1), date(2020, 12, 31))
orders = st.integers(0, 999)


@given(births, orders, st.text("王李张建国红梅", min_size=2, max_size=4))
def test_the_same_number_is_the_same_person_however_the_name_is_written(
    born: date, order: int, name: str
) -> None:
    match = compare(wanted(born, order), Identity(name, number(born, order)))
    assert match.certainty is Certainty.SAME
    assert ("写法不同" in match.explanation) == (name != "王建国")


@given(st.dates(date(1920, 1, 1), date(1999, 12, 31)), orders)
def test_an_old_number_of_15_digits_is_found_and_said_to_be_converted(born: date, order: int) -> None:
    match = compare(wanted(born, order), Identity("王建国", old_number(born, order)))
    assert match.certainty is Certainty.SAME
    assert "15位" in match.explanation


@given(births, orders, orders)
def test_another_valid_number_is_another_person_however_alike_the_rest(
    born: date, order: int, other: int
) -> None:
    found = compare(wanted(born, order), Identity("王建国", number(born, other), born, AREA))
    assert (found.certainty is Certainty.SAME) == (order == other)
    assert found.certainty is not Certainty.NAMESAKE


@given(
    births,
    births,
    st.sampled_from(["王建国", "王建囯"]),
    st.sampled_from([AREA, "620802", "621122001001", ""]),
)
def test_without_a_number_only_name_birth_date_and_district_together_make_a_suspicion(
    born: date, other: date, name: str, area: str
) -> None:
    match = compare(wanted(born), Identity(name, "", other, area))
    alike = born == other and name == "王建国" and area.startswith("620802")
    assert match.certainty is (Certainty.NAMESAKE if alike else Certainty.OTHER)


def test_a_misspelt_number_still_gives_the_birth_date_for_a_suspicion() -> None:
    born = date(1951, 1, 1)
    right = number(born)
    wrong = right[:17] + ("0" if right[17] != "0" else "1")
    match = compare(wanted(born), Identity("王 建国", wrong, None, AREA))
    assert match.certainty is Certainty.NAMESAKE
    assert "有误" in match.explanation


def test_names_of_minorities_are_the_same_with_any_dot() -> None:
    match = compare(wanted(name="阿卜杜拉·买买提"), Identity("阿卜杜拉•买买提", number(date(1951, 1, 1))))
    assert "写法不同" not in match.explanation


def test_a_number_of_the_wrong_century_is_a_suspicion_and_only_under_the_same_name() -> None:
    right, wrong = number(date(1951, 1, 1)), number(date(2051, 1, 1))
    assert other_century(right) == wrong
    assert other_century(wrong) == right
    wanted = Wanted(uuid4(), "王建国", right, date(1951, 1, 1), "620802001001")
    match = compare(wanted, Identity("王建国", wrong))
    assert match.certainty is Certainty.NAMESAKE
    assert "世纪" in match.explanation
    assert compare(wanted, Identity("李四", wrong)).certainty is Certainty.OTHER
