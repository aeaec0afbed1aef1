"""What a mask shows and what it hides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.access.masking import Sensitive, mask, mask_bank_account, mask_id_number, mask_name, mask_phone


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (mask_id_number("620802195202020021"), "620802********0021"),
        (mask_phone("13900001234"), "139****1234"),
        (mask_bank_account("6217000010001234567"), "***************4567"),
        (mask_name("张三"), "张*"),
        (mask_name("王小明"), "王**"),
        (mask_name("欧阳锋"), "欧阳*"),
        (mask_name("张"), "张"),
        (mask(Sensitive.ADDRESS, "崆峒镇水桥村三组12号"), "崆峒镇水桥村****"),
    ],
)
def test_a_mask_leaves_what_helps_to_recognise_and_no_more(shown: str, expected: str) -> None:
    assert shown == expected


def test_the_birth_date_is_behind_the_mask() -> None:
    assert "19520202" not in mask_id_number("620802195202020021")


@pytest.mark.parametrize("short", ["", "1", "6217", "1234567"])
def test_what_is_too_short_to_be_masked_in_the_middle_is_hidden_altogether(short: str) -> None:
    assert set(mask_bank_account(short)) <= {"*"}


digits = st.text("0123456789X", max_size=25)


@given(st.sampled_from([Sensitive.ID_NUMBER, Sensitive.PHONE, Sensitive.BANK_ACCOUNT]), digits)
def test_at_least_four_characters_are_always_hidden(kind: Sensitive, value: str) -> None:
    masked = mask(kind, value)
    assert len(masked) == len(value)
    assert masked.count("*") >= min(4, len(value))


def test_every_sensitive_field_has_a_chinese_name() -> None:
    assert all(field.label for field in Sensitive)
