"""pandas on the same files: read, normalise, merge by number and by name, sum up for each person; twelve sources.

    python recheck.py FOLDER         # prints seconds and MB as JSON

Arrow-backed columns and vectorised string methods, merge on the number as text: pandas as its documentation advises.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import pandas as pd

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK = pd.Series(list("10X98765432"))
AMOUNT = {
    "deposits": "balance", "securities": "balance", "real_estate": "area", "tax": "taxed_income", "payroll": "annual_pay",
    "social_insurance": "monthly_pension",
}  # fmt: skip


def check_character(stem: pd.Series) -> pd.Series:
    total = sum((stem // 10 ** (16 - k) % 10) * w for k, w in enumerate(WEIGHTS))
    return (total % 11).map(CHECK)


def recheck(people: pd.DataFrame, rows: pd.DataFrame, amount: str | None) -> pd.DataFrame:
    """Records, suspected namesakes and amount of each person at one source."""
    number = rows["id_number"].str.replace(r"[ -]", "", regex=True).str.upper()
    long = number.where(number.str.fullmatch(r"[0-9]{17}[0-9X]"))
    short = number.where(number.str.fullmatch(r"[0-9]{15}"))
    stem = (short.str[:6] + "19" + short.str[6:]).fillna(long.str[:17])
    numeric = stem.astype("Int64")
    full = long.fillna(stem + check_character(numeric))
    valid = full.notna() & (full.str[17] == check_character(numeric))
    rows = rows.assign(number=full.where(valid), plain=rows["name"].str.replace(r"\s", "", regex=True))
    sure = rows[valid].merge(people[["number", "pid"]], on="number")
    written = pd.to_datetime(stem.str[6:14], format="%Y%m%d", errors="coerce").dt.date.astype(
        rows["birth_date"].dtype
    )
    unsure = rows.assign(born=rows["birth_date"].fillna(written), district=rows["area_code"].str[:6])[~valid]
    unsure = unsure.merge(
        people[["name", "born", "district", "pid"]],
        left_on=["plain", "born", "district"],
        right_on=["name", "born", "district"],
    )
    both = pd.concat([sure.assign(namesake=False), unsure.assign(namesake=True)], ignore_index=True)
    measures = {"records": ("namesake", "size"), "namesakes": ("namesake", "sum")}
    if amount:
        measures["amount"] = (amount, "sum")
    return both.groupby("pid").agg(**measures)


def main() -> None:
    folder = Path(sys.argv[1])
    began = time.monotonic()
    people = pd.read_parquet(folder / "people.parquet", dtype_backend="pyarrow")
    people["district"] = people["area_code"].str[:6]
    found = 0
    for path in sorted((folder / "registry").glob("*.parquet")):
        rows = pd.read_parquet(path, dtype_backend="pyarrow")
        found += len(recheck(people, rows, AMOUNT.get(path.stem)))
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"seconds": time.monotonic() - began, "rss": rss, "facts": found}) + "\n")


if __name__ == "__main__":
    main()
