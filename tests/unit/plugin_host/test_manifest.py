"""A manifest that must not start is refused with plugin, key, what is wrong and what would be right."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.plugin_host.errors import PluginError
from core.plugin_host.manifest import check_steps, validate
from tests.unit.plugin_host.builders import SDK, a_plugin


class Actions(StrEnum):
    VIEW = "view"
    SEND = "send"


class Loose(msgspec.Struct):
    threshold: int = 1


class Demanding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    url: str


MAY = {"permission_object": "lamp", "permissions": Actions}

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"title": 7}, "plugin 'alpha', title: is a int; allowed: text"),
    ({"title": " "}, "plugin 'alpha', title: is empty; allowed: some text"),
    ({"sdk": ""}, "plugin 'alpha', sdk: is empty; allowed: some text"),
    ({"grants": ["a"]}, "plugin 'alpha', grants: is not a tuple of texts; allowed: a tuple of texts"),
    ({"tables": (1,)}, "plugin 'alpha', tables: is not a tuple of texts; allowed: a tuple of texts"),
    (
        {"hooks": "alpha.hooks"},
        "plugin 'alpha', hooks: is not a module; allowed: the module with the @hookimpl functions",
    ),
    ({"version": "one"}, "plugin 'alpha', version: 'one' is no version; allowed: such as 1.2.0"),
    ({"sdk": "1.x"}, "plugin 'alpha', sdk: '1.x' is no range; allowed: such as >=1.0,<2"),
    (
        {"sdk": ">=2"},
        "plugin 'alpha', sdk: needs >=2, this installation has 1.0.0; allowed: a release for this SDK",
    ),
    ({"config": dict}, "plugin 'alpha', config: is no Struct type; allowed: a msgspec.Struct subclass"),
    (
        {"config": Loose},
        "plugin 'alpha', config: Loose is loose; allowed: frozen=True, forbid_unknown_fields=True",
    ),
    (
        {"config": Demanding},
        "plugin 'alpha', config.url: has no default; allowed: a default, so that enabling is enough",
    ),
    (
        {"permission_object": "lamp"},
        "plugin 'alpha', permissions: and permission_object belong together; allowed: both or neither",
    ),
    (
        {"permission_object": "lamp", "permissions": str},
        "plugin 'alpha', permissions: is no StrEnum; allowed: a StrEnum of action names",
    ),
    (
        {**MAY, "grants": ("village_clerk, lamp, view",)},
        "plugin 'alpha', grants[0]: 'village_clerk, lamp, view' is no policy line;"
        " allowed: role, object, action, allow|deny",
    ),
    (
        {**MAY, "grants": ("village_clerk, panel, view, allow",)},
        "plugin 'alpha', grants[0]: is about 'panel'; allowed: lamp, case, round",
    ),
    (
        {**MAY, "grants": ("village_clerk, lamp, burn, allow",)},
        "plugin 'alpha', grants[0]: unknown action 'burn'; allowed: view, send",
    ),
    (
        {**MAY, "grants": ("village_clerk, lamp, view, Deny",)},
        "plugin 'alpha', grants[0]: unknown effect 'Deny'; allowed: allow, deny",
    ),
    (
        {"grants": ("village_clerk, case, view, allow",)},
        "plugin 'alpha', grants[0]: 'view' is no step of its own; allowed: its stage types' actions",
    ),
    (
        {"tables": ("person",)},
        "plugin 'alpha', tables: 'person' is outside its names; allowed: alpha or alpha_…",
    ),
    (
        {"tables": ("alpha_note",)},
        "plugin 'alpha', migrations: is empty though it has tables; allowed: an importable package",
    ),
    (
        {"tables": ("alpha_note",), "migrations": "migrations_nowhere"},
        "plugin 'alpha', migrations: 'migrations_nowhere' cannot be imported; allowed: a package",
    ),
    (
        {"templates": Path("/nowhere/at/all")},
        "plugin 'alpha', templates: /nowhere/at/all is no folder; allowed: a pathlib.Path to an existing folder",
    ),
    (
        {"translations": "here"},
        "plugin 'alpha', translations: here is no folder; allowed: a pathlib.Path to an existing folder",
    ),
]


@pytest.mark.parametrize(("keys", "said"), WRONG, ids=[said.split(";")[0][16:60] for _, said in WRONG])
def test_a_wrong_key_is_refused_with_what_is_allowed(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(PluginError) as refused:
        validate(a_plugin(**keys), "alpha", SDK)
    assert str(refused.value) == said


def test_anything_but_a_manifest_is_refused() -> None:
    with pytest.raises(
        PluginError, match=r"plugin 'alpha', manifest: is a dict; allowed: an instance of core.sdk.Plugin"
    ):
        validate({"name": "alpha"}, "alpha", SDK)


def test_the_name_is_that_of_the_entry_point() -> None:
    with pytest.raises(PluginError, match="name: differs from its entry point 'beta'; allowed: 'beta'"):
        validate(a_plugin("alpha"), "beta", SDK)


@pytest.mark.parametrize(
    "name", ["ab", "Alpha", "1st_plugin", "with-dash", "a" * 41, "core", "rules", "api", "名字"]
)
def test_names_that_would_read_as_ours_or_break_addresses_are_refused(name: str) -> None:
    with pytest.raises(PluginError, match="cannot be used; allowed: 3-40 lower-case letters"):
        validate(a_plugin(name), name, SDK)


@given(st.from_regex(r"[a-z][a-z0-9_]{2,39}", fullmatch=True))
def test_every_other_identifier_is_a_name(name: str) -> None:
    reserved = {"core", "tenant", "procedure", "rules", "zhunbao", "api", "sdk"}
    if name not in reserved:
        assert validate(a_plugin(name), name, SDK).name == name


def test_a_complete_manifest_is_taken_as_it_is(tmp_path: Path) -> None:
    whole = a_plugin(
        **MAY, grants=("township_clerk, lamp, send, allow", "visitor, lamp, view, deny"), tables=("alpha", "alpha_note"),
        migrations="migrations.core", templates=tmp_path, translations=tmp_path,
    )  # fmt: skip
    assert validate(whole, "alpha", SDK) is whole


def test_a_table_prefix_of_its_own_is_the_one_that_counts() -> None:
    given = a_plugin(tables=("lampshade_note",), table_prefix="lampshade", migrations="migrations.core")
    assert validate(given, "alpha", SDK).tables == ("lampshade_note",)


def test_grants_may_name_steps_its_own_stage_types_add() -> None:
    plugin = validate(a_plugin(grants=("panel_host, round, form_panel, allow",)), "alpha", SDK)
    check_steps(plugin, {("round", "form_panel")})


def test_grants_about_a_step_of_somebody_else_are_refused() -> None:
    plugin = validate(a_plugin(grants=("panel_host, case, confirm, allow",)), "alpha", SDK)
    said = r"grants\[0\]: case has no step 'confirm' of this plugin; allowed: visit"
    with pytest.raises(PluginError, match=said):
        check_steps(plugin, {("case", "visit"), ("round", "confirm")})


def test_an_error_without_a_way_out_names_plugin_and_key_all_the_same() -> None:
    assert str(PluginError("alpha", "hooks", "is broken")) == "plugin 'alpha', hooks: is broken"
