"""Versions of a configuration: from a day on, one at a time, never changed, and a case keeps its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from core.access.authorizer import Actor, Authorizer, FixedPolicies, Grant
from core.kernel.children import Opening
from core.kernel.engine import Engine
from core.kernel.runtime import Subject
from core.kernel.situation import Situations
from core.kernel.store import RecordStore
from core.problems import Conflict, Invalid, NotFound, Unavailable
from core.stages.context import CaseSubject, District
from core.stages.runtimes import TenantRuntimes
from core.storage.crypto import FieldCipher
from core.tenancy import config
from core.tenancy.inheritance import Lock
from core.tenancy.tenants import Tenant
from tests.builders.bundles import DISTRICTS, PROVINCE, bundle, installed, resolved
from tests.integration.tenancy.conftest import House

pytestmark = pytest.mark.anyio
KONGTONG, LINGTAI, _ = DISTRICTS


@pytest.fixture
async def district(fresh: House) -> Tenant:
    await fresh.create(PROVINCE)
    return await fresh.create(LINGTAI)


async def in_force(house: House, tenant: Tenant) -> tuple[int, District]:
    async with house.database.transaction(tenant.id) as tx:
        runtime = await house.runtimes.current(tx)
    return runtime.number, runtime.settings


async def statuses(house: House) -> list[tuple[int, str]]:
    return [(head.number, head.status) for head in await house.configurator.history("620822")]


async def test_a_new_version_holds_from_today(fresh: House, district: Tenant) -> None:
    assert (await in_force(fresh, district))[0] == 1
    assert await fresh.apply(LINGTAI, {"tenant.spot_check_percent": 50}) == 2
    number, found = await in_force(fresh, district)
    assert (number, found.settings.spot_check_percent) == (2, 50)
    assert await statuses(fresh) == [(2, "active"), (1, "retired")]


async def test_a_version_for_a_later_day_begins_on_its_day(fresh: House, district: Tenant) -> None:
    await fresh.apply(LINGTAI, {"tenant.spot_check_percent": 50}, start=date(2026, 7, 3))
    assert await statuses(fresh) == [(2, "scheduled"), (1, "active")]
    assert (await in_force(fresh, district))[0] == 1
    fresh.clock.later(days=1, hours=13)  # 2 July, 23:00 in China
    assert (await in_force(fresh, district))[0] == 1
    fresh.clock.later(hours=1)
    assert (await in_force(fresh, district))[0] == 2
    assert await statuses(fresh) == [(2, "active"), (1, "retired")]


async def test_the_version_that_waits_gives_way_to_a_newer_one(fresh: House, district: Tenant) -> None:
    await fresh.apply(LINGTAI, {"tenant.spot_check_percent": 50}, start=date(2026, 8, 1))
    await fresh.apply(LINGTAI, {"tenant.spot_check_percent": 60}, start=date(2026, 9, 1))
    assert await statuses(fresh) == [(3, "scheduled"), (2, "draft"), (1, "active")]


async def test_a_day_that_has_passed_is_refused(fresh: House, district: Tenant) -> None:
    with pytest.raises(Conflict, match="启用日期 2026-06-30 已经过去"):
        await fresh.apply(LINGTAI, {"tenant.spot_check_percent": 50}, start=date(2026, 6, 30))
    assert await statuses(fresh) == [(1, "active")]


async def test_a_bundle_without_changes_makes_no_version(fresh: House, district: Tenant) -> None:
    with pytest.raises(Conflict, match="没有差别"):
        await fresh.apply(LINGTAI, {})


async def test_rolling_back_is_a_new_version_with_the_old_content(fresh: House, district: Tenant) -> None:
    await fresh.apply(LINGTAI, {"tenant.spot_check_percent": 50})
    assert await fresh.configurator.rollback("620822", 1, author="测试", reason="撤回") == 3
    number, found = await in_force(fresh, district)
    assert (number, found.settings.spot_check_percent) == (3, 40)
    assert await statuses(fresh) == [(3, "active"), (2, "retired"), (1, "retired")]


async def test_rolling_back_below_the_provinces_locks_is_refused(fresh: House, district: Tenant) -> None:
    await fresh.apply(LINGTAI, {"tenant.spot_check_percent": 50})
    await fresh.apply(PROVINCE, {"tenant.statistics_cutoff_day": 24})
    await _lock(fresh, "tenant.spot_check_percent", 45)
    with pytest.raises(Invalid) as refused:
        await fresh.configurator.rollback("620822", 1, author="测试", reason="撤回")
    assert "写的是 40，不能小于 45" in refused.value.fields[0].message


async def _lock(house: House, key: str, minimum: int) -> None:
    """The province tightens one of its locks."""
    province = bundle(PROVINCE)
    tightened = replace(province, locks={**province.locks, key: Lock(minimum=minimum)})
    own = {**province.own, "tenant": {**province.own["tenant"], "spot_check_percent": 60}}
    await house.configurator.apply(replace(tightened, own=own), author="省厅", reason="收紧")


async def test_districts_that_fall_short_of_new_locks_are_named(fresh: House, district: Tenant) -> None:
    assert await fresh.configurator.falling_short("62") == {}
    await _lock(fresh, "tenant.spot_check_percent", 45)
    found = await fresh.configurator.falling_short("62")
    assert found.keys() == {"620822"}
    assert (await in_force(fresh, district))[0] == 1


async def test_a_district_that_extends_nothing_is_held_to_the_locks_as_well(
    fresh: House, district: Tenant
) -> None:
    whole = {**resolved(LINGTAI), "tenant": {**resolved(LINGTAI)["tenant"], "spot_check_percent": 1}}
    alone = bundle(LINGTAI)
    head = type(alone.head)(code="620822", kind="district")
    plan = await fresh.configurator.plan(replace(alone, head=head, own=whole))
    assert ["写的是 1，不能小于 10" in p.message for p in plan.problems] == [True]


async def test_drafts_can_be_thrown_away_and_nothing_else(fresh: House, district: Tenant) -> None:
    async with fresh.database.transaction(district.id) as tx:
        written = (await config.load(tx, 1)).written
        number = await config.draft(tx, written, author="测试", reason="试试", now=fresh.clock())
        await config.discard(tx, number)
        with pytest.raises(NotFound, match="没有第 2 版配置"):
            await config.load(tx, number)
        with pytest.raises(Conflict, match="第 1 版不是草稿"):
            await config.discard(tx, 1)
        with pytest.raises(Conflict, match="第 1 版已经启用过"):
            await config.activate(tx, 1, start=date(2026, 7, 1), today=date(2026, 7, 1))


async def test_what_is_stored_comes_back_exactly_and_in_order(fresh: House, district: Tenant) -> None:
    async with fresh.database.transaction(district.id) as tx:
        version = await config.load(tx, 1)
    assert version.written.sections == resolved(LINGTAI)
    stages = version.written.sections["procedure"]["procedures"]["application"]["stages"]
    assert list(stages) == list(resolved(LINGTAI)["procedure"]["procedures"]["application"]["stages"])
    assert (version.written.base_code, version.written.base_number) == ("62", 1)
    assert version.written.own["tenant"]["name"] == "灵台县"
    again = await fresh.configurator.bundle_of("620822")
    assert (again.head, again.own) == (bundle(LINGTAI).head, bundle(LINGTAI).own)


async def test_another_districts_versions_are_out_of_sight(fresh: House, district: Tenant) -> None:
    other = await fresh.create(KONGTONG)
    async with fresh.database.transaction(other.id) as tx:
        assert [head.number for head in await config.history(tx)] == [1]
    async with fresh.database.transaction(uuid4()) as tx:
        with pytest.raises(NotFound, match="还没有启用任何配置"):
            await fresh.runtimes.current(tx)


async def test_policy_lines_and_the_name_follow_the_version_in_force(fresh: House, district: Tenant) -> None:
    line = "visitor, case, record_neighbour_inquiry, deny"
    await fresh.apply(LINGTAI, {"tenant.name": "灵台新县"})
    found = await fresh.tenants.find("620822")
    assert found is not None
    assert found.name == "灵台新县"
    changed = replace(bundle(LINGTAI), own={**bundle(LINGTAI).own, "roles": [line]})
    await fresh.configurator.apply(changed, author="测试", reason="岗位")
    async with fresh.database.transaction(district.id) as tx:
        assert [li.action for li in await fresh.policies.own(tx)] == ["record_neighbour_inquiry"]


async def test_a_scope_names_the_district_its_plugins_and_their_settings(
    fresh: House, district: Tenant
) -> None:
    async with fresh.database.transaction(district.id) as tx:
        scope = await fresh.runtimes.scope(tx)
    assert (scope.district, scope.enabled) == ("620822", {"women_panel", "big_data_check", "sms_notice"})
    assert getattr(scope.config("women_panel"), "size_max", None) == 13


async def test_a_version_whose_plugin_is_gone_says_so(fresh: House, district: Tenant) -> None:
    without = {name: kind for name, kind in installed().configs.items() if name != "women_panel"}
    runtimes = TenantRuntimes(installed().catalogue, without, fresh.clock)
    async with fresh.database.transaction(district.id) as tx:
        with pytest.raises(Unavailable, match=r"第 1 版配置读不出来：.*没有安装“women_panel”这个插件"):
            await runtimes.current(tx)


async def test_versions_are_decoded_once_and_only_so_many_are_kept(fresh: House, district: Tenant) -> None:
    await fresh.apply(LINGTAI, {"tenant.spot_check_percent": 50})
    runtimes = TenantRuntimes(installed().catalogue, installed().configs, fresh.clock, remembered=1)
    async with fresh.database.transaction(district.id) as tx:
        first = await runtimes.at(tx, 1)
        assert await runtimes.at(tx, 1) is first
        second = await runtimes.at(tx, 2)
        assert await runtimes.at(tx, 2) is second
        assert await runtimes.at(tx, 1) is not first
    assert first.catalogue is second.catalogue


class Nobody:
    """Subjects without a registry: a household that receives nothing and is nobody's relative."""

    async def load(self, *_: Any) -> Subject:
        content = CaseSubject(household=None)  # type: ignore[arg-type]
        return Subject(content, recused=lambda _: None, is_party=lambda _: False)


