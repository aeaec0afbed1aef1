"""When silent sources are asked again: after twice as long each time, up to a limit, spread so that they do not all come at once."""

from __future__ import annotations

from datetime import timedelta

SOON = timedelta(minutes=1)
"""The first look for an answer that was promised."""


def pause(first: timedelta, times: int, longest: timedelta, spread: float = 0.5) -> timedelta:
    """How long to wait after the `times`-th asking (from 1). `spread` in [0, 1] moves it by up to a tenth either way."""
    grown = min(first * (1 << min(max(times, 1) - 1, 20)), longest)
    return grown * (0.9 + 0.2 * spread)
