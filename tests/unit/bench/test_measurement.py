"""How a measured number is judged, shown and kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.__main__ import run
from bench.measurement import Measurement, merge, table


def a_measurement(name: str = "permission", value: float = 0.5, **others: object) -> Measurement:
    fields: dict[str, object] = {"target": 2.0, "better": "lower", "unit": "µs", "peer": 512.0, **others}
    return Measurement(name, value, **fields)  # type: ignore[arg-type]


def test_a_target_is_met_from_its_better_side() -> None:
    assert a_measurement(value=2.0).met is True
    assert a_measurement(value=2.1).met is False
    assert a_measurement(value=2.1, better="higher").met is True
    assert a_measurement(target=None).met is None


def test_a_missed_target_stands_out_in_the_table() -> None:
    lines = table([a_measurement(), a_measurement("ballot", value=3.0)]).splitlines()
    assert lines[0].split()[:4] == ["benchmark", "floor", "peer", "ours"]
    assert lines[2].endswith("ok")
    assert lines[3].endswith("MISSED")


def test_results_of_other_benchmarks_stay_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    merge([a_measurement("first"), a_measurement("second", 9.0)], path)
    merge([a_measurement("second", 1.0, detail="faster")], path)
    results = json.loads(path.read_text(encoding="utf-8"))
    assert set(results) == {"first", "second"}
    assert results["second"] == {"value": 1.0, "target": 2.0, "better": "lower", "detail": "faster"}


def test_an_unknown_benchmark_is_refused_with_the_list() -> None:
    with pytest.raises(SystemExit, match="there are: permission_check"):
        run(("nothing_such",))
