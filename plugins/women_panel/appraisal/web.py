"""The comprehensive appraisal's pages and API: who takes part, one opinion per household, signatures, sealed minutes."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from core.sdk import Call, File, Invalid, Json, Needs, Page, Redirect, Reply, Route, decode
from core.sdk.household import Form, Hash, Papers
from plugins.women_panel import printing
from plugins.women_panel.appraisal import course, store, weighing
from plugins.women_panel.appraisal.store import Given, Participant, Stance
from plugins.women_panel.appraisal.weighing import STANCES, AppraisalAnswer
from plugins.women_panel.minutes import book
from plugins.women_panel.pages import listed
from plugins.women_panel.permissions import OBJECT, PanelAction
from plugins.women_panel.scene import Scene


class TakerForm(Form, frozen=True):
    name: Annotated[str, Meta(title="姓名", min_length=2, max_length=50)]
    role: Annotated[
        str,
        Meta(
            title="身份",
            description="例如 村委会委员、评议小组成员、党员代表、村民代表",
            min_length=2,
            max_length=40,
        ),
    ]
    account: Annotated[UUID | None, Meta(title="账号", extra={"widget": "account"})] = None


class OpenAppraisalForm(Form, frozen=True):
    place: Annotated[str, Meta(title="地点", min_length=2, max_length=100)]
    participants: Annotated[tuple[TakerForm, ...], Meta(title="参加的人", min_length=1, max_length=60)]


class WeighedForm(Form, frozen=True):
    case_id: Annotated[UUID, Meta(title="哪一户")]
    stance: Annotated[Stance, Meta(title="意见", extra={"labels": STANCES})]
    reason: Annotated[str, Meta(title="理由", min_length=4, max_length=500, extra={"widget": "textarea"})]
    stayed_out: Annotated[
        tuple[Annotated[str, Meta(max_length=50)], ...],
        Meta(title="回避的人", description="参加的人里没有账号、又和这户有亲属或利害关系的", max_length=60),
    ] = ()

    @property
    def given(self) -> Given:
        return Given(self.reason.strip(), self.stayed_out)


class AppraisalSignForm(Form, frozen=True):
    digest: Annotated[Hash, Meta(title="所读记录的 SHA-256")]


class CloseAppraisalForm(Form, frozen=True):
    notes: Annotated[str, Meta(title="综合意见", min_length=4, max_length=3000, extra={"widget": "textarea"})]
    papers: Papers = ()


class SealedAppraisal(msgspec.Struct, frozen=True):
    sha256: str


async def show(call: Call) -> Json:
    scene = Scene.of(call)
    async with scene.platform.transaction() as tx:
        return Json(await weighing.for_actor(scene, tx, call.path["round_id"]))


async def open_(call: Call) -> Json:
    form: OpenAppraisalForm = call.body
    takers = [Participant(t.name, t.role, t.account) for t in form.participants]
    await course.open_appraisal(Scene.of(call), call.path["round_id"], form.place, takers)
    return Json((await show(call)).value, 201)


async def opinion(call: Call) -> Json:
    form: WeighedForm = call.body
    await course.give_opinion(
        Scene.of(call), call.path["appraisal_id"], form.case_id, form.stance, form.given
    )
    return await _again(call)


async def sign(call: Call) -> Json:
    await course.sign(Scene.of(call), call.path["appraisal_id"], call.body.digest)
    return await _again(call)


async def close(call: Call) -> Json:
    form: CloseAppraisalForm = call.body
    appraisal_id = call.path["appraisal_id"]
    address = await _address(call, appraisal_id)
    return Json(
        SealedAppraisal(await course.close(Scene.of(call), appraisal_id, form.notes, form.papers, address))
    )


async def _again(call: Call) -> Json:
    scene = Scene.of(call)
    async with scene.platform.transaction() as tx:
        held = await store.appraisal(tx, call.path["appraisal_id"])
        return Json(await weighing.for_actor(scene, tx, held.round_id))


async def _address(call: Call, appraisal_id: UUID) -> str:
    scene = Scene.of(call)
    async with scene.platform.transaction() as tx:
        return _round_address(call, (await store.appraisal(tx, appraisal_id)).round_id)


def _round_address(call: Call, round_id: UUID) -> str:
    return f"{call.origin}{call.here}/rounds/{round_id}/appraisal"


# --- pages ---------------------------------------------------------------------------------------------------------


async def page(call: Call) -> Reply:
    return await _page(call, call.path["round_id"])


async def _page(call: Call, round_id: UUID, typed: Any = None, problem: Invalid | None = None) -> Page:
    scene = Scene.of(call)
    async with scene.platform.transaction() as tx:
        found = await weighing.for_actor(scene, tx, round_id)
        signed = await book.signatures(tx, found.id, found.digest) if found.id else {}
        sealed = await book.sealed_of(tx, found.id) if found.id else None
        members = await scene.platform.serving(tx, "panel_member", await _area(scene, round_id))
        layouts = await scene.platform.own_layouts(tx)
    me = scene.actor.account_id
    values = {
        "found": found, "panel": call.here, "stances": STANCES, "signed": signed, "sealed": sealed, "members": members,
        "may_sign": found.id and not found.closed and me not in signed and any(t.account_id == me for t in found.participants),
        "unknown": [t.name for t in found.participants if t.account_id is None],
        "in_word": "appraisal" in layouts, "typed": typed or {}, "wrong": problem.fields if problem else (),
        "detail": problem.detail if problem else "",
    }  # fmt: skip
    return Page("women_panel/appraisal.html", values, 422 if problem else 200)


async def _area(scene: Scene, round_id: UUID) -> str:
    async with scene.platform.transaction() as tx:
        return (await scene.platform.process(tx, round_id)).area_code


async def page_open(call: Call) -> Reply:
    """Participants come one a line: `姓名，身份`; panel members are ticked."""
    scene, round_id = Scene.of(call), call.path["round_id"]
    try:
        takers = await _takers(scene, round_id, call.typed)
        form = decode(OpenAppraisalForm, {"place": call.typed.get("place", ""), "participants": takers})
        people = [Participant(t.name, t.role, t.account) for t in form.participants]
        await course.open_appraisal(scene, round_id, form.place, people)
    except Invalid as invalid:
        return await _page(call, round_id, call.typed, invalid)
    return Redirect(f"{call.here}/rounds/{round_id}/appraisal")


async def _takers(scene: Scene, round_id: UUID, typed: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for line in str(typed.get("others", "")).splitlines():
        name, _, role = line.replace(",", "，").partition("，")
        if name.strip():
            found.append({"name": name.strip(), "role": role.strip() or "村民代表"})
    async with scene.platform.transaction() as tx:
        area = (await scene.platform.process(tx, round_id)).area_code
        members = {str(m.id): m for m in await scene.platform.serving(tx, "panel_member", area)}
    ticked = typed.get("members", [])
    for account in map(str, [ticked] if isinstance(ticked, str) else ticked):
        if account in members:
            found.append({"name": members[account].name, "role": "评议小组成员", "account": account})
    found.append({"name": scene.actor.name, "role": "主持人", "account": str(scene.actor.account_id)})
    return found


async def page_opinion(call: Call) -> Reply:
    held = await _held(call)
    try:
        form = decode(WeighedForm, {**call.typed, **listed(call.typed, "stayed_out")})
        await course.give_opinion(Scene.of(call), held.id, form.case_id, form.stance, form.given)
    except Invalid as invalid:
        return await _page(call, held.round_id, call.typed, invalid)
    return Redirect(f"{call.here}/rounds/{held.round_id}/appraisal#c-{form.case_id}")


async def page_sign(call: Call) -> Reply:
    held = await _held(call)
    await course.sign(Scene.of(call), held.id, str(call.typed.get("digest", "")))
    return Redirect(f"{call.here}/rounds/{held.round_id}/appraisal#signatures")


async def page_close(call: Call) -> Reply:
    held = await _held(call)
    papers = call.typed.get("papers", [])
    try:
        form = decode(
            CloseAppraisalForm,
            {"notes": call.typed.get("notes", ""), "papers": [papers] if isinstance(papers, str) else papers},
        )
        await course.close(
            Scene.of(call), held.id, form.notes, form.papers, _round_address(call, held.round_id)
        )
    except Invalid as invalid:
        return await _page(call, held.round_id, call.typed, invalid)
    return Redirect(f"{call.here}/rounds/{held.round_id}/appraisal")


async def show_pdf(call: Call) -> Reply:
    scene, round_id = Scene.of(call), call.path["round_id"]
    address = _round_address(call, round_id)
    if printing.wants_word(call):
        return printing.document(*await course.as_word(scene, round_id, address))
    return File(await course.as_pdf(scene, round_id, address), "application/pdf")


async def _held(call: Call) -> store.Appraisal:
    async with Scene.of(call).platform.transaction() as tx:
        return await store.appraisal(tx, call.path["appraisal_id"])


VIEW = Needs(OBJECT, PanelAction.VIEW)
LEAD = Needs(OBJECT, PanelAction.APPRAISE)
ROUND = "/rounds/{round_id:uuid}"
HELD = "/appraisals/{appraisal_id:uuid}"

ROUTES = (
    Route("GET", ROUND + "/appraisal", VIEW, show, api=True, answer=AppraisalAnswer, summary="综合评议"),
    Route("POST", ROUND + "/appraisals", LEAD, open_, api=True, body=OpenAppraisalForm, answer=AppraisalAnswer,
          summary="开综合评议", status=201),
    Route("POST", HELD + "/opinions", LEAD, opinion, api=True, body=WeighedForm, answer=AppraisalAnswer,
          summary="登记一户的意见"),
    Route("POST", HELD + "/signatures", VIEW, sign, api=True, body=AppraisalSignForm, answer=AppraisalAnswer,
          summary="在综合评议记录上签名", status=200),
    Route("POST", HELD + "/close", LEAD, close, api=True, body=CloseAppraisalForm, answer=SealedAppraisal, summary="综合评议完毕"),
    Route("GET", ROUND + "/appraisal", VIEW, page),
    Route("GET", ROUND + "/appraisal.pdf", VIEW, show_pdf),
    Route("POST", ROUND + "/appraisals", LEAD, page_open),
    Route("POST", HELD + "/opinions", LEAD, page_opinion),
    Route("POST", HELD + "/signatures", VIEW, page_sign),
    Route("POST", HELD + "/close", LEAD, page_close),
)  # fmt: skip
