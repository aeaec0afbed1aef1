"""Where a run stands, as the engine says it: one JSON line for each step."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` in rows to read; `seconds` left by the pace so far, None before there is one."""

    step: str
    done: int
    total: int
    seconds: float | None


Tell = Callable[[Progress], None]


def say_failed(error: Exception) -> str:
    """The same for the end by an error: its class only, because its message may quote a row."""
    return json.dumps({"failed": type(error).__name__})


def say(progress: Progress) -> str:
    """One JSON line for whoever watches the process."""
    return json.dumps(
        {"step": progress.step, "done": progress.done, "total": progress.total, "left": progress.seconds}
    )
