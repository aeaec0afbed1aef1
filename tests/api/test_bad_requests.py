"""Requests that are not even wrong: broken JSON, other media types, odd encodings, NUL bytes. 4xx problem details, always."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from core.web.guards import may
from core.web.visit import Needs
from tests.api.contract import described, handlers, plain
from tests.api.prepared import Prepared
from tests.api.test_bad_input import CHINESE
from tests.builders.installation import Somebody

ZHUNBAO, _ = described()
MEGABYTE = 1024 * 1024
JSON = "application/json"

BODIES: dict[str, tuple[bytes, str]] = {
    "broken JSON": (b'{"form": {', JSON),
    "a comma too many": (b'{"form": {},}', JSON),
    "nothing but a comma": (b",", JSON),
    "a list": (b"[]", JSON),
    "a text": (b'"x"', JSON),
    "null": (b"null", JSON),
    "a number": (b"1e999", JSON),
    "not a number": (b'{"expected_version": NaN, "form": {}}', JSON),
    "two megabytes": (b'{"form": {"a": "' + b"x" * 2 * MEGABYTE + b'"}}', JSON),
    "no UTF-8": (b'{"form": {"a": "\xff\xfe"}}', JSON),
    "UTF-16": ('{"form": {}}'.encode("utf-16"), JSON),
    "half a surrogate pair": (b'{"expected_version": 1, "form": {"reason": "\\ud800"}}', JSON),
    "a deep list": (b"[" * 100_000, JSON),
    "a deep object": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, JSON),
    "a form": (b"expected_version=1", "application/x-www-form-urlencoded"),
    "text": (b"{}", "text/plain"),
    "XML": (b"<x/>", "application/xml"),
    "msgpack": (b"\x80", "application/msgpack"),
    "nonsense": (b"{}", ";;;"),
    "multipart": (b"--b\r\n", "multipart/form-data; boundary=b"),
    "gzip": (b"\x1f\x8b\x08\x00", JSON + "; charset=gzip"),
}  # fmt: skip


def targets(prepared: Prepared) -> list[tuple[str, Somebody | None]]:
    """Every API operation that takes a JSON body, with somebody whom its door lets in; of the steps, a few."""
    services, found, steps = prepared.house.zhunbao.litestar.state.services, [], 0
    people = [who for who in prepared.people.values() if who is not None]
    for path, method, handler in handlers(ZHUNBAO.litestar):
        if method != "POST" or "/api/" not in path or handler.opt.get("body") is None:
            continue
        steps += "/actions/" in path
        if "/actions/" in path and steps % 9:
            continue
        access = handler.opt["access"]
        who: Somebody | None = prepared.bureau.staff["township_clerk"]
        if isinstance(access, Needs):
            who = next(p for p in people if may(services, p.actor, access.object, access.action))
        ids = {name: values[0] for name, values in prepared.ids(path).items() if values}
        found.append((plain(path).format(**{"name": "women_panel", **ids}), who))
    return found


def check(answer: httpx.Response, what: str) -> None:
    assert 400 <= answer.status_code < 500, f"{what}: {answer.status_code} {answer.text[:200]}"
    assert answer.headers["content-type"] == "application/problem+json", what
    problem = msgspec.json.decode(answer.content)
    assert problem["status"] == answer.status_code
    assert CHINESE.search(problem["title"])
    assert CHINESE.search(problem["detail"])


@pytest.mark.parametrize("what", BODIES)
async def test_a_body_that_is_no_form_is_refused_by_every_operation(prepared: Prepared, what: str) -> None:
    body, kind = BODIES[what]
    for path, who in targets(prepared):
        headers = {"content-type": kind, **(who.headers if who else {})}
        check(await prepared.house.client.post(path, content=body, headers=headers), f"{path}: {what}")


async def test_json_may_be_marked_with_its_charset(prepared: Prepared) -> None:
    headers = prepared.bureau.staff["township_clerk"].headers
    path, kind = prepared.bureau.url("/cases"), "application/json; charset=utf-8"
    answer = await prepared.house.client.post(path, content=b"{}", headers={**headers, "content-type": kind})
    assert answer.status_code == 422
    assert "area_code" in {e["field"] for e in answer.json()["errors"]}


HEADERS: dict[str, tuple[str, bytes]] = {
    "no token": ("authorization", b"Bearer"),
    "an empty token": ("authorization", b"Bearer "),
    "a long token": ("authorization", b"Bearer " + b"a" * 60_000),
    "NUL in the token": ("authorization", b"Bearer a\x00b"),
    "no ASCII in the token": ("authorization", "Bearer 令牌".encode()),
    "another scheme": ("authorization", b"Basic dXNlcjpwYXNz"),
    "NUL in the cookie": ("cookie", b"zhunbao_session=a\x00b"),
    "no UTF-8 in the cookie": ("cookie", b"zhunbao_session=\xff\xfe"),
    "a broken cookie": ("cookie", b";;;=;\"zhunbao_session=;" + b"a" * 5000),
    "a cookie for another language": ("cookie", b"zhunbao_language=../../x; zhunbao_large=\x00"),
}  # fmt: skip


@pytest.mark.parametrize("what", HEADERS)
async def test_a_token_that_is_none_means_nobody_is_signed_in(prepared: Prepared, what: str) -> None:
    client = prepared.house.client
    answer = await client.get(prepared.bureau.url("/me"), headers=[HEADERS[what]])  # type: ignore[list-item]
    assert answer.status_code == 401
    check(answer, what)
    page = await client.get(f"{prepared.base}/work", headers=[HEADERS[what]])  # type: ignore[list-item]
    assert page.status_code == 303
    assert page.headers["location"].startswith(f"{prepared.base}/sign-in")


ODD_HEADERS: list[tuple[str, bytes]] = [
    ("x-request-id", b"\x00" * 8), ("x-request-id", b"<script>alert(1)</script>"), ("x-request-id", b"a" * 9000),
    ("accept-language", b"\xff\xfe"), ("accept", b"\x00"), ("origin", b"null"), ("origin", b"http://[::1"), ("origin", b"\xff"),
    ("host", b"\xff"), ("host", b"evil.example"), ("if-none-match", b"\xff\x00"), ("hx-request", b"\x00"),
    ("content-length", b"-1"), ("transfer-encoding", b"nonsense"), ("x-csrf-token", b"\xff\xfe"), ("content-type", b"\xff"),
    ("idempotency-key", b"\xff\xfe"), ("idempotency-key", b"a" * 129), ("idempotency-key", b""), ("idempotency-key", b"a\x00b"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), ODD_HEADERS, ids=str)
async def test_odd_headers_break_nothing(prepared: Prepared, name: str, value: bytes) -> None:
    who, client = prepared.bureau.staff["township_clerk"], prepared.house.client
    sent: Any = [("authorization", who.headers["authorization"].encode()), (name, value)]
    case = prepared.cases["draft"]
    for path in (
        prepared.bureau.url("/me"),
        f"{prepared.base}/work",
        f"{prepared.base}/p/postings",
        "/schema",
        "/",
    ):
        answer = await client.get(path, headers=sent)
        assert answer.status_code < 500, path
        assert b"<script>alert" not in answer.content
    body = b'{"expected_version": 999, "form": {}}'
    answer = await client.post(
        prepared.bureau.url(f"{case.path}/actions/withdraw"), content=body, headers=sent
    )
    check(answer, name)


@pytest.mark.parametrize("path", ["/%00", "/d/%00/api/me", "/d/620802/api/%00", "/d/620802%00/api/me", "/d/６２０８０２/api/me",
    "/d/620802/api/cases/%00", "/d/620802/api/cases/00000000000000000000000000000000", "/d//api/me", "/d/../api/me", "/d/620802/api/cases/1/actions/x",
    "/d/" + "6" * 5000 + "/api/me", "/d/620802/api//me", "/d/620802/API/me", "/d/620802/api/me/", "/%ff%fe", "/d/620802/api/x/../../me",
    "/d/620802/api/x/nothing/here", "/d/620802/api/x/women_panel/sessions/1"])  # fmt: skip
async def test_an_address_that_is_none_is_not_found(prepared: Prepared, path: str) -> None:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND"):
        answer = await prepared.house.client.request(
            method, path, headers=prepared.bureau.staff["district_officer"].headers
        )
        assert answer.status_code < 500, (method, answer.text[:200])
        if answer.status_code >= 400 and method != "HEAD":
            assert answer.headers["content-type"].startswith(("application/problem+json", "text/html"))


async def test_a_wrong_method_says_which_are_allowed(prepared: Prepared) -> None:
    answer = await prepared.house.client.delete(
        prepared.bureau.url("/cases"), headers=prepared.bureau.staff["district_officer"].headers
    )
    assert answer.status_code == 405
    check(answer, "DELETE")
    assert {"GET", "POST"} <= {m.strip() for m in answer.headers["allow"].split(",")}
