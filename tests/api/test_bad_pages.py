"""A page's form that cannot be taken comes back with everything that was typed, each error at its field and at the top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx
import pytest

from core.kernel.forms import flatten
from core.web.csrf import token_for
from core.web.visit import COOKIE
from tests.api import markup
from tests.api.markup import Control
from tests.api.prepared import Prepared, named, with_phone
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


def check(answer: httpx.Response, sent: Sequence[tuple[str, str]], status: int = 422) -> None:
    """The form is back, complete, with its errors at the top and at the fields, every link leading somewhere."""
    assert answer.status_code == status, answer.text[:300]
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


async def test_a_form_comes_back_when_a_colleague_may_not_take_part(prepared: Prepared) -> None:
    """An hour of typing is not lost over one wrong choice in a list."""
    bureau = prepared.bureau
    facts = named("同去")
    case = await bureau.take(await bureau.application(facts, **with_phone(facts)), "investigating")
    visit = {
        **bureau.visit(case),
        "second_investigator": str(bureau.staff["confirming_officer"].id),
        "notes": "写了很久",
    }
    sent = [*flatten(visit), ("_version", str((await bureau.read(case))["version"])), ("_confirmed", "1")]
    answer = await send(prepared, bureau.staff["visitor"], f"{case.path}/do/record_visit", sent)
    found = {c.name: c.value for c in markup.controls(markup.main_form(markup.read(answer.text)))}
    assert answer.status_code == 422
    assert "confirming_officer" in answer.text
    assert found["notes"] == "写了很久"
    assert found["interviewee"] == facts.applicant.name
    assert found["facts-income-0-amount"] == "1320"


OTHER_FORMS = (
    ("system_admin", "/admin/accounts/new", (("username", "坏 值"), ("name", "坏" * 200), ("phone", "12"))),
    ("security_admin", "/admin/accounts/{account_id}/grants", (("role", "没有"), ("area_code", "坏值"))),
    ("township_clerk", "/cases/{process_id}/private", (("purpose", "看"),)),
)


@pytest.mark.parametrize(("who", "path", "typed"), OTHER_FORMS, ids=[p for _, p, _ in OTHER_FORMS])
async def test_other_forms_come_back_with_what_was_typed(
    prepared: Prepared, who: str, path: str, typed: Sequence[tuple[str, str]]
) -> None:
    somebody = prepared.people[who]
    assert somebody is not None
    ids = {name: values[0] for name, values in prepared.ids(path).items() if values}
    answer = await send(prepared, somebody, path.format(**ids), typed)
    again = markup.read(answer.text)
    assert answer.status_code == 422, answer.text[:300]
    assert again.with_class("error-summary")
    for href, text in markup.errors_at_top(again).lines:
        assert href.removeprefix("#") in markup.ids(again), f"{href}: {text}"
        assert CHINESE.search(text)
    back = {(c.name, c.value) for form in again.all("form") for c in markup.controls(form)}
    offered = {c.name for form in again.all("form") for c in markup.controls(form) if c.kind == "select"}
    assert [t for t in typed if t not in back and t[0] not in offered] == []


async def test_a_villagers_question_comes_back_with_what_was_typed_on_every_page(prepared: Prepared) -> None:
    """One question to a page: the rest is carried along, and the wrong answer stays where it was given."""
    bureau, facts = prepared.bureau, named("逐问")
    case = await bureau.application(facts, **with_phone(facts))
    name = facts.applicant.name
    villager = await prepared.house.person(
        prepared.district, "applicant", bureau.village, name=name, person_id=UUID(case.people[name])
    )
    path = f"{case.path}/do/submit"
    shown = markup.read((await page(prepared, villager, path)).text)
    assert shown.with_class("question")
    carried = [
        (c.name, c.value) for c in markup.controls(markup.main_form(shown)) if c.kind == "hidden" and c.value
    ]
    wrong = [
        ("facts-income-0-kind", "wages"),
        ("facts-income-0-amount", "很多"),
        ("reason", "写在后面的理由"),
    ]
    kept_too = [c for c in carried if not c[0].startswith(("facts-income", "_page", "_saved"))]
    at = -1
    for n in range(20):  # backwards from the page after it: nothing is judged on the way
        back_to = [*kept_too, stamp(shown), ("_page", str(n + 1)), ("_prev", "1")]
        shown = markup.read((await send(prepared, villager, path, back_to)).text)
        if any("收入" in heading.words for heading in shown.with_class("question")):
            at = n
            break
    answer = await send(
        prepared, villager, path, [*kept_too, *wrong, stamp(shown), ("_page", str(at)), ("_next", "1")]
    )
    again = markup.read(answer.text)
    back = [(c.name, c.value) for c in markup.controls(markup.main_form(again))]
    assert answer.status_code == 422
    assert [href for href, _ in markup.errors_at_top(again).lines] == ["#f-facts-income-0-amount"]
    assert [w for w in (*kept_too, *wrong) if not w[0].startswith("_") and w not in back] == []


def stamp(shown: markup.Element) -> tuple[str, str]:
    """Under which the page before was kept, as its form carries it on."""
    controls = markup.controls(markup.main_form(shown))
    return next((c.name, c.value) for c in controls if c.name == "_saved")
