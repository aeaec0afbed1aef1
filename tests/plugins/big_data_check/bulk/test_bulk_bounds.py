"""What a run promises whoever starts it: bounded memory, a word on how far it is, an end when somebody stops it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow.parquet as pq
import pytest

from core.sdk.verification import Source
from plugins.big_data_check.bulk import engine_process
from plugins.big_data_check.bulk.engines import DuckDB
from plugins.big_data_check.bulk.progress import Progress
from plugins.big_data_check.bulk.settings import BulkSettings
from tests.plugins.big_data_check.bulk.registers import folder_of, someone

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")  # Ibis, of DuckDB 2

LITTLE = "64MB"
ROWS = 4_000_000


@contextmanager
def an_engine(spill: Path, memory: str) -> Iterator[DuckDB]:
    engine = DuckDB(spill, memory=memory, threads=1)
    try:
        yield engine
    finally:
        engine.close()


def much() -> ibis.Table:
    """Far more than the memory there is: every row is its own group."""
    rows: Any = ibis.range(ROWS).unnest().name("n").as_table()
    return rows.group_by(key=rows.n.cast("string").hexdigest("md5")).agg(n=rows.n.sum())


def test_what_does_not_fit_into_the_memory_set_goes_to_disk(tmp_path: Path) -> None:
    with an_engine(tmp_path / "spill", LITTLE) as engine:
        engine.write(much(), tmp_path / "much.parquet")

    assert pq.ParquetFile(tmp_path / "much.parquet").metadata.num_rows == ROWS


def test_the_memory_set_is_not_exceeded_where_nothing_may_go_to_disk(tmp_path: Path) -> None:
    with an_engine(tmp_path / "spill", LITTLE) as engine:
        engine._con.raw_sql("SET max_temp_directory_size = '0MB'")
        with pytest.raises(duckdb.OutOfMemoryException):
            engine.write(much(), tmp_path / "much.parquet")

    assert not (tmp_path / "much.parquet").exists()


def test_the_engine_is_started_with_the_districts_memory_and_threads(tmp_path: Path) -> None:
    command = engine_process.command(tmp_path, BulkSettings(memory="512MB", threads=3))

    assert command[command.index("--memory") + 1] == "512MB"
    assert command[command.index("--threads") + 1] == "3"


def a_folder(tmp_path: Path) -> Path:
    people = [someone(k) for k in range(20)]
    jobs = [{"id_number": p["number"], "employer": "学校", "kind": "fiscal"} for p in people]
    return folder_of(tmp_path / "run", people, {Source.PAYROLL: jobs, Source.HOUSING_FUND: jobs})


@pytest.mark.anyio
async def test_who_stops_a_run_ends_the_engine_at_once(tmp_path: Path) -> None:
    folder, heard = a_folder(tmp_path), list[Progress]()

    async def told(progress: Progress) -> bool:
        heard.append(progress)
        return bool(progress.step)

    assert await engine_process.run(folder, BulkSettings(threads=1), told) is False
    assert heard[-1].step == "state/people"
    assert not (folder / "alerts.parquet").exists()


@pytest.mark.anyio
async def test_a_run_tells_of_every_step_and_how_long_the_rest_will_take(tmp_path: Path) -> None:
    heard = list[Progress]()

    async def told(progress: Progress) -> bool:
        heard.append(progress)
        return False

    assert await engine_process.run(a_folder(tmp_path), BulkSettings(threads=1), told) is True
    steps = {p.step: p for p in heard if p.step}
    assert {"facts/payroll", "facts/housing_fund", "alerts", "done"} <= set(steps)
    assert steps["done"].done == steps["done"].total
    assert (steps["alerts"].seconds or 0) > 0


def test_the_terminal_shows_the_time_left_and_a_page_counts_by_district_and_names_nobody(
    tmp_path: Path,
) -> None:
    folder = a_folder(tmp_path)
    command = [sys.executable, "-m", "plugins.big_data_check.bulk", str(folder), "--threads", "1"]

    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert "█" in said
    assert "还剩约" in said
    assert "100%" in said
    page = (folder / "summary.html").read_text()
    assert "核对 20 人，对照 2 个来源；有变化、需要人去了解的 20 项，涉及 20 户" in page
    assert "<tr><td>620802</td>" in page
    for secret in ("王建国", "person 3", "case 3", "学校", "620802196001"):
        assert secret not in page
