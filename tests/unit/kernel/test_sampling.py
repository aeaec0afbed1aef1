"""The draw: exact numbers, the must-visit households on top, and a record anybody can recompute."""

import hashlib
from dataclasses import dataclass
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.sampling import (
    SEED_BYTES,
    Draw,
    Unit,
    allocate,
    commitment,
    draw,
    frame_hash,
    frame_of,
    number_to_draw,
    verify,
)

SEED = bytes(range(32))
THIRTY = Decimal(30)

names = st.text(alphabet="ABCDEFGH0123456789崆峒", min_size=1, max_size=8)
strata = st.dictionaries(names, st.sampled_from(["一类", "二类", "三类", "四类"]), max_size=60)
seeds = st.binary(min_size=SEED_BYTES, max_size=SEED_BYTES)
percents = st.decimals(min_value=0, max_value=100, places=1)


@dataclass(frozen=True)
class Round:
    frame: tuple[Unit, ...]
    must: frozenset[str]


@st.composite
def rounds(draw_: st.DrawFn) -> Round:
    households = draw_(strata)
    must = draw_(st.frozensets(st.sampled_from(sorted(households)))) if households else frozenset()
    return Round(frame_of(households, must), must)


def a_frame(of: int, must: tuple[int, ...] = ()) -> tuple[Unit, ...]:
    return frame_of({f"C{k:03}": f"S{k % 3}" for k in range(of)}, [f"C{k:03}" for k in must])


def change(record: Draw, **fields: object) -> Draw:
    return msgspec.structs.replace(record, **fields)


def test_thirty_percent_of_sixty_households_are_eighteen() -> None:
    assert len(draw(a_frame(60), SEED, THIRTY).drawn) == 18


def test_a_part_of_a_household_is_a_whole_one() -> None:
    assert number_to_draw(61, THIRTY) == 19


def test_the_share_is_of_all_households_and_the_must_visit_ones_come_on_top() -> None:
    record = draw(a_frame(60, must=(1, 2, 3)), SEED, THIRTY)
    assert len(record.drawn) == 18
    assert record.mandatory == ("C001", "C002", "C003")
    assert len(record.selected) == 21


def test_when_nearly_all_must_be_visited_the_rest_is_drawn_whole() -> None:
    record = draw(a_frame(10, must=tuple(range(9))), SEED, THIRTY)
    assert record.number == 3
    assert record.drawn == ("C009",)


def test_an_empty_round_draws_nobody() -> None:
    record = draw((), SEED, THIRTY)
    assert record.selected == ()
    assert verify(record) == ()


def test_a_share_above_the_whole_is_refused() -> None:
    for share in (Decimal(101), Decimal("NaN"), Decimal(-1)):
        with pytest.raises(ValueError, match="cannot be drawn"):
            number_to_draw(10, share)


def test_a_short_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        commitment(b"short")


def test_a_must_visit_household_outside_the_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="not in the frame: X1"):
        draw(a_frame(3), SEED, THIRTY, mandatory=["X1"])


def test_a_household_twice_in_the_frame_is_refused() -> None:
    twice = (Unit("C1", "S1"), Unit("C1", "S2"))
    with pytest.raises(ValueError, match="twice"):
        draw(twice, SEED, THIRTY)
    with pytest.raises(ValueError, match="twice"):
        frame_hash(twice)


def test_an_id_that_could_forge_a_line_of_the_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="control character"):
        frame_of({"C1\t一类\t0\nC2": "一类"})


def test_the_places_left_over_go_to_the_largest_remainders() -> None:
    assert allocate({"甲": 50, "乙": 30, "丙": 20}, 7, SEED) == {"甲": 4, "乙": 2, "丙": 1}


def test_anybody_can_recompute_the_draw_from_the_documented_method_alone() -> None:
    record = draw(a_frame(20), SEED, THIRTY)

    def lot(text: str) -> str:
        return hashlib.sha256(bytes.fromhex(record.seed) + text.encode()).hexdigest()

    by_hand: list[str] = []
    for stratum in ("S0", "S1", "S2"):
        members = sorted((unit.id for unit in record.frame if unit.stratum == stratum), key=lot)
        by_hand += members[: record.allocation[stratum]]
    lines = "".join(f"{u.id}\t{u.stratum}\t0\n" for u in record.frame)
    assert tuple(by_hand) == record.drawn
    assert hashlib.sha256(lines.encode()).hexdigest() == record.frame_hash
    assert hashlib.sha256(SEED).hexdigest() == record.seed_hash


