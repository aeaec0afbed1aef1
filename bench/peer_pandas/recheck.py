"""pandas on the same files: normalise, merge by number and by name, the district's limits, households, alerts.

    python recheck.py FOLDER OUT            # the whole re-check: OUT/alerts.parquet, OUT/state.parquet
    python recheck.py FOLDER OUT vehicles   # one source only: OUT is row and pid of every pair

Arrow-backed columns, vectorised string methods, merges on text: pandas as its documentation advises. Alerts are the same
rows as ours; digests for the next run are pandas' own (`hash_pandas_object`).
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK = pd.Series(list("10X98765432"))
IDENTITY = ["id_number", "name", "birth_date", "area_code"]
MATTER = ("tax", "payroll", "social_insurance", "deposits", "securities", "real_estate")
REGISTRATION = {"deceased": "death", "moved_out": "moved"}


def check_character(stem: pd.Series) -> pd.Series:
    total = sum((stem // 10 ** (16 - k) % 10) * w for k, w in enumerate(WEIGHTS))
    return (total % 11).map(CHECK)


def matched(people: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of people on the rolls, with `pid`, `hid`, `district`, and whether it is only a suspected namesake."""
    number = rows["id_number"].str.replace(r"[ -]", "", regex=True).str.upper()
    long = number.where(number.str.fullmatch(r"[0-9]{17}[0-9X]"))
    short = number.where(number.str.fullmatch(r"[0-9]{15}"))
    stem = (short.str[:6] + "19" + short.str[6:]).fillna(long.str[:17])
    numeric = stem.astype("Int64")
    full = long.fillna(stem + check_character(numeric))
    valid = full.notna() & (full.str[17] == check_character(numeric))
    rows = rows.assign(number=full.where(valid), plain=rows["name"].str.replace(r"\s", "", regex=True))
    whose = people[["number", "pid", "hid", "district"]]
    sure = rows[valid].merge(whose, on="number").assign(namesake=False)
    slipped = whose.assign(number=other_century(people["number"]), plain=people["name"])
    slips = rows[valid].merge(slipped, on=["number", "plain"]).assign(namesake=True)
    written = pd.to_datetime(stem.str[6:14], format="%Y%m%d", errors="coerce").dt.date.astype(
        rows["birth_date"].dtype
    )
    unsure = rows.assign(born=rows["birth_date"].fillna(written), where=rows["area_code"].str[:6])[~valid]
    named = people[["name", "born", "district", "pid", "hid"]].rename(columns={"name": "plain"})
    unsure = unsure.merge(
        named, left_on=["plain", "born", "where"], right_on=["plain", "born", "district"]
    ).assign(namesake=True)
    return pd.concat([sure, slips, unsure.drop(columns="where")], ignore_index=True)


def other_century(number: pd.Series) -> pd.Series:
    """The numbers whoever takes the wrong century gives people born since 1900."""
    century = number.str[6:8].map({"19": "20", "20": "19"}).astype(number.dtype)
    stem = number.str[:6] + century + number.str[8:17]
    return stem + check_character(stem.astype("Int64")).astype(number.dtype)


def yes(flags: pd.Series) -> pd.Series:
    """What is unknown is no."""
    return flags.fillna(False).astype(bool)


def items(source: str, rows: pd.DataFrame) -> pd.DataFrame | None:
    """`pid`, `hid`, `kind`, `item`, `namesake` of what a limit of the district makes something to look at."""
    if source == "household_registration":
        kind = rows["status"].map(REGISTRATION)
        return told(rows, kind.notna(), kind, "")
    if source == "vehicles":
        return told(rows, vehicle(rows), "vehicle", rows["reference"])
    if source == "real_estate":
        bought = (rows["kind"] == "commercial") & rows["housing_commercial"]
        shop = (rows["kind"] == "shop") & rows["housing_shops"]
        kind = shop.map({True: "shop", False: "housing"})
        return told(rows, yes(bought | shop), kind, rows["reference"])
    if source == "market_entities":
        return told(rows, entity(rows), "entity", rows["reference"])
    if source == "payroll":
        enough = (rows["annual_pay"] >= rows["payroll_state_enterprise"]).fillna(True)
        stable = (rows["kind"] == "state_enterprise") & rows["payroll_state_enterprise"].notna() & enough
        return told(
            rows, yes(rows["payroll"] & ((rows["kind"] == "fiscal") | stable)), "payroll", rows["employer"]
        )
    return None


def vehicle(rows: pd.DataFrame) -> pd.Series:
    value = rows["value"]
    over = value.isna() | yes(value >= rows["vehicle_at_least"]) | yes(value > rows["vehicle_more_than"])
    listed = pd.Series(
        [f",{kind}," in kinds for kind, kinds in zip(rows["kind"], rows["vehicle_kinds"], strict=True)],
        rows.index,
    )
    exempt = rows["vehicle_aid_exempt"] & yes(rows["disability_aid"] == "yes")
    return yes(rows["vehicle"] & ~exempt & over.where(rows["vehicle_kinds"] == "", listed))


def entity(rows: pd.DataFrame) -> pd.Series:
    there = (rows["status"] != "closed").fillna(True) & (rows["role"] != "cooperative_member")
    much = rows["profit"].isna() | yes(rows["profit"] > rows["entity_profit_limit"])
    matters = (
        (rows["entity_when"] == "any")
        | ((rows["entity_when"] == "dividends") & (rows["dividends"] != 0).fillna(True))
        | ((rows["entity_when"] == "profit") & (much | (rows["employees"] != 0).fillna(True)))
    )
    return yes(there & matters)


