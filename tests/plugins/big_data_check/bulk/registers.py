"""Registry snapshots and rolls by hand: a few rows, written as a department would deliver them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.registry.resident_id import check_character
from core.rules.parameters import Mode, ParameterSet
from core.sdk.verification import Source
from plugins.big_data_check.bulk.engines import engine
from plugins.big_data_check.bulk.limits import limits_row, limits_table
from plugins.big_data_check.bulk.registers import ALL_SOURCES, PEOPLE, schema_of
from plugins.big_data_check.bulk.run import Run

TODAY = date(2026, 8, 10)
P1 = ParameterSet(
    id="P1", label="2026", effective_from=date(2026, 1, 1), standard=Decimal(5580), mode=Mode.GAP
)


def number(district: str = "620802", born: str = "19600101", place: str = "001") -> str:
    """A valid ID number."""
    return f"{district}{born}{place}" + check_character(f"{district}{born}{place}")


def someone(
    pid: int, *, name: str = "王建国", hid: int | None = None, place: int = 0, **more: Any
) -> dict[str, Any]:
    """A person on the rolls, alone in a household unless `hid` says otherwise."""
    house = pid if hid is None else hid
    own = number(place=f"{place or pid + 1:03d}")
    return {
        "pid": pid, "hid": house, "person_id": f"person {pid}", "household_id": f"household {house}",
        "case_id": f"case {house}", "area_code": "620802001001", "number": own, "name": name, "born": date(1960, 1, 1),
        "persons": 1, "allowed": ALL_SOURCES,
    } | more  # fmt: skip


def snapshot(path: Path, source: Source, rows: Sequence[Mapping[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    full = [{"name": "某某", "area_code": "620802000000", **row} for row in rows]
    pq.write_table(pa.Table.from_pylist(full, schema=schema_of(source)), path)


def folder_of(
    folder: Path,
    people: Sequence[Mapping[str, Any]],
    registries: Mapping[Source, Sequence[Mapping[str, Any]]],
    parameters: ParameterSet = P1,
) -> Path:
    """A run's folder with its inputs."""
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(people), schema=PEOPLE), folder / "people.parquet")
    pq.write_table(limits_table([limits_row("620802", parameters, TODAY)]), folder / "limits.parquet")
    (folder / "plan.json").write_text(json.dumps({"salt": "salt"}))
    for source, rows in registries.items():
        snapshot(folder / "registry" / f"{source.value}.parquet", source, rows)
    return folder


def run(folder: Path) -> list[dict[str, Any]]:
    """Runs on DuckDB here; the alerts."""
    with engine("duckdb", folder / "spill", memory="500MB", threads=1) as opened:
        Run(folder, opened)()
    found: list[dict[str, Any]] = pq.read_table(folder / "alerts.parquet").to_pylist()
    return found


def told(alerts: Sequence[Mapping[str, Any]]) -> set[tuple[Any, str, str, bool]]:
    return {(a["person_id"], a["kind"], a["item"], a["namesake"]) for a in alerts}
