"""What a plugin declares at start (`stage_types`, `routes`, `menu_items`, `jobs`) is right, or the installation does not start."""

from __future__ import annotations

import time
from types import ModuleType
from typing import Any

import pytest

from core.plugin_host.discovery import accept
from core.plugin_host.errors import PluginError
from core.plugin_host.hook import Fires, HookTable, hookimpl
from core.plugin_host.host import PluginHost
from core.plugin_host.manifest import Plugin
from core.sdk import SDK_VERSION, Needs, Route, StageType, hookspecs
from core.stages.catalogue import STAGES
from tests.plugins.mischief.manifest import plugin

HOOKS = HookTable.of(hookspecs)
AT_START = [name for name, hook in HOOKS.items() if hook.fires is Fires.AT_START]


def a_plugin(name: str = "mischief", **functions: Any) -> Plugin:
    module = ModuleType("mischief_hooks")
    for hook, function in functions.items():
        function.__name__ = hook
        setattr(module, hook, hookimpl(function))
    return Plugin(name=name, title="捣乱插件", version="1.0.0", sdk=">=1.0,<2", hooks=module)


def start(*plugins: Plugin) -> PluginHost:
    return PluginHost(accept(((p.name, p) for p in plugins), SDK_VERSION), HOOKS)


def test_well_behaved_it_implements_every_hook_there_is() -> None:
    host = start(plugin)
    implemented = {name for name, found in host.of(frozenset({"mischief"})).implementations.items() if found}
    assert implemented == set(HOOKS)
    assert host.collect("stage_types").offers[0].value.name == "mischief_stage"


@pytest.mark.parametrize("hook", AT_START)
def test_raising_at_start_stops_the_start_and_names_plugin_and_hook(hook: str) -> None:
    def broken() -> Any:
        raise ValueError("王秀英")

    with pytest.raises(PluginError) as refused:
        start(a_plugin(**{hook: broken}))
    assert str(refused.value).startswith(
        f"plugin 'mischief', {hook}: raised: ValueError at test_at_start.py:"
    )
    assert "王秀英" not in str(refused.value)


@pytest.mark.parametrize("hook", AT_START)
def test_lying_at_start_stops_the_start(hook: str) -> None:
    with pytest.raises(
        PluginError, match=rf"plugin 'mischief', {hook}: wrong_type: \[0\]: expected \w+, got str"
    ):
        start(a_plugin(**{hook: lambda: ["a lie"]}))


def test_hanging_at_start_stops_the_start_after_two_seconds() -> None:
    def hanging() -> Any:
        time.sleep(20)

    started = time.monotonic()
    with pytest.raises(PluginError, match="plugin 'mischief', routes: timed_out: no answer within 2 s"):
        start(a_plugin(routes=hanging))
    assert time.monotonic() - started < 10


def test_leaving_at_start_does_not_end_the_process() -> None:
    def leaving() -> Any:
        raise SystemExit(0)

    with pytest.raises(PluginError, match="plugin 'mischief', jobs: raised: SystemExit"):
        start(a_plugin(jobs=leaving))


def test_a_route_that_does_not_say_who_may_enter_stops_the_start() -> None:
    async def anybody(_: Any) -> Any: ...

    door: Any = None
    with pytest.raises(PluginError, match=r"plugin 'mischief', routes: wrong_type: \[0\].access: expected"):
        start(a_plugin(routes=lambda: [Route("GET", "/", door, anybody)]))
    assert (
        start(a_plugin(routes=lambda: [Route("GET", "/", Needs("a", "b"), anybody)])).collect("routes").offers
    )


def test_a_stage_type_that_takes_a_name_of_ours_is_refused_by_name() -> None:
    from core.kernel.stage import StageCatalogue

    host = start(a_plugin(stage_types=lambda: [StageType("posting", "公示", owner="mischief")]))
    offered = [offer.value for offer in host.collect("stage_types").offers]
    with pytest.raises(ValueError, match="stage type 'posting' of 'mischief' is already 'core''s"):
        StageCatalogue.of((*STAGES, *offered))


def test_a_misspelt_hook_stops_the_start() -> None:
    with pytest.raises(PluginError, match="transition_vetos"):
        start(a_plugin(transition_vetos=lambda: None))
