"""Fraud and bad luck: replayed, doubled, late, forged, misdirected ballots, removals, two hosts, clocks that are wrong."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from core.settings import Keyring
from core.storage.embedded import Urls
from tests.plugins.women_panel.evening import LEAST, Evening
from tests.plugins.women_panel.torn_evening import TornEvening
from tests.plugins.women_panel.village import a_house


def play(urls: Urls, folder: Path, keys: Keyring, *, evenings: int, steps: int) -> None:
    with asyncio.Runner() as runner:
        house = a_house(urls, folder, keys, size_min=LEAST, paper_ballots=True)
        Evening.place = runner.run(house.__aenter__())
        Evening.run = staticmethod(runner.run)  # type: ignore[assignment]
        try:
            run_state_machine_as_test(  # type: ignore[no-untyped-call]
                TornEvening,
                settings=settings(
                    max_examples=evenings,
                    stateful_step_count=steps,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(house.__aexit__(None, None, None))


def test_an_evenings_ballots_are_neither_lost_nor_counted_twice(
    fresh_urls: Urls, tmp_path: Path, keys: Keyring
) -> None:
    play(fresh_urls, tmp_path, keys, evenings=12, steps=30)


@pytest.mark.slow
def test_many_evenings_ballots_are_neither_lost_nor_counted_twice(
    fresh_urls: Urls, tmp_path: Path, keys: Keyring
) -> None:
    play(fresh_urls, tmp_path, keys, evenings=40, steps=50)
