"""The hand-written rival: the whole re-check as one would write it in SQL for DuckDB, without Ibis and without checkpoints.

    python -m bench.bulk_sql FOLDER OUT

The same job from the same files, numbers with the wrong century and birth dates in broken numbers included:
`alerts.parquet`, and in `state/` what the next run compares with, each row the same as ours (`bulk_check` compares them). It
reads every registry once, keeps the facts inside DuckDB under the same memory limit, and starts anew after a kill.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb

CHECK = " + ".join(
    f"r.stem // {10 ** (16 - k)} % 10 * {w}"
    for k, w in enumerate((7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))
)
NEAT = "^([0-9]{17}[0-9X]|[0-9]{15})$"
WASHED = "upper(translate(id_number, '０１２３４５６７８９Ｘｘ -', '0123456789XX'))"
DOTS = "•・∙‧.．"
WIDE = "".join(map(chr, (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))))
NARROW = "·" * len(DOTS) + "ABCDEFGHIJKLMNOPQRSTUVWXYZ" * 2
PLAIN = f"""CASE WHEN regexp_matches(r.name, '^[一-鿿]+$') THEN r.name
    ELSE upper(regexp_replace(translate(r.name, '{DOTS + WIDE}', '{NARROW}'), '[\\s　\u00a0]', '', 'g')) END"""
BORN = "CASE WHEN length(digits) = 15 THEN '19' || substr(digits, 7, 6) ELSE substr(digits, 7, 8) END"
DIGITS = f"regexp_replace({WASHED}, '[^0-9]', '', 'g')"
SOURCES = (
    "household_registration", "marriage", "vehicles", "real_estate", "market_entities", "tax", "social_insurance", "housing_fund",
    "deposits", "securities", "disability", "payroll",
)  # fmt: skip
"""In the order of the bits of what a person signed for."""
DATE = f"try_cast(substr({BORN}, 1, 4) || '-' || substr({BORN}, 5, 2) || '-' || substr({BORN}, 7, 2) AS date)"
WRITTEN = f"""CASE WHEN length({DIGITS}) IN (17, 18) THEN
    try_cast(substr({DIGITS}, 7, 4) || '-' || substr({DIGITS}, 11, 2) || '-' || substr({DIGITS}, 13, 2) AS date) END"""

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


PEOPLE = f"""
    CREATE TABLE people AS SELECT *, substr(area_code, 1, 6) AS district, substr(number, 1, 17)::bigint AS stem,
        (substr(number, 1, 6) || substr(number, 9, 9))::bigint AS short,
        CASE substr(number, 7, 2) WHEN '19' THEN stem + 1000000000 WHEN '20' THEN stem - 1000000000 END AS slip,
        substr(number, 18, 1) AS last, {PLAIN} AS plain, md5('bench' || person_id) AS person, md5('bench' || household_id) AS house,
        hash({{'salt': 'bench', 'area_code': area_code, 'number': number, 'name': name, 'born': born, 'persons': persons,
              'allowed': allowed, 'case_id': case_id}})::bit::bigint AS print
    FROM read_parquet('{{folder}}/people.parquet') r"""


def facts(source: str, folder: Path, bit: int) -> str:
    """What one source says of each person who signed for it. One reading, three look-ups: text, digits, name."""
    item = ITEM.get(source)
    items = (
        f"list_sort(list(CASE WHEN namesake THEN replace({item}, ':', '~') ELSE {item} END) FILTER ({item} IS NOT NULL))"
        if item
        else "NULL::varchar[]"
    )
    unknown = "count(*) FILTER (area IS NULL AND kind <> 'shop')" if source == "real_estate" else "0"
    limits = "JOIN limits USING (district)" if item or source == "tax" else ""
    told = ", ".join(f"'{name}': {name}" for name in _columns(folder / "registry" / f"{source}.parquet"))
    wrong = f"length(digits) = 18 AND substr(digits, 18, 1) <> substr('10X98765432', 1 + (({CHECK}) % 11)::int, 1)"
    return f"""
        WITH people AS (SELECT * FROM people WHERE allowed & {bit} <> 0),
        by_text AS (SELECT r.*, pid, hid, district FROM read_parquet('{folder}/registry/{source}.parquet') r
                    LEFT JOIN (SELECT number, pid, hid, district FROM people) ON id_number = number),
        digits AS (SELECT *, CASE WHEN pid IS NOT NULL THEN NULL WHEN regexp_matches(id_number, '{NEAT}') THEN id_number
                                  WHEN regexp_matches({WASHED}, '{NEAT}') THEN {WASHED} END AS digits FROM by_text),
        numbered AS (SELECT *, CASE WHEN length(digits) = 15 THEN substr(digits, 1, 6) || '19' || substr(digits, 7, 9)
                                    ELSE substr(digits, 1, 17) END::bigint AS stem,
                               CASE WHEN length(digits) = 15 THEN digits ELSE substr(digits, 1, 6) || substr(digits, 9, 9) END::bigint AS short
                     FROM digits),
        by_digits AS (SELECT r.* REPLACE (coalesce(r.pid, p.pid) AS pid, coalesce(r.hid, p.hid) AS hid, coalesce(r.district, p.district) AS district),
                             coalesce(r.stem = p.slip, false) AS namesake
                      FROM numbered r LEFT JOIN people p ON r.short = p.short AND CASE
                           WHEN r.stem = p.stem THEN length(digits) = 15 OR substr(digits, 18, 1) = last
                           WHEN r.stem = p.slip THEN NOT ({wrong}) AND {DATE} IS NOT NULL AND {PLAIN} = p.plain ELSE false END),
        nameless AS (SELECT *, CASE WHEN pid IS NOT NULL THEN NULL WHEN digits IS NULL THEN {PLAIN} WHEN {wrong} THEN {PLAIN}
                                    WHEN {DATE} IS NULL THEN {PLAIN} END AS plain,
                            CASE WHEN birth_date IS NOT NULL THEN birth_date WHEN pid IS NOT NULL THEN NULL
                                 ELSE {WRITTEN} END AS born FROM by_digits r),
        matched AS (SELECT r.* REPLACE (coalesce(r.pid, p.pid) AS pid, coalesce(r.hid, p.hid) AS hid, coalesce(r.district, p.district)  AS district, r.namesake OR r.pid IS NULL AS namesake)
                    FROM nameless r LEFT JOIN people p ON p.plain = r.plain AND p.born = r.born AND p.district = substr(r.area_code, 1, 6)
                    WHERE r.pid IS NOT NULL OR p.pid IS NOT NULL)
        SELECT pid, min(hid) AS hid, '{source}' AS source, count(*) FILTER (NOT namesake) AS records,
               count(*) FILTER (namesake) AS namesakes, coalesce({AMOUNT.get(source, "0")}, 0)::decimal(18, 2) AS amount,
               {unknown} AS unknown, {items} AS items,
               sum(hash({{'salt': 'bench', {told}}})::bit::bigint & {(1 << 46) - 1})::bigint AS digest
        FROM matched {limits} GROUP BY pid"""


def _columns(path: Path) -> Sequence[str]:
    described = duckdb.execute(f"DESCRIBE SELECT * EXCLUDE (row) FROM read_parquet('{path}')").fetchall()
    return [name for name, *_ in described]


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
    WHERE NOT (kind = 'housing' AND hid IN (SELECT hid FROM households WHERE narrow))
    UNION ALL SELECT hid, NULL, 'deposits', year::varchar, false FROM households WHERE deposits_over
    UNION ALL SELECT hid, NULL, 'income', year::varchar, false FROM households WHERE income_over"""


