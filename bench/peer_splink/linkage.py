"""Splink links one registry to the rolls: exact and fuzzy comparisons, its own training, on DuckDB.

    python linkage.py FOLDER SOURCE OUT     # writes row and pid of every pair it believes

Its input is made as clean as ours: 15-digit numbers converted, spaces gone, birth dates read from numbers.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

CERTAIN = 0.9
CLEAN = "upper(translate(id_number, ' -', ''))"
CHECK = " + ".join(
    f"n17 // {10 ** (16 - k)} % 10 * {w}"
    for k, w in enumerate((7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))
)
REGISTER = f"""
    CREATE TABLE clean_register AS
    WITH cleaned AS (SELECT *, {CLEAN} AS n FROM read_parquet('{{folder}}/registry/{{source}}.parquet')),
    widened AS (SELECT *, try_cast(CASE WHEN length(n) = 15 THEN substr(n, 1, 6) || '19' || substr(n, 7) ELSE substr(n, 1, 17) END AS bigint) AS n17 FROM cleaned)
    SELECT row AS unique_id, regexp_replace(name, '[\\s　]', '', 'g') AS name, substr(area_code, 1, 6) AS district,
           CASE WHEN length(n) = 15 THEN n17::varchar || substr('10X98765432', 1 + (({CHECK}) % 11)::int, 1) ELSE n END AS number,
           coalesce(birth_date, try_strptime(substr(n17::varchar, 7, 8), '%Y%m%d')::date)::varchar AS born
    FROM widened"""


def main() -> None:
    folder, source, out = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    logging.disable(logging.WARNING)
    con = duckdb.connect(
        config={"threads": 2, "memory_limit": "4GB", "temp_directory": str(out.with_suffix(".spill"))}
    )
    con.execute(
        f"""CREATE TABLE clean_rolls AS SELECT pid AS unique_id, name, substr(area_code, 1, 6) AS district, number, born::varchar AS born
            FROM read_parquet('{folder}/people.parquet')"""
    )
    con.execute(REGISTER.format(folder=folder, source=source))
    api = DuckDBAPI(con)
    tables = [
        api.register(con.table("clean_rolls"), dataset_display_name="rolls"),
        api.register(con.table("clean_register"), dataset_display_name="register"),
    ]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.DamerauLevenshteinAtThresholds("number", [1, 2]),
            cl.JaroWinklerAtThresholds("name", [0.9]),
            cl.ExactMatch("born"),
            cl.ExactMatch("district"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("number"),
            block_on("born", "district"),
            block_on("name", "born"),
        ],
    )
    linker = Linker(tables, settings)
    linker.training.estimate_probability_two_random_records_match([block_on("number")], recall=0.9)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("born", "district"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("number"))
    found = linker.inference.predict(threshold_match_probability=CERTAIN)
    con.execute(
        f"""COPY (SELECT CASE WHEN source_dataset_l = 'rolls' THEN unique_id_l ELSE unique_id_r END AS pid,
            CASE WHEN source_dataset_l = 'rolls' THEN unique_id_r ELSE unique_id_l END AS row
            FROM {found.physical_name}) TO '{out}' (FORMAT parquet)"""
    )


if __name__ == "__main__":
    main()
