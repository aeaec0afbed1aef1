"""Requests that come twice, come late, or come under somebody else's number: done once, answered alike, never overwritten."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from core.kernel.forms import decode
from core.problems import Invalid
from tests.api.contract import described, operations
from tests.api.prepared import Prepared, named, with_phone
from tests.api.test_bad_input import CHINESE, form_of, open_steps
from tests.builders.casework import JPEG, upload

_, SCHEMA = described()


def steps() -> list[str]:
    return [o.path for o in operations(SCHEMA) if "/actions/" in o.path]


def takes_a_key(path: str) -> bool:
    named = {(p["name"], p["in"]) for p in SCHEMA["paths"][path]["post"]["parameters"]}
    return ("Idempotency-Key", "header") in named


@pytest.mark.parametrize("path", [*steps(), "/d/{district}/api/cases", "/d/{district}/api/rounds"])
def test_every_step_and_every_opening_takes_a_key(path: str) -> None:
    assert takes_a_key(path)


async def without_a_form(prepared: Prepared) -> list[tuple[Any, Any, str, int]]:
    """Steps that can be taken with an empty form; what ends or moves a case last of all."""
    found = []
    for step in await open_steps(prepared):
        try:
            decode(form_of(step[1].kind, step[2]), {})
        except Invalid:
            continue
        found.append(step)
    return found


async def test_a_step_that_comes_twice_is_taken_once_and_answered_alike(prepared: Prepared) -> None:
    bureau, taken = prepared.bureau, 0
    for who, process, action, _ in await without_a_form(prepared):
        version, key = (await bureau.read(process))["version"], str(uuid4())
        first = await bureau.act(who, process, action, {}, version=version, key=key)
        if first.status_code != 200:
            continue
        again = await bureau.act(who, process, action, {}, version=version, key=key)
        assert again.status_code == 200, (action, again.text)
        assert again.json() == {**first.json(), "repeated": True}
        assert first.json()["repeated"] is False
        assert (await bureau.read(process))["version"] == first.json()["version"], "taken twice"
        other = await bureau.act(who, process, action, {"notes": "另一件事"}, version=version, key=key)
        assert other.status_code == 409, (action, other.text)
        assert CHINESE.search(other.json()["detail"])
        taken += 1
    assert taken > 4


async def test_a_key_is_only_its_owners(prepared: Prepared) -> None:
    case, key = prepared.cases["draft"], str(uuid4())
    version = (await prepared.bureau.read(case))["version"]
    first = await prepared.bureau.act(
        "township_clerk", case, "save_draft", {"content": {"a": "1"}}, version=version, key=key
    )
    assert first.status_code == 200
    elses = await prepared.bureau.act(
        "district_officer", case, "save_draft", {"content": {"a": "1"}}, version=version, key=key
    )
    assert elses.status_code in (403, 409)
    assert "repeated" not in elses.json()


async def test_a_refused_request_may_be_sent_again_with_its_key(prepared: Prepared) -> None:
    """Nothing was done, so nothing is remembered."""
    case, key = prepared.cases["draft"], str(uuid4())
    version = (await prepared.bureau.read(case))["version"]
    wrong = await prepared.bureau.act("township_clerk", case, "submit", {}, version=version, key=key)
    assert wrong.status_code == 422
    mended = await prepared.bureau.act(
        "township_clerk", case, "save_draft", {"content": {}}, version=version, key=key
    )
    assert mended.status_code == 200
    assert mended.json()["repeated"] is False


async def test_a_stale_version_shows_what_is_on_file_and_what_was_sent_for_every_step(
    prepared: Prepared,
) -> None:
    for who, process, action, version in await open_steps(prepared):
        form = {"notes": "我填的"}
        answer = await prepared.bureau.act(who, process, action, form, version=version + 7)
        assert answer.status_code == 409, (action, answer.text)
        problem = answer.json()
        assert problem["current"]["version"] == version
        assert problem["current"]["state_label"]
        assert problem["yours"] == form
        assert CHINESE.search(problem["detail"])


async def test_the_same_step_sent_many_times_at_once_is_taken_once(prepared: Prepared) -> None:
    case, key = prepared.cases["draft"], str(uuid4())
    version = (await prepared.bureau.read(case))["version"]
    form = {"content": {"a": "zugleich"}}
    answers = await asyncio.gather(
        *(
            prepared.bureau.act("township_clerk", case, "save_draft", form, version=version, key=key)
            for _ in range(6)
        )
    )
    assert {a.status_code for a in answers} == {200}
    assert len({a.json()["seq"] for a in answers}) == 1
    assert [a.json()["repeated"] for a in answers].count(False) == 1


async def test_steps_without_a_key_sent_at_once_are_taken_once(prepared: Prepared) -> None:
    case = prepared.cases["draft"]
    version = (await prepared.bureau.read(case))["version"]
    form = {"content": {"a": "ohne"}}
    answers = await asyncio.gather(
        *(prepared.bureau.act("township_clerk", case, "save_draft", form, version=version) for _ in range(6))
    )
    assert sorted(a.status_code for a in answers) == [200, 409, 409, 409, 409, 409]


def application(prepared: Prepared, suffix: str) -> dict[str, Any]:
    return {"area_code": prepared.bureau.village, "group_name": "三组", **with_phone(named(suffix))}


async def test_an_application_that_comes_twice_is_opened_once(prepared: Prepared) -> None:
    bureau, key, form = prepared.bureau, str(uuid4()), application(prepared, "又一")
    first = await bureau.post("township_clerk", "/cases", form, key)
    again = await bureau.post("township_clerk", "/cases", form, key)
    assert first.status_code == again.status_code == 201
    assert again.json() == {**first.json(), "repeated": True}
    other = await bureau.post("township_clerk", "/cases", application(prepared, "又二"), key)
    assert other.status_code == 409
    assert CHINESE.search(other.json()["detail"])


async def test_a_round_that_comes_twice_is_opened_once(prepared: Prepared) -> None:
    bureau, key = prepared.bureau, str(uuid4())
    async with prepared.house.zhunbao.database.platform() as tx:
        village = await tx.fetchval(
            "SELECT max(code) FROM area WHERE starts_with(code, $1)", bureau.village[:9]
        )
    form = {"area_code": village}
    first = await bureau.post("township_clerk", "/rounds", form, key)
    again = await bureau.post("township_clerk", "/rounds", form, key)
    assert first.status_code == again.status_code == 201, first.text
    assert again.json() == {**first.json(), "repeated": True}
    assert (await bureau.post("township_clerk", "/rounds", form, str(uuid4()))).status_code == 409


@pytest.mark.parametrize("keyed", [True, False])
async def test_an_application_sent_many_times_at_once_is_opened_once(prepared: Prepared, keyed: bool) -> None:
    form, key = application(prepared, f"同时{keyed}"), str(uuid4()) if keyed else ""
    answers = await asyncio.gather(
        *(prepared.bureau.post("township_clerk", "/cases", form, key) for _ in range(5))
    )
    opened = [a for a in answers if a.status_code == 201]
    assert len({a.json()["process_id"] for a in opened}) == 1
    assert len(opened) == (5 if keyed else 1), [a.text for a in answers]
    assert {a.status_code for a in answers} <= {201, 409}


async def test_a_round_sent_many_times_at_once_is_opened_once(prepared: Prepared) -> None:
    async with prepared.house.zhunbao.database.platform() as tx:
        area = prepared.bureau.village[:9]
        village = await tx.fetchval(
            "SELECT code FROM area WHERE starts_with(code, $1) ORDER BY code DESC OFFSET 1 LIMIT 1", area
        )
    answers = await asyncio.gather(
        *(prepared.bureau.post("township_clerk", "/rounds", {"area_code": village}) for _ in range(5))
    )
    assert sorted(a.status_code for a in answers) == [201, 409, 409, 409, 409], [a.text for a in answers]


async def test_a_ballot_that_comes_twice_is_counted_once(prepared: Prepared) -> None:
    village, key, body = prepared.round, str(uuid4()), {"choice": "agree"}
    path = f"/x/women_panel{prepared.session}/cases/{prepared.voting.id}/ballots"
    first = await prepared.bureau.post(village.members[1], path, body, key)
    again = await prepared.bureau.post(village.members[1], path, body, key)
    assert first.status_code == again.status_code == 201, first.text
    assert first.json() == again.json()
    line = (await prepared.bureau.get("panel_host", f"/x/women_panel{prepared.session}")).json()["cases"][0]
    assert line["voted_count"] == 1
    assert (await prepared.bureau.post(village.members[1], path, body, str(uuid4()))).status_code == 409


async def test_an_operation_names_a_key_only_where_it_is_kept_to(prepared: Prepared) -> None:
    keyed = {o.path for o in operations(SCHEMA) if o.method == "post" and takes_a_key(o.path)}
    others = {p for p in keyed if "/actions/" not in p}
    assert others == {
        "/d/{district}/api/cases", "/d/{district}/api/rounds",
        "/d/{district}/api/x/women_panel/sessions/{session_id}/cases/{case_id}/ballots",
        "/d/{district}/api/x/women_panel/sessions/{session_id}/cases/{case_id}/sealed-ballots",
        "/d/{district}/api/x/big_data_check/cases/{case_id}/comparison",
    }  # fmt: skip


async def test_an_uploaded_file_is_the_same_however_often_it_comes(prepared: Prepared) -> None:

    data = JPEG + uuid4().bytes
    who = prepared.bureau.staff["village_clerk"]
    assert await upload(prepared.bureau, who, data) == await upload(prepared.bureau, who, data)
