"""What a plugin's manifest may grant: its own permissions, and the steps its own stage types bring."""

from __future__ import annotations

import sys
from enum import StrEnum

import pytest

from core.plugin_host.errors import PluginError
from core.plugin_host.manifest import Plugin, check_steps, validate


class Permissions(StrEnum):
    VIEW = "view"


def a_plugin(*grants: str) -> Plugin:
    return Plugin(
        name="panel", title="评议", version="1.0", sdk=">=1.0", hooks=sys.modules[__name__],
        permission_object="panel", permissions=Permissions, grants=grants,
    )  # fmt: skip


@pytest.mark.parametrize(
    "grant",
    ["observer, panel, view, allow", "panel_host, round, form_panel, allow", "observer, case, vote, deny"],
)
def test_grants_about_its_own_object_and_steps_are_taken(grant: str) -> None:
    assert validate(a_plugin(grant), "panel", "1.0.0").grants == (grant,)


@pytest.mark.parametrize(
    ("grant", "said"),
    [
        ("observer, account, manage, allow", "is about 'account'"),
        ("observer, panel, vote, allow", "unknown action 'vote'"),
        ("observer, round, view, allow", "no step of its own"),
        ("observer, case, open, allow", "no step of its own"),
        ("observer, case, *, allow", "no step of its own"),
        ("observer, round, form_panel, Deny", "unknown effect"),
    ],
)
def test_grants_about_what_is_not_its_own_are_refused(grant: str, said: str) -> None:
    with pytest.raises(PluginError, match=said):
        validate(a_plugin(grant), "panel", "1.0.0")


def test_a_step_of_somebody_else_cannot_be_granted() -> None:
    plugin = a_plugin("panel_host, round, form_panel, allow", "applicant, case, confirm, allow")
    with pytest.raises(PluginError, match=r"grants\[1\].*no step 'confirm'"):
        check_steps(plugin, {("round", "form_panel")})


def test_own_steps_pass_the_check_of_steps() -> None:
    check_steps(a_plugin("panel_host, round, form_panel, allow"), {("round", "form_panel")})
