"""A whole village round through the application in process, with a worker beside it: everything as reckoned."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from core.access.credentials import store_password
from core.clock import local_date
from core.settings import Keyring
from core.simulate.expectation import Terms
from core.simulate.report import Report
from core.simulate.round import Wanted, simulate
from core.storage.embedded import Urls
from core.tenancy.tenants import Tenant
from plugins.big_data_check.simulator import Platform, Server
from tests.builders.installation import VILLAGE, House, an_installation

SECRET = "Guan-li_2026-yuan"
KEY = "between-us-and-the-platform"


async def admit_administrators(house: House, district: Tenant) -> None:
    """Give the administrators a password to sign in with."""
    async with house.inside(district) as tx:
        for actor in house.administrators[district.id].values():
            hashed = await house.zhunbao.passwords.hash(SECRET)
            await store_password(tx, actor.account_id, hashed, datetime.now(UTC))


@contextlib.asynccontextmanager
async def a_worker(house: House) -> AsyncIterator[None]:
    """Work off what is queued as it comes."""

    async def work() -> None:
        while True:
            await house.work_off()
            await asyncio.sleep(0.05)

    task = asyncio.create_task(work())
    try:
        yield
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@contextlib.contextmanager
def a_platform() -> Iterator[str]:
    """The provincial platform's simulator in a thread; its address."""
    server = Server(0, Platform(KEY.encode()))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


async def play(house: House, households: int, seed: int, platform_url: str = "") -> Report:
    values = {"tenant.plugins.big_data_check.platform.url": platform_url} if platform_url else {}
    district = await house.district(values=values)
    await admit_administrators(house, district)
    wanted = Wanted(
        "http://zhunbao.test", district.code, VILLAGE, households, seed, "system_admin", SECRET, "security_admin",
        SECRET, "Zhi-yuan_2026-gong", Terms(), platform_url=platform_url, patience=60,
        today=local_date(house.zhunbao.clock()),
    )  # fmt: skip
    transport = httpx.ASGITransport(house.zhunbao.litestar, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with a_worker(house):
        return await simulate(wanted, transport)


@pytest.fixture(autouse=True)
def a_key_for_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHUNBAO_BIG_DATA_CHECK_PLATFORM_KEY", KEY)


@pytest.mark.anyio
async def test_a_round_of_twelve_households_comes_out_as_reckoned(
    fresh_urls: Urls, tmp_path: Path, keys: Keyring
) -> None:
    with a_platform() as platform_url:
        async with an_installation(fresh_urls, tmp_path, keys) as house:
            report = await play(house, 12, 1, platform_url)
    assert report.mismatches == ()
    assert report.ok
    assert report.counts["drawn"] >= 1
    assert report.counts["refused"] > 30


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_round_goes_through_where_the_officer_looks_everything_up_by_hand(
    fresh_urls: Urls, tmp_path: Path, keys: Keyring
) -> None:
    async with an_installation(fresh_urls, tmp_path, keys) as house:
        report = await play(house, 4, 2)
    assert report.mismatches == ()
