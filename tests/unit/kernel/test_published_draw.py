"""What is public of a draw: anybody recomputes it, nobody reads from it which household must be visited anyway."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.published_draw import PublishedDraw, opens, published, verify
from core.kernel.sampling import SEED_BYTES, Draw, draw, frame_of

SALT = "5a" * 32
numbers = st.integers(1, 400).map(lambda n: f"620802-2026-{n:06d}")
seeds = st.binary(min_size=SEED_BYTES, max_size=SEED_BYTES)


@st.composite
def draws(draw_: st.DrawFn) -> Draw:
    households = draw_(st.dictionaries(numbers, st.sampled_from(["在册", "新申请"]), max_size=40))
    must = draw_(st.frozensets(st.sampled_from(sorted(households)))) if households else frozenset()
    return draw(frame_of(households, must), draw_(seeds), Decimal(draw_(st.integers(0, 100))))


@given(draws())
def test_every_public_record_recomputes_from_itself_alone(record: Draw) -> None:
    text = msgspec.json.encode(published(record, SALT))
    again = msgspec.json.decode(text, type=PublishedDraw)
    assert verify(again, committed=record.seed_hash) == ()
    assert (again.drawn, again.number) == (record.drawn, record.number)


@given(draws())
def test_no_must_visit_household_is_named_in_public(record: Draw) -> None:
    public = msgspec.json.encode(published(record, SALT)).decode()
    assert not [number for number in record.mandatory if number in public]
    assert SALT not in public


@given(draws(), st.frozensets(numbers, max_size=3))
def test_only_the_true_list_opens_the_hash(record: Draw, others: frozenset[str]) -> None:
    public = published(record, SALT)
    assert opens(public, record.mandatory, SALT)
    if others and others != set(record.mandatory):
        assert not opens(public, others, SALT)
    if record.mandatory:
        assert not opens(public, record.mandatory, "00" * 32)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": "00" * 32}, "种子"),
        ({"mandatory_count": 5}, "名单摘要"),
        ({"mandatory_hash": "00" * 32}, "名单摘要"),
        ({"number": 1}, "应抽"),
        ({"drawn": ()}, "抽中的户"),
        ({"allocation": {}}, "各层"),
        ({"percent": Decimal(101)}, "无法重算"),
        ({"method": "coin"}, "不认识"),
    ],
)
def test_a_forged_public_record_is_found_out(change: dict[str, object], said: str) -> None:
    frame = frame_of({f"C{n:02}": "甲" if n % 2 else "乙" for n in range(20)}, ["C03", "C07"])
    record = published(draw(frame, bytes(range(32)), Decimal(30)), SALT)
    assert verify(record) == ()
    assert any(said in fault for fault in verify(msgspec.structs.replace(record, **change)))


def test_a_round_opened_without_a_salt_publishes_no_hash_to_try_numbers_against() -> None:
    record = published(draw(frame_of({"C1": "甲", "C2": "甲"}, ["C1"]), bytes(range(32)), Decimal(30)))
    assert (record.mandatory_count, record.mandatory_hash) == (1, "")
    assert verify(record) == ()
