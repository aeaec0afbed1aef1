"""What a new password must be."""

import pytest

from core.access.passwords import normalised, temporary, weaknesses


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("Ab1-xyz", "至少要 10 位"),
        ("x" * 150 + "Y1-" * 20, "不能超过 200 位"),
        ("alllowercase1", "要含大写字母、小写字母、数字、符号中的三种"),
        ("Wangfang-77", "不能含有账号名"),
        ("gnafgnaW-77", "不能含有账号名"),
        ("Password@123", "太常见，容易被猜到"),
        ("Aa123456!!", "太常见，容易被猜到"),
        ("Aa1aaaAAA111", "太常见，容易被猜到"),
    ],
)
def test_a_weak_password_is_named_for_what_it_lacks(password: str, says: str) -> None:
    assert says in weaknesses(password, "wangfang") or says in weaknesses(password, "")


@pytest.mark.parametrize("password", ["Shuiqiao-2026", "三月的雨rainMarch9", "kongtong mountain 8"])
def test_a_good_password_is_taken(password: str) -> None:
    assert weaknesses(password, "wangfang") == ()


def test_full_width_characters_are_the_same_password() -> None:
    assert normalised("Ｓhuiqiao－２０２６") == "Shuiqiao-2026"


def test_all_weaknesses_are_told_at_once() -> None:
    assert len(weaknesses("abc", "abc")) >= 3


def test_temporary_passwords_are_good_and_never_twice_the_same() -> None:
    made = {temporary() for _ in range(50)}
    assert len(made) == 50
    assert all(weaknesses(password, "") == () for password in made)
