"""The API's OpenAPI 3.1 document, built from the same declarations handlers are run by: `opt` and the stage catalogue."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from typing import Any

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from core.kernel.forms.shape import fields_of, shape_of
from core.web.errors import PROBLEM_JSON, ProblemDetails
from core.web.visit import Public

REF = "#/components/schemas/{name}"
_FAILURES = {
    400: "请求看不懂", 401: "没有登录", 403: "不能办理", 404: "没有找到", 405: "方法不对", 409: "情况已经变了",
    413: "内容太大", 415: "媒体类型不对", 422: "内容有误", 429: "太频繁", 500: "系统出错", 503: "暂时不可用",
}  # fmt: skip


def document(app: Litestar, version: str) -> dict[str, Any]:
    """Every route below `/api/`, plugins' included."""
    handlers = list(_api_handlers(app))
    types = _types(handler for _, handler in handlers)
    schemas, components = msgspec.json.schema_components(types, ref_template=REF)
    by_type = dict(zip(map(id, types), schemas, strict=True))
    paths: dict[str, Any] = {}
    for path, handler in handlers:
        for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"}):
            plain = re.sub(r":\w+\}", "}", path)
            paths.setdefault(plain, {})[method.lower()] = _operation(path, handler, by_type)
    return {
        "openapi": "3.1.0",
        "info": {"title": "准保 Zhunbao", "version": version, "description": _ABOUT},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"session": {"type": "http", "scheme": "bearer"}},
        },
    }


_ABOUT = (
    "页面能做的，这里都能做。登录后把 token 放进 Authorization: Bearer。列出 Idempotency-Key 的请求可以带上它，重复发送只办一次；"
    "办理时带上读到的 version，被别人先办过的返回 409。错误一律是 application/problem+json。"
)


def _api_handlers(app: Litestar) -> Iterable[tuple[str, HTTPRouteHandler]]:
    seen = set()
    for route in app.routes:
        if "/api" not in route.path:
            continue
        for handler in getattr(route, "route_handlers", ()):
            if handler.http_methods == {"OPTIONS"} or (route.path, handler.handler_id) in seen:
                continue
            seen.add((route.path, handler.handler_id))
            yield route.path, handler


def _types(handlers: Iterable[HTTPRouteHandler]) -> list[Any]:
    found: list[Any] = [ProblemDetails]
    for handler in handlers:
        opt = handler.opt
        for declared in (opt.get("body"), opt.get("answer"), *opt.get("forms", ())):
            if declared is not None and not any(declared is t for t in found):
                found.append(declared)
    return found


def _operation(path: str, handler: HTTPRouteHandler, schemas: dict[int, Any]) -> dict[str, Any]:
    opt = handler.opt
    status = str(handler.status_code)
    operation: dict[str, Any] = {
        "operationId": handler.operation_id or f"{handler.handler_name}",
        "summary": handler.summary or (inspect.getdoc(handler.fn) or handler.handler_name).splitlines()[0],
        "parameters": [*_path_parameters(path, handler), *_query_parameters(opt.get("query"))],
        "responses": {status: _answer(opt, schemas)} | _failures(schemas),
    }
    if opt.get("idempotent"):
        operation["parameters"].append(
            {"name": "Idempotency-Key", "in": "header", "required": False,
             "schema": {"type": "string", "minLength": 1, "maxLength": 128}}
        )  # fmt: skip
    operation["security"] = [] if isinstance(opt["access"], Public) else [{"session": []}]
    if body := _body(opt, schemas):
        operation["requestBody"] = body
    return operation


def _body(opt: dict[str, Any], schemas: dict[int, Any]) -> dict[str, Any] | None:
    if opt.get("upload"):
        file = {"type": "object", "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
                "required": ["file"]}  # fmt: skip
        return {"required": True, "content": {"multipart/form-data": {"schema": file}}}
    if opt.get("body") is None:
        return None
    schema = schemas[id(opt["body"])]
    if forms := opt.get("forms"):
        choices = [schemas[id(form)] for form in forms]
        form = choices[0] if len(choices) == 1 else {"anyOf": choices}
        schema = {
            "type": "object",
            "properties": {"expected_version": {"type": "integer", "minimum": 0}, "form": form},
            "required": ["expected_version", "form"],
            "additionalProperties": False,
        }
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _answer(opt: dict[str, Any], schemas: dict[int, Any]) -> dict[str, Any]:
    if opt.get("file"):
        return {"description": "文件", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
    if opt.get("answer") is None:
        return {"description": "已办"}
    return {"description": "结果", "content": {"application/json": {"schema": schemas[id(opt["answer"])]}}}


def _failures(schemas: dict[int, Any]) -> dict[str, Any]:
    content = {PROBLEM_JSON: {"schema": schemas[id(ProblemDetails)]}}
    return {str(status): {"description": text, "content": content} for status, text in _FAILURES.items()}


_PATH_TYPES: dict[str, dict[str, Any]] = {
    "uuid": {"type": "string", "format": "uuid"},
    "int": {"type": "integer"},
    "date": {"type": "string", "format": "date"},
}


def _path_parameters(path: str, handler: HTTPRouteHandler) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _PATH_TYPES.get(kind, {"type": "string"})}
        for name, kind in re.findall(r"\{(\w+):(\w+)\}", path)
    ]  # fmt: skip


def _query_parameters(declared: Any) -> list[dict[str, Any]]:
    if declared is None:
        return []
    hints = {field.encode_name: field.type for field in msgspec.structs.fields(declared)}
    return [
        {"name": field.name, "in": "query", "required": False, "description": field.title,
         "schema": msgspec.json.schema(hints[field.name])}
        for field in fields_of(declared)
        if shape_of(hints[field.name]).kind != "struct"
    ]  # fmt: skip
