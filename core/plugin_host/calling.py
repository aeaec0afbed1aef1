"""Running a stranger's code so that it can only answer, fail or be late: never stop us, never leave anything behind.

Sync code runs in a daemon thread of its own, async code in a task of its own; both have a time limit. What comes back is
checked against the promised type. A coroutine nobody will await is closed, so that no warning surfaces elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
import time
import traceback
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Future, wait
from contextvars import Context
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.plugin_host.conformance import mismatch

_GRACE = 0.1
"""Seconds a cancelled task gets to tidy up before it is left behind."""

_strays: set[asyncio.Task[Any]] = set()
"""Tasks that ignored their cancellation: kept referenced until they end, their outcome is nobody's business."""


class FailureKind(StrEnum):
    RAISED = "raised"
    TIMED_OUT = "timed_out"
    WRONG_TYPE = "wrong_type"
    CIRCUIT_OPEN = "circuit_open"
    NOT_INSTALLED = "not_installed"


@dataclass(frozen=True, slots=True)
class Answered:
    value: Any


@dataclass(frozen=True, slots=True)
class Failed:
    """`detail` is for engineers and holds no values, only types and places: an exception's text may hold personal data."""

    kind: FailureKind
    detail: str


async def call_async(
    function: Callable[..., Awaitable[Any]],
    arguments: dict[str, Any],
    seconds: float,
    returns: Any,
    context: Context | None = None,
) -> Answered | Failed:
    """Await `function(**arguments)` for at most `seconds`. Cancelling us cancels it. `context`: its context variables."""
    started = time.monotonic()
    task = asyncio.get_running_loop().create_task(_awaited(function, arguments), context=context)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if not done:
            task.cancel()
            await asyncio.wait({task}, timeout=_GRACE)
    finally:
        if not task.done():
            task.cancel()
            _strays.add(task)
        task.add_done_callback(_forget)
    if not done:
        return Failed(FailureKind.TIMED_OUT, f"no answer within {seconds:g} s")
    if time.monotonic() - started > seconds + _GRACE:  # it blocked the loop: no time limit can interrupt that
        close_coroutines(None if task.cancelled() or task.exception() else task.result())
        return Failed(FailureKind.TIMED_OUT, f"blocked the event loop for over {seconds:g} s")
    return _judge(task.exception, task.result, returns)


async def call_sync_from_async(
    function: Callable[..., Any],
    arguments: dict[str, Any],
    seconds: float,
    returns: Any,
    context: Context | None = None,
) -> Answered | Failed:
    """Like `call_sync`, without blocking the event loop. The thread sees no context variables whatever `context` says."""
    loop = asyncio.get_running_loop()
    future, ended = _in_thread(function, arguments), asyncio.Event()

    def wake(_: Future[Any]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop may be gone by the time a hung thread ends
            loop.call_soon_threadsafe(ended.set)

    future.add_done_callback(wake)
    try:
        await asyncio.wait_for(ended.wait(), seconds)
    except TimeoutError:
        if not future.done():
            return Failed(FailureKind.TIMED_OUT, f"no answer within {seconds:g} s")
    return _judge(future.exception, future.result, returns)


def call_sync(
    function: Callable[..., Any], arguments: dict[str, Any], seconds: float, returns: Any
) -> Answered | Failed:
    """Call `function(**arguments)` in a thread for at most `seconds`; a hung thread dies with the process."""
    future = _in_thread(function, arguments)
    if not wait((future,), seconds).done:
        return Failed(FailureKind.TIMED_OUT, f"no answer within {seconds:g} s")
    return _judge(future.exception, future.result, returns)


async def _awaited(function: Callable[..., Awaitable[Any]], arguments: dict[str, Any]) -> Any:
    try:
        answer = function(**arguments)
        return await answer if inspect.isawaitable(answer) else answer
    except (SystemExit, KeyboardInterrupt) as leave:  # would stop the event loop, and with it every district
        raise RuntimeError("a plugin called exit()") from leave


def _in_thread(function: Callable[..., Any], arguments: dict[str, Any]) -> Future[Any]:
    future: Future[Any] = Future()

    def run() -> None:
        try:
            answer = function(**arguments)
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(answer)

    threading.Thread(target=run, name="zhunbao-plugin", daemon=True).start()
    return future


def _judge(
    exception: Callable[[], BaseException | None], result: Callable[[], Any], returns: Any
) -> Answered | Failed:
    try:
        error = exception()
    except asyncio.CancelledError as cancelled:  # it cancelled itself
        error = cancelled
    if error is not None:
        return Failed(FailureKind.RAISED, _place(error))
    value = result()
    try:
        wrong = "a coroutine nobody awaited" if close_coroutines(value) else mismatch(value, returns)
    except (Exception, SystemExit) as lie:  # a value whose own attributes raise when looked at
        wrong = f"raised {type(lie).__name__} while being read"
    return Failed(FailureKind.WRONG_TYPE, wrong) if wrong else Answered(value)


def close_coroutines(value: object) -> bool:
    """Close coroutines in an answer (itself, or directly inside a list, tuple or set). True when there were any."""
    inside: Iterable[object] = value if isinstance(value, (list, tuple, set, frozenset)) else (value,)
    found = [item for item in inside if inspect.iscoroutine(item)]
    for coroutine in found:
        coroutine.close()
    return bool(found)


def _place(error: BaseException) -> str:
    """Exception type and innermost place; never its text."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


def _forget(task: asyncio.Task[Any]) -> None:
    _strays.discard(task)
    if not task.cancelled():
        task.exception()
