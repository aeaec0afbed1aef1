"""A stored configuration as types, and everything that is wrong with it: asked whenever a version is saved or loaded.

tenant     → TenantSettings      a plugin's section → the plugin's own config type
procedure  → ProcedureSet        checked against the stage types of the enabled plugins, and the statute
rules      → RuleBook            roles → policy lines
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from uuid import UUID

import msgspec

from core.access.permissions import Permission
from core.access.policy import Compiled, PolicyLine, compile_policy, parse
from core.kernel.procedure import Kind, ProcedureSet
from core.kernel.procedure_checks import ProcedureProblem, StageTypeFacts, facts_of, problems_of
from core.kernel.stage import StageCatalogue
from core.problems import Invalid
from core.rules import parameters
from core.rules.parameters import RuleBook
from core.stages.statute import STATUTE
from core.tenancy import settings as settings_checks
from core.tenancy import strict
from core.tenancy.inheritance import FILES
from core.tenancy.settings import TenantSettings
from core.tenancy.strict import ConfigProblem, unknown_name

T = TypeVar("T")

KINDS: Mapping[str, type] = {"tenant": TenantSettings, "procedure": ProcedureSet, "rules": RuleBook}
"""The types of the sections, for reading and for the words of a diff."""

HasActor = Callable[[str, str], bool]
"""(process kind, action): whether any role at all may take it."""


def policy_with(
    lines: Iterable[str], shared: Iterable[PolicyLine], known: frozenset[Permission]
) -> tuple[Compiled, list[ConfigProblem]]:
    """A district's policy lines on top of what core and plugins bring, and every line that can't stand.

    `Compiled.anybody` is the `has_actor` of `check_sections`.
    """
    own: list[PolicyLine] = []
    problems = []
    for line in lines:
        try:
            own += parse(line, FILES["roles"], known, tenant=_SOMEBODY)
        except Invalid as wrong:
            problems += [ConfigProblem(FILES["roles"], "", error.message) for error in wrong.fields]
    return compile_policy([*shared, *own], _SOMEBODY), problems


_SOMEBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A configuration made ready. `plugins` are the enabled plugins' settings, typed."""

    settings: TenantSettings
    procedures: ProcedureSet
    rules: RuleBook
    plugins: Mapping[str, msgspec.Struct]


class Reader(Protocol):
    """`core.tenancy.strict.read`, or something in its place that remembers what it has read."""

    def __call__(
        self, kind: type[T], raw: Any, file: str, key: str = ""
    ) -> tuple[T | None, list[ConfigProblem]]: ...


def decode(
    sections: Mapping[str, Any], plugins: Mapping[str, type[msgspec.Struct]], read: Reader = strict.read
) -> tuple[Decoded | None, list[ConfigProblem]]:
    """The sections as types, or every key that can't be read. `plugins` are the installed ones' config types."""
    settings, problems = read(TenantSettings, sections.get("tenant", {}), FILES["tenant"])
    procedures, wrong = read(ProcedureSet, sections.get("procedure", {}), FILES["procedure"])
    problems += wrong
    rules, wrong = read(RuleBook, sections.get("rules", {}), FILES["rules"])
    problems += wrong
    configs, wrong = _plugins(sections, plugins, read)
    problems += wrong
    if problems or settings is None or procedures is None or rules is None:
        return None, problems
    return Decoded(settings, procedures, rules, configs), []


def check_sections(
    sections: Mapping[str, Any],
    catalogue: Callable[[frozenset[str]], StageCatalogue],
    has_actor: HasActor,
    plugins: Mapping[str, type[msgspec.Struct]],
) -> list[ConfigProblem]:
    """Everything that keeps a configuration from being used: types first, then what the types can't say."""
    decoded, problems = decode(sections, plugins)
    if decoded is None:
        return problems
    problems += [
        ConfigProblem(FILES["tenant"], key, text)
        for key, text in settings_checks.problems_of(decoded.settings)
    ]
    problems += [
        ConfigProblem(FILES["rules"], error.field, error.message)
        for error in parameters.problems_of(decoded.rules)
    ]
    problems += [
        ConfigProblem(FILES["procedure"], found.where, found.message)
        for found in procedure_problems(decoded.procedures, catalogue(frozenset(decoded.plugins)), has_actor)
    ]
    return problems


