"""A made-up province for the bulk check: people on the rolls, twelve registries, and whose row each of them really is.

    python -m bench.bulk_data FOLDER PERSONS    # prints how many registry rows it made

Everything is drawn from hashes of row numbers and a seed, so the same size and seed give the same files on any machine.
Registries hold what registries hold: 15-digit numbers, numbers with a wrong digit or century or none, names written otherwise,
spaces, people who are not on the rolls, and namesakes born on the same day in the same district.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from bench.thresholds import thresholds_row, thresholds_table
from core.rules.parameters import Mode, ParameterSet
from core.sdk.verification import Source
from plugins.big_data_check.bulk.limits import limits_row, limits_table
from plugins.big_data_check.bulk.registers import ALL_SOURCES, PEOPLE, schema_of

TODAY = date(2026, 11, 25)
DISTRICTS = tuple(f"62{k:04d}" for k in range(101, 189))
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
)
GIVEN = (
    "建国秀英桂兰志强玉梅海燕红霞永平文军晓东春花福生金凤天明小平玉珍德才桂芳国庆成林俊杰雪莲宝山淑贤占彪爱琴"
)

RATES: dict[Source, float] = {
    Source.HOUSEHOLD_REGISTRATION: 1.0, Source.MARRIAGE: 0.7, Source.VEHICLES: 0.4, Source.REAL_ESTATE: 0.8,
    Source.MARKET_ENTITIES: 0.1, Source.TAX: 1.0, Source.SOCIAL_INSURANCE: 2.5, Source.HOUSING_FUND: 0.2,
    Source.DEPOSITS: 10.0, Source.SECURITIES: 2.0, Source.DISABILITY: 0.2, Source.PAYROLL: 0.1,
}  # fmt: skip
"""Rows for each person: nineteen in all; strangers make it twenty."""

STRANGERS = 0.055
"""Rows of people who are not on the rolls, for each row of somebody who is."""

_MONEY = "((hash(n, '{key}', {seed}) % {below})::decimal(14, 2) / 100)::decimal(14, 2)"
_DAY = "(date '2005-01-01' + (hash(n, '{key}', {seed}) % 7800)::int)"

VALUES: dict[Source, dict[str, str]] = {
    Source.HOUSEHOLD_REGISTRATION: {
        "status": "case when {r} < 4 then 'deceased' when {r} < 8 then 'moved_out' else 'normal' end",
        "household_number": "'H' || n % 100000",
    },
    Source.MARRIAGE: {"status": "['single', 'married', 'divorced', 'widowed'][1 + {r} % 4]", "registered_on": _DAY},
    Source.VEHICLES: {
        "reference": "'甘A' || (hash(n, 'ref') % 900000)", "kind": "case when {r} < 300 then 'car' else 'motorcycle' end",
        "value": "case when {r} % 50 = 0 then null when {r} < 300 then " + _MONEY.replace("{below}", "9000000") + " else 3000 end",
        "disability_aid": "case when {r} % 97 = 0 then 'yes' else 'no' end", "inspected_until": _DAY,
    },
    Source.REAL_ESTATE: {
        "reference": "'甘房' || n", "kind": "case when {r} < 30 then 'commercial' when {r} < 35 then 'shop' else 'self_built' end",
        "area": "(60 + {r} % 90)::decimal(14, 2)", "location": "'某村' || n % 300", "registered_on": _DAY,
    },
    Source.MARKET_ENTITIES: {
        "reference": "'9162' || n", "entity_name": "'商行' || n", "role": "case when {r} < 700 then 'cooperative_member' else 'owner' end",
        "status": "case when {r} % 5 = 0 then 'closed' else 'open' end", "profit": _MONEY.replace("{below}", "3000000"),
        "employees": "({r} % 3)::decimal(14, 2)",
    },
    Source.TAX: {
        "item": "'个人所得税'", "taxed_income": _MONEY.replace("{below}", "900000"), "year": "(2024 + {r} % 2)::decimal(14, 2)",
    },
    Source.SOCIAL_INSURANCE: {
        "scheme": "['城乡居民基本养老保险', '城乡居民基本医疗保险', '失业保险'][1 + {r} % 3]", "status": "'正常'",
        "employer": "case when {r} < 12 then '单位' || n % 5000 end",
        "monthly_pension": "case when {r} % 3 = 0 then 132.00 end::decimal(14, 2)",
    },
    Source.HOUSING_FUND: {"employer": "'单位' || n % 5000", "monthly_deposit": _MONEY.replace("{below}", "90000"), "balance": _MONEY.replace("{below}", "900000")},
    Source.DEPOSITS: {
        "institution": "'银行' || n % 40", "kind": "case when {r} % 3 = 0 then 'payment_account' else 'bank' end",
        "balance": "case when {r} = 0 then 40000.00 else " + _MONEY.replace("{below}", "60000") + " end", "inflow": _MONEY.replace("{below}", "90000"),
        "outflow": _MONEY.replace("{below}", "90000"),
    },
    Source.SECURITIES: {"institution": "'公司' || n % 30", "kind": "'insurance'", "balance": _MONEY.replace("{below}", "80000")},
    Source.DISABILITY: {"kind": "'肢体'", "grade": "(1 + {r} % 4)::decimal(14, 2)", "certificate": "'C' || n"},
    Source.PAYROLL: {
        "employer": "'机关' || n % 3000", "kind": "case when {r} < 100 then 'fiscal' else 'state_enterprise' end",
        "annual_pay": _MONEY.replace("{below}", "6000000"),
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Made:
    """`rows` over all registries; `truth` names source, row and the person it is really about (null: a stranger)."""

    folder: Path
    persons: int
    rows: int


def made(folder: Path, persons: int) -> Made:
    """The same by a process of its own, so that nothing of the making stays in this one's memory."""
    command = [sys.executable, "-m", "bench.bulk_data", str(folder), str(persons)]
    rows = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent
    ).stdout
    return Made(folder, persons, int(rows))


