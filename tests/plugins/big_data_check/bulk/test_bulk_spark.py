"""The same expressions on a real cluster, a master and two workers: the results are the same bytes."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from bench.bulk_data import make
from bench.spark_cluster import SHORT_LIVED, cluster, java

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(java() is None, reason="Spark needs java, and this machine has none"),
]

SMALL = (
    "spark.sql.codegen.wholeStage=false", "spark.sql.codegen.factoryMode=NO_CODEGEN", "spark.sql.shuffle.partitions=2",
    "spark.sql.adaptive.enabled=false", "spark.locality.wait=0", "spark.ui.showConsoleProgress=false",
    "spark.shuffle.compress=false", "spark.broadcast.compress=false", "spark.sql.inMemoryColumnarStorage.compressed=false",
    "spark.sql.parquet.compression.codec=uncompressed",
)  # fmt: skip
"""Compiling queries and compressing takes far longer than running them on a few hundred people."""
FACTS = "pid, hid, source, amount, unknown, items"
STATE = "pid, source, records, namesakes"
"""Digests of the two engines are their own."""
ALERTS = "person_id, household_id, case_id, area_code, kind, item, namesake, key"


def digest(folder: Path, name: str, columns: str) -> str:
    """SHA-256 of the sorted rows as CSV."""
    path = folder / name
    pattern = path / "**" / "*.parquet" if path.is_dir() else path
    out = folder / f"{name.replace('/', '-')}.csv"
    duckdb.sql(f"COPY (SELECT {columns} FROM read_parquet('{pattern}') ORDER BY ALL) TO '{out}' (FORMAT csv)")
    return hashlib.sha256(out.read_bytes()).hexdigest()


def compute(folder: Path, *more: str) -> None:
    subprocess.run([sys.executable, "-m", "plugins.big_data_check.bulk", str(folder), *more], check=True)


def test_duckdb_and_a_spark_cluster_give_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JDK_JAVA_OPTIONS", SHORT_LIVED)
    ours, theirs = tmp_path / "duckdb", tmp_path / "spark"
    make(ours, persons=300)
    shutil.copytree(ours, theirs)
    with cluster(tmp_path / "cluster") as master:
        compute(theirs, "--backend", "spark", "--master", master, *(f"--set={one}" for one in SMALL))
    compute(ours)

    assert digest(ours, "facts", FACTS) == digest(theirs, "facts", FACTS)
    assert digest(ours, "state/facts", STATE) == digest(theirs, "state/facts", STATE)
    assert digest(ours, "alerts.parquet", ALERTS) == digest(theirs, "alerts.parquet", ALERTS)
    assert (ours / "alerts.parquet.csv").stat().st_size > 1000
