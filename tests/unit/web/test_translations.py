"""The English catalogue holds every sentence the pages say, filled in with the same values."""

from __future__ import annotations

import string
from pathlib import Path

import pytest

from core.web.i18n import catalogue, gettext, parse_po, speaking
from tests.unit.web.messages import all_messages


def fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_sentence_of_the_pages_has_its_english() -> None:
    missing = {message: where for message, where in all_messages().items() if message not in catalogue("en")}
    assert missing == {}


def test_no_english_is_kept_for_what_is_no_longer_said() -> None:
    assert sorted(catalogue("en").keys() - all_messages().keys()) == []


def test_a_translation_asks_for_the_same_values_as_its_sentence() -> None:
    wrong = [zh for zh, en in catalogue("en").items() if fields(zh) != fields(en)]
    assert wrong == []


def test_a_sentence_is_said_in_the_readers_language_and_in_chinese_where_none_is_known() -> None:
    with speaking("en"):
        assert gettext("共 {n} 条", n=3) == "3 in all"
        assert gettext("没有翻译的话") == "没有翻译的话"
    with speaking("xx"):
        assert gettext("共 {n} 条", n=3) == "共 3 条"


def test_a_plugins_catalogue_is_asked_after_the_pages_own(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    entries = 'msgid "插件的话"\nmsgstr "a plugin\'s words"\n\nmsgid "共 {n} 条"\nmsgstr "other words"\n'
    (tmp_path / "en" / "messages.po").write_text(entries, "utf-8")
    with speaking("en", (tmp_path,)):
        assert gettext("插件的话") == "a plugin's words"
        assert gettext("共 {n} 条", n=3) == "3 in all"
    with speaking("en"):
        assert gettext("插件的话") == "插件的话"


def test_a_catalogue_that_cannot_be_read_names_its_line() -> None:
    with pytest.raises(ValueError, match="line 2"):
        parse_po('msgid "a"\nmsgid_plural "b"\n')
