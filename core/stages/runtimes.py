"""Configuration versions made ready for the engine: decoded once, kept by (tenant, number), bounded.

    current(tx)   the version in force today: new cases, pages, plugins
    at(tx, n)     the version a process was opened under, for its whole life

A version that was valid when it was saved is decoded again on every start of the software; where it no longer can be
(a plugin was uninstalled), the error names tenant, version and key, and only what needs that version fails.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from core.clock import Clock, local_date
from core.kernel.deadline import WorkCalendar, official_calendar
from core.kernel.runtime import Runtime
from core.kernel.stage import StageCatalogue
from core.plugin_host.payload import Scope
from core.problems import NotFound, Unavailable
from core.stages.context import District
from core.stages.sections import decode
from core.storage.database import Transaction
from core.tenancy import config, strict, tenants
from core.tenancy.settings import CalendarYear, TenantSettings
from core.tenancy.strict import ConfigProblem

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

REMEMBERED = 4096
"""Versions kept ready: every district of the largest installation. One costs a few kilobytes, because districts that
take procedure and rules from their province share them."""

_SHARED = 512
_encode = msgspec.json.Encoder(decimal_format="number").encode

CatalogueOf = Callable[[frozenset[str]], StageCatalogue]
"""The stage types core and the enabled plugins bring. Asked once per set of plugins."""

Binding = Callable[[UUID, str, TenantSettings], Callable[[str], Any]]
"""(tenant, its code, its settings) → the platform of each plugin there; the composition root supplies it."""


def _no_platform(_tenant: UUID, _code: str, _settings: TenantSettings) -> Callable[[str], Any]:
    return lambda _plugin: None


@dataclass(frozen=True, slots=True)
class _Key:
    tenant: UUID
    number: int


class TenantRuntimes:
    """The engine's `Runtimes`. `plugins` are the installed plugins' config types by name."""

    def __init__(
        self,
        catalogue: CatalogueOf,
        plugins: Mapping[str, type[msgspec.Struct]],
        clock: Clock,
        binding: Binding = _no_platform,
        *,
        remembered: int = REMEMBERED,
    ) -> None:
        self._catalogue_of = catalogue
        self._plugins = plugins
        self._clock = clock
        self._binding = binding
        self._remembered = remembered
        self._ready: OrderedDict[_Key, Runtime] = OrderedDict()
        self._codes: OrderedDict[UUID, str] = OrderedDict()
        self._sections = SharedSections()
        self._catalogues: dict[frozenset[str], StageCatalogue] = {}

    async def current(self, tx: Transaction) -> Runtime:
        """The version in force now. Raises NotFound where the tenant has none."""
        return await self.at(tx, await config.number_in_force(tx, local_date(self._clock())))

    async def at(self, tx: Transaction, number: int) -> Runtime:
        """One version. Raises NotFound, and Unavailable when it can no longer be read."""
        assert tx.tenant is not None
        key = _Key(tx.tenant, number)
        known = self._ready.get(key)
        if known is not None:
            self._ready.move_to_end(key)
            return known
        made = self._made(await config.load(tx, number))
        _keep(self._ready, key, made, self._remembered)
        return made

    async def scope(self, tx: Transaction) -> Scope:
        """For whom plugins are called: the transaction's tenant, as the version in force has it."""
        assert tx.tenant is not None
        runtime = await self.current(tx)
        district: District = runtime.settings
        code = self._codes.get(tx.tenant) or await self._code(tx, tx.tenant)
        return Scope(
            tenant=tx.tenant,
            district=code,
            enabled=frozenset(district.plugin_config),
            config=district.plugin_config.__getitem__,
            platform=self._binding(tx.tenant, code, district.settings),
            number=runtime.number,
            supervision_phone=district.settings.supervision_phone,
        )

    async def _code(self, tx: Transaction, tenant_id: UUID) -> str:
        """A tenant's code never changes, so it is asked for once."""
        tenant = await tenants.by_id(tx, tenant_id)
        if tenant is None:
            raise NotFound("没有找到这个地区")
        _keep(self._codes, tenant_id, tenant.code, self._remembered)
        return tenant.code

    def _made(self, version: config.Version) -> Runtime:
        decoded, problems = decode(version.written.sections, self._plugins, self._sections.read)
        if decoded is None:
            listed = "；".join(str(problem) for problem in problems)
            raise Unavailable(
                f"第 {version.number} 版配置读不出来：{listed}",
                hint="请系统管理员检查：是不是卸载了还在使用的插件。",
            )
        return Runtime(
            number=version.number,
            procedures=decoded.procedures,
            catalogue=self._catalogue(frozenset(decoded.plugins)),
            calendar=_calendar(tuple(sorted(decoded.settings.calendar_years.items()))),
            settings=District(decoded.settings, decoded.rules, decoded.plugins),
        )

    def _catalogue(self, enabled: frozenset[str]) -> StageCatalogue:
        if enabled not in self._catalogues:
            self._catalogues[enabled] = self._catalogue_of(enabled)
        return self._catalogues[enabled]


@lru_cache(_SHARED)
def _calendar(years: tuple[tuple[int, CalendarYear], ...]) -> WorkCalendar:
    """One for all districts whose years are the same: its days would be most of what a district takes."""
    return official_calendar().with_years(dict(years))


class SharedSections:
    """Reads sections as `core.tenancy.strict.read` does, the same content once: what comes of it is never changed."""

    def __init__(self, most: int = _SHARED) -> None:
        self._most = most
        self._read: OrderedDict[tuple[type, bytes], Any] = OrderedDict()

    def read(self, kind: type[T], raw: Any, file: str, key: str = "") -> tuple[T | None, list[ConfigProblem]]:
        content = (kind, hashlib.sha256(_encode(raw)).digest())
        known = self._read.get(content)
        if known is not None:
            self._read.move_to_end(content)
            return known, []
        made, problems = strict.read(kind, raw, file, key)
        if made is not None:
            _keep(self._read, content, made, self._most)
        return made, problems


def _keep(kept: OrderedDict[K, V], key: K, value: V, most: int) -> None:
    kept[key] = value
    while len(kept) > most:
        kept.popitem(last=False)
