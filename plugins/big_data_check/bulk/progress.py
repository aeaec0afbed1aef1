"""Where a run stands: one JSON line for each step of the engine; all three parts of a re-check as one percentage."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` in rows to read; `seconds` left by the pace so far, None before there is one."""

    step: str
    done: int
    total: int
    seconds: float | None


PARTS: Mapping[str, tuple[int, int]] = {
    "queued": (0, 0),
    "gathering": (0, 30),
    "computing": (30, 50),
    "filing": (80, 20),
}
"""Where each part of a re-check begins and how wide it is, in per cent of the whole."""


def percent_of(state: str, done: int, total: int) -> int:
    """Of the whole re-check, `done` of `total` being those of the part it is in; 100 when it has ended."""
    if state not in PARTS:
        return 100
    begin, width = PARTS[state]
    return min(99, begin + (min(done, total) * width // total if total > 0 else 0))


Tell = Callable[[Progress], None]


def say_failed(error: Exception) -> str:
    """The same for the end by an error: its class only, because its message may quote a row."""
    return json.dumps({"failed": type(error).__name__})


def say(progress: Progress) -> str:
    """One JSON line for whoever watches the process."""
    return json.dumps(
        {"step": progress.step, "done": progress.done, "total": progress.total, "left": progress.seconds}
    )
