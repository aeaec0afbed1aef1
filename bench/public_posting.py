"""The public posting page, as a village opens it: requests a second and p95 beside a static file of the same server.

Three kinds of request in turn, from the same connections to one process: the stylesheet (no database, from memory), the
page of a posting of forty households, and the same page by somebody whose browser has it (ETag → 304, no body).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bench.ground import Ground, free_port, ground, ours, superuser_runs
from bench.load import CONNECTIONS, Load, request, run
from bench.measurement import Measurement
from core.web.assets import Assets
from tests.builders.casework import JPEG, a_bureau, upload
from tests.builders.households import elderly_couple
from tests.builders.installation import an_installation

REQUESTS, ROUNDS = 400, 3
HOUSEHOLDS = 40
TO_STATIC = 0.25
"""Whether the posting hangs is asked of the database each time, in two short transactions; the file lies in memory."""
UNCHANGED_TO_STATIC = 0.25


@dataclass(frozen=True, slots=True)
class Page:
    path: str
    tag: str


def measure() -> list[Measurement]:
    with ground() as here:
        path = asyncio.run(_posting(here))
        _fill(here)
        port = free_port()
        with ours(here, port):
            page = Page(path, asyncio.run(_tag(port, path)))
            loads = _rounds(port, page)
    middle = {
        kind: sorted(found, key=lambda one: one.seconds)[len(found) // 2] for kind, found in loads.items()
    }
    static, shown, unchanged = (middle[kind].per_second for kind in ("static", "page", "unchanged"))
    told = "; ".join(
        f"{kind} {load.per_second:.0f}/s, p50 {load.percentile(0.5) * 1000:.1f} ms, p95 {load.percentile(0.95) * 1000:.1f} ms"
        for kind, load in middle.items()
    )
    detail = f"{told}; posting of {HOUSEHOLDS} households, {CONNECTIONS} connections, one process, median of {ROUNDS} rounds"
    return [
        Measurement("public_posting_to_static", shown / static, TO_STATIC, "higher", "req/s", static, None, shown, detail),
        Measurement(
            "public_posting_unchanged_to_static", unchanged / static, UNCHANGED_TO_STATIC, "higher", "req/s", static,
            None, unchanged,
        ),
    ]  # fmt: skip


def _rounds(port: int, page: Page) -> dict[str, list[Load]]:
    """Every kind in turn; the first round warms up and is left out."""
    static = f"{Assets.load().url('app.css')}"
    kinds: dict[str, tuple[Sequence[bytes], int]] = {
        "static": ([request("GET", static, headers={"accept-encoding": "gzip"})] * REQUESTS, 200),
        "page": ([request("GET", page.path)] * REQUESTS, 200),
        "unchanged": ([request("GET", page.path, headers={"if-none-match": page.tag})] * REQUESTS, 304),
    }
    loads: dict[str, list[Load]] = {kind: [] for kind in kinds}
    for _ in range(ROUNDS + 1):
        for kind, (requests, expect) in kinds.items():
            loads[kind].append(asyncio.run(run(port, requests, expect=expect)))
    return {kind: found[1:] for kind, found in loads.items()}


async def _posting(here: Ground) -> str:
    """A case whose posting hangs today; its public address."""
    async with an_installation(here.urls, here.folder, here.keys) as house:
        bureau = await a_bureau(house, await house.district("620802-kongtong"))
        case = await bureau.take(await bureau.application(elderly_couple()), "posted")
        photo = await upload(bureau, bureau.staff["village_clerk"], JPEG)
        await bureau.do("village_clerk", case, "start_posting", {"photos": [photo]})
        async with house.inside(bureau.district) as tx:
            token = await tx.fetchval("SELECT token FROM posting WHERE process_id = $1", case.id)
    return f"/d/620802/p/postings/{token}"


def _fill(here: Ground) -> None:
    entries = [
        {
            "applicant": f"户主{n:02d}",
            "group_name": f"{n % 8 + 1}组",
            "persons": n % 5 + 1,
            "amount": "356.00",
        }
        for n in range(HOUSEHOLDS)
    ]
    text = json.dumps(entries, ensure_ascii=False)
    since = date(2020, 1, 1)
    superuser_runs(
        here.urls,
        f"UPDATE posting SET entries = '{text}'::jsonb, starts_on = '{since}', ends_on = '2999-01-01'",
    )


async def _tag(port: int, path: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request("GET", path, headers={"connection": "close"}))
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    writer.close()
    assert head.startswith("HTTP/1.1 200"), head
    return next(
        line.partition(":")[2].strip() for line in head.splitlines() if line.lower().startswith("etag:")
    )
