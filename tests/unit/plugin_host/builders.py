"""Small hook lists, plugins and scopes for tests of the plugin host."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import msgspec

from core.plugin_host.calling import FailureKind
from core.plugin_host.circuit import Circuits
from core.plugin_host.hook import Combine, Fires, Group, HookTable, OnFailure, hook, hookimpl
from core.plugin_host.host import PluginHost
from core.plugin_host.manifest import NoConfig, Plugin
from core.plugin_host.payload import PluginContext, Scope, Veto
from core.storage import Transaction

SDK = "1.0.0"
NOW = datetime(2026, 9, 10, 6, 0, tzinfo=UTC)
TENANT = UUID("00000000-0000-4000-8000-000000620802")


class Lamp:
    """What a plugin may hand out in these tests: an object with a method the host calls later."""

    async def shine(self, watts: int) -> str:
        return f"{watts} W"


@hook(group=Group.PAGES, fires=Fires.AT_START, on_failure=OnFailure.REFUSE_START, timeout=0.2)
def words() -> Sequence[str]:
    """What is collected at start."""
    raise NotImplementedError


@hook(group=Group.PAGES, fires=Fires.ON_DEMAND, on_failure=OnFailure.PLACEHOLDER, timeout=0.2)
async def greet(name: str, context: PluginContext) -> Sequence[str]:
    """All answers count."""
    raise NotImplementedError


@hook(
    group=Group.FACTS, fires=Fires.ON_DEMAND, combine=Combine.FIRST, on_failure=OnFailure.UNAVAILABLE, timeout=0.2
)  # fmt: skip
def guess(number: int) -> int | None:
    """The first answer counts; sync."""
    raise NotImplementedError


@hook(
    group=Group.PROCESS, fires=Fires.IN_TRANSACTION, combine=Combine.DENY_WINS, on_failure=OnFailure.DENY, timeout=0.2
)  # fmt: skip
async def forbid(tx: Transaction, step: str) -> Veto | None:
    """One refusal is enough."""
    raise NotImplementedError


@hook(group=Group.PROCESS, fires=Fires.AFTER_COMMIT, on_failure=OnFailure.RETRY, timeout=0.2)
async def heard(step: str) -> None:
    """Told afterwards."""
    raise NotImplementedError


@hook(
    group=Group.CHANNELS,
    fires=Fires.ON_DEMAND,
    on_failure=OnFailure.UNAVAILABLE,
    timeout=0.2,
    methods={"shine": 0.2},
)
def lamps(context: PluginContext) -> Sequence[Lamp]:
    """Objects whose methods are contained as well."""
    raise NotImplementedError


HOOKS = HookTable.of(sys.modules[__name__])


def a_hooks_module(**functions: Callable[..., Any]) -> ModuleType:
    """A module with these functions as its hook implementations."""
    module = ModuleType("made_up_hooks")
    for name, function in functions.items():
        function.__name__ = name
        setattr(module, name, hookimpl(function))
    return module


def a_plugin(name: str = "alpha", /, **hooks_or_keys: Any) -> Plugin:
    """A valid manifest; functions become hooks, everything else replaces a key of the manifest."""
    functions = {k: v for k, v in hooks_or_keys.items() if callable(v) and not isinstance(v, type)}
    keys: dict[str, Any] = {
        "name": name, "title": f"插件{name}", "version": "1.0", "sdk": ">=1.0,<2", "hooks": a_hooks_module(**functions),
    }  # fmt: skip
    return Plugin(**{**keys, **{k: v for k, v in hooks_or_keys.items() if k not in functions}})


def a_host(*plugins: Plugin, circuits: Circuits | None = None) -> PluginHost:
    return PluginHost(plugins, HOOKS, circuits=circuits, clock=lambda: NOW)


def a_scope(
    *enabled: str, tenant: UUID = TENANT, config: Callable[[str], msgspec.Struct] | None = None
) -> Scope:
    return Scope(tenant, "620802", frozenset(enabled), config or (lambda _: NoConfig()))


class WatchedCircuits:
    """Remembers what the host says; the plugins named `open` may not be called."""

    def __init__(self, *opened: str) -> None:
        self.opened = set(opened)
        self.failures: list[tuple[UUID, str, str, FailureKind, str]] = []
        self.successes: list[str] = []

    async def may_call(self, tenant: UUID, plugin: str, tx: Transaction | None = None) -> bool:
        return plugin not in self.opened

    async def failed(self, tenant: UUID, plugin: str, hook: str, kind: FailureKind, detail: str) -> None:
        self.failures.append((tenant, plugin, hook, kind, detail))

    async def succeeded(self, tenant: UUID, plugin: str) -> None:
        self.successes.append(plugin)


class FakeStatements:
    """Stands where a hook's signature wants a transaction it does not use; remembers the savepoints set around it."""

    tenant = TENANT

    def __init__(self, identity: UUID | None = None) -> None:
        self.identity = identity or uuid4()
        self.said: list[str] = []

    async def execute(self, sql: str, *_: object) -> str:
        self.said.append(sql)
        return "OK"


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end on a loop of its own."""
    import asyncio

    return asyncio.run(coroutine)
