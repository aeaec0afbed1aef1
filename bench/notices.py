"""Notices from our outbox through a real Kannel to a carrier: how many a second, none lost, none twice, with the worker
killed (-9) three times on the way.

The notices stand in the outbox as `process_events` writes them, each to a phone of its own; `zhunbao worker` and
`zhunbao serve` run as they are installed; the carrier counts what reaches each phone. Kannel reports every notice twice
(handed to the carrier, delivered), and every report goes through our pages' process into the database.

`ZHUNBAO_BENCH_NOTICES` sets how many (100,000 for the published figure).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from bench.ground import ROOT, Ground, Served, free_port, ground, served
from bench.kannel import Gateway, installed, kannel
from bench.measurement import Measurement
from core.app import Zhunbao, build
from core.sdk import Platform
from core.settings import Settings
from core.stages.configuring import Configurator
from core.tenancy.areas import load_areas, read_areas
from core.tenancy.bundle import read_bundle, with_values
from plugins.sms_notice.events import index_of, seal_body, seal_phone

TENANTS = ROOT / "tenants"
BUNDLES = ("62-gansu", "620802-kongtong")
VALUES = {
    "tenant.plugins.sms_notice.channels": ["kannel"],
    "tenant.plugins.sms_notice.signature": "崆峒民政",
    "tenant.plugins.sms_notice.monthly_cap": 10_000_000,
    "tenant.plugins.sms_notice.quiet_from": "00:00",
    "tenant.plugins.sms_notice.quiet_until": "00:00",
}
NOTICES = int(os.environ.get("ZHUNBAO_BENCH_NOTICES", "6000"))
KILLS = (0.25, 0.5, 0.75)
PATIENCE = 900.0 + NOTICES / 25
DISTRICT = "620802"
TEXT = "王**，您的低保申请（SQ-620802101203-2026-0001）已受理。"
COLUMNS = (
    "tenant_id", "id", "event_id", "person_id", "notice", "wording_version", "process_id", "area_code", "phone",
    "phone_index", "body", "segments", "state", "created_at", "not_before", "expires_at",
)  # fmt: skip


@dataclass
class Course:
    """What was measured: seconds since the first worker began, and how many notices had reached the carrier then."""

    began: float
    kills: int = 0
    undisturbed: float = 0.0
    seconds: float = 0.0


def measure() -> list[Measurement]:
    if not installed():
        raise SystemExit("notices: needs bearerbox, smsbox, node and npm's smpp")
    with ground() as here:
        web = free_port()
        tenant = asyncio.run(_district(here))
        with kannel(here.folder / "kannel", DISTRICT, f"http://127.0.0.1:{web}") as gateway:
            os.environ.update(gateway.environment)
            asyncio.run(_outbox(here, tenant))
            serve = (sys.executable, "-m", "core.cli", "serve")
            with served("web", here.folder, web, serve, here.environment(web)) as pages:
                course = _sent(here, gateway)
                _all_reported(here)
                used = pages.processor
            told, states = gateway.carrier(), asyncio.run(_states(here))
    return _judged(course, told, states, used)


def _judged(course: Course, told: dict[str, Any], states: dict[str, int], used: float) -> list[Measurement]:
    lost, twice = NOTICES - told["count"], len(told["twice"])
    detail = (
        f"{NOTICES:,} notices; undisturbed until the first kill {course.undisturbed:,.0f}/s; in all {course.seconds:.0f} s, "
        f"with the worker killed {course.kills} times; {lost} lost, {twice} twice; recorded: {states}; "
        f"{used / NOTICES * 1e3:.1f} ms of the pages' processor a notice for its two reports"
    )
    return [
        Measurement(
            "notices_per_second",
            course.undisturbed,
            None,
            "higher",
            "1/s",
            ours=course.undisturbed,
            detail=detail,
        ),
        Measurement("notices_lost", lost, 0.0, "lower", "", ours=lost),
        Measurement("notices_twice", twice, 0.0, "lower", "", ours=twice),
    ]


def _sent(here: Ground, gateway: Gateway) -> Course:
    """Runs workers, one after the other, until every notice has reached the carrier."""
    course, marks = Course(time.monotonic()), [int(NOTICES * share) for share in KILLS]
    while True:
        with _worker(here, course.kills) as worker:
            mark = marks[course.kills] if course.kills < len(marks) else NOTICES
            first = _reached(here, gateway, 1)
            began = time.monotonic() if course.kills == 0 else 0.0
            count = _reached(here, gateway, mark)
            if course.kills == 0:
                course.undisturbed = (count - first) / max(time.monotonic() - began, 0.001)
            if course.kills == len(marks):
                course.seconds = time.monotonic() - course.began
                return course
            os.killpg(worker.pid, signal.SIGKILL)
        course.kills += 1


def _worker(here: Ground, number: int) -> AbstractContextManager[Served]:
    command = (sys.executable, "-m", "core.cli", "worker")
    return served(f"worker-{number}", here.folder, None, command, here.environment(free_port()))


def _reached(here: Ground, gateway: Gateway, many: int) -> int:
    """Waits until so many notices have reached the carrier; how many have.

    What is in doubt after a kill waits until Kannel has reported all it knows, so the last may come long after the others.
    """
    until = time.monotonic() + PATIENCE
    while (count := gateway.carrier()["count"]) < many:
        if time.monotonic() > until:
            states = asyncio.run(_states(here))
            raise RuntimeError(f"only {count} of {many} notices reached the carrier; recorded: {states}")
        time.sleep(0.05 if many - count < 2000 else 0.5)
    return int(count)


def _all_reported(here: Ground) -> None:
    until = time.monotonic() + PATIENCE
    while set(asyncio.run(_states(here))) - {"delivered"}:
        if time.monotonic() > until:
            return
        time.sleep(0.5)


async def _states(here: Ground) -> dict[str, int]:
    connection = await asyncpg.connect(here.urls.superuser)
    try:
        rows = await connection.fetch(
            "SELECT state, detail, count(*) AS n FROM sms_notice_message GROUP BY state, detail"
        )
        said = {("delivered", "DELIVRD"): "delivered"}
        return {
            said.get((r["state"], r["detail"]), f"{r['state']} {r['detail']}".strip()): r["n"] for r in rows
        }
    finally:
        await connection.close()


@contextlib.contextmanager
def _installation(here: Ground) -> Iterator[Zhunbao]:
    settings = Settings(here.folder, database_url=here.urls.app, owner_url=here.urls.owner, keys=here.keys)
    yield build(settings)


async def _district(here: Ground) -> UUID:
    """The province and one district that sends by Kannel."""
    with _installation(here) as z:
        await z.database.open()
        try:
            async with z.database.platform() as tx:
                await load_areas(
                    tx, [a for a in read_areas(TENANTS / "areas" / "62.csv.gz") if a.code <= "620803"]
                )
            configurator = Configurator(z.database, z.policies, z.catalogue_of, z.plugins, z.clock)
            for name in BUNDLES:
                values = VALUES if name.startswith(DISTRICT) else {}
                bundle = with_values(read_bundle(TENANTS / name), values)
                made = await configurator.create(bundle, author="bench", reason="bench")
            return made.id
        finally:
            await z.database.close()


async def _outbox(here: Ground, tenant: UUID) -> None:
    """Every notice as `process_events` would have written it; whom and what it is about is nobody's and nothing's."""
    with _installation(here) as z:
        await z.database.open()
        try:
            async with z.database.transaction(tenant) as tx:
                platform: Platform = z.host.context(await z.runtimes.scope(tx), "sms_notice").platform
            rows = [_row(platform, tenant, number) for number in range(NOTICES)]
        finally:
            await z.database.close()
    connection = await asyncpg.connect(here.urls.superuser)
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.copy_records_to_table("sms_notice_message", records=rows, columns=COLUMNS)
    finally:
        await connection.close()


def _row(platform: Platform, tenant: UUID, number: int) -> tuple[Any, ...]:
    message, phone, now = uuid4(), f"138{number:08d}", datetime.now(UTC)
    return (
        tenant, message, uuid4(), tenant, "accepted", 0, tenant, f"{DISTRICT}101203", seal_phone(platform, message, phone),
        index_of(platform, phone), seal_body(platform, message, TEXT), 1, "queued", now, now, now + timedelta(days=2),
    )  # fmt: skip
