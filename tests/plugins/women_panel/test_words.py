"""The plugin's English catalogue: every sentence of its pages, the same values, nothing that is no longer said."""

from __future__ import annotations

import re
import string

import jinja2
import pytest
from jinja2 import nodes

from core.web.i18n import catalogue
from core.web.rendering import LANGUAGE_COOKIE
from plugins.women_panel.manifest import plugin
from tests.plugins.women_panel.village import Village

assert plugin.templates is not None
assert plugin.translations is not None
ENGLISH = catalogue("en", plugin.translations)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def said() -> dict[str, str]:
    """{sentence: the template that says it}."""
    found: dict[str, str] = {}
    assert plugin.templates is not None
    for file in sorted(plugin.templates.glob("*.html")):
        for call in jinja2.Environment(autoescape=True).parse(file.read_text("utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "_":
                assert isinstance(call.args[0], nodes.Const), f"{file.name}:{call.lineno}: not a literal"
                found.setdefault(call.args[0].value, file.name)
    return found


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_sentence_of_the_panels_pages_has_its_english() -> None:
    assert len(said()) > 300
    known = {*catalogue("en"), *ENGLISH}
    assert {text: where for text, where in said().items() if text not in known} == {}


def test_no_english_of_the_panel_is_kept_for_what_is_no_longer_said() -> None:
    assert sorted(ENGLISH.keys() - said().keys()) == []


def test_the_panels_english_asks_for_the_same_values_and_is_english() -> None:
    assert [zh for zh, en in ENGLISH.items() if fields(zh) != fields(en)] == []
    assert [zh for zh, en in ENGLISH.items() if CHINESE.search(en) and "For example" not in en] == []


@pytest.mark.anyio
async def test_the_panels_pages_speak_the_readers_language(village: Village) -> None:
    session = await village.open_session()
    page = f"{village.pages}/sessions/{session.rpartition('/')[2]}"
    headers = village.host.headers | {"cookie": f"{LANGUAGE_COOKIE}=en"}
    shown = await village.house.client.get(page, headers=headers)
    assert "Household by household" in shown.text
    assert "逐户评议" not in shown.text
    assert "逐户评议" in (await village.get(village.host, page)).text
