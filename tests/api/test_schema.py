"""The schema says what there is: valid OpenAPI 3.1, complete, and whatever a page can do the API can do."""

from __future__ import annotations

import re
from typing import Any

import jsonschema_rs
import pytest
from schemathesis.specs.openapi import definitions

from core.web.visit import Public
from tests.api.contract import described, handlers, operations, plain

ZHUNBAO, SCHEMA = described()
OPERATIONS = list(operations(SCHEMA))
PROBLEM = "#/components/schemas/ProblemDetails"

PAGES_ONLY = {
    "POST /display": "large print and language live in a browser's cookies",
    "POST /d/{district}/display": "the same, within a district",
    "POST /d/{district}/x/women_panel/sessions/{session_id}/cases/{case_id}/confirm": "shows a vote once before it is cast",
}
"""Page actions that change nothing a program could want, and why."""

COUNTERPARTS = {
    "/cases/{process_id}/do/{name}": ("/cases/{process_id}/actions/",),
    "/rounds/{process_id}/do/{name}": ("/rounds/{process_id}/actions/",),
    "/cases/new": ("/cases", "/cases/new/typed"),
    "/rounds/new": ("/rounds",),
    "/publicity/{area_code}/sign-in/file": ("/publicity/{area_code}/sign-in",),
    "/cases/{process_id}/private": ("/cases/{process_id}/private",),
    "/sign-in": ("/sign-in", "/sign-in/code"),
    "/sign-out": ("/sign-out",),
    "/password": ("/me/password",),
    "/second-factor": ("/me/second-factor/confirm",),
    "/second-factor/recovery-codes": ("/me/second-factor/recovery-codes",),
    "/admin/accounts/new": ("/accounts",),
    "/admin/accounts/{account_id}/grants": ("/accounts/{account_id}/grants",),
    "/admin/accounts/{account_id}/revocations": ("/accounts/{account_id}/revocations",),
    "/admin/accounts/{account_id}/state": tuple(
        f"/accounts/{{account_id}}/{step}"
        for step in ("disable", "enable", "password", "second-factor", "second-factor/removal")
    ),
    "/admin/config/five-haves/{have}": tuple(
        f"/admin/config/five-haves/{kind}" for kind in ("vehicle", "payroll", "housing", "entity", "deposits")
    ),
    "/admin/plugins/{name}/resume": ("/plugins/{name}/resume",),
    "/x/big_data_check/cases/{case_id}/notes": ("/x/big_data_check/requests/{request_id}/notes",),
    "/x/big_data_check/cases/{case_id}/ask": ("/x/big_data_check/requests/{request_id}/ask",),
}
"""Where the API's address is not the page's."""


def page_actions() -> list[str]:
    return sorted(
        plain(path)
        for path, method, _ in handlers(ZHUNBAO.litestar)
        if method == "POST" and not path.startswith("/d/{district:str}/api")
    )


def test_the_schema_is_valid_openapi() -> None:
    errors = [
        f"{'/'.join(map(str, e.instance_path))}: {e.message}"
        for e in definitions.OPENAPI_31_VALIDATOR.iter_errors(SCHEMA)
    ]
    assert errors == []


def test_every_type_in_the_schema_is_valid_json_schema() -> None:
    """Structure only: OpenAPI's own definition does not look inside."""
    for name, schema in SCHEMA["components"]["schemas"].items():
        jsonschema_rs.meta.validate(schema | {"$schema": "https://json-schema.org/draft/2020-12/schema"})
        assert name


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(references(value) for value in node.values()))
    return set().union(*(references(value) for value in node)) if isinstance(node, list) else set()


def test_every_reference_leads_somewhere() -> None:
    known = {f"#/components/schemas/{name}" for name in SCHEMA["components"]["schemas"]}
    assert references(SCHEMA) - known == set()


def test_every_api_route_is_described() -> None:
    wanted = {
        f"{method} {plain(path)}"
        for path, method, _ in handlers(ZHUNBAO.litestar)
        if path.startswith("/d/{district:str}/api")
    }
    assert {operation.label for operation in OPERATIONS} == wanted


def test_operations_are_told_apart_by_their_ids() -> None:
    ids = [operation.described["operationId"] for operation in OPERATIONS]
    assert sorted({one for one in ids if ids.count(one) > 1}) == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.label)
def test_an_operation_says_what_it_does_who_may_and_what_can_go_wrong(operation: Any) -> None:
    described = operation.described
    assert described["summary"].strip()
    assert "security" in described
    named = {p["name"] for p in described["parameters"] if p["in"] == "path"}
    assert named == set(re.findall(r"\{(\w+)\}", operation.path))
    assert any(status.startswith("2") for status in described["responses"])
    failures = {s: r for s, r in described["responses"].items() if not s.startswith(("2", "3"))}
    assert {"400", "404", "422", "500", "503"} <= set(failures)
    for response in failures.values():
        assert response["content"] == {"application/problem+json": {"schema": {"$ref": PROBLEM}}}


def test_only_public_operations_need_no_token() -> None:
    public = {
        f"{method} {plain(path)}"
        for path, method, handler in handlers(ZHUNBAO.litestar)
        if isinstance(handler.opt["access"], Public) and path.startswith("/d/{district:str}/api")
    }
    assert {o.label for o in OPERATIONS if o.described["security"] == []} == public


def test_every_action_of_every_stage_has_its_own_operation_with_its_form() -> None:
    paths = SCHEMA["paths"]
    for stage in ZHUNBAO.catalogue.types.values():
        for kind in (stage.kind,) if stage.kind else ("case", "round"):
            for action in stage.actions:
                post = paths[f"/d/{{district}}/api/{kind}s/{{process_id}}/actions/{action.name}"]["post"]
                body = post["requestBody"]["content"]["application/json"]["schema"]
                form = body["properties"]["form"]
                named = {choice["$ref"] for choice in form.get("anyOf", [form])}
                assert any(ref.endswith(f"/{action.form.__name__}") for ref in named), (kind, action.name)


@pytest.mark.parametrize("page", page_actions())
def test_whatever_a_page_can_do_the_api_can_do(page: str) -> None:
    if f"POST {page}" in PAGES_ONLY:
        return
    within = page.removeprefix("/d/{district}")
    for wanted in COUNTERPARTS.get(within, (within,)):
        found = [
            o.label for o in OPERATIONS
            if o.method == "post" and o.path.startswith(f"/d/{{district}}/api{wanted}")
            and (wanted.endswith("/") or o.path == f"/d/{{district}}/api{wanted}")
        ]  # fmt: skip
        assert found, f"{page}: no operation {wanted}"


def test_exceptions_are_still_pages() -> None:
    pages = {f"POST {page}" for page in page_actions()}
    assert set(PAGES_ONLY) - pages == set()
    assert {f"POST /d/{{district}}{page}" for page in COUNTERPARTS} - pages == set()
