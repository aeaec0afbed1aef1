"""A measured number with its target, the table it is printed in, and the file all benchmarks write to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import msgspec

RESULTS = Path(__file__).parent / "results.json"

Better = Literal["higher", "lower"]


class Measurement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One number. `value` and `target` are what is judged: a ratio within one run, or an absolute in `unit`.

    `floor` is the least that any implementation must spend, `peer` what others do it with, `ours` what we take;
    all three in `unit` and from the same run, for the table only.
    """

    name: str
    value: float
    target: float | None
    better: Better
    unit: str = ""
    floor: float | None = None
    peer: float | None = None
    ours: float | None = None
    detail: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is None:
            return None
        return self.value >= self.target if self.better == "higher" else self.value <= self.target


def merge(measurements: Iterable[Measurement], path: Path = RESULTS) -> None:
    """Write into the results file, leaving what other benchmarks wrote there."""
    results = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for m in measurements:
        results[m.name] = {"value": m.value, "target": m.target, "better": m.better, "detail": m.detail}
    text = json.dumps(dict(sorted(results.items())), ensure_ascii=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8")


def table(measurements: Sequence[Measurement]) -> str:
    """Floor, peer, ours, value and target, aligned; a missed target is marked."""
    head = ("benchmark", "floor", "peer", "ours", "unit", "value", "target", "")
    rows = [head, *(_row(m) for m in measurements)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths).rstrip())
    return "\n".join(lines)


def _row(m: Measurement) -> tuple[str, ...]:
    sign = {"higher": "≥", "lower": "≤"}[m.better]
    target = "" if m.target is None else f"{sign} {_number(m.target)}"
    verdict = {True: "ok", False: "MISSED", None: ""}[m.met]
    return (
        m.name,
        _number(m.floor),
        _number(m.peer),
        _number(m.ours),
        m.unit,
        _number(m.value),
        target,
        verdict,
    )


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
