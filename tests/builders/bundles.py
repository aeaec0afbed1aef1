"""Bundles for tests: the project's own, read and resolved once; small ones written into a folder; what is installed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from core.access.permissions import Permission
from core.access.policy import PolicyLine, core_lines
from core.access.policy_store import plugin_policy
from core.kernel.stage import StageCatalogue
from core.plugin_host.discovery import discover
from core.plugin_host.hook import HookTable
from core.plugin_host.host import PluginHost
from core.plugin_host.manifest import Plugin
from core.sdk import hookspecs
from core.sdk.version import SDK_VERSION
from core.stages.catalogue import STAGES
from core.stages.sections import check_sections, policy_with
from core.tenancy.bundle import Baseline, Bundle, read_bundle
from core.tenancy.strict import ConfigProblem

TENANTS = Path(__file__).parents[2] / "tenants"
PROVINCE = "62-gansu"
DISTRICTS = ("620802-kongtong", "620822-lingtai", "621122-longxi")
BUNDLES = (PROVINCE, *DISTRICTS)


@dataclass(frozen=True)
class Installed:
    """The installed plugins, as far as configuration is concerned."""

    plugins: tuple[Plugin, ...]
    host: PluginHost

    def catalogue(self, enabled: frozenset[str]) -> StageCatalogue:
        offers = self.host.collect("stage_types", enabled).offers
        return StageCatalogue.of((*STAGES, *(offer.value for offer in offers)))

    @property
    def configs(self) -> Mapping[str, type[msgspec.Struct]]:
        return {plugin.name: plugin.config for plugin in self.plugins}

    def policy(self) -> tuple[tuple[PolicyLine, ...], frozenset[Permission]]:
        everything = self.catalogue(frozenset(self.configs))
        steps = {
            (kind, action.name)
            for stage in everything.types.values()
            for kind in ((stage.kind,) if stage.kind else ("case", "round"))
            for action in stage.actions
        }
        lines, known = plugin_policy(self.plugins, steps)
        return (*core_lines(), *lines), known


@cache
def installed() -> Installed:
    plugins = discover(SDK_VERSION)
    return Installed(plugins, PluginHost(plugins, HookTable.of(hookspecs)))


@cache
def bundle(name: str) -> Bundle:
    return read_bundle(TENANTS / name)


@cache
def baseline() -> Baseline:
    sections, problems = bundle(PROVINCE).resolved(None)
    assert problems == []
    return Baseline("62", 1, sections, bundle(PROVINCE).locks)


@cache
def resolved(name: str) -> dict[str, Any]:
    """A bundle's whole configuration; nothing of it may be weaker than the province's locks."""
    sections, problems = bundle(name).resolved(None if name == PROVINCE else baseline())
    assert problems == []
    return sections


def problems_of(sections: Mapping[str, Any]) -> list[ConfigProblem]:
    """Everything wrong with a configuration, as when it is saved."""
    shared, known = installed().policy()
    policy, problems = policy_with(sections["roles"], shared, known)
    return [
        *problems,
        *check_sections(sections, installed().catalogue, policy.anybody, installed().configs),
    ]


def write_bundle(folder: Path, **files: str) -> Path:
    """A bundle's folder; `tenant="…"` is its tenant.toml, `roles_csv="…"` its roles.csv, and so on."""
    names = {
        "tenant": "tenant.toml",
        "procedure": "procedure.toml",
        "rules": "rules.toml",
        "roles_csv": "roles.csv",
    }
    folder.mkdir(parents=True, exist_ok=True)
    for key, text in files.items():
        (folder / names.get(key, key)).write_text(text, encoding="utf-8")
    return folder
