from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.registry.resident_id import check_character, contradictions, parse


@pytest.mark.parametrize("number", ["620802195001010011", "620802195202020021", "620802201503030037"])
def test_the_standards_test_numbers_are_valid(number: str) -> None:
    assert parse(number).number == number


def test_a_small_x_spaces_and_full_width_digits_are_forgiven() -> None:
    first17 = next(f for i in range(999) if check_character(f := f"62080219500101{i:03d}") == "X")
    assert parse(f" {first17[:6]} {first17[6:]}x").number == first17 + "X"
    assert parse("６２０８０２１９５００１０１００１１").number == "620802195001010011"


def test_an_old_number_is_converted_and_says_so() -> None:
    parsed = parse("620802500101001")
    assert parsed.number == "620802195001010011"
    assert parsed.converted


def test_birth_date_and_sex_are_read_from_the_number() -> None:
    parsed = parse("620802195202020021")
    assert parsed.birth_date == date(1952, 2, 2)
    assert parsed.sex == "female"
    assert contradictions(parsed, date(1952, 2, 3), "male") != ()
    assert contradictions(parsed, date(1952, 2, 2), "female") == ()


@given(st.integers(0, 17), st.integers(1, 9))
def test_any_single_wrong_digit_is_noticed(position: int, shift: int) -> None:
    number = "620802195001010011"
    wrong = number[:position] + str((int(number[position]) + shift) % 10) + number[position + 1 :]
    with pytest.raises(ValueError, match="身份证号"):
        parse(wrong)


def is_a_number(text: str) -> bool:
    """Whether these characters happen to be a valid number."""
    try:
        return bool(parse(text))
    except ValueError:
        return False


@given(st.text(max_size=20).filter(lambda text: not is_a_number(text)))
def test_garbage_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="身份证号"):
        parse(text)
