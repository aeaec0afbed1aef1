"""The bulk re-check: everyone on the rolls of a province against twelve registries, beside what others would do.

Rivals in the same run: the same job as hand-written SQL on DuckDB (every size), pandas (every size whose tables it can hold),
Splink (15,000 and 150,000 persons, one registry), and the same expressions on a Spark cluster of two workers.
`BENCH_BULK_PERSONS` (such as `15000,150000`) measures other sizes. Everything that is made is removed size by size.
"""

from __future__ import annotations

import itertools
import math
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import duckdb

from bench.bulk_data import Made, made
from bench.bulk_rivals import PROVINCE, beside_pandas, beside_spark, beside_splink
from bench.measurement import Measurement
from bench.spending import Spent, spent

SIZES = (150_000, 1_500_000, 4_500_000)
ROUNDS_UP_TO = 150_000
"""Sizes up to this are measured three times, and the quickest counts."""
MEMORY, TIGHT = "2GB", "768MB"
"""At 1.5 million persons 700 MB are enough; with 512 MB the joins of one source do not fit, and the run says so and ends."""
OVER = 700
"""MB that the process may have beside what DuckDB keeps: interpreter, libraries, buffers of readers and writers."""


def measure() -> list[Measurement]:
    sizes = tuple(int(n) for n in os.environ.get("BENCH_BULK_PERSONS", "").split(",") if n) or SIZES
    with tempfile.TemporaryDirectory(prefix="zhunbao-bulk-") as kept:
        ours: dict[int, Spent] = {}
        found: list[Measurement] = []
        for size in sizes:
            province = made(Path(kept) / str(size), size)
            print(f"{size:,} persons, {province.rows:,} registry rows", flush=True)
            ours[size], sql = _both(province, 3 if size <= ROUNDS_UP_TO else 1)
            found += _beside_sql(province, ours[size], sql)
            if size == PROVINCE:
                found.append(_tight(province))
            found += beside_pandas(province, ours[size])
            found += beside_splink(province)
            found += beside_spark(province, ours[size])
            shutil.rmtree(province.folder)
        return [*found, *_growth(ours)]


def _both(made: Made, rounds: int) -> tuple[Spent, Spent]:
    """Ours and the SQL by turns; the round of each that took least. Raises AssertionError where a row differs."""
    out = made.folder / "sql"
    mine, theirs = list[Spent](), list[Spent]()
    for _ in range(rounds):
        forget(made.folder)
        mine.append(_ours(made.folder, MEMORY))
        print(f"  ours {mine[-1]}", flush=True)
        command = [sys.executable, "-m", "bench.bulk_sql", str(made.folder), str(out), MEMORY]
        theirs.append(spent(command, out / "spill"))
        print(f"  SQL  {theirs[-1]}", flush=True)
    _same(made.folder, out)
    return min(mine, key=lambda s: s.seconds), min(theirs, key=lambda s: s.seconds)


def _ours(folder: Path, memory: str) -> Spent:
    module = "plugins.big_data_check.bulk"
    return spent(
        [sys.executable, "-m", module, str(folder), "--memory", memory, "--watched"], folder / "spill"
    )


def forget(folder: Path) -> None:
    """Takes a folder back to its inputs."""
    for name in ("facts", "state"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in ("touched", "households", "found", "alerts"):
        (folder / f"{name}.parquet").unlink(missing_ok=True)
    (folder / "inputs.json").unlink(missing_ok=True)


def _same(mine: Path, theirs: Path) -> None:
    """Every row of what a run leaves: alerts, and what the next run compares with."""
    for name in ("alerts", "state/people", "state/facts", "state/known"):
        left, right = (f"read_parquet('{_parquet(folder / name)}')" for folder in (mine, theirs))
        columns = ", ".join(row[0] for row in duckdb.execute(f"DESCRIBE FROM {left}").fetchall())
        tables = (f"SELECT {columns} FROM {left}", f"SELECT {columns} FROM {right}")
        for one, other in (tables, tables[::-1]):
            counted = duckdb.execute(f"SELECT count(*) FROM ({one} EXCEPT ALL {other})").fetchall()
            if counted != [(0,)]:
                raise AssertionError(f"the SQL and ours differ in {counted[0][0]} rows of {name}")


def _parquet(name: Path) -> Path:
    """One file, or all those in a folder."""
    return name / "*.parquet" if name.is_dir() else name.with_suffix(".parquet")


def _beside_sql(made: Made, ours: Spent, sql: Spent) -> list[Measurement]:
    what = f"{made.persons:,} persons × 12 sources, {made.rows:,} registry rows, 2 threads, DuckDB bounded to {MEMORY}"
    said = f"{what}; ours {ours}, with a checkpoint after every source; the SQL {sql}, without; every row of both the same"
    name, target = short(made.persons), 1.2 if made.persons >= PROVINCE else None
    megabytes = 2048 + OVER
    return [
        Measurement(
            f"bulk_check_{name}_vs_sql", ours.seconds / sql.seconds, target, "lower", "s", peer=sql.seconds,
            ours=ours.seconds, detail=said,
        ),
        Measurement(
            f"bulk_check_{name}_processor_vs_sql", ours.processor / sql.processor, target, "lower", "s", peer=sql.processor,
            ours=ours.processor, detail=f"{what}; processor time of all threads, start of the program included",
        ),
        Measurement(
            f"bulk_check_{name}_memory", ours.megabytes, megabytes, "lower", "MB", peer=sql.megabytes, ours=ours.megabytes,
            detail=f"{what}; peak resident memory of the whole process; {ours.spilled:,.0f} MB spilled, the SQL {sql.spilled:,.0f} MB",
        ),
    ]  # fmt: skip


def _tight(made: Made) -> Measurement:
    """The same with three eighths of the memory: slower, spilled, and the same bound."""
    forget(made.folder)
    ours = _ours(made.folder, TIGHT)
    print(f"  ours with {TIGHT} {ours}", flush=True)
    _same(made.folder, made.folder / "sql")
    return Measurement(
        f"bulk_check_{short(made.persons)}_tight_memory", ours.megabytes, 768 + OVER, "lower", "MB", ours=ours.megabytes,
        detail=f"{made.persons:,} persons, DuckDB bounded to {TIGHT}: {ours}; every row the same",
    )  # fmt: skip


def _growth(ours: Mapping[int, Spent]) -> list[Measurement]:
    """The exponent by which time grows from the smallest to the largest size: 1 is linear, below is better."""
    sizes = sorted(ours)
    if len(sizes) < 2:
        return []

    def exponent(small: int, large: int) -> float:
        return math.log(ours[large].seconds / ours[small].seconds) / math.log(large / small)

    steps = ", ".join(f"{exponent(a, b):.2f} from {a:,} to {b:,}" for a, b in itertools.pairwise(sizes))
    each = ", ".join(f"{n:,}: {ours[n].seconds:.1f} s" for n in sizes)
    return [
        Measurement(
            "bulk_check_growth_exponent",
            exponent(sizes[0], sizes[-1]),
            1.0,
            "lower",
            detail=f"{steps}; {each}",
        )
    ]


def short(persons: int) -> str:
    return f"{persons // 1000}k" if persons < 1_000_000 else f"{persons / 1e6:g}m"
