"""Import directions, held by import-linter's contracts in pyproject.toml."""

from __future__ import annotations

import tomllib

import pytest
from importlinter.cli import lint_imports

from tests.architecture.sources import ROOT


def test_every_import_points_the_way_the_design_says(capfd: pytest.CaptureFixture[str]) -> None:
    code = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert code == 0, capfd.readouterr().out


def test_the_layers_cover_all_of_core_without_gaps() -> None:
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {contract["id"]: contract for contract in configured["tool"]["importlinter"]["contracts"]}
    assert contracts["layers"]["exhaustive"] is True
    assert set(contracts) == {"layers", "no-plugins", "sdk-only", "strangers", "pure"}
