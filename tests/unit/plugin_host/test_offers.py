"""Objects a plugin handed out: their methods are contained like the hook they came from."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core.plugin_host.calling import FailureKind
from core.plugin_host.outcome import Answer, Outcome
from tests.unit.plugin_host.builders import Lamp, WatchedCircuits, a_host, a_plugin, a_scope, run


class WeakLamp(Lamp):
    async def shine(self, watts: int) -> Any:
        return watts


class DarkLamp(Lamp):
    async def shine(self, watts: int) -> str:
        raise OSError("no current")


class SlowLamp(Lamp):
    async def shine(self, watts: int) -> str:
        await asyncio.sleep(60)
        return ""


class NoLamp(Lamp):
    @property
    def shine(self) -> Any:  # type: ignore[override]
        raise SystemExit(1)


def lit(lamp: Lamp, circuits: WatchedCircuits | None = None) -> Outcome:
    host = a_host(a_plugin("alpha"), circuits=circuits)

    async def scene() -> Outcome:
        outcome = await host.invoke("lamps", a_scope("alpha"), Answer("alpha", lamp), "shine", watts=40)
        await host.settle()
        return outcome

    outcome: Outcome = run(scene())
    return outcome


def test_a_method_of_an_offered_object_answers() -> None:
    assert lit(Lamp()).answers == (Answer("alpha", "40 W"),)


@pytest.mark.parametrize(
    ("lamp", "kind"),
    [
        (WeakLamp(), FailureKind.WRONG_TYPE),
        (DarkLamp(), FailureKind.RAISED),
        (SlowLamp(), FailureKind.TIMED_OUT),
        (NoLamp(), FailureKind.RAISED),
    ],
)
def test_a_method_is_contained_like_the_hook_it_came_from(lamp: Lamp, kind: FailureKind) -> None:
    circuits = WatchedCircuits()
    outcome = lit(lamp, circuits)
    assert [f.kind for f in outcome.failures] == [kind]
    assert [(hook, failed) for _, _, hook, failed, _ in circuits.failures] == [("lamps", kind)]


def test_a_method_is_not_called_while_the_circuit_is_open() -> None:
    assert lit(Lamp(), WatchedCircuits("alpha")).failures[0].kind is FailureKind.CIRCUIT_OPEN
