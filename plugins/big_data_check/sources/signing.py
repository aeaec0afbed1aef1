"""Signed messages between this system and the provincial platform: who sent it, when, once, and unchanged.

    X-Signature = HMAC-SHA256(key, METHOD \n PATH \n X-Timestamp \n X-Nonce \n SHA-256(body))     hex, lower case

The timestamp is Unix seconds; five minutes apart is refused, and so is a nonce seen before. Pure; standard library only.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

TOLERANCE = 300
"""Seconds two clocks may differ."""


def signature(key: bytes, method: str, path: str, timestamp: str, nonce: str, body: bytes) -> str:
    text = "\n".join((method.upper(), path, timestamp, nonce, hashlib.sha256(body).hexdigest()))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def headers(
    key: bytes, key_id: str, method: str, path: str, body: bytes, now: int, nonce: str
) -> dict[str, str]:
    """What a request carries beside its body."""
    stamp = str(now)
    return {
        "X-Key-Id": key_id,
        "X-Timestamp": stamp,
        "X-Nonce": nonce,
        "X-Signature": signature(key, method, path, stamp, nonce, body),
    }


def holds(key: bytes, method: str, path: str, body: bytes, sent: Mapping[str, str], now: int) -> bool:
    """Whether the headers sent belong to this request and are fresh; repeated nonces are the receiver's to remember."""
    stamp, nonce = sent.get("x-timestamp", ""), sent.get("x-nonce", "")
    if not stamp.isdecimal() or len(stamp) > 12 or not nonce or abs(int(stamp) - now) > TOLERANCE:
        return False
    expected = signature(key, method, path, stamp, nonce, body)
    return hmac.compare_digest(expected.encode(), sent.get("x-signature", "").encode())


def ready_signature(key: bytes, query: str, ticket: str, at: int) -> str:
    """Of the callback "the answer to this query is ready": it carries no data, only a reason to come and fetch."""
    return hmac.new(key, f"ready\n{query}\n{ticket}\n{at}".encode(), hashlib.sha256).hexdigest()


def ready_holds(key: bytes, query: str, ticket: str, at: int, sent: str, now: int) -> bool:
    fresh = abs(at - now) <= TOLERANCE
    return fresh and hmac.compare_digest(ready_signature(key, query, ticket, at).encode(), sent.encode())
