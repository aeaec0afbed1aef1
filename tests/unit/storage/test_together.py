"""Many requests, one piece of work: nobody is forgotten, nobody is answered before their work was done."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar

import pytest

from core.storage.together import Together

pytestmark = pytest.mark.anyio

WHO: ContextVar[str] = ContextVar("who", default="nobody")


class Desk:
    def __init__(self, most: int = 200) -> None:
        self.work: list[tuple[str, list[int]]] = []
        self.seen: list[str] = []
        self.failing: set[int] = set()
        self.together: Together[str, int, int] = Together(self.do, most)

    async def do(self, key: str, items: Sequence[int]) -> Sequence[int]:
        self.work.append((key, list(items)))
        self.seen.append(WHO.get())
        await asyncio.sleep(0.01)
        if self.failing & set(items):
            raise ValueError("not filed")
        return [item * 10 for item in items]


async def test_what_comes_while_work_is_under_way_is_done_together_and_answered_each_by_its_own() -> None:
    desk = Desk()
    answers = await asyncio.gather(*(desk.together.add("a", n) for n in range(50)))
    assert answers == [n * 10 for n in range(50)]
    assert [items for _, items in desk.work] == [list(range(50))]
    first = asyncio.create_task(desk.together.add("a", 1))
    await asyncio.sleep(0.001)
    later = [asyncio.create_task(desk.together.add("a", n)) for n in (2, 3)]
    assert [await first, *[await one for one in later]] == [10, 20, 30]
    assert [items for _, items in desk.work[1:]] == [[1], [2, 3]], (
        "asked after the work began: not answered by it"
    )


async def test_work_of_different_keys_does_not_mix_and_no_piece_is_larger_than_allowed() -> None:
    desk = Desk(most=3)
    await asyncio.gather(*(desk.together.add(key, n) for n in range(4) for key in "ab"))
    assert sorted(desk.work) == [("a", [0, 1, 2]), ("a", [3]), ("b", [0, 1, 2]), ("b", [3])]


async def test_work_that_fails_is_told_to_all_of_it_and_to_no_other() -> None:
    desk = Desk(most=2)
    desk.failing = {1}
    answers = await asyncio.gather(*(desk.together.add("a", n) for n in range(4)), return_exceptions=True)
    assert [type(a) for a in answers[:2]] == [ValueError, ValueError]
    assert answers[2:] == [20, 30]


async def test_who_gives_up_waiting_takes_nobody_with_them() -> None:
    desk = Desk()
    tasks = [asyncio.create_task(desk.together.add("a", n)) for n in range(3)]
    await asyncio.sleep(0.001)
    tasks[0].cancel()
    assert await asyncio.gather(*tasks[1:]) == [10, 20]
    assert await desk.together.add("a", 5) == 50


async def test_nothing_of_whoever_came_first_goes_into_the_work() -> None:
    desk = Desk()
    WHO.set("the first")
    await desk.together.add("a", 1)
    assert desk.seen == ["nobody"]
