"""A plugin whose functions do not fit the hooks is refused at start, with its name: misspelt, sync for async, wrapping."""

from __future__ import annotations

import pluggy
import pytest

from core.plugin_host.errors import PluginError
from core.plugin_host.hook import PROJECT
from core.plugin_host.plugin_set import PluginSet
from tests.unit.plugin_host.builders import HOOKS, a_plugin


async def greeting(name: str) -> list[str]:
    return [name]


def test_a_misspelt_hook_is_found_at_start_and_named() -> None:
    with pytest.raises(
        PluginError, match=r"plugin 'alpha', hooks \(made_up_hooks\): .*gret.*; allowed: words, greet"
    ):
        PluginSet([a_plugin(gret=greeting)], HOOKS)


def test_an_argument_the_hook_does_not_have_is_found_at_start() -> None:
    async def greet(nom: str) -> list[str]:
        return [nom]

    with pytest.raises(PluginError, match=r"plugin 'alpha', hooks \(made_up_hooks\): .*nom"):
        PluginSet([a_plugin(greet=greet)], HOOKS)


def test_a_sync_function_for_an_async_hook_is_refused() -> None:
    def greet(name: str) -> list[str]:
        return [name]

    said = r"plugin 'alpha', greet: is not what the hook awaits; allowed: async def greet\(…\)"
    with pytest.raises(PluginError, match=said):
        PluginSet([a_plugin(greet=greet)], HOOKS)


def test_an_async_function_for_a_sync_hook_is_refused() -> None:
    async def guess(number: int) -> int:
        return number

    with pytest.raises(PluginError, match=r"guess: is not what the hook awaits; allowed: def guess\(…\)"):
        PluginSet([a_plugin(guess=guess)], HOOKS)


def test_defaults_for_a_hooks_arguments_are_refused() -> None:
    async def greet(name: str = "nobody") -> list[str]:
        return [name]

    with pytest.raises(PluginError, match=r"greet: has defaults for \('name',\); allowed: name, context"):
        PluginSet([a_plugin(greet=greet)], HOOKS)


@pytest.mark.parametrize("option", ["tryfirst", "trylast"])
def test_asking_for_a_place_in_the_order_is_refused(option: str) -> None:
    plugin = a_plugin()
    place = {option: True}
    plugin.hooks.greet = pluggy.HookimplMarker(PROJECT)(**place)(greeting)  # type: ignore[attr-defined]
    with pytest.raises(
        PluginError, match="greet: wraps others or asks for a place; allowed: a plain @hookimpl"
    ):
        PluginSet([plugin], HOOKS)


def test_implementations_stand_in_the_order_of_plugin_names() -> None:
    made = PluginSet([a_plugin(name, greet=greeting) for name in ("gamma", "alpha", "beta")], HOOKS)
    assert [i.plugin.name for i in made.implementations["greet"]] == ["alpha", "beta", "gamma"]
    assert made.implementations["greet"][0].parameters == ("name",)
    assert made.implementations["words"] == ()
