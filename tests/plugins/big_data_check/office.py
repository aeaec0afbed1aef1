"""An office at work whose district asks the simulated platform: cases up to their verification, and what came of it.

case = await office.investigated(family_with_vehicle())      # visited, everything asked for, worker has worked
report = (await office.verification(case))["requests"][0]["reports"][0]
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from core.plugin_host.payload import PluginContext
from core.rules.facts import HouseholdFacts
from core.settings import Keyring
from core.storage.embedded import Urls
from tests.builders.casework import OFFICES, Bureau, Case, a_bureau, id_numbers, start_on
from tests.builders.installation import VILLAGE, Somebody, an_installation
from tests.plugins.big_data_check.platform_process import SimulatedPlatform

BEGIN = date(2026, 8, 10)
QUICK = {
    "platform.wait_seconds": 1.0, "platform.read_seconds": 10.0, "platform.attempts": 1, "retry_minutes": 30,
    "platform.breaker_failures": 100,
}  # fmt: skip


class Office:
    """`bureau` with everybody in it, and the panel's host, who must see nothing."""

    def __init__(self, bureau: Bureau, host: Somebody) -> None:
        self.bureau = bureau
        self.host = host
        self.simulated: SimulatedPlatform

    @property
    def officer(self) -> Somebody:
        return self.bureau.staff["verification_officer"]

    def api(self, path: str) -> str:
        return self.bureau.url(f"/x/big_data_check{path}")

    async def page(self, who: Somebody, path: str) -> httpx.Response:
        address = f"/d/{self.bureau.district.code}/x/big_data_check{path}"
        return await self.bureau.house.client.get(address, headers=who.headers)

    async def get(self, who: Somebody, path: str) -> httpx.Response:
        return await self.bureau.house.client.get(self.api(path), headers=who.headers)

    async def post(self, who: Somebody | None, path: str, body: Any = None) -> httpx.Response:
        headers = who.headers if who else {}
        return await self.bureau.house.client.post(self.api(path), json=body or {}, headers=headers)

    async def verification(self, case: Case) -> Any:
        answer = await self.get(self.officer, f"/cases/{case.id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def newest(self, case: Case) -> Any:
        return (await self.verification(case))["requests"][0]

    def register(self, facts: HouseholdFacts, name: str, **sources: Any) -> None:
        """What the registries know of one member."""
        number = dict(zip((m.name for m in facts.members), id_numbers(facts), strict=True))[name]
        self.simulated.knows({number: {"name": name, **sources}})

    async def visited(self, facts: HouseholdFacts) -> Case:
        """A case under investigation, visited by two; nothing asked yet."""
        case = await self.bureau.take(await self.bureau.application(facts), "investigating")
        await self.bureau.do("visitor", case, "record_visit", self.bureau.visit(case))
        return case

    async def investigated(self, facts: HouseholdFacts) -> Case:
        """The same, with verification requested and the worker's work done."""
        case = await self.visited(facts)
        await self.request(case)
        return case

    async def request(self, case: Case) -> None:
        await self.bureau.do("township_clerk", case, "request_verification")
        await self.bureau.house.work_off()

    async def sweep(self) -> None:
        """What the clock does every five minutes."""
        from plugins.big_data_check.jobs import run_sweep

        await run_sweep(await plugin_context(self), {})
        await self.bureau.house.work_off()

    async def rows(self, sql: str, *more: Any) -> list[Any]:
        async with self.bureau.house.inside(self.bureau.district) as tx:
            return list(await tx.fetch(sql, tx.tenant, *more))

    async def records(self, case: Case) -> list[Any]:
        """The reports on the case file itself."""
        return await self.rows(
            """SELECT seq FROM journal WHERE tenant_id = $1 AND process_id = $2
               AND action = 'file_verification_report' ORDER BY seq""",
            case.id,
        )


@asynccontextmanager
async def an_office(
    urls: Urls,
    folder: Path,
    keys: Keyring,
    bundle: str = "620802-kongtong",
    values: Mapping[str, Any] | None = None,
) -> AsyncIterator[Office]:
    start_on(folder, BEGIN)
    settings = {f"tenant.plugins.big_data_check.{k}": v for k, v in {**QUICK, **(values or {})}.items()}
    async with an_installation(urls, folder, keys) as house:
        district = await house.district(bundle, settings)
        bureau = await a_bureau(house, district, tuple(OFFICES))
        host = await house.person(district, "panel_host", district.code + VILLAGE[6:])
        yield Office(bureau, host)


async def plugin_context(office: Office) -> PluginContext:
    """What the plugin is handed for this district by hooks and jobs."""
    z = office.bureau.house.zhunbao
    async with office.bureau.house.inside(office.bureau.district) as tx:
        scope = await z.runtimes.scope(tx)
    return z.host.context(scope, "big_data_check")


def results(request: Any, source: str) -> list[Any]:
    return [r for r in request["results"] if r["source"] == source]


def silent(request: Any) -> list[str]:
    return [r["source"] for r in request["results"] if r["silent"]]