def test_a_known_draw_never_changes() -> None:
    """A published draw must be recomputable by every later version of this code."""
    record = draw(a_frame(10), SEED, THIRTY)
    assert record.drawn == KNOWN_DRAW
    assert record.frame_hash == KNOWN_FRAME


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("seed", bytes(32).hex(), "种子与记录里的种子摘要不符"),
        ("seed_hash", "00", "种子与记录里的种子摘要不符"),
        ("frame_hash", "00", "抽样名单与记录里的名单摘要不符"),
        ("number", 4, "应抽 6 户，记录为 4 户"),
        ("allocation", {"S0": 6}, "各层分配的户数与重算结果不符"),
        ("drawn", ("C001",), "抽中的户与重算结果不符"),
        ("mandatory", ("C001",), "必查户与名单不符"),
        ("seed", "zz", "记录不完整"),
        ("method", "lottery", "不认识的抽样方法“lottery”"),
    ],
)
def test_a_changed_record_is_found_out(field: str, value: object, message: str) -> None:
    record = draw(a_frame(20), SEED, THIRTY)
    assert any(message in problem for problem in verify(change(record, **{field: value})))


def test_a_seed_other_than_the_one_committed_to_is_found_out() -> None:
    record = draw(a_frame(20), SEED, THIRTY)
    assert verify(record, committed=commitment(SEED)) == ()
    assert verify(record, committed=commitment(bytes(32))) == ("种子与事先公布的摘要不符",)


def test_a_frame_changed_after_it_was_closed_is_found_out() -> None:
    record = draw(a_frame(21), SEED, THIRTY)
    assert verify(record, closed=frame_hash(a_frame(20))) == ("抽样名单与封存时公布的摘要不符",)


@given(round_=rounds(), seed=seeds, percent=percents)
def test_every_draw_verifies_and_survives_being_published(
    round_: Round, seed: bytes, percent: Decimal
) -> None:
    record = draw(round_.frame, seed, percent)
    published = msgspec.json.decode(msgspec.json.encode(record), type=Draw)
    assert verify(published, committed=commitment(seed), closed=frame_hash(round_.frame)) == ()


@given(round_=rounds(), seed=seeds, percent=percents)
def test_exactly_the_share_is_drawn_and_nobody_twice(round_: Round, seed: bytes, percent: Decimal) -> None:
    record = draw(round_.frame, seed, percent)
    others = len(round_.frame) - len(round_.must)
    assert len(record.drawn) == min(record.number, others) == sum(record.allocation.values())
    assert len(set(record.selected)) == len(record.selected)
    assert round_.must <= set(record.selected)


@given(round_=rounds(), seed=seeds, percent=percents)
def test_every_stratum_gets_its_share_to_within_one_household(
    round_: Round, seed: bytes, percent: Decimal
) -> None:
    record = draw(round_.frame, seed, percent)
    others = [unit for unit in round_.frame if not unit.mandatory]
    for stratum, given_ in record.allocation.items():
        size = sum(unit.stratum == stratum for unit in others)
        assert given_ <= size
        assert abs(given_ * len(others) - min(record.number, len(others)) * size) < len(others)


@given(round_=rounds(), seed=seeds, percent=percents, order=st.randoms(use_true_random=False))
def test_the_order_in_which_households_are_listed_changes_nothing(
    round_: Round, seed: bytes, percent: Decimal, order: object
) -> None:
    shuffled = list(round_.frame)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert draw(shuffled, seed, percent) == draw(round_.frame, seed, percent)


KNOWN_DRAW = ("C006", "C007", "C008")
KNOWN_FRAME = "80a5f7ac1ff374b3b66c6f6293210d4b1ae51825c16fb8baef9cc9785d85fc53"
