"""The token of a small question: `until.nonce.seal[.seal…]`, one keyed seal for each right answer. Nothing is stored.

Whoever holds a token can neither read an answer from it nor lengthen its life; it is known again by `until.nonce`, so
that leaving out or reordering seals gives no second use.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime

from core.sdk.questions import LONGEST_ANSWER, MOST_ANSWERS, PublicQuestion, plain

_LONGEST_TOKEN = 12 + 1 + 16 + MOST_ANSWERS * 65


def token_for(question: PublicQuestion, until: int, nonce: str, seal: Callable[[str], str]) -> str:
    """`until` in seconds since 1970; `seal` is keyed and of one district."""
    return ".".join((str(until), nonce, *(seal(f"{plain(one)}:{until}:{nonce}") for one in question.answers)))


def name_of(token: str, answer: str, now: datetime, seal: Callable[[str], str]) -> str:
    """By what the token is known, if the answer is right and in time; empty: it is not."""
    if len(token) > _LONGEST_TOKEN or len(answer) > 2 * LONGEST_ANSWER:
        return ""
    until, nonce, *sealed = (*token.split("."), "", "")
    if not (until.isascii() and until.isdigit() and len(until) < 12) or int(until) < now.timestamp():
        return ""
    mine = seal(f"{plain(answer)}:{until}:{nonce}").encode()
    right = [hmac.compare_digest(mine, one.encode("utf-8", "replace")) for one in sealed if one]
    return f"{until}.{nonce}" if any(right) else ""
