"""Answers are checked deeply against what the hook promised; what conforms is said to conform, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.plugin_host.conformance import mismatch


class Note(msgspec.Struct, frozen=True):
    text: str
    marks: tuple[int, ...] = ()
    inner: Note | None = None


@dataclass(frozen=True)
class Line:
    amount: Decimal
    words: Sequence[str] = ()
    by: Mapping[str, UUID] = field(default_factory=dict)


class Source(Protocol):
    label: str

    @property
    def name(self) -> str: ...

    async def query(self, number: int) -> str: ...


class GoodSource:
    label = "车辆"
    name = "vehicles"

    async def query(self, number: int) -> str:
        return str(number)


class NamelessSource:
    label = "车辆"

    async def query(self, number: int) -> str:
        return str(number)


class NumberedSource(GoodSource):
    name = 7  # type: ignore[assignment]


class FrozenSource(GoodSource):
    query = "no function"  # type: ignore[assignment]


WRONG: list[tuple[object, Any, str]] = [
    (1, str, "the answer: expected str, got int"),
    (True, int, "the answer: expected int, got bool"),
    (0, None, "the answer: expected None, got int"),
    (None, str, "the answer: expected str, got NoneType"),
    ("ab", Sequence[str], "the answer: expected Sequence, got str"),
    (b"ab", list[int], "the answer: expected list, got bytes"),
    (["a", 1], Sequence[str], "[1]: expected str, got int"),
    ({"a": 1}, Mapping[str, str], "['a']: expected str, got int"),
    ((1, "b"), tuple[int, int], "[1]: expected int, got str"),
    ((1,), tuple[int, int], "the answer: expected 2 items, got 1"),
    ((1, 2.5), tuple[int, ...], "[1]: expected int, got float"),
    ("no", Literal["yes"], "the answer: expected one of ('yes',), got str"),
    (3, int | None, ""),
    ("3", int | None, "the answer: expected int, got str"),
    (1, Annotated[str, "text"], "the answer: expected str, got int"),
    (str, type[int], "the answer: expected a subclass of <class 'int'>, got type"),
    (int, type[int], ""),
    (3, Callable[[], None], "the answer: expected a callable, got int"),
    (print, Callable[..., None], ""),
    (Note(5), Note, ".text: expected str, got int"),  # type: ignore[arg-type]
    ([Note("a", (1, "x"))], Sequence[Note], "[0].marks[1]: expected int, got str"),  # type: ignore[arg-type]
    (Note("a", inner=Note(b"c")), Note, ".inner.text: expected str, got bytes"),  # type: ignore[arg-type]
    (Line("1.00"), Line, ".amount: expected Decimal, got str"),  # type: ignore[arg-type]
    (Line(Decimal(1), by={"a": "b"}), Line, ".by['a']: expected UUID, got str"),  # type: ignore[dict-item]
    (GoodSource(), Source, ""),
    (NamelessSource(), Source, "the answer: NamelessSource lacks name"),
    (NumberedSource(), Source, ".name: expected str, got int"),
    (FrozenSource(), Source, ".query: expected a callable, got str"),
    (object(), Any, ""),
]


@pytest.mark.parametrize(("value", "expected", "said"), WRONG)
def test_a_mismatch_says_where_and_how(value: object, expected: Any, said: str) -> None:
    assert mismatch(value, expected) == said


plain = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(), st.binary(), st.decimals(allow_nan=False)
)
notes = st.recursive(
    st.builds(Note, st.text(), st.lists(st.integers()).map(tuple)),
    lambda inner: st.builds(Note, st.text(), st.lists(st.integers()).map(tuple), inner),
    max_leaves=5,
)
lines = st.builds(
    Line, st.decimals(allow_nan=False), st.lists(st.text()), st.dictionaries(st.text(), st.builds(uuid4))
)


@given(st.lists(notes), st.lists(lines))
def test_what_was_promised_conforms(made_notes: list[Note], made_lines: list[Line]) -> None:
    assert mismatch(made_notes, Sequence[Note]) == ""
    assert mismatch(tuple(made_lines), Sequence[Line]) == ""


@given(plain)
def test_a_plain_value_conforms_to_its_own_type_and_to_no_other(value: object) -> None:
    for kind in (type(None), bool, int, str, bytes, Decimal):
        assert (mismatch(value, kind) == "") == (type(value) is kind)


@given(st.lists(notes, min_size=1), st.data())
def test_one_wrong_item_among_many_is_found(made: list[Note], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(made)))
    assert (
        mismatch([*made[:place], "stray", *made[place:]], Sequence[Note])
        == f"[{place}]: expected Note, got str"
    )


@given(st.text(), st.integers())
def test_a_mismatch_never_repeats_a_value_of_the_answer(secret: str, number: int) -> None:
    said = mismatch([Note(secret.encode(), (number,))], Sequence[Note])  # type: ignore[arg-type]
    assert said == "[0].text: expected str, got bytes"