def told(rows: pd.DataFrame, which: pd.Series, kind: object, reference: object) -> pd.DataFrame:
    found = rows.loc[which, ["pid", "hid", "namesake"]]
    item = (
        reference[which].str.replace(r"\s", "", regex=True).str.upper()
        if isinstance(reference, pd.Series)
        else ""
    )
    return found.assign(kind=kind[which] if isinstance(kind, pd.Series) else kind, item=item)


def amount(source: str, rows: pd.DataFrame) -> pd.Series | None:
    if source in {"deposits", "securities"}:
        return rows["balance"].where(rows["balance"] > 0)
    if source == "real_estate":
        return rows["area"].where(rows["kind"] != "shop")
    if source == "tax":
        return rows["taxed_income"].where(rows["year"].isna() | (rows["year"] == rows["tax_year"]))
    if source == "payroll":
        return rows["annual_pay"]
    if source == "social_insurance":
        counts = rows["basic_pension_counts"] | ~rows["scheme"].str.contains("城乡居民", regex=False)
        return rows["monthly_pension"].where(counts) * 12
    return None


def facts(source: str, rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Figures of each person at one source, and a digest of everything it says."""
    total, unknown = amount(source, rows), 0
    if source == "real_estate":
        unknown = rows["area"].isna() & (rows["kind"] != "shop")
    digests = pd.util.hash_pandas_object(rows[columns], index=False)
    rows = rows[["pid", "hid", "namesake"]].assign(
        amount=0.0 if total is None else total.astype("float64").fillna(0), unknown=unknown, digest=digests
    )
    measures = {
        "hid": ("hid", "min"), "rows": ("namesake", "size"), "namesakes": ("namesake", "sum"), "amount": ("amount", "sum"),
        "unknown": ("unknown", "sum"), "digest": ("digest", "sum"),
    }  # fmt: skip
    return rows.groupby("pid").agg(**measures).reset_index().assign(source=source)


def households(people: pd.DataFrame, found: pd.DataFrame, limits: pd.DataFrame) -> pd.DataFrame:
    mine = found[found["source"].isin(MATTER)]
    by = mine.pivot_table(
        index=["pid", "hid"], columns="source", values="amount", aggfunc="sum", fill_value=0
    )
    for name in MATTER:
        if name not in by:
            by[name] = 0.0
    by["income"] = by[["tax", "payroll"]].max(axis=1) + by["social_insurance"]
    by["money"] = by["deposits"] + by["securities"]
    sums = by.groupby("hid")[["income", "money", "real_estate"]].sum().round(2)
    sums["unknown"] = mine.groupby("hid")["unknown"].sum()
    whose = people.groupby("hid").agg(persons=("persons", "max"), district=("district", "min"))
    h = sums.join(whose).reset_index().merge(limits, on="district")
    h["narrow"] = (h["unknown"] == 0) & yes(
        h["real_estate"] < h["housing_small"].astype("float64") * h["persons"]
    )
    standard = h["standard"].astype("float64")
    per_person = h["money"] * 12 > h["deposits_months"].astype("float64") * standard * h["persons"]
    h["deposits_over"] = yes(h["money"] >= h["deposits_household"].astype("float64")) | yes(per_person)
    h["income_over"] = h["income"] >= standard * h["persons"]
    return h


def alerts(people: pd.DataFrame, some: pd.DataFrame, homes: pd.DataFrame) -> pd.DataFrame:
    once = some.groupby(["hid", "pid", "kind", "item"], as_index=False)["namesake"].min()
    narrow = homes.loc[homes["narrow"], "hid"]
    once = once[~((once["kind"] == "housing") & once["hid"].isin(narrow))]
    once = once.assign(kind=once["kind"].replace("shop", "housing"))
    over = [
        homes.loc[homes[flag], ["hid"]].assign(
            kind=kind, item=(homes["tax_year"] + 1).astype(str), namesake=False
        )
        for flag, kind in (("deposits_over", "deposits"), ("income_over", "income"))
    ]
    every = pd.concat([once, *over], ignore_index=True).merge(
        people[["pid", "person_id"]], on="pid", how="left"
    )
    whose = people.groupby("hid", as_index=False)["case_id"].min()
    return every.merge(whose, on="hid")[["case_id", "person_id", "kind", "item", "namesake"]]


def main() -> None:
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    people = pd.read_parquet(folder / "people.parquet", dtype_backend="pyarrow")
    people["district"] = people["area_code"].str[:6]
    if len(sys.argv) > 3:
        rows = pd.read_parquet(folder / "registry" / f"{sys.argv[3]}.parquet", dtype_backend="pyarrow")
        matched(people, rows)[["row", "pid"]].to_parquet(out)
        return
    limits = pd.read_parquet(folder / "thresholds.parquet", dtype_backend="pyarrow")
    figures, looked_at = [], []
    for path in sorted((folder / "registry").glob("*.parquet")):
        rows = pd.read_parquet(path, dtype_backend="pyarrow")
        columns = [name for name in rows.columns if name != "row"]
        mine = matched(people, rows).merge(limits, on="district")
        figures.append(facts(path.stem, mine, columns))
        if (some := items(path.stem, mine)) is not None:
            looked_at.append(some)
    found = pd.concat(figures, ignore_index=True)
    out.mkdir(parents=True, exist_ok=True)
    homes = households(people, found, limits)
    alerts(people, pd.concat(looked_at, ignore_index=True), homes).to_parquet(out / "alerts.parquet")
    found[["pid", "source", "digest", "rows", "namesakes"]].to_parquet(out / "state.parquet")


if __name__ == "__main__":
    main()
