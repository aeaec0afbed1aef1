"""The small question before a public form is taken: what a plugin hands in. Core seals, expires and judges it.

Text only: it is read aloud as well, needs no script and no third party.
"""

from __future__ import annotations

import unicodedata

import msgspec

LONGEST_QUESTION, LONGEST_ANSWER, MOST_ANSWERS = 120, 40, 5


class PublicQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question, and every answer that is right; they are compared by `plain`.

    Raises ValueError for a question nobody could answer, or that is too long for a page.
    """

    question: str
    answers: tuple[str, ...]

    def __post_init__(self) -> None:
        if not (self.question.strip() and len(self.question) <= LONGEST_QUESTION):
            raise ValueError(f"小题要有题目，不超过 {LONGEST_QUESTION} 个字")
        if not 0 < len(self.answers) <= MOST_ANSWERS:
            raise ValueError(f"每道小题写 1 到 {MOST_ANSWERS} 个算对的答案")
        if not all(0 < len(plain(answer)) <= LONGEST_ANSWER for answer in self.answers):
            raise ValueError(f"小题的答案不能空着，不超过 {LONGEST_ANSWER} 个字")


def plain(answer: str) -> str:
    """An answer as it is compared: full-width as half-width, small letters, without spaces and leading zeros."""
    text = "".join(unicodedata.normalize("NFKC", answer).casefold().split())
    return str(int(text)) if text.isascii() and text.isdigit() and len(text) <= LONGEST_ANSWER else text
