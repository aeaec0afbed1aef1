"""What a run over a folder came to, as a page for whoever started it: how many things to look at, by district and kind.

Counts only: no person, case, item or amount, so that a province may look at all its districts.
"""

from __future__ import annotations

from collections import Counter
from html import escape
from pathlib import Path

import pyarrow.parquet as pq

from plugins.big_data_check.bulk.store import KINDS

PAGE = """<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>批量复核结果</title>
<style>body{{font:18px/1.6 sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}}table{{border-collapse:collapse;width:100%}}
th,td{{border-bottom:1px solid #ccd;padding:.4rem .6rem;text-align:right}}th:first-child,td:first-child{{text-align:left}}</style>
<h1>批量复核结果</h1>
<p>核对 {persons:,} 人，对照 {sources} 个来源；有变化、需要人去了解的 {alerts:,} 项，涉及 {cases:,} 户。这些是线索，不是结论，不会自动停发。</p>
<table><thead><tr><th scope="col">区县</th>{heads}<th scope="col">合计</th><th scope="col">户数</th></tr></thead>
<tbody>{rows}</tbody></table></html>
"""


def write(folder: Path) -> Path:
    """`summary.html` beside the results of a finished run."""
    told = pq.read_table(folder / "alerts.parquet", columns=["area_code", "kind", "case_id"])
    alerts = told.to_pydict()
    districts = [code[:6] for code in alerts["area_code"]]
    counts = Counter(zip(districts, alerts["kind"], strict=True))
    cases = Counter(district for district, _ in set(zip(districts, alerts["case_id"], strict=True)))
    rows = "".join(_row(district, counts, cases[district]) for district in sorted(cases))
    page = PAGE.format(
        persons=pq.read_table(folder / "people.parquet", columns=["pid"]).num_rows,
        sources=sum(1 for _ in (folder / "registry").glob("*.parquet")), alerts=told.num_rows, cases=sum(cases.values()),
        heads="".join(f'<th scope="col">{label}</th>' for label in KINDS.values()), rows=rows,
    )  # fmt: skip
    path = folder / "summary.html"
    path.write_text(page, encoding="utf-8")
    return path


def _row(district: str, counts: Counter[tuple[str, str]], cases: int) -> str:
    numbers = [counts[district, kind] for kind in KINDS]
    cells = "".join(f"<td>{n or '—'}</td>" for n in (*numbers, sum(numbers), cases))
    return f"<tr><td>{escape(district)}</td>{cells}</tr>"
