"""Casting a ballot: our whole stack beside the bare floor and beside Django, one server process each, one database.

Every request is another (member, household). The three are measured in turns, the tables of votes emptied before each
run, and the best run of each counts: what the code takes, not what the machine was busy with.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import AbstractContextManager, ExitStack
from hashlib import sha256
from uuid import UUID

import asyncpg
import httpx
import msgspec

from bench import peer
from bench.floor import SCRIPT, Script
from bench.ground import Ground, Served, free_port, ground, ours, served, superuser_runs
from bench.load import CONNECTIONS, Load, run
from bench.measurement import Measurement
from bench.meeting import CLEAN, Case, Meeting, Member, prepare
from bench.recording import Step, heard, steps
from core.app import build
from core.settings import Settings

HOUSEHOLDS = 60
ROUNDS = 5
TO_FLOOR, TO_DJANGO = 0.6, 3.0


def measure() -> list[Measurement]:
    with ground() as here:
        meeting = asyncio.run(prepare(here, HOUSEHOLDS))
        script = _script(here, meeting)
        best = _best(here, meeting, script)
    us, floor, django = (best[name].per_second for name in ("ours", "floor", "django"))
    told = "; ".join(
        f"{name} {load.per_second:,.0f}/s, p50 {load.percentile(0.5) * 1e3:.1f} ms, p95 {load.percentile(0.95) * 1e3:.1f} ms"
        for name, load in best.items()
    )
    detail = f"{told}; {CONNECTIONS} connections, {len(script.steps)} statements a ballot, best of {ROUNDS}"
    return [
        Measurement(
            "cast_ballot_to_floor", us / floor, TO_FLOOR, "higher", "req/s", floor, django, us, detail
        ),
        Measurement(
            "cast_ballot_to_django", us / django, TO_DJANGO, "higher", "req/s", floor, django, us, detail
        ),
    ]


def _best(here: Ground, meeting: Meeting, script: Script) -> dict[str, Load]:
    """The fastest run of each server; the first round warms up."""
    ballots, best = meeting.ballots(), dict[str, Load]()
    with ExitStack() as stack:
        ports = {name: stack.enter_context(start).port for name, start in _servers(here, script).items()}
        for turn in range(ROUNDS + 1):
            for name, port in ports.items():
                superuser_runs(here.urls, CLEAN)
                load = asyncio.run(run(port, ballots, expect=201))
                if turn and (name not in best or load.seconds < best[name].seconds):
                    best[name] = load
    return best


def _servers(here: Ground, script: Script) -> dict[str, AbstractContextManager[Served]]:
    file = here.folder / "floor.msgpack"
    file.write_bytes(msgspec.msgpack.encode(script))
    port = free_port()
    granian = (
        sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--loop", "uvloop", "--workers", "1",
        "--port", str(port), "--no-ws", "bench.floor:application",
    )  # fmt: skip
    return {
        "floor": served("floor", here.folder, port, granian, {SCRIPT: str(file)}),
        "ours": ours(here, free_port()),
        "django": peer.django(here, free_port()),
    }


def _script(here: Ground, meeting: Meeting) -> Script:
    return Script(
        here.urls.app,
        asyncio.run(record(here, meeting)),
        {"tenant": meeting.tenant, "round": meeting.round},
        {m.token: {"account": m.account, "person": m.person} for m in meeting.members},
        {c.id: {"case": c.id, "household": c.household, "applicant": c.applicant} for c in meeting.cases},
    )


async def record(here: Ground, meeting: Meeting) -> tuple[Step, ...]:
    """The statements of one ballot, once everything is warm."""
    zhunbao = build(Settings(here.folder, database_url=here.urls.app, keys=here.keys, demo=True, pool_size=1))
    await zhunbao.open()
    try:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(zhunbao.litestar),  # type: ignore[arg-type]
            base_url="http://bench.test",
        ) as client:
            await _cast(client, meeting, meeting.members[1], meeting.cases[1])
            async with heard(zhunbao) as found:
                await _cast(client, meeting, meeting.members[0], meeting.cases[0])
    finally:
        await zhunbao.close()
    return steps(found, await names_of(here, meeting))


async def _cast(client: httpx.AsyncClient, meeting: Meeting, member: Member, case: Case) -> None:
    answer = await client.post(
        meeting.path(case), json={"choice": "agree"},
        headers={"authorization": f"Bearer {member.token}", "idempotency-key": "recorded"},
    )  # fmt: skip
    answer.raise_for_status()


async def names_of(here: Ground, meeting: Meeting) -> dict[UUID | bytes, str]:
    """What the recorded request's values are called."""
    member, case = meeting.members[0], meeting.cases[0]
    connection = await asyncpg.connect(here.urls.superuser)
    try:
        fresh = await connection.fetch("SELECT id FROM women_panel_ballot WHERE case_id = $1", case.id)
    finally:
        await connection.close()
    return {
        sha256(member.token.encode()).digest(): "token_hash", meeting.tenant: "tenant", meeting.round: "round", meeting.session: "session", member.account: "account",
        member.person: "person", case.id: "case", case.household: "household", case.applicant: "applicant",
        **{row["id"]: "fresh" for row in fresh},
    }  # fmt: skip
