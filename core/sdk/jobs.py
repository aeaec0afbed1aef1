"""Background work of plugins: run by the worker, for one tenant, at a time or by the clock; repeated when it fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from core.plugin_host.payload import PluginContext


@dataclass(frozen=True, slots=True)
class LongWork:
    """Work that takes minutes or hours, as it stands now. `seconds_left` is None before there is a pace; not `open`: over.

    `note` says more (counts, the step); never who it is about.
    """

    label: str
    percent: int
    seconds_left: float | None = None
    note: str = ""
    open: bool = True


RunJob = Callable[[PluginContext, Mapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of work. Queued by `platform.enqueue(tx, name, payload)`; with `every` also by the clock, payload empty.

    `run` is idempotent: it may be delivered again after a crash. It raises to be tried again later (with growing
    pauses); after the last try it is kept as a dead letter. `timeout` is in seconds.
    """

    name: str
    run: RunJob
    every: timedelta | None = None
    timeout: float = 60.0
