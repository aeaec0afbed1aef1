"""What is sealed is judged by its answers and its time alone, however a villager writes it."""

from __future__ import annotations

import hmac
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sdk import PublicQuestion
from core.web.question_seals import name_of, token_for

NOW = datetime(2026, 9, 10, tzinfo=UTC)
UNTIL = int(NOW.timestamp()) + 60


def seal(text: str) -> str:
    return hmac.digest(b"one district", text.encode(), "sha256").hex()


@given(st.text(min_size=1, max_size=40).filter(lambda t: t.strip() and len(t) < 20), st.text(max_size=40))
def test_a_right_answer_is_taken_and_anything_else_is_not(right: str, other: str) -> None:
    try:
        question = PublicQuestion("？", (right,))
    except ValueError:
        return
    token = token_for(question, UNTIL, "00" * 8, seal)
    assert name_of(token, f" {right} ", NOW, seal) == f"{UNTIL}.{'00' * 8}"
    same = name_of(token_for(PublicQuestion("？", ("x",)), UNTIL, "00" * 8, seal), other, NOW, seal)
    assert bool(same) == (unicodedata.normalize("NFKC", other).casefold().split() == ["x"])


@pytest.mark.parametrize(
    "token", ["", ".", "..", "9" * 400, f"{UNTIL}.ab", f"{UNTIL}.ab.\ud800", "²²²²²²²²²².ab.cd", "-1.ab.cd"]
)
def test_what_is_no_token_of_ours_is_not_taken(token: str) -> None:
    assert name_of(token, "12", NOW, seal) == ""


def test_a_token_of_yesterday_is_not_taken() -> None:
    token = token_for(PublicQuestion("六加六等于几？", ("12",)), UNTIL - 61, "ab", seal)
    assert name_of(token, "12", NOW, seal) == ""


@pytest.mark.parametrize(
    ("question", "answers"),
    [("", ("a",)), ("？", ()), ("？", (" ",)), ("？", ("a" * 41,)), ("？" * 121, ("a",))],
)
def test_a_question_nobody_could_answer_is_refused(question: str, answers: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="小题"):
        PublicQuestion(question, answers)
