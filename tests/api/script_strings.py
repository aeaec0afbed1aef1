"""An office in which everybody types scripts: into every text of every form, and into every name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from core.kernel.forms.shape import FormField, Shape, fields_of
from core.web.intake import OpenCaseForm
from tests.api.contract import described
from tests.builders.casework import Bureau, Case
from tests.builders.installation import Somebody

LONG = "\"'></textarea></title><script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)>{{7*7}}zq ${7*7} javascript:alert(1) </p>"
NAME = "<img src=x onerror=alert(1)>"
TYPST = "#panic(1)$*_@<a>\\"
TEXTS = (LONG, LONG[:60], "<script>alert(1)</script>", "<b onclick=alert(1)>", "<b>", "<")
"""Longest first: a field takes what fits."""

RUNS = ("<script>alert", "<img src=x", "<svg onload", "<b onclick", "49zq")
"""What a page holds when it did not escape, or let a template be filled twice."""
SHOWN = (
    "&lt;script&gt;alert(1)",
    "&lt;img src=x onerror=alert(1)&gt;",
    "&lt;b onclick",
    "&#34;&#39;&gt;&lt;/textarea",
)
"""What it holds when it did."""

PLAIN = frozenset(
    {"relation", "crop", "number", "authorisation_number", "local_rule", "username", "password"}
)
"""Texts that mean something to the system."""


@dataclass
class Scripting(Bureau):
    """A bureau whose people type scripts wherever they can type."""

    @classmethod
    def of(cls, bureau: Bureau) -> Scripting:
        return cls(**vars(bureau))

    async def act(
        self,
        somebody: str | Somebody,
        case: Case,
        action: str,
        form: Mapping[str, Any] | None = None,
        *,
        version: int | None = None,
        key: str = "",
    ) -> httpx.Response:
        typed = poisoned(form_of(case.kind, action), dict(form or {}))
        return await super().act(somebody, case, action, typed, version=version, key=key)

    async def post(self, somebody: str | Somebody, path: str, body: Any, key: str = "") -> httpx.Response:
        typed = poisoned(OpenCaseForm, body) if path == "/cases" else body
        return await super().post(somebody, path, typed, key)


def form_of(kind: str, action: str) -> type[msgspec.Struct]:
    types = described()[0].catalogue.types.values()
    return next(a.form for t in types for a in t.actions if a.name == action and t.kind in ("", kind))


def poisoned(form_type: type[msgspec.Struct], typed: dict[str, Any]) -> dict[str, Any]:
    """The form with a script in every text that is free, whether it was filled in or not."""
    made = json.loads(json.dumps(typed))
    for field in fields_of(form_type):
        _poison(field, made)
    return dict(made)


def _poison(field: FormField, typed: dict[str, Any]) -> None:
    shape, name = field.shape, field.name
    given = typed.get(name)
    if shape.kind == "text" and _free(shape, name):
        typed[name] = script(shape) if not (name == "name" and given) else given
    elif shape.kind == "struct" and isinstance(given, dict):
        typed[name] = poisoned(shape.type, given)
    elif shape.kind == "list" and shape.item is not None and isinstance(given, list):
        if shape.item.kind == "struct":
            typed[name] = [poisoned(shape.item.type, row) for row in given]
        elif shape.item.kind == "text" and _free(shape.item, name):
            typed[name] = [script(shape.item) for _ in given]


def _free(shape: Shape, name: str) -> bool:
    return (
        name not in PLAIN
        and shape.limit("pattern") is None
        and shape.extra.get("widget", "text") in ("text", "textarea")
    )


def script(shape: Shape) -> str:
    most = shape.limit("max_length") or 200
    return next(text for text in (f"{LONG}{TYPST}", *TEXTS) if len(text) <= most)
