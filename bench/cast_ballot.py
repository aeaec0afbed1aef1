"""Casting a ballot: our whole stack beside the bare floor and beside Django, one server process each, one database.

Every request is another (member, household). In each round every server takes all of them, in slices that alternate with
the others', so that disturbances meet all three; the tables of votes are emptied before. The median of the rounds counts.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import asyncpg
import httpx
import msgspec

from bench import peer
from bench.floor import SCRIPT, Script
from bench.ground import Ground, Served, copied, free_port, ground, ours, served, superuser_runs
from bench.load import CONNECTIONS, Load, percentile, run
from bench.measurement import Measurement
from bench.meeting import CLEAN, Case, Meeting, Member, prepare
from bench.recording import Step, heard, steps
from core.app import build
from core.settings import Settings

HOUSEHOLDS = 60
ROUNDS = 5
SLICE = 60
TO_FLOOR, TO_DJANGO = 0.6, 3.0


@dataclass(frozen=True, slots=True)
class Taken:
    """What one server took for all ballots of a round: wall time, its own processor time, every request's time."""

    seconds: float
    processor: float
    latencies: tuple[float, ...]

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def processor_each(self) -> float:
        return self.processor / len(self.latencies)

    def told(self, name: str) -> str:
        return (
            f"{name} {self.per_second:,.0f}/s, p50 {percentile(self.latencies, 0.5) * 1e3:.1f} ms, "
            f"p95 {percentile(self.latencies, 0.95) * 1e3:.1f} ms, "
            f"{self.processor_each * 1e3:.2f} ms of processor"
        )


def measure() -> list[Measurement]:
    with ground() as here:
        meeting = asyncio.run(prepare(here, HOUSEHOLDS))
        recorded = asyncio.run(record(here, meeting))
        rounds = _rounds(here, meeting, recorded)
    middle = {name: sorted(found, key=lambda t: t.seconds)[len(found) // 2] for name, found in rounds.items()}
    us, floor, django = (middle[name].per_second for name in ("ours", "floor", "django"))
    detail = (
        f"{'; '.join(taken.told(name) for name, taken in middle.items())}; {CONNECTIONS} connections, "
        f"{len(recorded)} statements a ballot, median of {ROUNDS} rounds"
    )
    return [
        Measurement(
            "cast_ballot_to_floor", us / floor, TO_FLOOR, "higher", "req/s", floor, django, us, detail
        ),
        Measurement("cast_ballot_to_django", us / django, TO_DJANGO, "higher", "req/s", floor, django, us),
    ]


def _rounds(here: Ground, meeting: Meeting, recorded: tuple[Step, ...]) -> dict[str, list[Taken]]:
    """Every round of every server, each on a database of its own; the first one warms up and is left out."""
    grounds = {name: copied(here, name) for name in ("floor", "ours", "django")}
    starts = {
        "floor": _floor(grounds["floor"], meeting, recorded),
        "ours": ours(grounds["ours"], free_port()),
        "django": peer.django(grounds["django"], free_port()),
    }
    ballots, rounds = meeting.ballots(), []
    with ExitStack() as stack:
        servers = {name: stack.enter_context(start) for name, start in starts.items()}
        for _ in range(ROUNDS + 1):
            for ground_ in grounds.values():
                superuser_runs(ground_.urls, CLEAN)
            rounds.append(_round(servers, ballots))
    return {name: [taken[name] for taken in rounds[1:]] for name in servers}


def _round(servers: Mapping[str, Served], ballots: Sequence[bytes]) -> dict[str, Taken]:
    """Each server in turn takes the next slice."""
    loads: dict[str, list[Load]] = {name: [] for name in servers}
    before = {name: server.processor for name, server in servers.items()}
    for n in range(0, len(ballots), SLICE):
        for name, server in servers.items():
            loads[name].append(asyncio.run(run(server.port, ballots[n : n + SLICE], expect=201)))
    return {
        name: Taken(
            sum(load.seconds for load in found),
            servers[name].processor - before[name],
            tuple(seconds for load in found for seconds in load.latencies),
        )
        for name, found in loads.items()
    }


def _floor(here: Ground, meeting: Meeting, recorded: tuple[Step, ...]) -> AbstractContextManager[Served]:
    script = Script(
        here.urls.app,
        recorded,
        {"tenant": meeting.tenant, "round": meeting.round},
        {m.token: {"account": m.account, "person": m.person} for m in meeting.members},
        {c.id: {"case": c.id, "household": c.household, "applicant": c.applicant} for c in meeting.cases},
    )
    file, port = here.folder / "floor.msgpack", free_port()
    file.write_bytes(msgspec.msgpack.encode(script))
    command = (
        sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--loop", "uvloop", "--workers", "1",
        "--port", str(port), "--no-ws", "bench.floor:application",
    )  # fmt: skip
    return served("floor", here.folder, port, command, {SCRIPT: str(file)})


Posted = Callable[[Meeting, Member, Case], tuple[str, dict[str, str]]]
"""Where a vote is posted, and what."""


def opened(meeting: Meeting, _: Member, case: Case) -> tuple[str, dict[str, str]]:
    return meeting.path(case), {"choice": "agree"}


async def record(here: Ground, meeting: Meeting, posted: Posted = opened) -> tuple[Step, ...]:
    """The statements of one ballot, `posted` open or sealed, once everything is warm."""
    zhunbao = build(Settings(here.folder, database_url=here.urls.app, keys=here.keys, demo=True, pool_size=1))
    await zhunbao.open()
    try:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(zhunbao.litestar),  # type: ignore[arg-type]
            base_url="http://bench.test",
        ) as client:
            await _cast(client, meeting.members[1], *posted(meeting, meeting.members[1], meeting.cases[1]))
            async with heard(zhunbao) as found:
                await _cast(
                    client, meeting.members[0], *posted(meeting, meeting.members[0], meeting.cases[0])
                )
    finally:
        await zhunbao.close()
    return steps(found, await names_of(here, meeting))


async def _cast(client: httpx.AsyncClient, member: Member, path: str, body: dict[str, str]) -> None:
    answer = await client.post(
        path, json=body,
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
