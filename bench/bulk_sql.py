"""The hand-written rival: the whole re-check as one would write it in SQL for DuckDB, without Ibis and without checkpoints.

    python -m bench.bulk_sql FOLDER OUT

Same inputs, same results (`alerts` and figures per person and source); one statement for each source, one for the rest.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import duckdb

CHECK = " + ".join(
    f"stem // {10 ** (16 - k)} % 10 * {w}"
    for k, w in enumerate((7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))
)
NEAT = "^([0-9]{17}[0-9X]|[0-9]{15})$"
WASHED = "upper(translate(id_number, '０１２３４５６７８９Ｘｘ -', '0123456789XX'))"
PLAIN = "CASE WHEN regexp_matches(name, '^[一-鿿]+$') THEN name ELSE upper(regexp_replace(name, '[\\s　]', '', 'g')) END"
BORN = "CASE WHEN length(digits) = 15 THEN '19' || substr(digits, 7, 6) ELSE substr(digits, 7, 8) END"
DATE = f"try_cast(substr({BORN}, 1, 4) || '-' || substr({BORN}, 5, 2) || '-' || substr({BORN}, 7, 2) AS date)"

AMOUNT = {
    "deposits": "sum(greatest(balance, 0))", "securities": "sum(greatest(balance, 0))",
    "real_estate": "sum(area) FILTER (kind <> 'shop')", "payroll": "sum(annual_pay)",
    "tax": "sum(taxed_income) FILTER (year IS NULL OR year = tax_year)",
    "social_insurance": "sum(monthly_pension) FILTER (basic_pension_counts OR NOT contains(scheme, '城乡居民')) * 12",
}  # fmt: skip
REFERENCE = "upper(regexp_replace({}, '\\s', '', 'g'))"
ITEM = {
    "household_registration": "CASE status WHEN 'deceased' THEN 'death:' WHEN 'moved_out' THEN 'moved:' END",
    "vehicles": f"""CASE WHEN vehicle AND NOT (vehicle_aid_exempt AND coalesce(disability_aid = 'yes', false))
        AND CASE WHEN vehicle_kinds = '' THEN value IS NULL OR coalesce(value >= vehicle_at_least, false) OR coalesce(value > vehicle_more_than, false)
            ELSE contains(vehicle_kinds, ',' || kind || ',') END THEN 'vehicle:' || {REFERENCE.format('reference')} END""",
    "real_estate": f"""CASE WHEN kind = 'commercial' AND housing_commercial THEN 'housing:' || {REFERENCE.format('reference')}
        WHEN kind = 'shop' AND housing_shops THEN 'shop:' || {REFERENCE.format('reference')} END""",
    "market_entities": f"""CASE WHEN coalesce(status <> 'closed', true) AND role <> 'cooperative_member' AND CASE entity_when WHEN 'any' THEN true
        WHEN 'dividends' THEN coalesce(dividends <> 0, true)
        WHEN 'profit' THEN profit IS NULL OR profit > entity_profit_limit OR coalesce(employees <> 0, true) ELSE false END
        THEN 'entity:' || {REFERENCE.format('reference')} END""",
    "social_insurance": f"CASE WHEN employer IS NOT NULL AND NOT coalesce(regexp_matches(status, '停|终止|退休|注销'), false) THEN 'job:' || {REFERENCE.format('employer')} END",
    "housing_fund": f"CASE WHEN employer IS NOT NULL THEN 'job:' || {REFERENCE.format('employer')} END",
    "payroll": f"""CASE WHEN payroll AND (kind = 'fiscal' OR (kind = 'state_enterprise' AND payroll_state_enterprise IS NOT NULL
        AND coalesce(annual_pay >= payroll_state_enterprise, true))) THEN 'payroll:' || {REFERENCE.format('employer')} END""",
}  # fmt: skip


def facts(source: str, folder: Path) -> str:
    """What one source says of each person."""
    item = ITEM.get(source)
    items = (
        f"list(CASE WHEN namesake THEN replace({item}, ':', '~') ELSE {item} END) FILTER ({item} IS NOT NULL)"
        if item
        else "NULL::varchar[]"
    )
    unknown = "count(*) FILTER (area IS NULL AND kind <> 'shop')" if source == "real_estate" else "0"
    limits = "JOIN limits USING (district)" if item or source == "tax" else ""
    told = [
        f[0]
        for f in duckdb.sql(
            f"DESCRIBE SELECT * EXCLUDE (row) FROM read_parquet('{folder}/registry/{source}.parquet')"
        ).fetchall()
    ]
    return f"""
        WITH neat AS (SELECT *, CASE WHEN regexp_matches(id_number, '{NEAT}') THEN id_number ELSE {WASHED} END AS n
                      FROM read_parquet('{folder}/registry/{source}.parquet')),
        digits AS (SELECT *, CASE WHEN regexp_matches(n, '{NEAT}') THEN n END AS digits FROM neat),
        numbered AS (SELECT *, CASE WHEN length(digits) = 15 THEN substr(digits, 1, 6) || '19' || substr(digits, 7, 9)
                                    ELSE substr(digits, 1, 17) END::bigint AS stem FROM digits),
        matched AS (
            SELECT r.*, p.pid, p.hid, p.district, false AS namesake FROM numbered r JOIN people p USING (stem)
            WHERE length(digits) = 15 OR substr(digits, 18, 1) = p.last
            UNION ALL
            SELECT r.* EXCLUDE (born, plain), p.pid, p.hid, p.district, true FROM (
                SELECT *, coalesce(birth_date, CASE WHEN length(digits) = 18 THEN {DATE} END) AS born, {PLAIN} AS plain
                FROM numbered WHERE digits IS NULL OR {DATE} IS NULL
                    OR (length(digits) = 18 AND substr(digits, 18, 1) <> substr('10X98765432', 1 + (({CHECK}) % 11)::int, 1))) r
            JOIN people p ON p.plain = r.plain AND p.born = r.born AND p.district = substr(r.area_code, 1, 6))
        SELECT pid, min(hid) AS hid, '{source}' AS source, count(*) FILTER (NOT namesake) AS records,
               count(*) FILTER (namesake) AS namesakes, coalesce({AMOUNT.get(source, "0")}, 0)::decimal(18, 2) AS amount,
               {unknown} AS unknown, {items} AS items, sum(hash('bench', {", ".join(told)})) AS digest
        FROM matched {limits} GROUP BY pid"""


REST = """
    CREATE TABLE households AS
    WITH persons AS (SELECT pid, hid, coalesce(sum(amount) FILTER (source = 'tax'), 0) AS taxed,
            coalesce(sum(amount) FILTER (source = 'payroll'), 0) AS paid, coalesce(sum(amount) FILTER (source = 'social_insurance'), 0) AS pension,
            coalesce(sum(amount) FILTER (source IN ('deposits', 'securities')), 0) AS deposits,
            coalesce(sum(amount) FILTER (source = 'real_estate'), 0) AS dwelling, sum(unknown) AS unknown
        FROM facts WHERE source IN ('tax', 'payroll', 'social_insurance', 'deposits', 'securities', 'real_estate') GROUP BY pid, hid),
    sums AS (SELECT hid, sum(greatest(taxed, paid) + pension) AS income, sum(deposits) AS deposits, sum(dwelling) AS dwelling,
            sum(unknown) AS unknown FROM persons GROUP BY hid),
    whose AS (SELECT hid, max(persons) AS persons, min(district) AS district FROM people GROUP BY hid)
    SELECT hid, coalesce(unknown = 0 AND dwelling < housing_small * persons, false) AS narrow,
           coalesce(deposits >= deposits_household, false) OR coalesce(deposits * 12 > deposits_months * standard * persons, false) AS deposits_over,
           income >= standard * persons AS income_over, tax_year + 1 AS year
    FROM sums JOIN whose USING (hid) JOIN limits USING (district);
    CREATE TABLE alerts AS
    WITH each AS (SELECT hid, pid, unnest(items) AS told FROM facts WHERE len(items) > 0),
    items AS (SELECT hid, pid, regexp_extract(told, '^([a-z]+)[:~]', 1) AS kind, regexp_replace(told, '^[a-z]+[:~]', '') AS item,
            bool_and(regexp_matches(told, '^[a-z]+~')) AS namesake FROM each GROUP BY ALL)
    SELECT hid, pid, CASE kind WHEN 'shop' THEN 'housing' ELSE kind END AS kind, item, namesake FROM items
    WHERE kind <> 'job' AND NOT (kind = 'housing' AND hid IN (SELECT hid FROM households WHERE narrow))
    UNION ALL SELECT hid, NULL, 'deposits', year::varchar, false FROM households WHERE deposits_over
    UNION ALL SELECT hid, NULL, 'income', year::varchar, false FROM households WHERE income_over"""


def main() -> None:
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    con = duckdb.connect(
        config={
            "threads": 2,
            "memory_limit": "2GB",
            "temp_directory": str(out / "spill"),
            "preserve_insertion_order": False,
        }
    )
    con.execute(f"CREATE TABLE limits AS SELECT * FROM read_parquet('{folder}/limits.parquet')")
    con.execute(
        f"""CREATE TABLE people AS SELECT pid, hid, persons, born, person_id, case_id, area_code, substr(area_code, 1, 6) AS district,
            substr(number, 1, 17)::bigint AS stem, substr(number, 18, 1) AS last, {PLAIN} AS plain
            FROM read_parquet('{folder}/people.parquet')"""
    )
    names = sorted(p.stem for p in (folder / "registry").glob("*.parquet"))
    for number, name in enumerate(names):
        con.execute(
            f"{'INSERT INTO facts BY NAME' if number else 'CREATE TABLE facts AS'} {facts(name, folder)}"
        )
    con.execute(REST)
    con.execute(
        f"""COPY (SELECT case_id, coalesce(person_id, '') AS person_id, kind, item, namesake FROM alerts LEFT JOIN (SELECT pid, person_id FROM people) USING (pid)
            JOIN (SELECT hid, min(case_id) AS case_id FROM people GROUP BY hid) USING (hid)) TO '{out}/alerts.parquet' (FORMAT parquet)"""
    )
    seconds = time.monotonic() - began
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"seconds": seconds, "rss": rss}) + "\n")


if __name__ == "__main__":
    main()
