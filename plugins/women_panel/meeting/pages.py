"""The pages of a session's course: checking in by code, the projector, pauses and notes; and of its minutes."""

from __future__ import annotations

from typing import Any

from core.sdk import Call, File, Invalid, Page, Redirect, Reply, decode
from plugins.women_panel import agendas, answers, printing, records
from plugins.women_panel.meeting import course, diary
from plugins.women_panel.meeting.api import (
    SealMinutesForm,
    SessionNoteForm,
    SheetForm,
    UnsignedForm,
    minutes_address,
    progress_for,
)
from plugins.women_panel.minutes import book, kept, sealing, unsigned
from plugins.women_panel.pages import listed
from plugins.women_panel.permissions import PanelAction
from plugins.women_panel.scene import Scene


async def projector(call: Call) -> Reply:
    """The screen in the room."""
    shown = await progress_for(Scene.of(call), call.path["session_id"])
    return Page("women_panel/projector.html", {"shown": shown, "session": _session(call)})


async def show_check_in(call: Call) -> Reply:
    return await _check_in(call)


async def check_in(call: Call) -> Reply:
    typed = str(call.typed.get("code", ""))
    try:
        await course.check_in(Scene.of(call), call.path["session_id"], typed)
    except Invalid as invalid:
        return await _check_in(
            call, typed, invalid.fields[0].message if invalid.fields else invalid.detail, 422
        )
    return Redirect(f"{_session(call)}/households")


async def _check_in(call: Call, typed: str = "", wrong: str = "", status: int = 200) -> Page:
    scene = Scene.of(call)
    async with scene.platform.transaction() as tx:
        found = await answers.session_answer(scene, tx, call.path["session_id"])
    here = any(m.account_id == scene.actor.account_id and m.present for m in found.members)
    values = {"found": found, "session": _session(call), "typed": typed, "wrong": wrong, "here_already": here}
    return Page("women_panel/check_in.html", values, status)


async def keep_sheet(call: Call) -> Reply:
    form = decode(SheetForm, listed(call.typed, "papers"))
    await course.keep_sheet(Scene.of(call), call.path["session_id"], form.papers)
    return Redirect(f"{_session(call)}#attendance")


async def pause(call: Call) -> Reply:
    await course.set_paused(Scene.of(call), call.path["session_id"], True, str(call.typed.get("reason", "")))
    return Redirect(_session(call))


async def resume(call: Call) -> Reply:
    await course.set_paused(Scene.of(call), call.path["session_id"], False)
    return Redirect(_session(call))


async def show_notes(call: Call) -> Reply:
    """Observers' notes, and where they are written."""
    scene = Scene.of(call)
    async with scene.platform.transaction() as tx:
        session = await records.session(tx, call.path["session_id"])
        scene.demand(PanelAction.VIEW, session.area_code)
        noted = [e for e in await diary.events(tx, scene.platform, session.id) if e.kind == "note"]
        known = await scene.platform.colleagues(tx, {e.by for e in noted})
        may = await course.may_note(scene, tx, session) and await book.sealed_of(tx, session.id) is None
        round_ = await scene.platform.process(tx, session.round_id)
    lines = [(e.at, known[e.by].name if e.by in known else "", e.said) for e in noted]
    values = {
        "lines": lines,
        "may": may,
        "session": _session(call),
        "title": round_.title,
        "number": session.number,
    }
    return Page("women_panel/notes.html", values)


async def note(call: Call) -> Reply:
    form = decode(SessionNoteForm, {"text": call.typed.get("text", ""), **listed(call.typed, "papers")})
    await course.note(Scene.of(call), call.path["session_id"], form.text, form.papers)
    return Redirect(f"{_session(call)}/notes")


async def minutes(call: Call) -> Reply:
    """The record of the meeting: who was there, every household's count; nobody's vote. Who took part signs it here."""
    scene = Scene.of(call)
    async with scene.platform.transaction() as tx:
        session = await records.session(tx, call.path["session_id"])
        scene.demand(PanelAction.VIEW, session.area_code)
        sealed, out = await book.sealed_of(tx, session.id), await sealing.kept_from(scene, tx, session)
        content = await kept.content_for(scene, tx, session, sealed)
        digest = sealed.digest if sealed else content.digest
        signed = await book.signatures(tx, session.id, digest)
        told = await unsigned.of(tx, session.id, content, digest)
        host = scene.may(PanelAction.HOST, session.area_code)
        layouts = await scene.platform.own_layouts(tx)
    me, over = scene.actor.account_id, session.state == "closed"
    may_sign = over and sealed is None and me not in signed and any(a == me for a, _, _ in content.signers)
    values: dict[str, Any] = {
        "content": content.without(out), "digest": digest, "signed": signed, "sealed": sealed,
        "may_sign": may_sign, "may_seal": host and over and sealed is None, "over": over, "session": _session(call),
        "states": agendas.STATES, "hosts": host, "told": told, "whys": unsigned.WHYS, "me": me,
        "missing": unsigned.missing(content, signed, told), "in_word": "minutes" in layouts,
        "may_attest": over and sealed is None and (host or me in unsigned.observers(content)),
    }  # fmt: skip
    return Page("women_panel/minutes.html", values)


async def minutes_pdf(call: Call) -> Reply:
    session_id = call.path["session_id"]
    if printing.wants_word(call):
        return printing.document(
            *await sealing.as_word(Scene.of(call), session_id, minutes_address(call, session_id))
        )
    data = await sealing.as_pdf(Scene.of(call), session_id, minutes_address(call, session_id))
    return File(data, "application/pdf")


async def sign(call: Call) -> Reply:
    await sealing.sign(Scene.of(call), call.path["session_id"], str(call.typed.get("digest", "")))
    return Redirect(f"{_session(call)}/minutes#signatures")


async def attest(call: Call) -> Reply:
    form = decode(UnsignedForm, call.typed)
    await sealing.attest(Scene.of(call), call.path["session_id"], form.account_id, form.why, form.digest)
    return Redirect(f"{_session(call)}/minutes#signatures")


async def seal(call: Call) -> Reply:
    session_id = call.path["session_id"]
    form = decode(SealMinutesForm, listed(call.typed, "papers"))
    await sealing.seal(Scene.of(call), session_id, minutes_address(call, session_id), form.papers)
    return Redirect(f"{_session(call)}/minutes")


def _session(call: Call) -> str:
    return f"{call.here}/sessions/{call.path['session_id']}"