def make(folder: Path, persons: int, seed: int = 7, threads: int = 2) -> Made:
    """people.parquet, limits.parquet, thresholds.parquet (the rivals' limits), registry/ and truth/ below `folder`."""
    (folder / "registry").mkdir(parents=True, exist_ok=True)
    (folder / "truth").mkdir(exist_ok=True)
    con = duckdb.connect(
        config={"threads": threads, "memory_limit": "4GB", "temp_directory": str(folder / "spill")}
    )
    _people(con, folder, persons, seed)
    rows = sum(_registry(con, folder, source, persons, seed) for source in Source)
    con.close()
    parameters = ParameterSet(
        id="P1", label="P1", effective_from=date(2026, 1, 1), standard=Decimal(5580), mode=Mode.GAP
    )
    pq.write_table(
        limits_table([limits_row(d, parameters, TODAY) for d in DISTRICTS]), folder / "limits.parquet"
    )
    pq.write_table(
        thresholds_table([thresholds_row(d, parameters, TODAY) for d in DISTRICTS]),
        folder / "thresholds.parquet",
    )
    (folder / "plan.json").write_text(json.dumps({"salt": "bench"}))
    return Made(folder, persons, rows)


def _people(con: duckdb.DuckDBPyConnection, folder: Path, persons: int, seed: int) -> None:
    con.execute(_CHECK_MACRO)
    con.execute(
        f"""CREATE OR REPLACE TABLE drawn AS SELECT i AS pid, i * 4 // 9 AS hid, {_district("i * 4 // 9")} AS district,
            {_name("i", seed)} AS name, date '1935-01-01' + (hash(i, 'born', {seed}) % 31000)::int AS born
            FROM range({persons}) t(i)"""
    )
    con.execute(
        """CREATE OR REPLACE TABLE people AS SELECT *, stem || check_of(stem::bigint) AS number FROM (
               SELECT *, district || strftime(born, '%Y%m%d')
                   || lpad((row_number() OVER (PARTITION BY district, born ORDER BY pid) % 1000)::varchar, 3, '0') AS stem
               FROM drawn)"""
    )
    con.execute("DROP TABLE drawn")
    columns = """pid, hid, 'p' || pid AS person_id, 'h' || hid AS household_id, 'c' || hid AS case_id,
                 district || lpad((1 + hid % 16)::varchar, 3, '0') || lpad((1 + hid % 12)::varchar, 3, '0') AS area_code,
                 number, name, born, count(*) OVER (PARTITION BY hid) AS persons"""
    _copy(
        con,
        f"SELECT {columns}, {ALL_SOURCES}::bigint AS allowed FROM people ORDER BY pid",
        folder / "people.parquet",
        PEOPLE,
    )


