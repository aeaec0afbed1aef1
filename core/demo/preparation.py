"""What a demo stands on before its first page: tables, the province, three districts, people who may sign in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from core.app import Zhunbao
from core.demo import people
from core.stages.configuring import Configurator
from core.storage.database import Database
from core.storage.migrations import CORE_APP, App, migrate
from core.tenancy.areas import load_areas, read_areas
from core.tenancy.bundle import read_bundle, with_values
from core.tenancy.tenants import Tenant, by_code

TENANTS = Path(__file__).parents[2] / "tenants"
PROVINCE = "62-gansu"
DISTRICT = "620802-kongtong"
OTHERS = ("620822-lingtai", "621122-longxi")
VILLAGE = "620802101200"
STARTED = timedelta(days=45)
"""How long ago the demo's story began: its clock starts there and comes up to now as the rounds are played."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Simulators:
    """Where the stand-ins for the provincial platform and the text-message gateway answer."""

    platform: str
    gateway: str

    def settings(self) -> dict[str, object]:
        """What a demo district has instead of its real addresses."""
        return {
            "tenant.plugins.big_data_check.platform.url": self.platform,
            "tenant.plugins.big_data_check.platform.connect_seconds": 10,
            "tenant.plugins.big_data_check.platform.read_seconds": 20,
            "tenant.plugins.big_data_check.platform.attempts": 5,
            "tenant.plugins.big_data_check.retry_minutes": 1,
            "tenant.plugins.big_data_check.at_once": 4,
            "tenant.plugins.sms_notice.url": self.gateway,
            "tenant.plugins.sms_notice.key_id": "demo",
            "tenant.plugins.sms_notice.quiet_from": "00:00",
            "tenant.plugins.sms_notice.quiet_until": "00:00",
        }


async def tables(z: Zhunbao) -> None:
    """Migrate, as the owner."""
    owner = Database(z.settings.owner_url, max_size=2, statement_seconds=0)
    await owner.open()
    try:
        await migrate(owner, (CORE_APP, *(App(p.name, p.migrations) for p in z.plugins if p.migrations)))
    finally:
        await owner.close()


async def prepare(z: Zhunbao, simulators: Simulators, say: Say) -> None:
    """Everything that is not there yet; a preparation that was cut off goes on where it stopped."""
    await tables(z)
    await z.database.open()
    try:
        await _districts(z, simulators, say)
    finally:
        await z.database.close()


async def _districts(z: Zhunbao, simulators: Simulators, say: Say) -> None:
    if not (z.settings.data / "clock").exists():
        (z.settings.data / "clock").write_text(str(-STARTED.total_seconds()))
    configurator = Configurator(z.database, z.policies, z.catalogue_of, z.plugins, z.clock)
    async with z.database.platform() as tx:
        if not await tx.fetchval("SELECT true FROM area LIMIT 1"):
            say("导入甘肃省的行政区划 …")
            await load_areas(tx, read_areas(TENANTS / "areas" / "62.csv.gz"))
    for name in (PROVINCE, DISTRICT, *OTHERS):
        bundle = read_bundle(TENANTS / name)
        if await z.tenants.find(bundle.head.code) is None:
            values = simulators.settings() if name == DISTRICT else {}
            made = await configurator.create(with_values(bundle, values), author="演示", reason="演示")
            say(f"建立 {made.code} {made.name}")
    async with z.database.platform() as tx:
        district = await by_code(tx, DISTRICT.partition("-")[0])
    assert district is not None
    await _people(z, district)


async def _people(z: Zhunbao, district: Tenant) -> None:
    async with z.database.transaction(district.id) as tx:
        known = await tx.fetchval("SELECT true FROM account WHERE tenant_id = $1 LIMIT 1", tx.tenant)
    if not known:
        await people.hire(z, district, VILLAGE)
    people.note(z.settings.data, district)
