"""Plugins are found by entry point, checked, ordered by name; two that claim the same thing are refused."""

from __future__ import annotations

from enum import StrEnum
from importlib.metadata import EntryPoint

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.plugin_host.discovery import accept, discover
from core.plugin_host.errors import PluginError
from tests.unit.plugin_host.builders import SDK, a_plugin

installed = a_plugin("alpha")


class Actions(StrEnum):
    VIEW = "view"


def an_entry_point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, "zhunbao.plugins")


def test_an_entry_point_is_loaded_and_checked() -> None:
    assert discover(SDK, [an_entry_point("alpha", f"{__name__}:installed")]) == (installed,)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("no_such_module:plugin", "no_such_module:plugin cannot be loaded: ModuleNotFoundError"),
        (f"{__name__}:absent", "absent cannot be loaded: AttributeError"),
        (f"{__name__}:leaves.now", "leaves.now cannot be loaded: SystemExit"),
    ],
)
def test_a_plugin_that_cannot_be_imported_is_named(value: str, said: str) -> None:
    with pytest.raises(PluginError, match=r"plugin 'alpha', entry point: ") as refused:
        discover(SDK, [an_entry_point("alpha", value)])
    assert said in str(refused.value)


class Leaves:
    @property
    def now(self) -> object:
        raise SystemExit(3)


leaves = Leaves()


def test_two_distributions_of_one_name_are_refused() -> None:
    with pytest.raises(
        PluginError, match="name: is installed twice; allowed: one distribution per plugin name"
    ):
        accept([("alpha", a_plugin("alpha")), ("alpha", a_plugin("alpha"))], SDK)


def test_a_table_belongs_to_one_plugin() -> None:
    first = a_plugin("alpha", tables=("alpha_beta",), migrations="migrations.core")
    second = a_plugin("beta", tables=("alpha_beta",), table_prefix="alpha_beta", migrations="migrations.core")
    with pytest.raises(
        PluginError, match="plugin 'beta', tables: 'alpha_beta' is 'alpha''s; allowed: a name of its own"
    ):
        accept([("alpha", first), ("beta", second)], SDK)


def test_a_permission_object_belongs_to_one_plugin() -> None:
    first, second = (a_plugin(n, permission_object="lamp", permissions=Actions) for n in ("alpha", "beta"))
    with pytest.raises(PluginError, match="permission_object: 'permission object lamp' is 'alpha''s"):
        accept([("alpha", first), ("beta", second)], SDK)


@given(
    st.lists(st.from_regex(r"[a-d][a-z]{2,8}", fullmatch=True), unique=True).filter(lambda n: "api" not in n)
)
def test_the_order_of_plugins_is_that_of_their_names(names: list[str]) -> None:
    names = [name for name in names if name not in {"core", "api"}]
    assert [p.name for p in accept([(n, a_plugin(n)) for n in names], SDK)] == sorted(names)
