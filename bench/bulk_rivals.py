"""What others take for the bulk check: pandas for the whole of it, Splink for the linking, Spark with our own expressions."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import duckdb

from bench.bulk_data import Made
from bench.measurement import Measurement
from bench.peer import environment
from bench.spark_cluster import cluster, java
from bench.spending import Spent, spent

HOME = Path(__file__).parent
LINKED = "vehicles"
PANDAS_BYTES = 9_000
"""Of memory for each person: what pandas took at most, and half as much again."""
LINKED_UP_TO = 150_000
PROVINCE = 1_500_000
"""What the targets are for: below it starting a program is much of what it takes."""
PANDAS = (
    "pandas: the same files into Arrow-backed columns, every number washed, converted and checked by vectorised string methods, "
    "merges by number, by number with the other century, by name with birth date and district, then limits, households, alerts "
    "and a digest of every row for the next run, all in memory, no checkpoint"
)
SPLINK = (
    "Splink: numbers, names and birth dates cleaned beforehand as ours are, pairs blocked by number, by birth date with district "
    "and by name with birth date, compared by Damerau-Levenshtein, Jaro-Winkler and exactly, weights trained on the data itself, "
    "pairs of 0.9 and more kept"
)
LINKING = "ours: by number, by its 15 digits or with a slip in the century, then by name with birth date and district"
SPARK_UP_TO = 1_500_000


def beside_pandas(made: Made, ours: Spent) -> list[Measurement]:
    """Where this machine's memory holds its tables: everything at once, several copies."""
    if made.persons * PANDAS_BYTES > _memory():
        print(
            f"  pandas: left out, {made.persons:,} persons do not fit into this machine's memory", flush=True
        )
        return []
    python, script = str(environment("pandas")), str(HOME / "peer_pandas" / "recheck.py")
    out, pairs, mine = made.folder / "pandas", made.folder / "pandas.parquet", made.folder / "ours.parquet"
    pandas = spent([python, script, str(made.folder), str(out)])
    print(f"  pandas {pandas}", flush=True)
    _same_alerts(made.folder, out)
    spent([python, script, str(made.folder), str(pairs), LINKED])
    linked(made.folder, mine)
    accuracy, theirs = _said(made.folder, mine), _said(made.folder, pairs)
    return [
        Measurement(
            f"bulk_check_{made.persons // 1000}k_vs_pandas", pandas.seconds / ours.seconds,
            10 if made.persons >= PROVINCE else None, "higher", "s", peer=pandas.seconds, ours=ours.seconds,
            detail=f"{made.persons:,} persons, the same twelve files and the same alerts, row by row; pandas {pandas}; ours {ours}, "
            f"on two threads, with a checkpoint after every source; linking {LINKED}: ours {accuracy}, pandas {theirs}. {PANDAS}",
        )
    ]  # fmt: skip


def beside_splink(made: Made) -> list[Measurement]:
    if made.persons > LINKED_UP_TO:
        return []
    python, folder = environment("splink"), str(made.folder)
    mine, theirs = made.folder / "ours.parquet", made.folder / "splink.parquet"
    ours = linked(made.folder, mine)
    script = str(HOME / "peer_splink" / "linkage.py")
    splink = spent([str(python), script, folder, LINKED, str(theirs)])
    print(f"  linking {LINKED}: ours {ours}; Splink {splink}", flush=True)
    (p, r), (their_p, their_r) = _accuracy(made.folder, mine), _accuracy(made.folder, theirs)
    name = f"bulk_linkage_{made.persons // 1000}k"
    said = f"linking {LINKED} to {made.persons:,} persons; ours {_said(made.folder, mine)}; Splink {_said(made.folder, theirs)}"
    return [
        Measurement(
            f"{name}_vs_splink", splink.seconds / ours.seconds, 3, "higher", "s", peer=splink.seconds, ours=ours.seconds,
            detail=f"{said}; ours {ours}; Splink {splink}; start of the programs included. {LINKING}. {SPLINK}",
        ),
        Measurement(f"{name}_precision", p, round(their_p, 4), "higher", peer=their_p, ours=p, detail="target: Splink's"),
        Measurement(f"{name}_recall", r, round(their_r, 4), "higher", peer=their_r, ours=r, detail="target: Splink's"),
    ]  # fmt: skip


def beside_spark(made: Made, ours: Spent) -> list[Measurement]:
    """Beside, not against: on one machine Spark only pays its overhead; it is for more machines than one."""
    if java() is None or made.persons > SPARK_UP_TO:
        return []
    folder = made.folder.with_name("spark")
    folder.mkdir()
    for name in ("plan.json", "people.parquet", "limits.parquet", "thresholds.parquet", "registry"):
        (folder / name).symlink_to(made.folder / name)
    module = "plugins.big_data_check.bulk"
    with cluster(made.folder.with_name("cluster"), memory="2g") as master:
        options = ["--backend", "spark", "--master", master, "--watched"]
        spark = spent([sys.executable, "-m", module, str(folder), *options])
    print(f"  Spark {spark.seconds:.1f} s", flush=True)
    _same_alerts(made.folder, folder)
    shutil.rmtree(folder)
    shutil.rmtree(made.folder.with_name("cluster"))
    return [
        Measurement(
            f"bulk_check_{made.persons // 1000}k_spark", spark.seconds / ours.seconds, None, "lower", "s",
            peer=spark.seconds, ours=ours.seconds,
            detail=f"{made.persons:,} persons; standalone master and two workers of one core on this machine, session start "
            "included; the same alerts",
        )
    ]  # fmt: skip


def linked(folder: Path, out: Path) -> Spent:
    return spent([sys.executable, "-m", "bench.bulk_linkage", str(folder), LINKED, str(out)])


def _same_alerts(mine: Path, theirs: Path) -> None:
    columns = "case_id, coalesce(person_id, '') AS person_id, kind, item, namesake"

    def rows(folder: Path) -> str:
        path = folder / "alerts.parquet"
        return f"SELECT {columns} FROM read_parquet('{path / '*.parquet' if path.is_dir() else path}')"

    ours, other = rows(mine), rows(theirs)
    different = duckdb.execute(
        f"SELECT count(*) FROM (({ours} EXCEPT ALL {other}) UNION ALL ({other} EXCEPT ALL {ours}))"
    ).fetchall()
    if different != [(0,)]:
        raise AssertionError(f"{theirs.name} and ours differ in {different[0][0]} alerts")


def _said(folder: Path, pairs: Path) -> str:
    precision, recall = _accuracy(folder, pairs)
    return f"precision {precision:.4f}, recall {recall:.4f}"


def _accuracy(folder: Path, pairs: Path) -> tuple[float, float]:
    """Precision and recall of pairs of row and person on the generated truth."""
    counted = duckdb.execute(
        f"""WITH found AS (SELECT DISTINCT row, pid FROM read_parquet('{pairs}')),
            truth AS (SELECT row, pid FROM read_parquet('{folder}/truth/{LINKED}.parquet') WHERE pid IS NOT NULL)
            SELECT (SELECT count(*) FROM found JOIN truth USING (row, pid)), (SELECT count(*) FROM found), (SELECT count(*) FROM truth)"""
    ).fetchall()
    right, found, there = counted[0]
    return right / max(1, found), right / max(1, there)


def _memory() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
