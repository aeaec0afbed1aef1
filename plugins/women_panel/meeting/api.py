"""The course of a session over JSON: check in, pause, note, progress; its minutes: read, sign, seal."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from core.sdk import Call, Json
from core.sdk.household import Form, Hash, Papers
from plugins.women_panel import answers, records
from plugins.women_panel.meeting import course
from plugins.women_panel.meeting.progress import SessionProgress, progress_of
from plugins.women_panel.minutes import book, kept, sealing, unsigned
from plugins.women_panel.minutes.content import Content
from plugins.women_panel.permissions import PanelAction
from plugins.women_panel.scene import Scene


class CheckInForm(Form, frozen=True):
    code: Annotated[str, Meta(title="签到码", description="大屏幕上的六位数字", max_length=20)]


class PauseForm(Form, frozen=True):
    reason: Annotated[str, Meta(title="为什么暂停", min_length=2, max_length=200)]


class SessionNoteForm(Form, frozen=True):
    text: Annotated[str, Meta(title="意见", min_length=2, max_length=1000, extra={"widget": "textarea"})]
    papers: Papers = ()


class SheetForm(Form, frozen=True):
    papers: Annotated[Papers, Meta(title="签到表照片", min_length=1)]


class SignForm(Form, frozen=True):
    digest: Annotated[Hash, Meta(title="所读记录的 SHA-256")]


class SealMinutesForm(Form, frozen=True):
    """`papers`: photographs of the minutes as signed on paper, where somebody has not signed on the phone."""

    papers: Papers = ()


class UnsignedForm(Form, frozen=True):
    """Why somebody does not sign: said by the host, and by an observer as witness."""

    account_id: Annotated[UUID, Meta(title="没有签名的人", extra={"widget": "account"})]
    why: Annotated[unsigned.Why, Meta(title="原因", extra={"labels": unsigned.WHYS})]
    digest: Annotated[Hash, Meta(title="所读记录的 SHA-256")]


class NothingMore(Form, frozen=True):
    """Nothing to say."""


class Done(msgspec.Struct, frozen=True):
    session_id: UUID


class Signature(msgspec.Struct, frozen=True):
    account_id: UUID
    signed_at: datetime


class MinutesAnswer(msgspec.Struct, frozen=True):
    """`digest` is of the whole content, of which kin see only a part; `sha256` of the sealed file, empty before."""

    digest: str
    sha256: str
    content: Content
    signatures: tuple[Signature, ...]


class SealedAnswer(msgspec.Struct, frozen=True):
    sha256: str


async def check_in(call: Call) -> Json:
    await course.check_in(Scene.of(call), call.path["session_id"], call.body.code)
    return Json(Done(call.path["session_id"]))


async def keep_sheet(call: Call) -> Json:
    await course.keep_sheet(Scene.of(call), call.path["session_id"], call.body.papers)
    return Json(Done(call.path["session_id"]), 201)


async def pause(call: Call) -> Json:
    await course.set_paused(Scene.of(call), call.path["session_id"], True, call.body.reason)
    return Json(Done(call.path["session_id"]))


async def resume(call: Call) -> Json:
    await course.set_paused(Scene.of(call), call.path["session_id"], False)
    return Json(Done(call.path["session_id"]))


async def note(call: Call) -> Json:
    await course.note(Scene.of(call), call.path["session_id"], call.body.text, call.body.papers)
    return Json(Done(call.path["session_id"]), 201)


async def progress(call: Call) -> Json:
    return Json(await progress_for(Scene.of(call), call.path["session_id"]))


async def progress_for(scene: Scene, session_id: UUID) -> SessionProgress:
    """Raises NotFound; Refused to who does not host: the attendance code is in it."""
    async with scene.platform.transaction() as tx:
        session = await records.session(tx, session_id)
        scene.demand(PanelAction.HOST, session.area_code)
        return progress_of(scene, session, await answers.session_answer(scene, tx, session_id))


async def minutes(call: Call) -> Json:
    scene = Scene.of(call)
    async with scene.platform.transaction() as tx:
        session = await records.session(tx, call.path["session_id"])
        scene.demand(PanelAction.VIEW, session.area_code)
        sealed, out = await book.sealed_of(tx, session.id), await sealing.kept_from(scene, tx, session)
        content = await kept.content_for(scene, tx, session, sealed)
        digest = sealed.digest if sealed else content.digest
        signed = await book.signatures(tx, session.id, digest)
    lines = tuple(Signature(account, at) for account, at in signed.items())
    return Json(MinutesAnswer(digest, sealed.sha256 if sealed else "", content.without(out), lines))


async def sign(call: Call) -> Json:
    await sealing.sign(Scene.of(call), call.path["session_id"], call.body.digest)
    return Json(Done(call.path["session_id"]), 201)


async def attest(call: Call) -> Json:
    form: UnsignedForm = call.body
    session_id = call.path["session_id"]
    await sealing.attest(Scene.of(call), session_id, form.account_id, form.why, form.digest)
    return Json(Done(session_id), 201)


async def seal(call: Call) -> Json:
    session_id, papers = call.path["session_id"], call.body.papers
    address = minutes_address(call, session_id)
    return Json(SealedAnswer(await sealing.seal(Scene.of(call), session_id, address, papers)))


def minutes_address(call: Call, session_id: UUID) -> str:
    """Where the minutes can be looked at: what the QR code says."""
    return f"{call.origin}{call.here}/sessions/{session_id}/minutes"
