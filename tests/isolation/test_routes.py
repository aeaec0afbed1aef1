"""No district sees another: every route there is, with foreign ids, foreign sessions, forged paths, and no session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from urllib.parse import unquote
from uuid import UUID

import pytest

from core.access.doors import Public
from core.settings import Keyring
from core.storage.embedded import Urls
from tests.builders.casework import start_on
from tests.builders.installation import Somebody, an_installation
from tests.isolation.two_districts import MARK, Districts, Door, two_districts

pytestmark = pytest.mark.anyio

PRIVATE = ("admin", "accounts", "rolls", "demo", "deliveries", "wordings")
FORGED = (
    "..", "%2e%2e", "..%2f620802", "%2F..%2F620802%2Fapi%2Fcases", "%00", "620802%00", "620802;621122", "620802,621122",
    "%ff%fe", "%F0%9F%98%80", "'%20OR%20'1'='1", "x" * 3000, "00000000-0000-0000-0000-000000000000", "620802/../621122",
)  # fmt: skip


@pytest.fixture(scope="module")
async def districts(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Districts]:
    folder = tmp_path_factory.mktemp("installation")
    start_on(folder, date(2026, 3, 2))
    async with an_installation(database_urls, folder, keys) as house:
        yield await two_districts(house)


def about_something(districts: Districts) -> list[Door]:
    """Routes that name more than a district."""
    return [
        door
        for door in districts.doors()
        if set(door.parameters) - {"district"} and "district" in door.parameters
    ]


def people_for(districts: Districts, door: Door) -> list[Somebody]:
    admin = any(word in door.path for word in PRIVATE)
    return [districts.jack, *(districts.administrators if admin else ())]


async def test_what_exists_is_really_there_for_its_own_district(districts: Districts) -> None:
    """The ids the other tests try are good ones: the district itself gets an answer with them."""
    clerk, code = districts.victim.staff["township_clerk"], districts.victim.district.code
    for path in ("/api/cases/{process_id:uuid}", "/api/rounds/{process_id:uuid}", "/cases/{process_id:uuid}"):
        address = Door(f"/d/{{district:str}}{path}", "GET", ()).at(code, districts.ids)
        found = await districts.house.client.get(address, headers=clerk.headers)
        assert (found.status_code, MARK in found.text or "round" in path) == (200, True), path
    assert (
        await districts.house.client.get(f"/d/{code}/p/postings/{districts.ids['token']}")
    ).status_code == 200
    async with districts.house.inside(districts.victim.district) as tx:
        for table in ("sms_notice_message", "big_data_check_request", "women_panel_session", "posting"):
            assert await tx.fetchval(f"SELECT count(*) FROM {table}") > 0, table


async def test_a_foreign_id_is_answered_as_one_that_exists_nowhere(districts: Districts) -> None:
    for door in about_something(districts):
        for who in people_for(districts, door):
            nowhere = districts.nowhere
            there = await districts.as_other(who, door, districts.ids)
            absent = await districts.as_other(who, door, nowhere)
            assert there == absent, f"{door} as {who.username}"
            named = {
                "account_id",
                "process_id",
                "case_id",
                "round_id",
                "session_id",
                "request_id",
                "message_id",
            }
            if named & set(door.parameters):
                assert there.status in (303, 400, 403, 404, 405, 409, 422), f"{door} → {there.status}"


async def test_a_session_of_another_district_is_no_session(districts: Districts) -> None:
    """Bearer and cookie alike; the answer is the one for nobody at all."""
    code, token = districts.victim.district.code, districts.jack.token
    credentials = (
        {"authorization": f"Bearer {token}"},
        {"cookie": f"zhunbao_session={token}"},
        {"authorization": "Bearer " + "x" * 43},
    )
    for door in districts.doors():
        if "district" not in door.parameters:
            continue
        address = door.at(code, districts.ids)
        nobody = await districts.ask(door, address, districts.ids) if not public(districts, door) else None
        if nobody is None:
            continue
        assert nobody.status in (303, 401), f"{door} → {nobody.status}"
        for headers in credentials:
            assert await districts.ask(door, address, districts.ids, headers) == nobody, (
                f"{door} with {headers}"
            )


async def test_without_a_session_nothing_tells_what_exists(districts: Districts) -> None:
    code = districts.victim.district.code
    for door in about_something(districts):
        if public(districts, door):
            continue
        nowhere = districts.nowhere
        there = await districts.ask(door, door.at(code, districts.ids), districts.ids)
        assert there == await districts.ask(door, door.at(code, nowhere), nowhere), str(door)


async def test_a_district_that_does_not_exist_answers_nothing(districts: Districts) -> None:
    for door in districts.doors():
        if "district" in door.parameters:
            found = await districts.ask(
                door, door.at("620899", districts.ids), districts.ids, districts.jack.headers
            )
            assert found.status == 404, f"{door} → {found.status}"


@pytest.mark.parametrize("forged", FORGED, ids=range(len(FORGED)))
async def test_forged_paths_give_no_data_and_break_nothing(districts: Districts, forged: str) -> None:
    still = await districts.other.get(districts.jack, "/me")
    assert still.status_code == 200
    for door in districts.doors():
        if door.path.endswith("/sign-out"):
            continue  # a path that leads back to one's own district would do just that
        for name in door.parameters:
            own = districts.other.district.code
            address = door.at(forged if name == "district" else own, districts.ids | {name: forged} | (
                {door.about: forged} if name == "process_id" else {}
            ))  # fmt: skip
            found = await districts.ask(door, address, districts.ids, districts.jack.headers)
            elsewhere = ".." in unquote(forged)  # the client resolves it, to another page of one's own
            assert found.status >= 300 or elsewhere or public(districts, door), (
                f"{door} {name} → {found.status}"
            )


async def test_foreign_ids_inside_forms_and_queries_are_as_unknown_as_any(districts: Districts) -> None:
    other, ids, nowhere = districts.other, districts.ids, districts.nowhere
    case = await other.take(districts.own, "investigating")
    for name, form in (
        ("record_visit", lambda i: other.visit(case) | {"second_investigator": str(i["account_id"])}),
        ("record_visit", lambda i: other.visit(case) | {"photos": [i["sha256"]]}),
        ("override_recusal", lambda i: {"account": str(i["account_id"]), "reason": "确需其参加"}),
    ):
        answers = [await other.act(districts.jack, case, name, form(each)) for each in (ids, nowhere)]
        told = [(a.status_code, a.json().get("detail"), a.json().get("errors")) for a in answers]
        assert told[0] == told[1], name
        assert told[0][0] in (403, 422) or name == "override_recusal"
    for path in (
        f"/cases?round={ids['round']}",
        f"/areas?under={districts.victim.village}",
        "/accounts?q=%E7%A7%98",
        "/work",
    ):
        answer = await other.get(districts.jack, path)
        assert MARK not in answer.text, path
        assert districts.victim.village not in answer.text, path
    members = [{"name": "外人甲", "relation": "本人", "id_number": "620802195001010011"}]
    for each in (ids, nowhere):
        form_ = {"area_code": other.village, "members": members, "round": str(each["round"])}
        refused = await other.post("township_clerk", "/cases", form_)
        assert refused.status_code == 404, refused.text
    refused = await other.post("township_clerk", "/rounds", {"area_code": districts.victim.village})
    assert refused.status_code == 422


async def test_ids_of_a_household_mean_nothing_in_another_district(districts: Districts) -> None:
    """A person's ID number finds them in their own district only."""
    number = await _number(districts)
    members = [{"name": "同号人", "relation": "本人", "id_number": number}]
    opened = await districts.other.post(
        "township_clerk", "/cases", {"area_code": districts.other.village, "members": members}
    )
    assert opened.status_code == 201, opened.text
    async with districts.house.inside(districts.victim.district) as tx:
        assert not await tx.fetchval("SELECT count(*) FROM person WHERE name = '同号人'")
        assert not await tx.fetchval(
            "SELECT count(*) FROM process WHERE id = $1", UUID(opened.json()["process_id"])
        )


async def _number(districts: Districts) -> str:
    house = districts.house.zhunbao
    async with districts.house.inside(districts.victim.district) as tx:
        household = await house.registry.household(tx, await tx.fetchval("SELECT id FROM household LIMIT 1"))
    assert household is not None
    return household.applicant.person.private.id_number


def public(districts: Districts, door: Door) -> bool:
    for route in districts.house.zhunbao.litestar.routes:
        if route.path == door.path:
            handler = route.route_handler_map[door.method][0]  # type: ignore[union-attr]
            return isinstance(handler.opt.get("access"), Public)
    raise AssertionError(door)
