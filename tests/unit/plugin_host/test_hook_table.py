"""A list of hooks that contradicts itself is refused when it is read, not when something goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from core.plugin_host.hook import Combine, Fires, Group, HookTable, OnFailure, hook
from tests.unit.plugin_host.builders import HOOKS, Lamp


def table_of(function: Callable[..., Any], **declared: Any) -> HookTable:
    module = ModuleType("made_up_specs")
    keys: dict[str, Any] = {
        "group": Group.PAGES,
        "fires": Fires.ON_DEMAND,
        "on_failure": OnFailure.PLACEHOLDER,
    }
    setattr(module, function.__name__, hook(**{**keys, **declared})(function))
    return HookTable.of(module)


def test_a_hook_is_read_from_its_signature() -> None:
    greet = HOOKS["greet"]
    assert greet.is_async
    assert greet.parameters == ("name", "context")
    assert greet.returns.__args__ == (str,)
    assert list(HOOKS) == ["words", "greet", "guess", "forbid", "heard", "lamps"]


def test_methods_take_their_contract_from_the_class_handed_out() -> None:
    shine = HOOKS["lamps"].methods["shine"]
    assert (shine.is_async, shine.returns, shine.timeout) == (True, str, 0.2)
    assert Lamp.shine.__name__ == "shine"


def test_an_answer_that_could_not_be_checked_is_refused() -> None:
    def unsaid(name: str):  # type: ignore[no-untyped-def]
        """No return annotation."""

    with pytest.raises(TypeError, match="hook unsaid: no return annotation, answers could not be checked"):
        table_of(unsaid)


def test_a_hook_that_fires_at_start_is_sync_and_refuses_to_start() -> None:
    async def early() -> None: ...

    def lenient() -> None: ...

    with pytest.raises(TypeError, match="hook early: fires at start, so it is sync and refuses to start"):
        table_of(early, fires=Fires.AT_START, on_failure=OnFailure.REFUSE_START)
    with pytest.raises(TypeError, match="hook lenient: fires at start"):
        table_of(lenient, fires=Fires.AT_START)


def test_only_a_hook_that_fires_at_start_can_refuse_to_start() -> None:
    def late() -> None: ...

    with pytest.raises(TypeError, match="hook late: only a hook that fires at start can refuse to start"):
        table_of(late, on_failure=OnFailure.REFUSE_START)


def test_where_deny_wins_a_failure_denies_as_well() -> None:
    async def shrug() -> None: ...

    with pytest.raises(TypeError, match="hook shrug: where deny wins, a failure denies as well"):
        table_of(shrug, combine=Combine.DENY_WINS)
