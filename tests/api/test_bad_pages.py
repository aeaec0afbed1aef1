"""A page's form that cannot be taken comes back with everything that was typed, each error at its field and at the top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from core.web.csrf import token_for
from core.web.visit import COOKIE
from tests.api import markup
from tests.api.markup import Control
from tests.api.prepared import Prepared
from tests.api.test_bad_input import CHINESE, open_steps
from tests.builders.installation import Somebody

TYPED = {
    "text": "坏值",
    "textarea": "第一行\n第二行",
    "tel": "12",
    "date": "2026-02-30",
    "datetime-local": "昨天",
    "time": "25:00",
}
TOO_LONG = "太长" * 10_001
OFFERED = ("radio", "checkbox", "select")


async def page(prepared: Prepared, who: Somebody, path: str) -> httpx.Response:
    return await prepared.house.client.get(
        f"{prepared.base}{path}", headers={"cookie": f"{COOKIE}={who.token}"}
    )


async def send(
    prepared: Prepared, who: Somebody, path: str, items: Sequence[tuple[str, str]], **files: Any
) -> httpx.Response:
    """As a browser sends a form: names may come more than once."""
    data: dict[str, list[str]] = {"_csrf": [token_for(who.token)]}
    for name, value in items:
        data.setdefault(name, []).append(value)
    headers = {"cookie": f"{COOKIE}={who.token}", "sec-fetch-site": "same-origin"}
    return await prepared.house.client.post(f"{prepared.base}{path}", data=data, headers=headers, **files)


def filled(controls: Sequence[Control]) -> list[tuple[str, str]]:
    """Everything typed wrong that can be typed; what is chosen from a list is chosen, its last."""
    items, seen = [], 0
    for control in controls:
        if control.name.startswith("_") or control.kind == "hidden":
            items.append((control.name, control.value))
        elif control.kind in OFFERED:
            items += [(control.name, choice) for choice in control.choices[-1:] if choice]
        else:
            seen += 1
            text = TYPED.get(control.kind, "坏值")
            numbered = f"{text}{seen}" if control.kind in ("text", "textarea") else text
            items.append(
                (control.name, TOO_LONG if control.kind in ("text", "textarea") and seen == 1 else numbered)
            )
    once = dict.fromkeys(name for name, _ in items)
    radios = {c.name for c in controls if c.kind == "radio"}
    return [
        (name, v)
        for name in once
        for v in ([dict(items)[name]] if name in radios else [x for n, x in items if n == name])
    ]


def kept(sent: Sequence[tuple[str, str]], back: Sequence[Control]) -> list[str]:
    """Typed values that are no longer there."""
    there = {(c.name, c.value.replace("\r\n", "\n")) for c in back}
    offered = {c.name for c in back if c.kind in OFFERED}
    return [
        f"{name}={value!r}"
        for name, value in sent
        if not name.startswith("_") and value and (name, value) not in there
        and not (name in offered and value == "false")
    ]  # fmt: skip


def check(answer: httpx.Response, sent: Sequence[tuple[str, str]]) -> None:
    """The form is back, complete, with its errors at the top and at the fields, every link leading somewhere."""
    assert answer.status_code == 422, answer.text[:300]
    again = markup.read(answer.text)
    told = markup.errors_at_top(again).lines
    ids = markup.ids(again)
    assert told or again.with_class("error-summary"), "no errors at the top"
    for href, text in told:
        assert CHINESE.search(text), text
        assert href.removeprefix("#") in ids, f"{href} leads nowhere: {text}"
        name = href.removeprefix("#f-")
        marked = [e for e in again.all() if e.attributes.get("id") in (f"e-{name}", f"f-{name}")]
        assert any(
            text in e.words or e.attributes.get("aria-invalid") == "true" or e.with_class("error-text")
            for e in marked
        ), href
    assert kept(sent, markup.controls(markup.main_form(again))) == []


async def test_a_steps_form_comes_back_with_what_was_typed(prepared: Prepared) -> None:
    checked = 0
    for who, process, action, _ in await open_steps(prepared):
        path = f"{process.path}/do/{action}"
        shown = await page(prepared, who, path)
        assert shown.status_code == 200, (path, shown.text[:300])
        form = markup.main_form(markup.read(shown.text))
        sent = filled(markup.controls(form))
        if not any(not name.startswith("_") for name, _ in sent) or markup.read(shown.text).with_class(
            "step"
        ):
            continue
        answer = await send(prepared, who, path, sent)
        if answer.status_code in (200, 303) and not any(c.kind in TYPED for c in markup.controls(form)):
            continue
        try:
            check(answer, sent)
        except AssertionError as wrong:
            raise AssertionError(f"{action}: {wrong}") from None
        checked += 1
    assert checked > 10


@pytest.mark.parametrize("path", ["/cases/new", "/rounds/new"])
async def test_an_opening_form_comes_back_with_what_was_typed(prepared: Prepared, path: str) -> None:
    who = prepared.bureau.staff["township_clerk"]
    sent = filled(markup.controls(markup.main_form(markup.read((await page(prepared, who, path)).text))))
    check(await send(prepared, who, path, sent), sent)
