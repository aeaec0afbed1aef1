"""A stranger's code can only answer, fail or be late: whatever it does, we go on, and nothing of it is left behind."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

import pytest

from core.plugin_host.calling import (
    Answered,
    Failed,
    FailureKind,
    call_async,
    call_sync,
    call_sync_from_async,
)
from tests.unit.plugin_host.builders import run

LIMIT = 0.1


@pytest.fixture(autouse=True)
def _only_what_the_test_leaves() -> Iterator[None]:
    """A search for garbage would go through everything this process ever imported, ten seconds late in a long run."""
    gc.freeze()
    yield
    gc.unfreeze()


class Lying:
    """A Sequence by name whose attributes raise when looked at."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __getattribute__(self, name: str) -> Any:
        if name in {"__class__", "error"}:
            return object.__getattribute__(self, name)
        raise object.__getattribute__(self, "error")


class Liar(Sequence[str]):
    def __len__(self) -> int:
        return 1

    def __getitem__(self, place: Any) -> Any:
        raise KeyError("身份证号 620802195202020021")


async def leave() -> None:
    raise SystemExit(2)


async def interrupt() -> None:
    raise KeyboardInterrupt


async def give_up() -> None:
    raise asyncio.CancelledError


async def fail_with_a_name() -> None:
    raise ValueError("张三 620802195202020021")


async def hang() -> None:
    await asyncio.sleep(60)


async def hang_whatever_is_said() -> None:
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        try:
            await asyncio.sleep(1.0)
        except asyncio.CancelledError:
            continue


async def block() -> None:
    time.sleep(LIMIT * 4)  # noqa: ASYNC251 - that is the point


async def leave_a_coroutine() -> Any:
    return [hang(), "a"]


async def answer_nonsense() -> Any:
    return 7


async def read_badly() -> Any:
    return Liar()


def awaited(function: Callable[..., Awaitable[Any]], returns: Any = None) -> Answered | Failed:
    answer: Answered | Failed = run(call_async(function, {}, LIMIT, returns))
    return answer


@pytest.mark.parametrize(
    ("function", "kind", "detail"),
    [
        (fail_with_a_name, FailureKind.RAISED, "ValueError at test_calling.py:"),
        (leave, FailureKind.RAISED, "RuntimeError at calling.py:"),
        (interrupt, FailureKind.RAISED, "RuntimeError at calling.py:"),
        (give_up, FailureKind.RAISED, "CancelledError"),
        (hang, FailureKind.TIMED_OUT, "no answer within 0.1 s"),
        (block, FailureKind.TIMED_OUT, "blocked the event loop for over 0.1 s"),
        (answer_nonsense, FailureKind.WRONG_TYPE, "the answer: expected None, got int"),
        (leave_a_coroutine, FailureKind.WRONG_TYPE, "a coroutine nobody awaited"),
    ],
)
def test_async_misbehaviour_becomes_a_failure(function: Any, kind: FailureKind, detail: str) -> None:
    failed = awaited(function)
    assert isinstance(failed, Failed)
    assert failed.kind is kind
    assert failed.detail.startswith(detail)
    gc.collect()  # a coroutine nobody awaited would warn here, and warnings are errors


def test_what_an_exception_says_is_never_repeated() -> None:
    failed = awaited(fail_with_a_name)
    assert isinstance(failed, Failed)
    assert "张三" not in failed.detail
    assert "620802" not in failed.detail


def test_an_answer_whose_reading_raises_is_no_answer() -> None:
    failed = awaited(read_badly, Sequence[str])
    assert failed == Failed(FailureKind.WRONG_TYPE, "raised KeyError while being read")


def test_an_attribute_that_exits_when_looked_at_does_not_stop_us() -> None:
    async def answer() -> Any:
        return Lying(SystemExit(1))

    failed = awaited(answer, Sequence[str])
    assert isinstance(failed, Failed)
    assert failed.kind is FailureKind.WRONG_TYPE


def test_a_task_that_ignores_its_cancellation_is_left_behind() -> None:
    async def scene() -> tuple[Answered | Failed, float]:
        started = time.monotonic()
        answer = await call_async(hang_whatever_is_said, {}, LIMIT, None)
        return answer, time.monotonic() - started

    answer, seconds = run(scene())
    assert answer == Failed(FailureKind.TIMED_OUT, "no answer within 0.1 s")
    assert seconds < 0.8


def test_cancelling_the_caller_cancels_the_plugin() -> None:
    ended: list[str] = []

    async def wait_and_tell() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("cancelled")

    async def scene() -> None:
        task = asyncio.create_task(call_async(wait_and_tell, {}, 30.0, None))
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0.02)

    run(scene())
    assert ended == ["cancelled"]


def test_an_async_answer_comes_through() -> None:
    async def add(a: int, b: int) -> int:
        return a + b

    assert run(call_async(add, {"a": 1, "b": 2}, LIMIT, int)) == Answered(3)


def raises() -> None:
    raise ValueError("张三")


def leaves() -> None:
    raise SystemExit(2)


def never_stops() -> None:
    raise StopIteration


def sleeps() -> None:
    time.sleep(LIMIT * 4)


def returns_a_coroutine() -> Any:
    return hang()


def from_async(function: Callable[..., Any], returns: Any) -> Answered | Failed:
    answer: Answered | Failed = run(call_sync_from_async(function, {}, LIMIT, returns))
    return answer


def from_sync(function: Callable[..., Any], returns: Any) -> Answered | Failed:
    return call_sync(function, {}, LIMIT, returns)


@pytest.mark.parametrize("call", [from_async, from_sync])
@pytest.mark.parametrize(
    ("function", "kind", "detail"),
    [
        (raises, FailureKind.RAISED, "ValueError at test_calling.py:"),
        (leaves, FailureKind.RAISED, "SystemExit at test_calling.py:"),
        (never_stops, FailureKind.RAISED, "StopIteration at test_calling.py:"),
        (sleeps, FailureKind.TIMED_OUT, "no answer within 0.1 s"),
        (returns_a_coroutine, FailureKind.WRONG_TYPE, "a coroutine nobody awaited"),
    ],
)
def test_sync_misbehaviour_becomes_a_failure(
    call: Any, function: Any, kind: FailureKind, detail: str
) -> None:
    failed = call(function, None)
    assert isinstance(failed, Failed)
    assert failed.kind is kind
    assert failed.detail.startswith(detail)
    gc.collect()


@pytest.mark.parametrize("call", [from_async, from_sync])
def test_sync_code_runs_in_a_thread_that_dies_with_the_process(call: Any) -> None:
    answer = call(lambda: threading.current_thread().daemon, bool)
    assert answer == Answered(value=True)


def test_sync_code_that_hangs_does_not_hold_up_the_loop() -> None:
    async def scene() -> int:
        ticks = 0
        calling = asyncio.create_task(call_sync_from_async(sleeps, {}, LIMIT, None))
        while not calling.done():
            await asyncio.sleep(0.01)
            ticks += 1
        return ticks

    assert run(scene()) >= 4
