"""The phone's ballot page and what belongs to it: its service worker, households' photographs, the published record."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from core.sdk import Call, File, Invalid, Json, NotFound, Page, Redirect, Reply
from core.sdk.household import BALLOT_LABELS, Form
from plugins.women_panel import agendas, answers, publication, records, sessions
from plugins.women_panel.answers import CaseLine, Household
from plugins.women_panel.api import CHOICE_LABELS
from plugins.women_panel.pages import shown
from plugins.women_panel.permissions import PanelAction
from plugins.women_panel.scene import Scene

STATIC = Path(__file__).parent / "static"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Screen:
    """One household on the phone."""

    line: CaseLine
    household: Household
    photo: bool


async def vote(call: Call) -> Reply:
    """All households the member may still vote on, in their order; a script shows one at a time."""
    scene = Scene.of(call)
    async with scene.platform.transaction() as tx:
        found = await answers.session_answer(scene, tx, call.path["session_id"])
        photos = await agendas.photos(tx, found.id)
        cases = {case.id: case for case in await scene.platform.cases_of(tx, found.round_id)}
        due = [
            line for line in found.cases
            if line.mine == "may_vote" and line.state == "open" and not line.on_paper
        ]  # fmt: skip
        told = await answers.households_of(scene, tx, [cases[line.case_id] for line in due])
        polls = [Screen(line, told[line.case_id], line.case_id in photos) for line in due]
    return Page("women_panel/vote.html", {**shown(call, found), "polls": polls, "choices": CHOICE_LABELS})


async def worker(_: Call) -> Reply:
    """Under the panel's own address, so that it sees nothing of other pages."""
    return File((STATIC / "sw.js").read_bytes(), "text/javascript; charset=utf-8", "sw.js")


async def show_record(call: Call) -> Reply:
    scene, case_id = Scene.of(call), call.path["case_id"]
    async with scene.platform.transaction() as tx:
        found = await publication.publication(scene, tx, call.path["session_id"], case_id)
        case = await scene.platform.process(tx, case_id)
    values = {
        "record": found.record, "digest": found.digest, "holds": found.holds, "alike": found.alike, "title": case.title,
        "session_id": found.session.id, "case_id": case_id, "panel": call.here, "choices": CHOICE_LABELS,
        "label": BALLOT_LABELS[found.record.tally.result],
    }  # fmt: skip
    return Page("women_panel/record.html", values)


class PhotoForm(Form, frozen=True):
    """The SHA-256 of a photograph uploaded before."""

    photo: Annotated[
        str,
        Meta(
            title="照片",
            description="这家自己写的情况说明",
            pattern="^[0-9a-f]{64}$",
            extra={"widget": "photos"},
        ),
    ]


class Kept(msgspec.Struct, frozen=True):
    """The household whose ballot shows the photograph from now on."""

    case_id: UUID


async def file_photo(call: Call) -> Reply:
    """The host's photograph of the household's own summary, shown on its ballot."""
    form: PhotoForm = call.body
    await _keep(call, form.photo)
    return Json(Kept(call.path["case_id"]))


async def keep_photo(call: Call) -> Reply:
    """The same from the console."""
    sha256 = str(call.typed.get("photo", ""))
    if not _SHA256.fullmatch(sha256):
        raise Invalid("请先拍照或选一张照片", hint="照片是这家自己写的情况说明")
    await _keep(call, sha256)
    return Redirect(f"{call.here}/sessions/{call.path['session_id']}#c-{call.path['case_id']}")


async def _keep(call: Call, sha256: str) -> None:
    scene, case_id = Scene.of(call), call.path["case_id"]
    async with scene.platform.transaction() as tx:
        session = await sessions.running(scene, tx, call.path["session_id"])
        await agendas.entry(tx, session.id, case_id)
        await agendas.set_photo(tx, session.id, case_id, sha256)


async def show_photo(call: Call) -> Reply:
    """For members who sit in this very session and may vote on the household. Raises NotFound to everybody else."""
    scene, case_id = Scene.of(call), call.path["case_id"]
    async with scene.platform.transaction() as tx:
        session = await records.session(tx, call.path["session_id"])
        scene.demand(PanelAction.VIEW, session.area_code)
        sha256 = (await agendas.photos(tx, session.id)).get(case_id)
        me = scene.actor.account_id
        sits = me in sessions.standing(await records.seats(tx, session.id))
        out = me in (await agendas.recusals(tx, session.id)).get(case_id, {})
        if sha256 is None or out or not sits or await answers.related(scene, tx, session.round_id, case_id):
            raise NotFound("这一户没有照片")
    data = await scene.platform.read(sha256)
    return File(data, "image/png" if data.startswith(b"\x89PNG") else "image/jpeg")
