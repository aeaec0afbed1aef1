"""The bulk re-check: everyone on the rolls of a province against twelve registries, beside what others would do.

Rivals in the same run: the same work as hand-written SQL on DuckDB (at every size), pandas and Splink (at the largest size
that takes them about two minutes), and the same expressions on a Spark cluster of two workers. `BENCH_BULK_PERSONS` (such as
`15000,150000`) measures other sizes; the last but one is the province's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from bench.bulk_data import Made, make
from bench.measurement import Measurement
from bench.peer import environment
from bench.spark_cluster import cluster, java

HOME = Path(__file__).parent
SIZES = (150_000, 1_500_000, 4_500_000)
PEERS = 150_000
LINKED = "vehicles"
MEMORY = "2GB"


@dataclass(frozen=True, slots=True)
class Spent:
    """Wall seconds and the most memory (MB) of a process that ended well."""

    seconds: float
    megabytes: float


def measure() -> list[Measurement]:
    sizes = tuple(int(n) for n in os.environ.get("BENCH_BULK_PERSONS", "").split(",") if n) or SIZES
    with tempfile.TemporaryDirectory(prefix="zhunbao-bulk-") as kept:
        home = Path(kept)
        ours: dict[int, Spent] = {}
        found: list[Measurement] = []
        for size in sizes:
            made = make(home / str(size), size)
            ours[size], sql = _ours(made), _sql(made)
            found += _beside_sql(made, ours[size], sql)
            if size == min(PEERS, sizes[-1]):
                found += [
                    _beside_pandas(made, ours[size]),
                    *_beside_splink(made),
                    *_beside_spark(made, ours[size]),
                ]
            shutil.rmtree(made.folder)
        return [*found, *_growth(ours)]


def _ours(made: Made) -> Spent:
    return _spent(
        [
            sys.executable,
            "-m",
            "plugins.big_data_check.bulk",
            str(made.folder),
            "--memory",
            MEMORY,
            "--watched",
        ]
    )


def _sql(made: Made) -> Spent:
    out = made.folder / "sql"
    spent = _spent([sys.executable, "-m", "bench.bulk_sql", str(made.folder), str(out)])
    columns = "case_id, coalesce(person_id, '') AS person_id, kind, item, namesake"
    mine, theirs = (f"(SELECT {columns} FROM read_parquet('{f}/alerts.parquet'))" for f in (made.folder, out))
    different = duckdb.sql(
        f"SELECT count(*) FROM (({mine} EXCEPT {theirs}) UNION ALL ({theirs} EXCEPT {mine}))"
    ).fetchall()
    if different != [(0,)]:
        raise AssertionError(f"the SQL and ours differ in {different} alerts")
    return spent


def _beside_sql(made: Made, ours: Spent, sql: Spent) -> list[Measurement]:
    what = f"{made.persons:,} persons × 12 sources, {made.rows:,} registry rows, 2 threads, DuckDB bounded to {MEMORY}"
    return [
        Measurement(
            f"bulk_check_{_short(made.persons)}_vs_sql", ours.seconds / sql.seconds, 1.2, "lower", "s", peer=sql.seconds,
            ours=ours.seconds, detail=f"{what}; ours with checkpoints and the state for the next run, the SQL without",
        ),
        Measurement(
            f"bulk_check_{_short(made.persons)}_memory", ours.megabytes, 4096, "lower", "MB", peer=sql.megabytes,
            ours=ours.megabytes, detail=f"{what}; peak resident memory of the whole process",
        ),
    ]  # fmt: skip


def _beside_pandas(made: Made, ours: Spent) -> Measurement:
    python = environment("pandas")
    pandas = _spent([str(python), str(HOME / "peer_pandas" / "recheck.py"), str(made.folder)])
    return Measurement(
        "bulk_check_vs_pandas", pandas.seconds / ours.seconds, 10, "higher", "s", peer=pandas.seconds, ours=ours.seconds,
        detail=f"{made.persons:,} persons, the same twelve files; pandas stops at figures per person (no households, no "
        f"alerts); its peak memory {pandas.megabytes:,.0f} MB, ours {ours.megabytes:,.0f} MB",
    )  # fmt: skip


def _beside_splink(made: Made) -> list[Measurement]:
    python, folder = environment("splink"), str(made.folder)
    mine, theirs = made.folder / "ours.parquet", made.folder / "splink.parquet"
    ours = _spent([sys.executable, "-m", "bench.bulk_linkage", folder, LINKED, str(mine)])
    splink = _spent([str(python), str(HOME / "peer_splink" / "linkage.py"), folder, LINKED, str(theirs)])
    p, r = _accuracy(made.folder, mine)
    their_p, their_r = _accuracy(made.folder, theirs)
    said = f"linking {LINKED} to {made.persons:,} persons; precision {p:.4f}, recall {r:.4f}; Splink {their_p:.4f}, {their_r:.4f}"
    return [
        Measurement(
            "bulk_linkage_vs_splink", splink.seconds / ours.seconds, 3, "higher", "s", peer=splink.seconds,
            ours=ours.seconds, detail=f"{said}; exact + fuzzy with its own training",
        ),
        Measurement("bulk_linkage_precision", p, round(their_p, 4), "higher", peer=their_p, ours=p, detail="target: Splink's"),
        Measurement("bulk_linkage_recall", r, round(their_r, 4), "higher", peer=their_r, ours=r, detail="target: Splink's"),
    ]  # fmt: skip


def _beside_spark(made: Made, ours: Spent) -> list[Measurement]:
    """Beside, not against: on one machine Spark only pays its overhead; it is for more machines than one."""
    if java() is None:
        return []
    folder = made.folder.with_name("spark")
    shutil.copytree(made.folder, folder, ignore=shutil.ignore_patterns("facts", "state", "*.spill", "sql"))
    for finished in ("inputs.json", "households.parquet", "found.parquet", "alerts.parquet"):
        (folder / finished).unlink(missing_ok=True)
    with cluster(made.folder.with_name("cluster"), memory="2g") as master:
        spark = _spent(
            [sys.executable, "-m", "plugins.big_data_check.bulk", str(folder), "--backend", "spark", "--master", master,
             "--watched"]
        )  # fmt: skip
    shutil.rmtree(folder)
    return [
        Measurement(
            "bulk_check_spark", spark.seconds / ours.seconds, None, "lower", "s", peer=spark.seconds, ours=ours.seconds,
            detail=f"{made.persons:,} persons; standalone master and two workers of one core on this machine, session start included",
        )
    ]  # fmt: skip


def _growth(ours: dict[int, Spent]) -> list[Measurement]:
    """Seconds for each person at the largest size, against the smallest: 1 is linear, below is better."""
    sizes = sorted(ours)
    if len(sizes) < 2:
        return []
    small, large = sizes[0], sizes[-1]
    ratio = (ours[large].seconds / large) / (ours[small].seconds / small)
    each = ", ".join(f"{n:,}: {ours[n].seconds:.1f} s" for n in sizes)
    return [Measurement("bulk_check_growth", ratio, 1.0, "lower", detail=f"seconds per person, {each}")]


def _accuracy(folder: Path, pairs: Path) -> tuple[float, float]:
    """Precision and recall of pairs of row and person on the generated truth."""
    counted = duckdb.sql(
        f"""WITH found AS (SELECT DISTINCT row, pid FROM read_parquet('{pairs}')),
            truth AS (SELECT row, pid FROM read_parquet('{folder}/truth/{LINKED}.parquet') WHERE pid IS NOT NULL)
            SELECT (SELECT count(*) FROM found JOIN truth USING (row, pid)), (SELECT count(*) FROM found), (SELECT count(*) FROM truth)"""
    ).fetchall()
    right, found, there = counted[0]
    return right / max(1, found), right / max(1, there)


def _spent(command: Sequence[str]) -> Spent:
    """Raises CalledProcessError with what the process said."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=said, stderr=said, cwd=HOME.parent)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.stdin is not None
        process.stdin.close()
        if process.returncode:
            said.seek(0)
            raise subprocess.CalledProcessError(
                process.returncode, command, said.read().decode(errors="replace")[-2000:]
            )
    return Spent(time.monotonic() - began, usage.ru_maxrss / 1024)


def _short(persons: int) -> str:
    return f"{persons // 1000}k" if persons < 1_000_000 else f"{persons / 1e6:g}m"
