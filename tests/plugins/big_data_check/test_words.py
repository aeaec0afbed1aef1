"""The plugin's English catalogue: every sentence and label of its pages, the same values, nothing that is no longer said."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

import jinja2
import pytest
from jinja2 import nodes

from core.registry.verification import FINDING_LABELS, RESULT_LABELS, SOURCE_LABELS
from core.sdk.verification import REASON_CODES
from core.web.i18n import catalogue
from core.web.rendering import LANGUAGE_COOKIE
from plugins.big_data_check import comparison, store, worklist
from plugins.big_data_check.bulk import pages as bulk_pages
from plugins.big_data_check.bulk import settings as bulk_settings
from plugins.big_data_check.bulk import store as bulk_store
from plugins.big_data_check.decisions import DECIDED
from plugins.big_data_check.intake import pages as intake_pages
from plugins.big_data_check.intake import store as intake_store
from plugins.big_data_check.lapsing import store as lapsing_store
from plugins.big_data_check.manifest import plugin
from plugins.big_data_check.sources import Channel
from plugins.big_data_check.stages import Verdict
from tests.builders.casework import renamed
from tests.builders.households import elderly_couple
from tests.plugins.big_data_check.office import Office

assert plugin.templates is not None
assert plugin.translations is not None
ENGLISH = catalogue("en", plugin.translations)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def calls() -> Iterator[tuple[str, nodes.Call]]:
    assert plugin.templates is not None
    for file in sorted(plugin.templates.glob("*.html")):
        for call in jinja2.Environment(autoescape=True).parse(file.read_text("utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "_":
                yield file.name, call


def labels() -> set[str]:
    """What templates say by name: the plugin's own vocabularies, and the sources', results' and findings'."""
    return {
        *SOURCE_LABELS.values(), *RESULT_LABELS.values(), *FINDING_LABELS.values(), *store.STATE_LABELS.values(),
        *(verdict.label for verdict in Verdict), *(channel.label for channel in Channel), *(label for _, label in worklist.TABS),
        *(label for _, label in lapsing_store.TABS), *(label for _, label in comparison.COLUMNS),
        *bulk_store.STATES.values(), *bulk_store.ALERT_STATES.values(), *bulk_store.KINDS.values(),
        *bulk_settings.EVERY.values(), *bulk_pages.STEPS.values(), bulk_pages.step_label("?"),
        *intake_store.STATES.values(), *intake_pages._STEPS.values(), *REASON_CODES.values(), *DECIDED.values(),
    }  # fmt: skip


def said() -> dict[str, str]:
    """{sentence: the template that says it}."""
    found = {c.args[0].value: name for name, c in calls() if isinstance(c.args[0], nodes.Const)}
    return found | dict.fromkeys(labels(), "a label")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_sentence_of_the_verification_pages_has_its_english() -> None:
    assert len(said()) > 250
    known = {*catalogue("en"), *ENGLISH}
    assert {text: where for text, where in said().items() if text not in known} == {}


def test_what_is_said_by_name_is_a_label_and_no_sentence_put_together() -> None:
    named = [(name, c.args[0]) for name, c in calls() if not isinstance(c.args[0], nodes.Const)]
    assert len(named) > 20
    assert [n for n, arg in named if not isinstance(arg, nodes.Name | nodes.Getattr | nodes.Getitem)] == []


def test_no_chinese_stands_in_a_template_outside_of_what_is_translated() -> None:
    assert plugin.templates is not None
    for file in sorted(plugin.templates.glob("*.html")):
        bare = re.sub(r'_\("[^"]*"|\{#.*?#\}', "", file.read_text("utf-8"), flags=re.S)
        left = [line for line in bare.splitlines() if CHINESE.search(line)]
        assert left == [], file.name


def test_no_english_of_verification_is_kept_for_what_is_no_longer_said() -> None:
    assert sorted(ENGLISH.keys() - said().keys()) == []
    assert sorted(ENGLISH.keys() & catalogue("en").keys()) == []


def test_the_english_of_verification_asks_for_the_same_values_and_is_english() -> None:
    assert [zh for zh, en in ENGLISH.items() if fields(zh) != fields(en)] == []
    assert [zh for zh, en in ENGLISH.items() if CHINESE.search(en)] == []


@pytest.mark.anyio
async def test_the_verification_pages_speak_the_readers_language(office: Office) -> None:
    case = await office.investigated(renamed(elderly_couple(), "语"))
    address = f"/d/{office.bureau.district.code}/x/big_data_check/cases/{case.id}"
    headers = office.officer.headers | {"cookie": f"{LANGUAGE_COOKIE}=en"}
    shown = await office.bureau.house.client.get(address, headers=headers)
    assert "Comparison" in shown.text
    assert "Fiscal payroll" in shown.text
    assert "四方对照" not in shown.text
    assert "四方对照" in (await office.page(office.officer, f"/cases/{case.id}")).text