async def _nothing(*_: Any) -> None:
    return None


async def test_a_case_stays_on_the_version_it_was_opened_under(
    fresh: House, district: Tenant, cipher: FieldCipher
) -> None:
    authority = Authorizer(FixedPolicies.core())
    records = RecordStore(cipher)
    situations = Situations(fresh.clock, fresh.runtimes, Nobody(), authority, records)
    engine = Engine(fresh.database, fresh.clock, situations, fresh.runtimes, authority, records, {}, _nothing)
    clerk = Actor(district.id, uuid4(), "经办人", (Grant("township_clerk", "620822000000"),))

    async def opened() -> UUID:
        async with fresh.database.transaction(district.id) as tx:
            opening = Opening("case", "620822100200", "某户")
            return (await engine.open_in(tx, clerk, opening)).process_id

    async def withdrawn(case: UUID) -> str:
        form = {"reason": "不申请了，谢谢", "signed": ["a" * 64]}
        return (await engine.act(clerk, case, "withdraw", form, expected_version=1)).state

    async with fresh.database.transaction(district.id) as tx:
        await tx.execute(
            """INSERT INTO evidence (tenant_id, sha256, media_type, size, uploaded_by, uploaded_at)
               VALUES ($1, $2, 'image/jpeg', 9, $3, $4)""",
            district.id, "a" * 64, clerk.account_id, fresh.clock(),
        )  # fmt: skip
    old = await opened()
    await fresh.apply(LINGTAI, {"procedure.procedures.application.stages.draft.next.withdrawn": "lapsed"})
    new = await opened()
    assert await withdrawn(old) == "withdrawn"
    assert await withdrawn(new) == "lapsed"
