"""What 3,000 districts cost the people of one: work list, case page and ballot beside an installation with one district.

Two databases on one server, a web process each, measured in turns. In the large one every request is for another
district, so that nothing is warm but what a server that has been up for a while has: configurations and keys. The two
take turns in slices short enough for the same disturbances to meet both; the p95 is the median of the rounds'. That
somebody was seen is written once a minute at most, by which a crowd of people differs from one, not of districts: here
all were seen just now. Memory is the web process's, after one district was served and after all of them were.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from statistics import median

from bench.crowd import multiply
from bench.ground import Ground, Served, copied, free_port, ground, ours, superuser_runs
from bench.load import percentile, request, run
from bench.measurement import Measurement
from bench.meeting import CLEAN, Meeting, prepare

DISTRICTS = 3000
SEEN = "UPDATE session SET last_seen_at = now() + interval '20 minutes'"
HOUSEHOLDS = 20
ROUNDS = 7
SLICE = 10
MOST = 1.15
KINDS = {"work_list": 200, "case_page": 200, "ballot": 201}


@dataclass(eq=False)
class Place:
    """An installation with its server; `districts` are the codes requests are spread over, in turn."""

    here: Ground
    server: Served
    meeting: Meeting
    districts: Sequence[str]
    at: int = 0

    def requests(self, kind: str) -> list[bytes]:
        """One request for each (member, household), each for the next district."""
        found = []
        for n, (member, case) in enumerate(self.meeting.pairs()):
            self.at = (self.at + 1) % len(self.districts)
            there = replace(self.meeting, district=self.districts[self.at])
            base = f"/d/{there.district}"
            match kind:
                case "work_list":
                    found.append(request("GET", f"{base}/work?tab=all", token=there.clerk))
                case "case_page":
                    found.append(request("GET", f"{base}/cases/{case.id}", token=there.clerk))
                case _:
                    found.append(there.ballot(member, case, n))
        return found

    def times(self, asked: list[bytes], expect: int) -> tuple[float, ...]:
        """Seconds of each request."""
        return asyncio.run(run(self.server.port, asked, expect=expect, connections=1)).latencies

    def visit(self, districts: Sequence[str]) -> None:
        """One work list in each of these districts."""
        asked = [request("GET", f"/d/{code}/work?tab=all", token=self.meeting.clerk) for code in districts]
        self.times(asked, 200)


def measure() -> list[Measurement]:
    with ground() as here, ExitStack() as stack:
        meeting = asyncio.run(prepare(here, HOUSEHOLDS))
        superuser_runs(here.urls, SEEN)
        many = copied(here, "many")
        codes = asyncio.run(multiply(many.urls.superuser, here.keys, meeting.tenant, DISTRICTS))
        codes = random.Random(1).sample([*codes, meeting.district], DISTRICTS)
        one = Place(here, stack.enter_context(ours(here, free_port(), "one")), meeting, [meeting.district])
        all_ = Place(many, stack.enter_context(ours(many, free_port(), "many")), meeting, codes)
        memory = _memory(all_)
        times = _times(one, all_)
    return [*(_flat(kind, *times[kind]) for kind in KINDS), memory]


def _memory(place: Place) -> Measurement:
    """The first district is visited often enough for the process to have all it needs for itself."""
    place.visit([place.districts[0]] * 300)
    first = place.server.memory
    place.visit(place.districts)
    last = place.server.memory
    each = (last - first) / (DISTRICTS - 1) / 1024
    detail = (
        f"web process {first / 2**20:.0f} MB after one district, {last / 2**20:.0f} MB after {DISTRICTS:,}; "
        "procedure and rules are the province's, settings each district's own"
    )
    return Measurement("memory_per_district_kb", each, None, "lower", "kB", None, None, each, detail)


def _times(one: Place, all_: Place) -> dict[str, tuple[float, float]]:
    """The p95 of each kind in the small and in the large installation; the first round warms up."""
    rounds: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
    for _ in range(ROUNDS + 1):
        for kind, found in rounds.items():
            found.append(_round(one, all_, kind))
    return {
        kind: (median(small for small, _ in found[1:]), median(large for _, large in found[1:]))
        for kind, found in rounds.items()
    }


def _round(one: Place, all_: Place, kind: str) -> tuple[float, float]:
    """Every (member, household) once in each, slice by slice, each first in turn. Nobody has voted before."""
    for place in (one, all_):
        superuser_runs(place.here.urls, CLEAN)
    asked = {place: place.requests(kind) for place in (one, all_)}
    seconds: dict[Place, list[float]] = {one: [], all_: []}
    for n in range(0, len(asked[one]), SLICE):
        for place in (one, all_) if n // SLICE % 2 else (all_, one):
            seconds[place].extend(place.times(asked[place][n : n + SLICE], KINDS[kind]))
    return percentile(seconds[one], 0.95), percentile(seconds[all_], 0.95)


def _flat(kind: str, one: float, many: float) -> Measurement:
    detail = f"p95 {one * 1e3:.1f} ms with 1 district, {many * 1e3:.1f} ms with {DISTRICTS:,}; median of {ROUNDS} rounds"
    return Measurement(
        f"flatness_{kind}", many / one, MOST, "lower", "ms", one * 1e3, None, many * 1e3, detail
    )
