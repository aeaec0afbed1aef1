"""From a bundle to a tenant that runs on it: the only way a configuration comes in, whoever brings it.

    plan(bundle)     what it would be, what changes, everything that is wrong with it; nothing is stored
    create(bundle)   a new tenant with its first version
    apply(bundle)    a new version for a tenant that is there, from today or a later day (the worker lets it begin)

A version is stored only when nothing is wrong with it, and together with the district's own policy lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from core.access.policy import core_lines
from core.access.policy_store import PolicyStore, plugin_policy
from core.clock import Clock, local_date
from core.plugin_host.manifest import Plugin
from core.problems import Conflict, NotFound
from core.stages.catalogue import steps_of
from core.stages.runtimes import CatalogueOf
from core.stages.sections import KINDS, check_sections, policy_with
from core.storage.database import Database, Transaction
from core.tenancy import config, tenants
from core.tenancy.bundle import Baseline, Bundle, as_stored, from_stored
from core.tenancy.config import Written
from core.tenancy.diff import Change, changes
from core.tenancy.inheritance import Lock, weakened
from core.tenancy.strict import ConfigProblem, refuse
from core.tenancy.tenants import Tenant, no_such_tenant


@dataclass(frozen=True, slots=True)
class Plan:
    """What a bundle comes to for a tenant. `changes` against the version in force; all of it where there is none."""

    written: Written
    parent: Tenant | None
    changes: tuple[Change, ...]
    problems: tuple[ConfigProblem, ...] = ()

    def checked(self, name: str) -> Plan:
        """Itself; raises Invalid with everything that is wrong."""
        refuse(f"配置包“{name}”", self.problems, "改正后重新运行即可，现行配置没有变。")
        return self


@dataclass(frozen=True)
class Configurator:
    """Built by the composition root. `plugins` are the installed ones."""

    database: Database
    policies: PolicyStore
    catalogue_of: CatalogueOf
    plugins: Sequence[Plugin]
    clock: Clock

    async def plan(self, bundle: Bundle) -> Plan:
        """Nothing is stored. Raises NotFound when the province it extends isn't there."""
        parent = await self._parent(bundle)
        above = await self._baseline(parent) if parent else None
        baseline = above if bundle.head.extends else None
        sections, problems = bundle.resolved(baseline)
        if above is not None and baseline is None:
            problems += weakened(sections, above.locks)
        problems += self._check(sections)
        written = Written(
            sections, as_stored(bundle), bundle.locks, baseline.code if baseline else "",
            baseline.number if baseline else None,
        )  # fmt: skip
        before = await self._in_force(bundle.head.code)
        return Plan(
            written,
            parent,
            changes(before, sections, KINDS),
            tuple(problems),
        )

    async def create(self, bundle: Bundle, *, author: str, reason: str) -> Tenant:
        """A new tenant on its first version, in force at once. Raises Invalid, Conflict (it is there), NotFound."""
        async with self.database.platform() as tx:
            if await tenants.by_code(tx, bundle.head.code):
                raise Conflict(
                    f"{bundle.head.code} 已经建好了，不能再建一次",
                    hint="要更换配置，请用 zhunbao tenant apply。",
                )
        plan = (await self.plan(bundle)).checked(bundle.name)
        tenant_id, now = uuid4(), self.clock()
        async with self.database.transaction(tenant_id) as tx:
            tenant = await tenants.insert(
                tx, code=bundle.head.code, name=bundle.name, kind=bundle.head.kind, now=now, tenant_id=tenant_id,
                parent_id=plan.parent.id if plan.parent else None,
            )  # fmt: skip
            await self._store(tx, plan, author, reason, local_date(now))
        return tenant

    async def apply(
        self, bundle: Bundle, *, author: str, reason: str, start: date | None = None
    ) -> tuple[int, Plan]:
        """A new version's number. Raises Invalid, NotFound, and Conflict when nothing changes or the day is wrong."""
        tenant = await self.existing(bundle.head.code)
        plan = (await self.plan(bundle)).checked(bundle.name)
        if not plan.changes:
            raise Conflict("与现行配置没有差别，没有生成新的一版")
        start = start or local_date(self.clock())
        async with self.database.transaction(tenant.id) as tx:
            return await self._store(tx, plan, author, reason, start), plan

    async def existing(self, code: str) -> Tenant:
        """The tenant a configuration is for. Raises NotFound saying that it must be created first."""
        async with self.database.platform() as tx:
            tenant = await tenants.by_code(tx, code)
        if tenant is None:
            raise NotFound(f"{code} 还没有建立", hint="请先用 zhunbao tenant create 建立它。")
        return tenant

    async def rollback(self, code: str, number: int, *, author: str, reason: str) -> int:
        """A new version with an earlier one's content, in force at once, if it is still valid today."""
        tenant = await self._tenant(code)
        today = local_date(self.clock())
        locks = await self._locks_over(tenant)
        async with self.database.transaction(tenant.id) as tx:
            old = await config.load(tx, number)
            problems = [*weakened(old.written.sections, locks), *self._check(old.written.sections)]
            refuse(f"第 {number} 版配置", problems, "它已经不符合现在的要求。")
            fresh = await config.rollback(
                tx, number, author=author, reason=reason, now=self.clock(), today=today
            )
            await self._in_effect(tx, tenant.id, old.written)
        return fresh

    async def history(self, code: str) -> list[config.VersionHead]:
        tenant = await self._tenant(code)
        async with self.database.transaction(tenant.id) as tx:
            await config.settle(tx, local_date(self.clock()))
            return await config.history(tx)

    async def bundle_of(self, code: str) -> Bundle:
        """What the version in force was made from: to be written out, or changed and applied again."""
        tenant = await self._tenant(code)
        async with self.database.transaction(tenant.id) as tx:
            number = await config.number_in_force(tx, local_date(self.clock()))
            written = (await config.load(tx, number)).written
        return from_stored(written.own, written.locks)

    async def falling_short(self, province: str) -> dict[str, list[ConfigProblem]]:
        """Districts whose configuration in force is weaker than the province's locks are now, by code."""
        found: dict[str, list[ConfigProblem]] = {}
        above = await self._tenant(province)
        locks = (await self._baseline(above)).locks
        async with self.database.platform() as tx:
            districts = [t for t in await tenants.everyone(tx) if t.parent_id == above.id]
        for district in districts:
            problems = weakened(await self._in_force(district.code), locks)
            if problems:
                found[district.code] = problems
        return found

    async def _locks_over(self, tenant: Tenant) -> Mapping[str, Lock]:
        if tenant.parent_id is None:
            return {}
        async with self.database.platform() as tx:
            parent = await tenants.by_id(tx, tenant.parent_id)
        return (await self._baseline(parent)).locks if parent else {}

    async def _store(self, tx: Transaction, plan: Plan, author: str, reason: str, start: date) -> int:
        now = self.clock()
        today = local_date(now)
        number = await config.draft(tx, plan.written, author=author, reason=reason, now=now)
        await config.activate(tx, number, start=start, today=today)
        if start == today:
            assert tx.tenant is not None
            await self._in_effect(tx, tx.tenant, plan.written)
        return number

    async def _in_effect(self, tx: Transaction, tenant: UUID, written: Written) -> None:
        """What else follows a version that holds from now on: the tenant's name, its policy lines."""
        await tenants.rename(tx, tenant, written.sections["tenant"]["name"])
        await self.policies.adopt(tx, written.sections.get("roles", ()), at=self.clock())

    def _check(self, sections: Mapping[str, Any]) -> list[ConfigProblem]:
        lines, known = plugin_policy(self.plugins, self._steps())
        policy, problems = policy_with(sections.get("roles", ()), (*core_lines(), *lines), known)
        kinds = {plugin.name: plugin.config for plugin in self.plugins}
        return [*problems, *check_sections(sections, self.catalogue_of, policy.anybody, kinds)]

    def _steps(self) -> set[tuple[str, str]]:
        """Every (process kind, action) there is, of all installed plugins."""
        everything = self.catalogue_of(frozenset(plugin.name for plugin in self.plugins))
        return steps_of(everything.types.values())

    async def _parent(self, bundle: Bundle) -> Tenant | None:
        """The province: named by `extends`, else whichever the code belongs to."""
        if bundle.head.kind == "province":
            return None
        code = bundle.head.extends or bundle.head.code[:2]
        async with self.database.platform() as tx:
            found = await tenants.by_code(tx, code)
        if found is None and bundle.head.extends:
            raise NotFound(
                f"配置包“{bundle.name}”以省级 {code} 的配置为基础，但还没有建立它",
                hint="请先用省级的配置包运行 zhunbao tenant create。",
            )
        return found

    async def _baseline(self, province: Tenant) -> Baseline:
        async with self.database.transaction(province.id) as tx:
            return await config.baseline(tx, province.code, local_date(self.clock()))

    async def _in_force(self, code: str) -> Mapping[str, Any]:
        async with self.database.platform() as tx:
            tenant = await tenants.by_code(tx, code)
        if tenant is None:
            return {}
        async with self.database.transaction(tenant.id) as tx:
            number = await config.number_in_force(tx, local_date(self.clock()))
            return (await config.load(tx, number)).written.sections

    async def _tenant(self, code: str) -> Tenant:
        async with self.database.platform() as tx:
            found = await tenants.by_code(tx, code)
        if found is None:
            raise no_such_tenant(code)
        return found