def _registry(con: duckdb.DuckDBPyConnection, folder: Path, source: Source, persons: int, seed: int) -> int:
    """Own rows first, each spoilt in one of the ways registries are spoilt, then strangers'."""
    most = max(1, -(-int(RATES[source] * 10) // 10))
    share = int(RATES[source] / most * 1000)
    key = f"'{source.value}', {seed}"
    own = f"""SELECT p.pid, p.pid * {most} + k AS n, p.number, p.name, p.born, p.district, hash(p.pid, k, 'e', {key}) % 1000 AS spoilt
              FROM people p, range({most}) t(k) WHERE hash(p.pid, k, {key}) % 1000 < {share}"""
    con.execute(f"CREATE OR REPLACE TEMP TABLE own AS {own}")
    strangers = int(persons * RATES[source] * STRANGERS) + 1
    other = f"""SELECT NULL::bigint AS pid, {persons * most} + i AS n, i, p.name AS their_name, p.born AS their_born, p.district AS their_district,
                       hash(i, 's', {key}) % 1000 AS spoilt
                FROM range({strangers}) t(i) JOIN people p ON p.pid = hash(i, 'near', {key}) % {persons}"""
    values = ", ".join(f"{_value(source, k, seed)} AS {k}" for k in VALUES[source])
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE written AS {_WRITTEN} UNION ALL {_STRANGE.format(other=other, name=_name('i + 90000000', seed))}"
    )
    there = {"row": "n", **{c: c for c in ("id_number", "name", "birth_date", "area_code")}}
    columns = [
        there.get(f.name) or f.name
        if f.name in VALUES[source] or f.name in there
        else f"NULL::{_sql(f.type)} AS {f.name}"
        for f in schema_of(source)
    ]
    path = folder / "registry" / f"{source.value}.parquet"
    con.execute(
        f"COPY (SELECT {', '.join(columns)}, n AS row FROM (SELECT *, {values} FROM (SELECT *, (hash(n, 'r', {key}) % 1000)::bigint AS r FROM written))) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
    )
    con.execute(
        f"COPY (SELECT n AS row, pid FROM written) TO '{folder / 'truth' / source.value}.parquet' (FORMAT parquet)"
    )
    found = con.execute("SELECT count(*) FROM written").fetchone()
    con.execute("DROP TABLE own; DROP TABLE written")
    return int(found[0]) if found else 0


_WRITTEN = """SELECT pid, n,
    CASE WHEN spoilt < 60 AND number[7:8] = '19' THEN number[1:6] || number[9:17]
         WHEN spoilt < 80 THEN NULL
         WHEN spoilt < 95 THEN number[1:15] || ((number[16:16]::int + 1) % 10) || number[17:18]
         WHEN spoilt < 100 THEN lower(number[1:6]) || ' ' || lower(number[7:18])
         WHEN spoilt < 105 THEN NULL
         WHEN spoilt BETWEEN 115 AND 117 THEN slip || check_of(slip::bigint)
         ELSE number END AS id_number,
    CASE WHEN spoilt BETWEEN 100 AND 114 THEN name[1:1] || '　' || reverse(name[2:]) ELSE name END AS name,
    CASE WHEN spoilt % 3 = 0 AND spoilt >= 80 AND spoilt NOT BETWEEN 100 AND 104 THEN NULL ELSE born END AS birth_date,
    district || '000000' AS area_code
    FROM (SELECT *, number[1:6] || CASE number[7:8] WHEN '19' THEN '20' ELSE '19' END || number[9:17] AS slip FROM own)"""
"""Of a thousand rows: 60 old numbers, 20 without one, 15 with a wrong digit, 5 with a space, 5 with neither number nor
right name (nobody can know), 10 with the name written otherwise, 3 with the wrong century and its check character; some
registries leave the birth date out."""

_STRANGE = """SELECT pid, n, CASE WHEN spoilt < 10 THEN NULL ELSE stem || check_of(stem::bigint) END AS id_number,
    CASE WHEN spoilt < 200 THEN their_name ELSE {name} END AS name,
    their_born AS birth_date, their_district || '000000' AS area_code
    FROM (SELECT *, '63' || their_district[3:] || strftime(their_born, '%Y%m%d') || lpad((i % 1000)::varchar, 3, '0') AS stem FROM ({other}))"""
"""Strangers have numbers of another province; one in five is somebody's namesake, a few of those without a number."""

_CHECK_MACRO = "CREATE OR REPLACE MACRO check_of(s) AS substr('10X98765432', 1 + (" + " + ".join(
    f"s // {10 ** (16 - k)} % 10 * {w}" for k, w in enumerate((7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))
) + ")::int % 11, 1)"  # fmt: skip


def _district(number: str) -> str:
    listed = ", ".join(f"'{d}'" for d in DISTRICTS)
    return f"[{listed}][1 + ({number}) % {len(DISTRICTS)}]"


def _name(number: str, seed: int) -> str:
    def letter(letters: str, key: str) -> str:
        return f"substr('{letters}', 1 + (hash({number}, '{key}', {seed}) % {len(letters)})::int, 1)"

    return f"{letter(SURNAMES, 'a')} || {letter(GIVEN, 'b')} || {letter(GIVEN, 'c')}"


def _value(source: Source, key: str, seed: int) -> str:
    return VALUES[source][key].replace("{r}", "r").replace("{key}", key).replace("{seed}", str(seed))


def _sql(kind: pa.DataType) -> str:
    return "date" if kind == pa.date32() else "decimal(14, 2)" if pa.types.is_decimal(kind) else "varchar"


def _copy(con: duckdb.DuckDBPyConnection, sql: str, path: Path, schema: pa.Schema) -> None:
    """Written with the columns in the schema's order and of its types."""
    columns = ", ".join(f"{f.name}" for f in schema)
    con.execute(f"COPY (SELECT {columns} FROM ({sql})) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")


if __name__ == "__main__":
    sys.stdout.write(str(make(Path(sys.argv[1]), int(sys.argv[2])).rows))
