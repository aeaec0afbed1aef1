"""How a hook is declared: when it fires, sync or async, how answers combine, how long it may take, what failing means.

`core/sdk/hookspecs.py` is the one list; this is only the vocabulary it is written in. A `HookTable` reads such a
module once and refuses a list that contradicts itself, so that dispatch never has to guess.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import ModuleType
from typing import Any, TypeVar

import pluggy

PROJECT = "zhunbao"
ENTRY_POINTS = "zhunbao.plugins"

hookimpl = pluggy.HookimplMarker(PROJECT)
_mark = pluggy.HookspecMarker(PROJECT)
_ATTRIBUTE = "zhunbao_hook"

F = TypeVar("F", bound=Callable[..., Any])


class Group(StrEnum):
    PROCESS = "process"
    FACTS = "facts"
    SOURCES = "sources"
    CHANNELS = "channels"
    PAGES = "pages"
    FIGURES = "figures"
    HOUSEKEEPING = "housekeeping"


class Fires(StrEnum):
    """AT_START: once per process, nothing of a tenant in sight. Everything else is for one tenant."""

    AT_START = "at start"
    IN_TRANSACTION = "in the transaction"
    AFTER_COMMIT = "after commit, in the worker"
    ON_DEMAND = "on demand, no transaction"


class Combine(StrEnum):
    ALL = "all"
    FIRST = "first"
    DENY_WINS = "deny wins"


class OnFailure(StrEnum):
    """What the rest of the platform sees when a plugin raises, hangs or answers nonsense."""

    REFUSE_START = "the installation does not start"
    DENY = "fails closed: the step is refused, nothing is changed"
    RETRY = "the delivery is repeated later"
    PLACEHOLDER = "a placeholder takes its place"
    UNAVAILABLE = "counts as unavailable, never as passed"


@dataclass(frozen=True, slots=True)
class Method:
    """A method of objects a hook hands out. `timeout` in seconds; `returns` what it must answer."""

    timeout: float
    is_async: bool = False
    returns: Any = None


@dataclass(frozen=True, slots=True)
class Hook:
    """One declared hook. `timeout` is seconds for one plugin; `parameters` are what it may ask for by name.

    `methods` are the methods of the returned objects that the platform will call later, each as contained as the
    hook itself, with its own timeout in seconds.
    """

    name: str
    group: Group
    fires: Fires
    combine: Combine
    on_failure: OnFailure
    timeout: float
    since: str
    methods: Mapping[str, Method]
    is_async: bool = False
    parameters: tuple[str, ...] = ()
    returns: Any = None


def hook(
    *,
    group: Group,
    fires: Fires,
    combine: Combine = Combine.ALL,
    on_failure: OnFailure,
    timeout: float = 2.0,
    since: str = "1.0",
    methods: Mapping[str, float] | None = None,
) -> Callable[[F], F]:
    """Declare a function of a hookspec module as a hook; its signature and annotations are the contract."""

    def declare(function: F) -> F:
        declared = Hook(
            function.__name__,
            group,
            fires,
            combine,
            on_failure,
            timeout,
            since,
            {name: Method(seconds) for name, seconds in (methods or {}).items()},
        )
        setattr(function, _ATTRIBUTE, declared)
        return _mark(function)

    return declare


class HookTable(Mapping[str, Hook]):
    """Every declared hook by name, in the order of its module."""

    def __init__(self, hooks: Mapping[str, Hook], specifications: ModuleType) -> None:
        self._hooks = dict(hooks)
        self.specifications = specifications

    @classmethod
    def of(cls, specifications: ModuleType) -> HookTable:
        """Read a hookspec module. Raises TypeError naming the hook that contradicts itself."""
        found = {
            name: _complete(function)
            for name, function in vars(specifications).items()
            if hasattr(function, _ATTRIBUTE)
        }
        return cls(found, specifications)

    def __getitem__(self, name: str) -> Hook:
        return self._hooks[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._hooks)

    def __len__(self) -> int:
        return len(self._hooks)


def _complete(function: Callable[..., Any]) -> Hook:
    declared: Hook = getattr(function, _ATTRIBUTE)
    hints = typing.get_type_hints(function)
    if "return" not in hints:
        raise TypeError(f"hook {declared.name}: no return annotation, answers could not be checked")
    complete = replace(
        declared,
        is_async=inspect.iscoroutinefunction(function),
        parameters=tuple(inspect.signature(function).parameters),
        returns=hints["return"],
        methods=_methods(declared, hints["return"]),
    )
    if complete.fires is Fires.AT_START:
        if complete.is_async or complete.on_failure is not OnFailure.REFUSE_START:
            raise TypeError(f"hook {declared.name}: fires at start, so it is sync and refuses to start")
    elif complete.on_failure is OnFailure.REFUSE_START:
        raise TypeError(f"hook {declared.name}: only a hook that fires at start can refuse to start")
    if complete.combine is Combine.DENY_WINS and complete.on_failure is not OnFailure.DENY:
        raise TypeError(f"hook {declared.name}: where deny wins, a failure denies as well")
    return complete


def _methods(declared: Hook, returns: Any) -> Mapping[str, Method]:
    """The declared methods with what the class of the handed-out objects says of them."""
    if not declared.methods:
        return {}
    offered = next(iter(typing.get_args(returns)), returns)
    return {
        name: replace(
            method,
            is_async=inspect.iscoroutinefunction(getattr(offered, name)),
            returns=typing.get_type_hints(getattr(offered, name))["return"],
        )
        for name, method in declared.methods.items()
    }
