"""What a run makes of rolls and registries: limits as everywhere else, only what changed, and on after a kill."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.sdk.verification import Source
from plugins.big_data_check.bulk.engines import engine
from tests.plugins.big_data_check.bulk.registers import folder_of, number, run, someone, told

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")  # Ibis, of DuckDB 2

ME = number(place="001")
CAR = {"reference": "甘L 12345", "kind": "car"}
SHOP = {"reference": "91620802", "role": "owner", "status": "open"}


def test_a_namesake_is_told_apart_and_another_valid_number_is_somebody_else(tmp_path: Path) -> None:
    nameless = {"name": "王建国", "birth_date": someone(0)["born"], **CAR, "value": Decimal("80000.00")}
    stranger = {**nameless, "id_number": number(place="900"), "reference": "甘L99999"}
    old = {"id_number": ME[:6] + ME[8:17], **CAR, "reference": "甘L00015", "value": Decimal("80000.00")}

    alerts = run(folder_of(tmp_path, [someone(0)], {Source.VEHICLES: [nameless, stranger, old]}))

    assert told(alerts) == {
        ("person 0", "vehicle", "甘L12345", True), ("person 0", "vehicle", "甘L00015", False),
    }  # fmt: skip


@pytest.mark.parametrize(("value", "told_of"), [("49999.99", False), ("50000.00", True), (None, True)])
def test_the_vehicle_limit_is_the_districts_to_the_fen(
    tmp_path: Path, value: str | None, told_of: bool
) -> None:
    row = {"id_number": ME, **CAR, "value": Decimal(value) if value else None}

    alerts = run(folder_of(tmp_path, [someone(0)], {Source.VEHICLES: [row]}))

    assert bool(alerts) is told_of


def test_deposits_and_income_are_added_up_over_the_household(tmp_path: Path) -> None:
    two = [someone(0, hid=0, persons=2), someone(1, hid=0, persons=2)]
    registries = {
        Source.DEPOSITS: [
            {"id_number": ME, "institution": "甲", "balance": Decimal("29999.99")},
            {"id_number": two[1]["number"], "institution": "乙", "balance": Decimal("0.01")},
            {"id_number": ME, "institution": "丙", "balance": Decimal("-500.00")},
        ],
        Source.TAX: [
            {"id_number": ME, "item": "个税", "taxed_income": Decimal("11159.99"), "year": Decimal(2025)}
        ],
    }

    alerts = run(folder_of(tmp_path, two, registries))

    assert told(alerts) == {(None, "deposits", "2026", False)}


def test_a_query_is_put_into_words_once_and_answers_for_whatever_tables_it_is_given(tmp_path: Path) -> None:
    put: list[tuple[str, ...]] = []

    def owned(people: Any, rows: Any) -> Any:
        put.append(rows.columns)
        return rows.join(people, "pid").select("pid", "name", "read")

    def written(name: str, columns: dict[str, list[Any]]) -> Path:
        pq.write_table(pa.table(columns), tmp_path / name)
        return tmp_path / name

    with engine("duckdb", tmp_path / "spill", memory="100MB", threads=1) as opened:
        people = opened.read(written("people", {"pid": [1, 2], "name": ["甲", "乙"]}))
        ones = opened.read(written("ones", {"pid": [1], "read": ["a"]}))
        others = opened.read(written("others", {"pid": [2, 3], "read": [7, 8]}))
        for number, rows in enumerate((ones, others, others.drop("read").mutate(read=1, more=2))):
            opened.write(opened.once(owned, people, rows), tmp_path / f"{number}.parquet")

    found = [pq.read_table(tmp_path / f"{number}.parquet").to_pylist() for number in range(3)]
    assert found == [
        [{"pid": 1, "name": "甲", "read": "a"}], [{"pid": 2, "name": "乙", "read": 7}],
        [{"pid": 2, "name": "乙", "read": 1}],
    ]  # fmt: skip
    assert put == [("pid", "read"), ("pid", "read", "more")]


def test_a_second_run_looks_only_at_what_changed(tmp_path: Path) -> None:
    people = [someone(0), someone(1), someone(2)]
    jobs = [{"id_number": p["number"], "employer": "甲厂"} for p in people]
    death = [{"id_number": ME, "status": "normal"}]
    first = folder_of(
        tmp_path / "1", people, {Source.HOUSING_FUND: jobs, Source.HOUSEHOLD_REGISTRATION: death}
    )
    assert run(first) == []

    jobs[1] = {**jobs[1], "employer": "乙厂"}
    second = folder_of(
        tmp_path / "2", people, {Source.HOUSING_FUND: jobs, Source.HOUSEHOLD_REGISTRATION: death}
    )
    shutil.copytree(first / "state", second / "last")
    alerts = run(second)

    assert told(alerts) == {("person 1", "job", "乙厂", False)}
    assert pq.read_table(second / "touched.parquet")["hid"].to_pylist() == [1]
    assert pq.read_table(second / "facts" / "household_registration.parquet").num_rows == 0


def test_somebody_who_joins_a_household_touches_it(tmp_path: Path) -> None:
    car = {"id_number": number(place="002"), **CAR, "value": Decimal("80000.00")}
    first = folder_of(tmp_path / "1", [someone(0, hid=0)], {Source.VEHICLES: [car]})
    assert run(first) == []

    both = [someone(0, hid=0, persons=2), someone(1, hid=0, persons=2)]
    second = folder_of(tmp_path / "2", both, {Source.VEHICLES: [car]})
    shutil.copytree(first / "state", second / "last")

    assert told(run(second)) == {("person 1", "vehicle", "甘L12345", False)}


def test_nothing_comes_up_again_however_people_are_numbered_and_only_who_moved_is_looked_at(
    tmp_path: Path,
) -> None:
    """Three months: the second with people in another order and one gone, the third with nothing new at all."""
    people = [someone(k, hid=k // 2, persons=2) for k in range(8)]
    jobs = [{"id_number": p["number"], "employer": f"厂{p['pid']}"} for p in people]
    cars = [{"id_number": p["number"], **CAR, "value": Decimal("80000.00")} for p in people]
    registries = {Source.HOUSING_FUND: jobs, Source.VEHICLES: cars}
    first = folder_of(tmp_path / "1", people, registries)
    assert len(run(first)) == 8

    fewer = [
        {**p, "pid": place, "hid": 7 - p["hid"]} for place, p in enumerate(reversed(people)) if p["pid"] != 2
    ]
    second = folder_of(tmp_path / "2", fewer, registries)
    shutil.copytree(first / "state", second / "last")
    assert run(second) == []
    assert pq.read_table(second / "touched.parquet")["hid"].to_pylist() == [6]
    looked_at = pq.read_table(second / "facts" / "vehicles.parquet")["pid"].to_pylist()
    assert [fewer[pid if pid < 5 else pid - 1]["person_id"] for pid in looked_at] == ["person 3"]

    third = folder_of(tmp_path / "3", fewer, registries)
    shutil.copytree(second / "state", third / "last")
    assert run(third) == []
    assert pq.read_table(third / "touched.parquet").num_rows == 0
    assert pq.read_table(third / "facts" / "vehicles.parquet").num_rows == 0
    kept = [
        sorted(map(str, pq.read_table(run_folder / "state" / "facts").to_pylist()))
        for run_folder in (second, third)
    ]
    assert kept[0] == kept[1]
    assert len(kept[0]) == 14


def test_a_run_killed_in_the_middle_goes_on_from_its_last_finished_step(tmp_path: Path) -> None:
    people = [someone(k) for k in range(50)]
    registries = {
        Source.VEHICLES: [{"id_number": p["number"], **CAR, "value": Decimal("80000.00")} for p in people],
        Source.PAYROLL: [{"id_number": p["number"], "employer": "学校", "kind": "fiscal"} for p in people],
        Source.MARKET_ENTITIES: [{"id_number": p["number"], **SHOP} for p in people],
    }
    folder = folder_of(tmp_path / "killed", people, registries)
    command = [
        sys.executable,
        "-m",
        "plugins.big_data_check.bulk",
        str(folder),
        "--watched",
        "--threads",
        "1",
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if b"market_entities" in line:
                break
        running.send_signal(signal.SIGKILL)
    vehicles = folder / "facts" / "vehicles.parquet"
    finished = vehicles.stat().st_mtime_ns

    alerts = run(folder)

    assert vehicles.stat().st_mtime_ns == finished
    assert told(alerts) == told(run(folder_of(tmp_path / "whole", people, registries)))
    assert len(alerts) == 150
