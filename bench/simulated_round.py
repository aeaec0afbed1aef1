"""A village of 60 households from mobilisation to publication, as `zhunbao simulate round` plays it from outside.

All of a demo's processes run (pages, worker, the simulated provincial platform and text gateway), one of each, on a
database of their own. The figures are the simulator's: every request of every office, at most eight at once.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from typing import Any

from bench.ground import ROOT, Ground, free_port, ground, served
from bench.measurement import Measurement
from core.app import build
from core.demo import people
from core.demo.preparation import prepare
from core.demo.programs import Ports, programs
from core.settings import Settings

HOUSEHOLDS = 60
SEED = 1
VILLAGE = "620802101203"
SECONDS = 300


def measure() -> list[Measurement]:
    with ground() as here:
        report = _played(here)
    if report["errors"]:
        raise RuntimeError(f"the round was not played well: {report['mismatches'][:5]}")
    per_second = report["requests"] / report["seconds"]
    detail = (
        f"{report['households']} households, {report['requests']:,} requests in {report['seconds']:.0f} s, "
        f"p50 {report['p50_ms']:.0f} ms, p95 {report['p95_ms']:.0f} ms; {report['checks']:,} checks, "
        f"{len(report['mismatches'])} mismatches"
    )
    return [
        Measurement("simulated_round_per_second", per_second, None, "higher", "req/s", ours=per_second, detail=detail),
        Measurement("simulated_round_p95_ms", report["p95_ms"], None, "lower", "ms", ours=report["p95_ms"]),
    ]  # fmt: skip


def _played(here: Ground) -> dict[str, Any]:
    ports = Ports(free_port(), free_port(), free_port())
    settings = Settings(
        here.folder,
        port=ports.web,
        database_url=here.urls.app,
        owner_url=here.urls.owner,
        keys=here.keys,
        demo=True,
    )
    (here.folder / "clock").write_text("0")  # the round begins today
    asyncio.run(prepare(build(settings), ports.simulators, lambda _: None))
    with ExitStack() as stack:
        where = {"web": ports.web, "platform": ports.platform, "gateway": ports.gateway}
        for program in programs(settings, ports):
            port = where.get(program.name)
            stack.enter_context(served(program.name, here.folder, port, program.command, program.environment))
        return _report(settings, ports)


def _report(settings: Settings, ports: Ports) -> dict[str, Any]:
    """The simulator's own report; it ends with 1 where an outcome was not as it reckoned."""
    command = (
        sys.executable, "-m", "core.cli", "simulate", "round", "--url", f"http://127.0.0.1:{ports.web}",
        "--platform-url", ports.simulators.platform, "--district", "620802", "--village", VILLAGE,
        "--households", str(HOUSEHOLDS), "--seed", str(SEED), "--json",
    )  # fmt: skip
    environment = os.environ | {
        "ZHUNBAO_DATA": str(settings.data),
        "ZHUNBAO_SIMULATE_PASSWORD": people.PASSWORD,
    }
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise RuntimeError(f"simulate round said: {(done.stderr or done.stdout)[-2000:]}") from None
    return report
