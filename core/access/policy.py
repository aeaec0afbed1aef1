"""The policy: casbin's files are what is edited and audited, a compiled table is what decides (docs/adr/0004).

    policy.csv + grants of the installed plugins + the district's own lines
        -> checked lines -> compiled: {(object, action): roles} for allow and for deny

A deny outweighs any number of allows. `enforcer` gives casbin's own opinion of the same lines; a property test holds
that both always agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

from core.access.permissions import CORE, Permission, core_permissions
from core.access.policy_limits import limit_problem
from core.access.roles import ROLES
from core.problems import FieldError, Invalid

MODEL = Path(__file__).parent / "model.conf"
POLICY = Path(__file__).parent / "policy.csv"

EVERY_TENANT = "*"
EFFECTS = ("allow", "deny")


@dataclass(frozen=True, slots=True, order=True)
class PolicyLine:
    """A role may, or must not, do `action` to `object`. `tenant` is a tenant's id, or `*`."""

    role: str
    object: str
    action: str
    effect: str
    tenant: str = EVERY_TENANT


@dataclass(frozen=True)
class Compiled:
    """One tenant's policy, ready to answer. `version` is the tenant's own; 0: it has no lines of its own."""

    allow: Mapping[Permission, frozenset[str]]
    deny: Mapping[Permission, frozenset[str]]
    version: int = 0

    def permits(self, roles: frozenset[str], object_: str, action: str) -> bool:
        """Whether somebody holding exactly these roles may."""
        asked = (object_, action)
        allowed = self.allow.get(asked)
        if not allowed or roles.isdisjoint(allowed):
            return False
        denied = self.deny.get(asked)
        return not denied or roles.isdisjoint(denied)

    def holders(self, object_: str, action: str) -> frozenset[str]:
        """The roles with which one may: what a refusal names, and what tells whether anybody can at all."""
        asked = (object_, action)
        return self.allow.get(asked, frozenset()) - self.deny.get(asked, frozenset())

    def anybody(self, object_: str, action: str) -> bool:
        return bool(self.holders(object_, action))


def compile_policy(lines: Iterable[PolicyLine], tenant: UUID | None = None, version: int = 0) -> Compiled:
    """The lines that hold for `tenant`: those for every tenant and its own."""
    tables: dict[str, dict[Permission, set[str]]] = {effect: {} for effect in EFFECTS}
    for line in lines:
        if line.tenant in (EVERY_TENANT, str(tenant)):
            tables[line.effect].setdefault((line.object, line.action), set()).add(line.role)
    allow, deny = (
        MappingProxyType({key: frozenset(roles) for key, roles in tables[effect].items()})
        for effect in EFFECTS
    )
    return Compiled(allow, deny, version)


def enforcer(lines: Iterable[PolicyLine]) -> Any:
    """Casbin's own `Enforcer` over these lines: `enforce(roles as a tuple, tenant, object, action)`.

    For audits and tests; a hundred to a hundred thousand times slower than the compiled table.
    """
    import casbin

    found = casbin.Enforcer(str(MODEL))
    rows = list(dict.fromkeys((li.role, li.tenant, li.object, li.action, li.effect) for li in lines))
    if rows:
        found.add_policies([list(row) for row in rows])
    return found


def core_lines() -> tuple[PolicyLine, ...]:
    """What `policy.csv` says."""
    return parse(POLICY.read_text(encoding="utf-8"), POLICY.name, core_permissions(), with_tenant=True)


def plugin_lines(
    plugin: str, grants: Iterable[str], permissions: Iterable[Permission]
) -> tuple[PolicyLine, ...]:
    """A manifest's grants, `role, object, action, allow|deny`; `permissions` are those the plugin brings.

    They may be about its own object or about steps its stage types add to a case or a round.
    """
    return parse("\n".join(grants), f"插件 {plugin}", core_permissions() | frozenset(permissions))


def parse(
    text: str,
    file: str,
    known: frozenset[Permission],
    *,
    tenant: UUID | None = None,
    with_tenant: bool = False,
) -> tuple[PolicyLine, ...]:
    """Lines of `role, object, action, allow|deny` (with a leading `p,` and a tenant column in casbin's own form).

    Empty lines, comments (#) and a heading `role,object,action,effect` are skipped. Raises Invalid naming for every bad
    line the file, its number and what is allowed there. casbin would ignore such lines, a capitalised `Deny` included.
    """
    lines: list[PolicyLine] = []
    errors: list[FieldError] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        if not raw.strip() or raw.lstrip().startswith("#"):
            continue
        parts = [part.strip() for part in raw.split(",")]
        if parts == ["role", "object", "action", "effect"]:
            continue
        line, problem = _line(parts, str(tenant) if tenant else EVERY_TENANT, with_tenant)
        problem = problem or (_problem(line, known, own=tenant is not None) if line else "")
        if line is None or problem:
            errors.append(FieldError(f"{file}:{number}", f"{raw.strip()}：{problem}"))
        else:
            lines.append(line)
    if errors:
        detail = "；".join(f"{error.field} {error.message}" for error in errors)
        raise Invalid(f"岗位权限有写错的行：{detail}", fields=tuple(errors))
    return tuple(dict.fromkeys(lines))


def _line(parts: list[str], tenant: str, with_tenant: bool) -> tuple[PolicyLine | None, str]:
    if with_tenant:
        if len(parts) != 6 or parts[0] != "p":
            return None, "每行写“p, 岗位, 租户, 对象, 动作, allow|deny”"
        _, role, tenant, object_, action, effect = parts
    elif len(parts) == 4:
        role, object_, action, effect = parts
    else:
        return None, "每行写“岗位, 对象, 动作, allow|deny”四项"
    return PolicyLine(role, object_, action, effect, tenant), ""


def _problem(line: PolicyLine, known: frozenset[Permission], *, own: bool) -> str:
    if line.role not in ROLES:
        return f"没有“{line.role}”这个岗位，可用：{_join(ROLES)}"
    if line.effect not in EFFECTS:
        return f"“{line.effect}”不是 allow 或 deny（必须小写）"
    if (line.object, line.action) not in known:
        actions = {action for object_, action in known if object_ == line.object}
        if not actions:
            return f"没有“{line.object}”这个对象，可用：{_join({*CORE, *(o for o, _ in known)})}"
        return f"“{line.object}”没有“{line.action}”这个动作，可用：{_join(actions)}"
    return limit_problem(line.role, line.object, line.action, line.effect, own=own)


def _join(names: Iterable[str]) -> str:
    return "、".join(sorted(str(name) for name in names))
