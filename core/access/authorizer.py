"""May this person do this here? From the roles they hold for the area and the tenant's compiled policy.

Answers both ways: `may` for one thing, `areas_where` for "which may they see" as an SQL filter of the same grants.
Recusal, separation of duties and the stage's own rules come after it, in the kernel's gate.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from core.access.areas import Areas, covers, outermost, significant
from core.access.permissions import CONSEQUENCES, PROCESSES
from core.access.policy import Compiled, PolicyLine, compile_policy, core_lines
from core.access.roles import listed
from core.problems import Blocked

SERVICE_ROLES = frozenset({"service"})


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held for an area (12-digit code) and everything in it."""

    role: str
    area_code: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in which tenant. A service (`is_service`) holds the role `service` everywhere in its tenant."""

    tenant_id: UUID
    account_id: UUID
    name: str
    grants: tuple[Grant, ...] = ()
    person_id: UUID | None = None
    is_service: bool = False


class Policies(Protocol):
    """Where compiled policies come from. `None`: this tenant's own lines are not at hand, so nobody may anything."""

    def of(self, tenant: UUID) -> Compiled | None: ...

    @property
    def default(self) -> Compiled: ...


@dataclass(frozen=True)
class FixedPolicies:
    """The same policy for every tenant: what there is before any district wrote lines of its own."""

    default: Compiled

    @classmethod
    def core(cls, plugins: Iterable[PolicyLine] = ()) -> FixedPolicies:
        return cls(compile_policy([*core_lines(), *plugins]))

    def of(self, tenant: UUID) -> Compiled | None:
        return self.default


class Authorizer:
    """The one place that authorises. Holds nothing but where policies come from."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    def may(self, actor: Actor, object_: str, action: str, area_code: str) -> Blocked | None:
        """None when allowed, else why not, in a sentence that names whose task it is."""
        policy = self._policy(actor)
        if policy is None:
            return Blocked("本区的岗位权限正在载入，这一步暂时不能办。", hint="请过一会儿刷新再试")
        roles = self.roles(actor, area_code)
        if policy.permits(roles, object_, action):
            return None
        return _why_not(policy, actor, roles, object_, action)

    def roles(self, actor: Actor, area_code: str) -> frozenset[str]:
        """The roles held for an area: those of every grant that covers it."""
        if actor.is_service:
            return SERVICE_ROLES
        return frozenset(str(g.role) for g in actor.grants if covers(g.area_code, area_code))

    def areas_where(self, actor: Actor, object_: str, action: str) -> Areas:
        """Where the actor may: `areas.condition("p.area_code", 2)` with `*areas.parameters` in SQL. Agrees with `may`."""
        policy = self._policy(actor)
        if policy is None:
            return Areas()
        if actor.is_service:
            return Areas(("",) if policy.permits(SERVICE_ROLES, object_, action) else ())
        asked = (object_, action)
        allowed, denied = policy.allow.get(asked, frozenset()), policy.deny.get(asked, frozenset())
        return Areas(
            outermost(significant(g.area_code) for g in actor.grants if g.role in allowed),
            outermost(significant(g.area_code) for g in actor.grants if g.role in denied),
        )

    def anybody(self, tenant: UUID | None, object_: str, action: str) -> bool:
        """Whether any role may at all (a procedure's steps need somebody). `tenant` None: by the default policy."""
        policy = self._policies.of(tenant) if tenant else self._policies.default
        return (policy or self._policies.default).anybody(object_, action)

    def _policy(self, actor: Actor) -> Compiled | None:
        # A district's lines cannot be about `service`, so services need not wait for them.
        return self._policies.default if actor.is_service else self._policies.of(actor.tenant_id)


def _why_not(policy: Compiled, actor: Actor, roles: frozenset[str], object_: str, action: str) -> Blocked:
    what = "这一步" if object_ in PROCESSES else "这项功能"
    if not actor.grants and not actor.is_service:
        return Blocked("您的账号还没有分配岗位和辖区。", hint="请联系本区的安全管理员")
    if (object_, action) in CONSEQUENCES:
        return Blocked("这一步随整村流程自动完成，不需要单独办理。", "整村认定流程", "到整村看板查看进度")
    everywhere = frozenset(str(g.role) for g in actor.grants)
    denied = policy.deny.get((object_, action), frozenset()) & (roles or everywhere)
    if denied:
        return Blocked(
            f"按本区规定，{listed(denied)}不能办理{what}。", "本区岗位权限", "请由其他岗位的同事办理"
        )
    holders = policy.holders(object_, action)
    mine = holders & everywhere
    if mine:
        return Blocked(
            f"您是{listed(mine)}，可以办理{what}，但这里不在您的辖区内。",
            "岗位和辖区",
            "辖区有误的，请联系本区的安全管理员",
        )
    people = listed(holders)
    if not people:
        return Blocked(f"本区还没有岗位可以办理{what}。", "岗位和辖区", "请联系本区的安全管理员")
    return Blocked(f"{what}由{people}办理，您的岗位是{listed(everywhere)}。", "岗位和辖区", f"请转给{people}")
