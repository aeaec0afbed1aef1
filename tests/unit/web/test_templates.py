"""Every template that is named exists and compiles, and every page is given all it asks for."""

from __future__ import annotations

import re

from core.web.assets import ICONS
from tests.unit.web.templates import environment, names, references, renderings, source, wanted

_ICON = re.compile(r"""icon\(\s*"([a-z-]+)\"""")


def test_every_template_compiles_strictly() -> None:
    assert len(names()) > 30
    for name in names():
        environment().get_template(name)


def test_every_template_that_is_named_exists() -> None:
    known = set(names())
    called = {r.template for r in renderings()}
    included = {other for name in names() for other in references(name)}
    assert (called | included) - known == set()
    assert known - called - included == set()


def test_every_page_is_given_every_variable_it_asks_for() -> None:
    missing = {
        f"{r.where} {r.template}": sorted(wanted(r.template) - r.given)
        for r in renderings()
        if not r.more and wanted(r.template) - r.given
    }
    assert missing == {}


def test_every_icon_that_is_named_is_in_the_sprite() -> None:
    used = {icon for name in names() for icon in _ICON.findall(source(name))}
    assert used - set(ICONS) == set()


def test_no_template_carries_script_or_style_the_policy_would_stop() -> None:
    for name in names():
        text = source(name)
        assert not re.search(r"<script(?![^>]*(src=|application/json))", text), name
        assert not re.search(r"\s(on[a-z]+|style)=\"", text), name


def test_every_form_that_changes_something_carries_the_pages_token() -> None:
    """All but the sign-in, where there is no session to derive one from."""
    for name in names():
        for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", source(name), re.S):
            assert name == "door/sign_in.html" or 'name="_csrf"' in form, name
