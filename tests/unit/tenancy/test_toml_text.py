"""TOML written is TOML read: the same values, in the same order."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.tenancy.toml_text import to_toml
from tests.builders.bundles import BUNDLES, bundle

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
PLAIN = st.one_of(
    TEXTS, st.booleans(), st.integers(-(2**60), 2**60),
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9),
)  # fmt: skip
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


def back(text: str) -> Any:
    return tomllib.loads(text, parse_float=Decimal)


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_whatever_is_written_is_read_back_the_same(table: dict[str, Any]) -> None:
    assert back(to_toml(table)) == table


@pytest.mark.parametrize("name", BUNDLES)
@pytest.mark.parametrize("section", ["tenant", "procedure", "rules"])
def test_the_projects_own_configurations_keep_their_order(name: str, section: str) -> None:
    content = bundle(name).own.get(section, {})
    assert repr(back(to_toml(content))["procedures"] if "procedures" in content else 0) == repr(
        content.get("procedures", 0)
    )
    assert back(to_toml(content)) == content


def test_what_toml_cannot_say_is_refused() -> None:
    with pytest.raises(TypeError, match="NoneType"):
        to_toml({"a": None})
    with pytest.raises(TypeError, match="Decimal"):
        to_toml({"a": Decimal("NaN")})
