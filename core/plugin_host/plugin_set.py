"""The implementations of one set of enabled plugins, registered with pluggy once and kept."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pluggy

from core.plugin_host.errors import PluginError
from core.plugin_host.hook import PROJECT, Hook, HookTable
from core.plugin_host.manifest import Plugin


@dataclass(frozen=True, slots=True)
class Implementation:
    """One plugin's function for one hook, and which of the hook's parameters it asks for."""

    plugin: Plugin
    function: Callable[..., Any]
    parameters: tuple[str, ...]


class PluginSet:
    """pluggy's manager for exactly these plugins; `implementations[hook]` is ordered by plugin name."""

    def __init__(self, plugins: Iterable[Plugin], hooks: HookTable) -> None:
        self.plugins: Mapping[str, Plugin] = {p.name: p for p in sorted(plugins, key=lambda p: p.name)}
        self.manager = pluggy.PluginManager(PROJECT)
        self.manager.add_hookspecs(hooks.specifications)
        for plugin in self.plugins.values():
            self._register(plugin, hooks)
        self.implementations: Mapping[str, tuple[Implementation, ...]] = {
            name: self._of(hook) for name, hook in hooks.items()
        }

    def _register(self, plugin: Plugin, hooks: HookTable) -> None:
        """Register and at once check for misspelt hooks, so that the error names the plugin."""
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                self.manager.register(plugin.hooks, plugin.name)
                self.manager.check_pending()
            except (pluggy.PluginValidationError, Warning, ValueError) as wrong:
                reason = str(wrong).splitlines()[-1] if str(wrong) else type(wrong).__name__
                raise plugin.fail(
                    f"hooks ({plugin.hooks.__name__})", reason, allowed=", ".join(hooks)
                ) from wrong

    def _of(self, hook: Hook) -> tuple[Implementation, ...]:
        caller = getattr(self.manager.hook, hook.name)
        found = [_checked(self.plugins[impl.plugin_name], hook, impl) for impl in caller.get_hookimpls()]
        return tuple(sorted(found, key=lambda implementation: implementation.plugin.name))


def _checked(plugin: Plugin, hook: Hook, impl: pluggy.HookImpl) -> Implementation:
    if impl.wrapper or impl.hookwrapper or impl.tryfirst or impl.trylast:
        raise plugin.fail(
            hook.name,
            "wraps others or asks for a place",
            allowed="a plain @hookimpl; order is by plugin name",
        )
    if inspect.iscoroutinefunction(impl.function) is not hook.is_async:
        wanted = "async def" if hook.is_async else "def"
        raise plugin.fail(hook.name, "is not what the hook awaits", allowed=f"{wanted} {hook.name}(…)")
    if impl.kwargnames:
        raise plugin.fail(
            hook.name, f"has defaults for {impl.kwargnames}", allowed=", ".join(hook.parameters)
        )
    return Implementation(plugin, impl.function, tuple(impl.argnames))


def unknown(name: str, installed: Iterable[str], where: str) -> PluginError:
    return PluginError(
        name, where, "is not installed", allowed=", ".join(sorted(installed)) or "none installed"
    )
