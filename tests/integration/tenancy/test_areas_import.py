"""The tree of Gansu in the database: whole, importable twice, and read the way pages read it."""

from __future__ import annotations

import pytest

from core.storage.database import Database
from core.tenancy.areas import Area, load_areas, read_areas
from tests.builders.bundles import TENANTS

pytestmark = pytest.mark.anyio


async def test_all_districts_and_villages_of_gansu_are_imported(database: Database) -> None:
    areas = read_areas(TENANTS / "areas" / "62.csv.gz")
    for _ in range(2):
        async with database.platform() as tx:
            counted = await load_areas(tx, areas)
            assert (counted["district"], counted["village"]) == (88, 17718)
    async with database.platform() as tx:
        rows = await tx.fetch("SELECT level, count(*) AS n FROM area GROUP BY level")
        assert {row["level"]: row["n"] for row in rows} == {
            "province": 1, "prefecture": 14, "district": 88, "township": 1403, "village": 17718,
        }  # fmt: skip
        names = await tx.fetch(
            "SELECT name FROM area WHERE starts_with(code, '6208') AND level = 'district' ORDER BY sort_key"
        )
        assert [row["name"] for row in names] == [
            "崇信县", "华亭市", "泾川县", "静宁县", "崆峒区", "灵台县", "庄浪县",
        ]  # fmt: skip


async def test_importing_again_corrects_a_name_and_removes_nothing(database: Database) -> None:
    code = "620802000000"
    async with database.platform() as tx:
        before = await tx.fetchval("SELECT count(*) FROM area")
        await load_areas(tx, [Area(code, "崆峒新区", "district", "620800000000")])
        assert await tx.fetchval("SELECT name FROM area WHERE code = $1", code) == "崆峒新区"
        assert await tx.fetchval("SELECT count(*) FROM area") >= max(before, 1)
        await load_areas(tx, [Area(code, "崆峒区", "district", "620800000000")])
