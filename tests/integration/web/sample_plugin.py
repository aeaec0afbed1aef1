"""A plugin that exists for the tests of the mount: pages and API of every kind of access, a panel, a number, a menu line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from core.sdk import (
    Actor,
    Call,
    CasePanel,
    File,
    Indicator,
    Json,
    MenuItem,
    Needs,
    Page,
    Plugin,
    PluginContext,
    Process,
    Public,
    Redirect,
    Refused,
    Reply,
    Route,
    SignedIn,
    hookimpl,
)

NAME = "sample_notes"
SEEN: list[Call] = []


class NoteForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: Annotated[str, Meta(title="内容", min_length=2, max_length=100)]
    stars: Annotated[int, Meta(title="星级", ge=1, le=5)]


class NoteAnswer(msgspec.Struct, frozen=True):
    text: str
    by: str


async def show(call: Call) -> Reply:
    return Page(
        f"{NAME}/notes.html", {"said": call.query.get("said", "无"), "base": "https://elsewhere.test"}
    )


async def take(call: Call) -> Reply:
    SEEN.append(call)
    return Redirect(f"{call.here}/notes?said=ok")


async def stray(_: Call) -> Reply:
    return Redirect("https://elsewhere.test/")


async def open_to_all(call: Call) -> Reply:
    return Json({"visitor": call.visitor.name if call.visitor else None, "number": call.path["number"]})


async def write(call: Call) -> Reply:
    SEEN.append(call)
    return Json(NoteAnswer(call.body.text, call.actor.name), 201)


async def paper(_: Call) -> Reply:
    return File(b"<script>alert(1)</script>", "text/html", "")


async def broken(call: Call) -> Reply:
    raise RuntimeError(call.query["typed"])


async def refuse(_: Call) -> Reply:
    raise Refused("评议还没有开始，不能投票。", source="评议办法", hint="请等主持人宣布开始")


@hookimpl
def routes() -> Sequence[Route]:
    return (
        Route("GET", "/notes", Needs("case", "view"), show),
        Route("POST", "/notes", SignedIn(), take, files=("table",)),
        Route("POST", "/stray", SignedIn(), stray),
        Route("GET", "/open/{number:int}", Public(), open_to_all, api=True, answer=dict[str, Any]),
        Route(
            "POST", "/notes", Needs("case", "open"), write, api=True, body=NoteForm, answer=NoteAnswer, summary="写一条", idempotent=True,
        ),
        Route("GET", "/paper", SignedIn(), paper),
        Route("GET", "/broken", SignedIn(), broken, api=True),
        Route("GET", "/refused", SignedIn(), refuse),
    )  # fmt: skip


@hookimpl
def menu_items() -> Sequence[MenuItem]:
    return (
        MenuItem("/notes", "便条", "no-such-icon", Needs("case", "view")),
        MenuItem("/admin", "便条管理", "settings", Needs("config", "edit")),
    )


@hookimpl
async def case_panels(process: Process, actor: Actor, context: PluginContext) -> Sequence[CasePanel]:
    return (
        CasePanel("便条", f"{NAME}/panel.html", {"text": f"{actor.name}看的{process.kind}"}),
        CasePanel("坏掉的便条", f"{NAME}/broken.html"),
    )


@hookimpl
async def indicators(area_code: str, context: PluginContext) -> Sequence[Indicator]:
    return (Indicator("便条数", 1234, note=f"地区 {area_code or '全区'}"),)


plugin = Plugin(
    name=NAME,
    title="便条",
    version="1.0.0",
    sdk=">=1.0,<2",
    hooks=sys.modules[__name__],
    templates=Path(__file__).parent / "sample_templates",
)