FOUND = """
    CREATE TABLE found AS
    SELECT person_id, household_id, case_id, area_code, kind, item, namesake, house,
           md5('bench' || coalesce(person_id, household_id) || '|' || kind || '|' || item) AS key
    FROM alerts LEFT JOIN (SELECT pid, person_id FROM people) USING (pid)
    JOIN (SELECT hid, min(household_id) AS household_id, min(case_id) AS case_id, min(area_code) AS area_code, min(house) AS house
          FROM people WHERE hid IN (SELECT hid FROM alerts) GROUP BY hid) USING (hid)"""

OUT = {
    "alerts": """SELECT person_id, household_id, case_id, area_code, kind, item, namesake, key FROM found WHERE kind <> 'job'
                 ORDER BY area_code, case_id, kind, key""",
    "state/people": "SELECT pid, person, house, print FROM people",
    "state/facts": "SELECT pid, source, digest, records, namesakes FROM facts",
    "state/known": "SELECT key, house FROM found",
}


def main() -> None:
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    (out / "state").mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(
        config={
            "threads": 2, "memory_limit": sys.argv[3] if len(sys.argv) > 3 else "2GB", "temp_directory": str(out / "spill"),
            "preserve_insertion_order": False,
        }
    )  # fmt: skip
    con.execute("SET enable_progress_bar = false")
    con.execute(f"CREATE TABLE limits AS SELECT * FROM read_parquet('{folder}/thresholds.parquet')")
    con.execute(PEOPLE.replace("{folder}", str(folder)))
    there = sorted((folder / "registry").glob("*.parquet"))
    for number, path in enumerate(there):
        bit = 1 << list(SOURCES).index(path.stem)
        verb = "INSERT INTO facts BY NAME" if number else "CREATE TABLE facts AS"
        con.execute(f"{verb} {facts(path.stem, folder, bit)}")
    con.execute(REST)
    con.execute(FOUND)
    for name, query in OUT.items():
        con.execute(f"COPY ({query}) TO '{out}/{name}.parquet' (FORMAT parquet)")
    (out / "state" / "inputs.json").write_text(json.dumps({p.stem: _sha256(p) for p in there}))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    main()
