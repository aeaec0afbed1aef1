"""Tenants: made from bundles, found by their address, suspended and resumed."""

from __future__ import annotations

import pytest

from core.problems import Conflict, Invalid, NotFound
from core.storage.database import Database
from core.tenancy.tenants import TenantStore
from tests.builders.bundles import DISTRICTS, PROVINCE, bundle
from tests.integration.tenancy.conftest import House

pytestmark = pytest.mark.anyio
KONGTONG, LINGTAI, LONGXI = DISTRICTS


async def test_districts_stand_below_their_province(house: House) -> None:
    made = [await house.create(name) for name in DISTRICTS]
    province = await house.tenants.find("62")
    assert province is not None
    assert (province.kind, province.name, province.parent_id) == ("province", "甘肃省", None)
    assert [(t.code, t.name, t.kind, t.status) for t in made] == [
        ("620802", "崆峒区", "district", "active"),
        ("620822", "灵台县", "district", "active"),
        ("621122", "陇西县", "district", "active"),
    ]
    assert {t.parent_id for t in made} == {province.id}
    assert [t.code for t in await house.tenants.list()] == ["62", "620802", "620822", "621122"]


async def test_a_tenant_is_made_once(house: House) -> None:
    await house.create(KONGTONG)
    with pytest.raises(Conflict, match="620802 已经建好了"):
        await house.configurator.create(bundle(KONGTONG), author="测试", reason="再来")


async def test_a_district_whose_province_is_missing_says_what_to_do_first(fresh: House) -> None:
    with pytest.raises(NotFound, match="以省级 62 的配置为基础，但还没有建立它") as missing:
        await fresh.create(KONGTONG)
    assert "zhunbao tenant create" in missing.value.hint
    assert await fresh.tenants.list() == []


async def test_nothing_is_made_of_a_bundle_with_mistakes(fresh: House) -> None:
    await fresh.create(PROVINCE)
    with pytest.raises(Invalid) as refused:
        await fresh.create(KONGTONG, {"tenant.spot_check_percent": 5, "tenant.plugins.women_panel.size": 3})
    said = [f"{f.field}：{f.message}" for f in refused.value.fields]
    assert said[0].startswith("tenant.toml：spot_check_percent：写的是 5，不能小于 10")
    assert said[1].startswith("tenant.toml：plugins.women_panel.size：没有这一项，是不是“size_m")
    assert await fresh.tenants.find("620802") is None


async def test_suspending_and_resuming_is_seen_at_once_by_those_who_did_it(house: House) -> None:
    await house.create(KONGTONG)
    slow = TenantStore(house.database, fresh_seconds=3600)
    found = await slow.find("620802")
    assert found is not None
    assert (await slow.suspend("620802")).status == "suspended"
    again = await slow.find("620802")
    assert again is not None
    assert again.status == "suspended"
    assert (await slow.resume("620802")).status == "active"
    with pytest.raises(NotFound, match="没有代码是“999999”的地区"):
        await slow.suspend("999999")


async def test_others_learn_of_a_suspension_within_seconds(house: House) -> None:
    await house.create(KONGTONG)
    ticks = [0.0]
    other = TenantStore(house.database, ticks=lambda: ticks[0])
    assert await other.find("620802") is not None
    await house.tenants.suspend("620802")
    ticks[0] = 6.0
    found = await other.find("620802")
    assert found is not None
    assert found.status == "suspended"
    await house.tenants.resume("620802")


async def test_an_address_of_nobody_is_remembered_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    store = TenantStore(house.database, fresh_seconds=3600)
    assert await store.find("629999") is None

    def unreachable() -> None:
        raise AssertionError("asked the database again")

    monkeypatch.setattr(Database, "platform", unreachable)
    assert await store.find("629999") is None
