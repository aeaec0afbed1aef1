"""Whatever is wrong in a form is said in Chinese, at the field, through the API: every mistake of a request at once."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from core.kernel.forms import decode
from core.problems import Invalid
from tests.api.contract import described, handlers
from tests.api.mistakes import Mistake, mistakes, money
from tests.api.prepared import Prepared

ZHUNBAO, _ = described()
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def form_types() -> list[type[msgspec.Struct]]:
    """Every form the API takes: of every action, of opening, of plugins' routes."""
    found: dict[type[msgspec.Struct], None] = {}
    for path, _, handler in handlers(ZHUNBAO.litestar):
        for form in (*handler.opt.get("forms", ()), handler.opt.get("body"), handler.opt.get("query")):
            if form is not None and "/api/" in path:
                found[form] = None
    return list(found)


def told(form_type: type[msgspec.Struct], mistake: Mistake) -> str:
    """Why a mistake is not told as it should be; empty: it is."""
    try:
        decode(form_type, mistake.raw)
    except Invalid as invalid:
        here = [e.message for e in invalid.fields if e.field == mistake.path]
        if not here:
            return f"{mistake}: told at {[e.field for e in invalid.fields][:8]}"
        silent = [m for m in here if not CHINESE.search(m)]
        return f"{mistake}: {silent}" if silent else ""
    except Exception as broken:
        return f"{mistake}: {type(broken).__name__}"
    return f"{mistake}: taken"


@pytest.mark.parametrize("form_type", form_types(), ids=lambda f: f"{f.__module__}.{f.__name__}")
def test_every_mistake_in_a_form_is_told_in_chinese_at_its_field(form_type: type[msgspec.Struct]) -> None:
    assert [wrong for wrong in (told(form_type, m) for m in mistakes(form_type)) if wrong] == []


MAY_BE_A_LOSS = ("income.0.amount", "entities.0.profit")
"""What a business made; of what kind the income is, is told apart later."""


@pytest.mark.parametrize("form_type", form_types(), ids=lambda f: f"{f.__module__}.{f.__name__}")
def test_money_is_never_negative_and_has_no_third_decimal(form_type: type[msgspec.Struct]) -> None:
    for path, field in money(form_type):
        assert (
            path.endswith(MAY_BE_A_LOSS)
            or field.shape.limit("ge") is not None
            or field.shape.limit("gt") is not None
        ), path
        assert field.shape.extra.get("places", 2) == 2, path


async def open_steps(prepared: Prepared) -> list[tuple[Any, Any, str, int]]:
    """(who, process, action, version) of every step somebody may take now, each once."""
    bureau, found = prepared.bureau, {}
    for somebody in filter(None, prepared.people.values()):
        for process in (*prepared.cases.values(), prepared.round.round):
            answer = await bureau.get(somebody, process.path)
            for action in answer.json()["actions"] if answer.status_code == 200 else ():
                if action["open"]:
                    step = (somebody, process, action["name"], answer.json()["version"])
                    found.setdefault((process.kind, action["name"]), step)
    return list(found.values())


def form_of(kind: str, action: str) -> type[msgspec.Struct]:
    forms = {
        a.form
        for t in ZHUNBAO.catalogue.types.values()
        for a in t.actions
        if a.name == action and t.kind in ("", kind)
    }
    assert len(forms) == 1, action
    return forms.pop()


async def test_a_step_with_an_empty_form_says_what_is_missing_and_changes_nothing(prepared: Prepared) -> None:
    steps, refused = await open_steps(prepared), 0
    assert len(steps) > 25
    for who, process, action, version in steps:
        try:
            decode(form_of(process.kind, action), {})
            continue
        except Invalid as invalid:
            missing = {e.field for e in invalid.fields}
        answer = await prepared.bureau.act(who, process, action, {}, version=version)
        assert answer.status_code == 422, (action, answer.text)
        assert {e["field"] for e in answer.json()["errors"]} == missing
        assert (await prepared.bureau.read(process))["version"] == version
        refused += 1
    assert refused > 12


async def test_mistakes_are_told_at_their_fields_by_every_step(prepared: Prepared) -> None:
    for who, process, action, version in await open_steps(prepared):
        found = [m for m in mistakes(form_of(process.kind, action)) if m.in_json]
        for mistake in found[:: max(1, len(found) // 7)]:
            answer = await prepared.bureau.act(who, process, action, mistake.raw, version=version)
            assert answer.status_code == 422, (action, str(mistake), answer.text)
            told = [e["message"] for e in answer.json()["errors"] if e["field"] == mistake.path]
            assert told, (action, str(mistake), answer.json()["errors"])
            assert all(CHINESE.search(message) for message in told)


@pytest.mark.parametrize("path", ["/cases", "/rounds"])
async def test_opening_tells_every_mistake_at_its_field(prepared: Prepared, path: str) -> None:

    [body] = {
        h.opt["body"]
        for p, m, h in handlers(ZHUNBAO.litestar)
        if p == f"/d/{{district:str}}/api{path}" and m == "POST"
    }
    for mistake in (m for m in mistakes(body) if m.in_json):
        answer = await prepared.bureau.post("township_clerk", path, mistake.raw)
        assert answer.status_code == 422, (str(mistake), answer.text)
        assert mistake.path in {e["field"] for e in answer.json()["errors"]}, str(mistake)


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("62080219520230001X", "生日"),
        ("620802195202010010", "校验"),
        ("１２３", "18"),
        ("6" * 30, "18"),
        ("<b>", "18"),
    ],
)
async def test_a_wrong_id_number_is_told_at_the_member_it_belongs_to(
    prepared: Prepared, number: str, why: str
) -> None:
    members = [{"name": "王某", "relation": "本人", "id_number": number}]
    answer = await prepared.bureau.post(
        "township_clerk", "/cases", {"area_code": prepared.bureau.village, "members": members}
    )
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["field"] == "members.0.id_number"
    assert CHINESE.search(error["message"]), why


async def test_only_a_business_may_have_made_a_loss(prepared: Prepared) -> None:
    case = prepared.cases["draft"]
    form = prepared.bureau.submission(case)
    form["facts"]["income"][0] = {**form["facts"]["income"][0], "kind": "wages", "amount": "-100"}
    answer = await prepared.bureau.act("township_clerk", case, "submit", form)
    assert answer.status_code == 422, answer.text
    assert [e["field"] for e in answer.json()["errors"]] == ["facts.income.0.amount"]


@pytest.mark.parametrize(
    "content",
    [
        {"reason": "\x00"},
        {"\x00": "x"},
        {"a": "字" * 300_000},
        {"n": 10**300},
        {"f": 1e308},
        {"": {"": [None, True, [[]]]}},
    ],
    ids=["NUL", "NUL in a name", "long", "huge", "float", "odd"],
)
async def test_a_draft_holds_whatever_was_typed_or_says_why_not(prepared: Prepared, content: Any) -> None:
    answer = await prepared.bureau.act(
        "township_clerk", prepared.cases["draft"], "save_draft", {"content": content}
    )
    assert answer.status_code in (200, 422), answer.text
    if answer.status_code == 422:
        assert CHINESE.search(answer.json()["errors"][0]["message"])


async def test_a_deeply_nested_form_is_refused_and_not_followed(prepared: Prepared) -> None:
    nested: Any = "x"
    for _ in range(400):
        nested = {"a": [nested]}
    for action, form in (("save_draft", {"content": nested}), ("submit", {"facts": nested})):
        answer = await prepared.bureau.act("township_clerk", prepared.cases["draft"], action, form)
        assert answer.status_code == 422, answer.text
