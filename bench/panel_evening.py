"""A district's evening: 250 villages hold their panels at once, 15 members each, 60 households each: 225,000 ballots.

All 250 sessions are open in one district, and take their ballots in turn: the first member of every village on its first
household, then the second, and so on. A run takes a sample of the ballots (`BENCH_EVENING_BALLOTS`, default 6,000 for each
server, which is 24 a session), ours and the bare floor's in slices that alternate; 225000 is the whole evening. Ours are
sealed, as phones send them; the floor runs the statements of a sealed ballot and opens none.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from itertools import islice

import msgspec

from bench.cast_ballot import Taken, record
from bench.floor import SCRIPT, Script
from bench.ground import Ground, Served, copied, free_port, ground, ours, served, superuser_runs
from bench.load import CONNECTIONS, Load, percentile, request, run
from bench.measurement import Measurement
from bench.meeting import CLEAN, Case, Meeting, Member, prepare
from bench.recording import Step
from bench.sealed import give_keys, sealed_ballot, sealed_post
from bench.villages import multiply

SESSIONS, MEMBERS, HOUSEHOLDS = 250, 15, 60
SAMPLE = int(os.environ.get("BENCH_EVENING_BALLOTS", "6000"))
SLICE = 500
TO_FLOOR = 0.6
OPENINGS = 10
OPENING = 60
"""Ballots that opening all of them may cost: as many as it shows."""
P95 = 1.0
"""Seconds a member may wait for the word that her ballot is in."""


def measure() -> list[Measurement]:
    with ground() as here:
        first = asyncio.run(prepare(here, HOUSEHOLDS, MEMBERS))
        meetings = asyncio.run(multiply(here.urls.superuser, first, SESSIONS))
        keys = asyncio.run(give_keys(here, meetings))
        recorded = asyncio.run(record(here, first, partial(sealed_post, keys)))
        superuser_runs(here.urls, CLEAN)
        grounds = {name: copied(here, name) for name in ("floor", "ours")}
        with ExitStack() as stack:
            servers = {
                "floor": stack.enter_context(floor(grounds["floor"], meetings, recorded)),
                "ours": stack.enter_context(ours(grounds["ours"], free_port())),
            }
            turns = list(islice(evening(meetings), SAMPLE))
            ballots = {
                "floor": [vote[0].ballot(*vote[1:]) for vote in turns],
                "ours": [sealed_ballot(keys, *vote) for vote in turns],
            }
            taken = _alternating(servers, ballots)
            opening = _opened(servers["ours"], first)
    us, least = taken["ours"], taken["floor"]
    hours = SESSIONS * MEMBERS * HOUSEHOLDS / us.per_second / 3600
    detail = (
        f"{'; '.join(one.told(name) for name, one in taken.items())}; {len(us.latencies):,} of "
        f"{SESSIONS * MEMBERS * HOUSEHOLDS:,} sealed ballots over {SESSIONS} open sessions of {MEMBERS} members and {HOUSEHOLDS} "
        f"households, {CONNECTIONS} connections, one server process; the whole evening at this rate {hours:.2f} h"
    )
    slow = percentile(us.latencies, 0.95)
    return [
        Measurement(
            "panel_evening_to_floor", us.per_second / least.per_second, TO_FLOOR, "higher", "req/s",
            least.per_second, None, us.per_second, detail,
        ),
        Measurement(
            "panel_evening_opening", opening.processor_each / us.processor_each, OPENING, "lower",
            detail=f"ballot pages of {HOUSEHOLDS} households: {opening.told('ours')}; beside a ballot's processor time",
        ),
        Measurement("panel_evening_p95", slow, P95, "lower", "s", percentile(least.latencies, 0.95), None, slow),
    ]  # fmt: skip


def _opened(server: Served, village: Meeting) -> Taken:
    """Members open their ballots, which each does once in the evening. The copies' households cannot be read: the first's are."""
    pages = [request("GET", village.page, token=member.token) for member in village.members]
    asyncio.run(run(server.port, pages[:CONNECTIONS], expect=200))
    before = server.processor
    load = asyncio.run(run(server.port, pages * OPENINGS, expect=200))
    return Taken(load.seconds, server.processor - before, load.latencies)


def evening(meetings: Sequence[Meeting]) -> Iterator[tuple[Meeting, Member, Case, int]]:
    """Every vote of the evening, the villages taking turns."""
    for h in range(len(meetings[0].cases)):
        for m in range(len(meetings[0].members)):
            for meeting in meetings:
                yield meeting, meeting.members[m], meeting.cases[h], m + h


def _alternating(servers: dict[str, Served], ballots: dict[str, list[bytes]]) -> dict[str, Taken]:
    loads: dict[str, list[Load]] = {name: [] for name in servers}
    for (
        name,
        server,
    ) in servers.items():  # connections, plans and policies are there before the evening begins
        asyncio.run(run(server.port, ballots[name][:CONNECTIONS], expect=201))
    before = {name: server.processor for name, server in servers.items()}
    for n in range(CONNECTIONS, len(ballots["ours"]), SLICE):
        for name, server in servers.items():
            loads[name].append(asyncio.run(run(server.port, ballots[name][n : n + SLICE], expect=201)))
    return {
        name: Taken(
            sum(load.seconds for load in found),
            servers[name].processor - before[name],
            tuple(seconds for load in found for seconds in load.latencies),
        )
        for name, found in loads.items()
    }


def floor(
    here: Ground, meetings: Sequence[Meeting], recorded: tuple[Step, ...]
) -> AbstractContextManager[Served]:
    script = Script(
        here.urls.app,
        recorded,
        {"tenant": meetings[0].tenant},
        {m.token: {"account": m.account, "person": m.person} for one in meetings for m in one.members},
        {
            c.id: {"case": c.id, "household": c.household, "applicant": c.applicant, "round": one.round}
            for one in meetings
            for c in one.cases
        },
    )
    file, port = here.folder / "evening.msgpack", free_port()
    file.write_bytes(msgspec.msgpack.encode(script))
    command = (
        sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--loop", "uvloop", "--workers", "1",
        "--port", str(port), "--no-ws", "bench.floor:application",
    )  # fmt: skip
    return served("floor", here.folder, port, command, {SCRIPT: str(file)})
