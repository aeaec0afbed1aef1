"""Words: templates and pages are written in Chinese (the msgid); other languages come from gettext catalogues (.po).

`_("还剩 {n} 个工作日", n=3)` looks the sentence up and fills it in. Catalogues are read as they are, without a build step.
A plugin brings its own (`{translations}/en/messages.po`) for what the core's does not say.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

TRANSLATIONS = Path(__file__).parent / "translations"
LANGUAGES = {"zh": "中文", "en": "English"}

_language: ContextVar[str] = ContextVar("language", default="zh")
_plugins: ContextVar[tuple[Path, ...]] = ContextVar("plugins", default=())


@contextmanager
def speaking(language: str, plugins: tuple[Path, ...] = ()) -> Iterator[None]:
    """Everything rendered inside is in `language`. `plugins` are their folders of catalogues, asked after the core's."""
    token, more = _language.set(language if language in LANGUAGES else "zh"), _plugins.set(plugins)
    try:
        yield
    finally:
        _language.reset(token)
        _plugins.reset(more)


def current_language() -> str:
    return _language.get()


def gettext(message: str, **values: Any) -> str:
    """The sentence in the present language, filled in. Chinese where no translation is known."""
    language = _language.get()
    text = message if language == "zh" else _translated(language, message)
    return text.format(**values) if values else text


def _translated(language: str, message: str) -> str:
    for folder in (TRANSLATIONS, *_plugins.get()):
        if found := catalogue(language, folder).get(message):
            return found
    return message


@lru_cache
def catalogue(language: str, folder: Path = TRANSLATIONS) -> Mapping[str, str]:
    """{msgid: msgstr} of one language; empty translations are left out."""
    path = folder / language / "messages.po"
    return parse_po(path.read_text("utf-8")) if path.is_file() else {}


def parse_po(text: str) -> dict[str, str]:
    """Read a .po file without plurals or contexts. Raises ValueError naming a line it can't read."""
    found: dict[str, str] = {}
    entry = {"msgid": "", "msgstr": ""}
    key = ""
    for number, raw in enumerate([*text.splitlines(), ""], 1):
        line = raw.strip()
        if line.startswith("#"):
            continue
        if not line:
            if entry["msgid"] and entry["msgstr"]:
                found[entry["msgid"]] = entry["msgstr"]
            entry, key = {"msgid": "", "msgstr": ""}, ""
            continue
        word, _, rest = line.partition(" ")
        if word in entry:
            key, line = word, rest
        if not (key and line.startswith('"')):
            raise ValueError(f"line {number}: {raw!r}")
        entry[key] += ast.literal_eval(line)
    return found