def procedure_problems(
    procedures: ProcedureSet, catalogue: StageCatalogue, has_actor: HasActor
) -> list[ProcedureProblem]:
    """Every procedure against the stage types there are, who may act, the statute; and how they refer to one another."""
    found = [*_named(procedures)]
    for name, spec in procedures.procedures.items():
        found += problems_of(name, spec, _facts(spec.kind, catalogue, has_actor), STATUTE)
    return [*found, *_round_refers(procedures)]


def _facts(kind: Kind, catalogue: StageCatalogue, has_actor: HasActor) -> dict[str, StageTypeFacts]:
    def anybody(action: str) -> bool:
        return has_actor(kind, action)

    return {
        name: facts_of(name, found.kind, [(a.name, a.outcomes) for a in found.actions], found.ends, anybody)
        for name, found in catalogue.types.items()
    }


def _named(procedures: ProcedureSet) -> Iterable[ProcedureProblem]:
    """The three the district uses exist and are of the right kind; a round needs both of its procedures."""
    wanted = (("individual", "case"), ("in_round", "case"), ("round", "round"))
    for key, kind in wanted:
        name = getattr(procedures, key)
        spec = procedures.procedures.get(name) if name else None
        if name and spec is None:
            yield ProcedureProblem(key, f"没有“{name}”这个流程{unknown_name(name, procedures.procedures)}")
        elif spec is not None and spec.kind != kind:
            yield ProcedureProblem(key, f"“{name}”是 {spec.kind} 流程，这里要写 {kind} 流程")
    if (procedures.in_round is None) is not (procedures.round is None):
        yield ProcedureProblem("round", "round 和 in_round 要写就一起写：整村认定和其中每户的流程")


def _round_refers(procedures: ProcedureSet) -> Iterable[ProcedureProblem]:
    """`opens` and `clears` name states of the round's cases; the round ends with the district's draw and decisions."""
    spec = procedures.procedures.get(procedures.round or "")
    case = procedures.procedures.get(procedures.in_round or "")
    if spec is None or case is None or spec.kind != "round":
        return
    if not any(stage.type == "final_review" for stage in spec.stages.values()):
        text = "整村认定要有区级终审（final_review）：每户由区级确认，并抽样入户（57号 20）"
        yield ProcedureProblem(f"procedures.{procedures.round}.stages", text)
    for state, stage in spec.stages.items():
        for key in ("opens", "clears"):
            for name in getattr(stage, key):
                if name not in case.stages:
                    where = f"procedures.{procedures.round}.stages.{state}.{key}"
                    yield ProcedureProblem(
                        where,
                        f"流程“{procedures.in_round}”没有“{name}”这个环节{unknown_name(name, case.stages)}",
                    )


def _plugins(
    sections: Mapping[str, Any], plugins: Mapping[str, type[msgspec.Struct]], read: Reader
) -> tuple[dict[str, msgspec.Struct], list[ConfigProblem]]:
    configs: dict[str, msgspec.Struct] = {}
    problems: list[ConfigProblem] = []
    enabled = sections.get("tenant", {}).get("plugins", {})
    for name, written in enabled.items() if isinstance(enabled, Mapping) else ():
        key = f"plugins.{name}"
        if name not in plugins:
            text = f"没有安装“{name}”这个插件{unknown_name(name, plugins)}"
            problems.append(ConfigProblem(FILES["tenant"], key, text))
            continue
        config, wrong = read(plugins[name], written, FILES["tenant"], key)
        problems += wrong
        if config is not None:
            configs[name] = config
    return configs, problems
