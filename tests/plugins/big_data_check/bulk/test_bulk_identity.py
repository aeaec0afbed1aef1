"""The expressions agree with the pure functions they stand for, whatever is typed."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.registry.resident_id import check_character, parse
from core.sdk.verification import Source
from plugins.big_data_check.bulk.exact import stemmed
from plugins.big_data_check.bulk.identity import numbered, plain
from plugins.big_data_check.bulk.namesakes import owners
from plugins.big_data_check.bulk.registers import PEOPLE, schema_of
from plugins.big_data_check.matching import Certainty, Identity, Wanted, compare, other_century, plain_name
from tests.plugins.big_data_check.bulk.registers import number, someone

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")  # Ibis, of DuckDB 2

STEMS = st.builds(
    lambda area, born, place: f"62{area:04d}{born:%Y%m%d}{place:03d}",
    st.integers(0, 9999), st.dates(date(1900, 1, 1), date(2025, 12, 31)), st.integers(0, 999),
)  # fmt: skip
VALID = STEMS.map(lambda stem: stem + check_character(stem))
OLD = STEMS.filter(lambda s: s[6:8] == "19").map(lambda s: s[:6] + s[8:])
TYPED = st.one_of(
    VALID, OLD, VALID.map(str.lower), VALID.map(lambda n: n[:6] + " " + n[6:14] + "-" + n[14:]),
    VALID.map(lambda n: n.translate(str.maketrans("0123456789X", "０１２３４５６７８９ｘ"))),
    st.text("0123456789Xx e.+", max_size=20), STEMS.map(lambda s: s + "0"),
    st.builds(lambda n, k, d: n[:k] + d + n[k + 1 :], VALID, st.integers(0, 17), st.sampled_from("0123456789X")),
)  # fmt: skip


def rows_of(*rows: dict[str, Any]) -> Any:
    full = [{"name": "某", **row} for row in rows]
    return ibis.memtable(pa.Table.from_pylist(full, schema=schema_of(Source.TAX)))


def read(texts: list[str]) -> list[str | None]:
    """What the expressions make of each text: the 17 digits, or None where no number can be read."""
    rows = numbered(rows_of(*({"id_number": text, "item": str(k)} for k, text in enumerate(texts))))
    told = (
        rows.select("item", "stem", bad=~rows.readable)
        .order_by(rows["item"].cast("int64"))
        .to_pyarrow()
        .to_pylist()
    )
    return [None if row["bad"] else f"{row['stem']:017d}" for row in told]


def by_parse(text: str) -> str | None:
    try:
        return parse(text).number[:17]
    except ValueError:
        return None


@settings(max_examples=15, deadline=None)
@given(st.lists(TYPED, min_size=1, max_size=60))
def test_numbers_are_read_as_everywhere_else(texts: list[str]) -> None:
    assert read(texts) == [by_parse(text) for text in texts]


@settings(max_examples=10, deadline=None)
@given(st.lists(st.text("王建国买买提 　·•・.aＢｃ", min_size=1, max_size=8), min_size=1, max_size=30))
def test_names_are_the_same_however_they_are_typed(names: list[str]) -> None:
    rows = rows_of(*({"name": name, "item": str(k)} for k, name in enumerate(names)))
    told = (
        rows.select("item", plain=plain(rows.name))
        .order_by(rows["item"].cast("int64"))
        .to_pyarrow()
        .to_pylist()
    )

    assert [row["plain"] for row in told] == [plain_name(name) for name in names]


BORN = (date(1960, 1, 1), date(2005, 1, 1))
"""A person of each century: an old 15-digit number of the second one can only be a slip of the registry's."""


def _ways(own: str) -> list[str]:
    """One number in the ways registries spell it: right, old, with the wrong century, cut short, mistyped."""
    wide = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
    wrong = own[:17] + ("0" if own[17] != "0" else "1")
    swapped = other_century(own)
    return [
        own, own[:6] + own[8:17], swapped, swapped.translate(wide), swapped[:17] + wrong[17], own[:17], f"{own[:17]}?",
        f"'{own[:17]}", wrong, wrong.translate(wide), own[:16],
    ]  # fmt: skip


NUMBERS = [way for born in BORN for way in _ways(number(born=f"{born:%Y%m%d}"))]
IDENTITIES = st.builds(
    Identity,
    name=st.sampled_from(["王建国", "王 建国", "李秀英"]),
    id_number=st.sampled_from(["", *NUMBERS, number(place="007"), "620802", "620802000002290019"]),
    birth_date=st.sampled_from([None, *BORN, date(1961, 1, 1)]),
    area_code=st.sampled_from(["", "620802000000", "620123000000"]),
)  # fmt: skip


@pytest.mark.parametrize("born", BORN)
@settings(max_examples=6, deadline=None)
@given(identities=st.lists(IDENTITIES, min_size=20, max_size=60), scatter=st.booleans())
def test_a_row_is_somebodys_exactly_where_one_query_would_say_so(
    born: date, identities: list[Identity], scatter: bool
) -> None:
    me = someone(0, place=1, born=born, number=number(born=f"{born:%Y%m%d}"))
    wanted = Wanted(None, me["name"], me["number"], me["born"], me["area_code"])  # type: ignore[arg-type]
    people = stemmed(ibis.memtable(pa.Table.from_pylist([me], schema=PEOPLE)))
    rows = rows_of(*(
        {
            "name": one.name, "id_number": one.id_number or None, "birth_date": one.birth_date,
            "area_code": one.area_code or None, "item": str(place),
        }
        for place, one in enumerate(identities)
    ))  # fmt: skip

    found = owners(people, rows, scatter).select("item", "namesake").to_pyarrow().to_pylist()
    told = {int(row["item"]): row["namesake"] for row in found}
    assert len(told) == len(found)

    expected = {place: compare(wanted, one).certainty for place, one in enumerate(identities)}
    sure = {place: c is Certainty.NAMESAKE for place, c in expected.items() if c is not Certainty.OTHER}
    assert told == sure


@pytest.mark.parametrize("text", [None, "", "无"])
def test_what_is_no_number_is_unreadable(text: str | None) -> None:
    rows = numbered(rows_of({"id_number": text}))
    assert rows.select(bad=~rows.readable).to_pyarrow().to_pylist() == [{"bad": True}]
