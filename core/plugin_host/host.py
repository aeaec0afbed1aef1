"""Calling plugins: the one place that knows which plugin is active for which tenant, and that none of them can hurt us.

Built by the composition root and passed in; there is no global plugin manager. Hooks that fire at start are called once,
for all installed plugins; every other hook is called for a `Scope`, only for the plugins its district has enabled.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Coroutine, Iterable, Mapping
from functools import partial
from typing import Any

from core.clock import Clock, system_clock
from core.plugin_host.calling import Answered, Failed, FailureKind, call_sync
from core.plugin_host.circuit import Circuits, NoCircuits
from core.plugin_host.guarding import Call, guarded
from core.plugin_host.hook import Combine, Fires, Hook, HookTable
from core.plugin_host.manifest import Plugin
from core.plugin_host.outcome import Answer, Failure, Outcome
from core.plugin_host.payload import PluginContext, Scope, Veto
from core.plugin_host.plugin_set import Implementation, PluginSet, unknown
from core.storage import Transaction

log = logging.getLogger(__name__)

_REMEMBERED_SETS = 256


class PluginHost:
    """All installed plugins. Raises PluginError when one must not start: misspelt hook, sync for async, bad answer."""

    def __init__(
        self,
        plugins: Iterable[Plugin],
        hooks: HookTable,
        *,
        circuits: Circuits | None = None,
        clock: Clock = system_clock,
    ) -> None:
        self.plugins: Mapping[str, Plugin] = {p.name: p for p in sorted(plugins, key=lambda p: p.name)}
        self.hooks = hooks
        self.circuits: Circuits = circuits or NoCircuits()
        self._clock = clock
        self._sets: OrderedDict[frozenset[str], PluginSet] = OrderedDict()
        self._notes: set[asyncio.Task[None]] = set()
        self._collected = {
            name: self._collect(hook) for name, hook in hooks.items() if hook.fires is Fires.AT_START
        }

    def of(self, enabled: frozenset[str]) -> PluginSet:
        """The cached set for these names. Raises PluginError for a name that is not installed."""
        known = self._sets.get(enabled)
        if known is not None:
            self._sets.move_to_end(enabled)
            return known
        for name in sorted(enabled - self.plugins.keys()):
            raise unknown(name, self.plugins, "enabled plugins")
        self._sets[enabled] = made = PluginSet((self.plugins[name] for name in enabled), self.hooks)
        while len(self._sets) > _REMEMBERED_SETS:
            self._sets.popitem(last=False)
        return made

    def implementers(self, name: str, scope: Scope) -> tuple[str, ...]:
        """Which enabled plugins implement a hook: so that an event is queued once per plugin, and retried alone."""
        return tuple(impl.plugin.name for impl in self._present(scope).implementations[name])

    def collect(self, name: str, enabled: frozenset[str] | None = None) -> Outcome:
        """What plugins declared at start, of the enabled ones or (None) of all installed."""
        everything = self._collected[name]
        if enabled is None:
            return everything
        return Outcome(tuple(answer for answer in everything.answers if answer.plugin in enabled))

    async def dispatch(
        self,
        name: str,
        scope: Scope,
        /,
        *,
        tx: Transaction | None = None,
        only: str | None = None,
        **arguments: Any,
    ) -> Outcome:
        """Call a hook for a tenant. Never raises on a plugin's account.

        `tx` is required by hooks that fire in the transaction. `only` names one plugin (event delivery). Arguments are
        the hook's parameters; `context` and `tx` are added here. Raises TypeError for arguments the hook does not have.
        """
        hook = self._prepared(name, tx, arguments)
        answers: list[Answer] = []
        failures = self._missing(hook, scope)
        for implementation in self._present(scope).implementations[name]:
            if only is not None and implementation.plugin.name != only:
                continue
            result = await self._contained(hook, scope, implementation, {**arguments, "tx": tx}, tx)
            if isinstance(result, Failure):
                failures.append(result)
            elif result.value is not None:
                answers.append(result)
                if hook.combine is Combine.FIRST:
                    break
        return Outcome(tuple(answers), tuple(failures), _vetoes(hook, answers, failures))

    async def invoke(
        self,
        name: str,
        scope: Scope,
        offer: Answer,
        method: str,
        /,
        *,
        tx: Transaction | None = None,
        **arguments: Any,
    ) -> Outcome:
        """Call a method of an object a plugin handed out (`channel.send`), contained like the hook it came from."""
        hook = self.hooks[name]
        expected = hook.methods[method]
        if not await self.circuits.may_call(scope.tenant, offer.plugin, tx):
            return Outcome(failures=(self._failure(hook, offer.plugin, _OPEN),))
        call = Call(partial(_method, offer.value, method), arguments, expected.timeout, expected.returns)
        judged = self._noted(hook, scope, offer.plugin, await guarded(call, tx, is_async=expected.is_async))
        return Outcome(failures=(judged,)) if isinstance(judged, Failure) else Outcome((judged,))

    async def settle(self) -> None:
        """Wait until every noticed failure is recorded: at shutdown, and in tests."""
        while self._notes:
            await asyncio.wait(set(self._notes))

    def _collect(self, hook: Hook) -> Outcome:
        answers = []
        for implementation in self.of(frozenset(self.plugins)).implementations[hook.name]:
            result = call_sync(implementation.function, {}, hook.timeout, hook.returns)
            if isinstance(result, Failed):
                raise implementation.plugin.fail(hook.name, f"{result.kind}: {result.detail}")
            answers.append(Answer(implementation.plugin.name, result.value))
        return Outcome(tuple(answers))

    def _prepared(self, name: str, tx: Transaction | None, arguments: Mapping[str, Any]) -> Hook:
        hook = self.hooks[name]
        if hook.fires is Fires.AT_START:
            raise TypeError(f"hook {name} fires at start: use collect()")
        wanted = set(hook.parameters) - {"context", "tx"}
        if wanted != arguments.keys():
            raise TypeError(f"hook {name} takes {sorted(wanted)}, was given {sorted(arguments)}")
        if hook.fires is Fires.IN_TRANSACTION and tx is None:
            raise TypeError(f"hook {name} fires in the transaction: tx is required")
        return hook

    def context(self, scope: Scope, plugin: str) -> PluginContext:
        """What a plugin is told of the district it is called for."""
        return PluginContext(
            scope.tenant, scope.district, plugin, scope.config(plugin), self._clock(), scope.platform(plugin)
        )

    def _present(self, scope: Scope) -> PluginSet:
        """The district's plugins as far as they are still installed: one that was removed must not stop the others."""
        return self.of(scope.enabled.intersection(self.plugins))

    def _missing(self, hook: Hook, scope: Scope) -> list[Failure]:
        """A plugin that can no longer be asked counts as a refusal where a refusal would have counted."""
        if hook.combine is not Combine.DENY_WINS:
            return []
        gone = sorted(scope.enabled.difference(self.plugins))
        return [Failure(name, name, hook.name, FailureKind.NOT_INSTALLED, "not installed") for name in gone]

    async def _contained(
        self,
        hook: Hook,
        scope: Scope,
        implementation: Implementation,
        given: Mapping[str, Any],
        tx: Transaction | None,
    ) -> Answer | Failure:
        plugin = implementation.plugin.name
        if not await self.circuits.may_call(scope.tenant, plugin, tx):
            return self._failure(hook, plugin, _OPEN)
        try:
            given = {**given, "context": self.context(scope, plugin)}
        except Exception as error:  # its stored configuration no longer fits it
            unfit = Failed(FailureKind.RAISED, f"{type(error).__name__} while its configuration was read")
            return self._noted(hook, scope, plugin, unfit)
        arguments = {name: given[name] for name in implementation.parameters}
        call = Call(implementation.function, arguments, hook.timeout, hook.returns)
        return self._noted(hook, scope, plugin, await guarded(call, tx, is_async=hook.is_async))

    def _noted(self, hook: Hook, scope: Scope, plugin: str, result: Answered | Failed) -> Answer | Failure:
        if isinstance(result, Failed):
            self._later(self.circuits.failed(scope.tenant, plugin, hook.name, result.kind, result.detail))
            return self._failure(hook, plugin, result)
        self._later(self.circuits.succeeded(scope.tenant, plugin))
        return Answer(plugin, result.value)

    def _failure(self, hook: Hook, plugin: str, failed: Failed) -> Failure:
        return Failure(plugin, self.plugins[plugin].title, hook.name, failed.kind, failed.detail)

    def _later(self, note: Coroutine[Any, Any, None]) -> None:
        """Record outside the caller's transaction, which may roll back: hence a task with an empty context."""
        task = asyncio.get_running_loop().create_task(_logged(note), context=contextvars.Context())
        self._notes.add(task)
        task.add_done_callback(self._notes.discard)


_OPEN = Failed(FailureKind.CIRCUIT_OPEN, "circuit open after repeated failures")


def _vetoes(hook: Hook, answers: Iterable[Answer], failures: Iterable[Failure]) -> tuple[Veto, ...]:
    if hook.combine is not Combine.DENY_WINS:
        return ()
    return (*(answer.value for answer in answers), *(failure.as_veto() for failure in failures))


async def _logged(note: Awaitable[None]) -> None:
    try:
        await note
    except Exception:
        log.exception("a plugin's failure could not be recorded")


def _method(offered: Any, method: str, /, **arguments: Any) -> Any:
    """Looked up inside the contained call: even that may raise."""
    return getattr(offered, method)(**arguments)
