"""The attendance code the host shows in the room: six digits of the session and the minute, kept nowhere. Pure.

It proves that somebody who sees the screen typed it; a member who is told it over the phone can cheat, so the host looks
round the room and unticks who is not there.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

PERIOD = 120
"""Seconds a code is shown. It is taken until the next one has passed, for those who type slowly."""
TRIES = 5
"""Wrong codes one member may type in a session; then only the host can tick her."""

Digest = Callable[[str], bytes]


def code(digest: Digest, session_id: UUID, at: datetime) -> str:
    """The code shown at `at`. `digest` is a keyed digest of a text."""
    return _of(digest, session_id, _window(at))


def holds(digest: Digest, session_id: UUID, at: datetime, typed: str) -> bool:
    """Whether what was typed is the present code, or the one just before it."""
    given = "".join(typed.split())
    window = _window(at)
    return any(
        hmac.compare_digest(_of(digest, session_id, w).encode(), given.encode()) for w in (window, window - 1)
    )


def remaining(at: datetime) -> int:
    """Seconds until the next code is shown."""
    return PERIOD - int(at.timestamp()) % PERIOD


def _window(at: datetime) -> int:
    return int(at.timestamp()) // PERIOD


def _of(digest: Digest, session_id: UUID, window: int) -> str:
    number = int.from_bytes(digest(f"{session_id}:{window}")[:8], "big") % 1_000_000
    return f"{number:06d}"
