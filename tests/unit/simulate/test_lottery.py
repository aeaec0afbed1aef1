"""The draw recomputed from its description: it agrees with the real one, and every kind of forgery is named."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel import published_draw, sampling
from core.simulate.lottery import faults_in

SALT = "5a" * 32
STRATA = ("在册·拟纳入", "新申请·拟纳入", "新申请·拟不纳入")


def published(households: int, must: int, percent: int = 30, seed: bytes = b"s" * 32) -> dict[str, Any]:
    ids = [f"620802-2026-{n:06d}" for n in range(households)]
    frame = sampling.frame_of({i: STRATA[n % 3] for n, i in enumerate(ids)}, ids[:must])
    draw = published_draw.published(sampling.draw(frame, seed, Decimal(percent)), SALT)
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(draw))
    return found


def faults(draw: dict[str, Any], **changes: Any) -> list[str]:
    must = [f"620802-2026-{n:06d}" for n in range(draw["mandatory_count"])]
    ids = [*must, *(u["id"] for u in draw["frame"])]
    wanted: dict[str, Any] = {"commitment": draw["seed_hash"], "everybody": ids, "must": must} | changes
    return faults_in(draw, wanted["commitment"], wanted["everybody"], wanted["must"])


@given(st.integers(1, 60), st.integers(0, 60), st.integers(0, 100), st.binary(min_size=32, max_size=32))
def test_an_honest_draw_recomputes(households: int, must: int, percent: int, seed: bytes) -> None:
    assert faults(published(households, min(must, households), percent, seed)) == []


@pytest.mark.parametrize(
    ("forged", "fault"),
    [
        ({"seed": (b"t" * 32).hex()}, "sealed before"),
        ({"number": 3}, "should have been drawn"),
        ({"drawn": ["620802-2026-000019"]}, "other households"),
        ({"mandatory_hash": "0" * 64}, "frame's hash"),
        ({"drawn": ["620802-2026-000001"]}, "names a must-visit household"),
        ({"allocation": {}}, "places per stratum"),
        ({"frame_hash": "0" * 64}, "frame's hash"),
        ({"method": "coin"}, "method is unknown"),
    ],
)
def test_a_forged_record_is_found_out(forged: dict[str, Any], fault: str) -> None:
    assert any(fault in found for found in faults(published(20, 2) | forged))


def test_a_household_left_out_of_the_frame_is_found_out() -> None:
    draw = published(20, 2)
    missing = [u["id"] for u in draw["frame"]] + ["620802-2026-000099"]
    assert any("not every household" in fault for fault in faults(draw, everybody=missing))
    assert "the number of must-visit households differs" in faults(draw, must=[])
