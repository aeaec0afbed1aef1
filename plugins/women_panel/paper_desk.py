"""Paper slips, on pages and over JSON: to paper, and each person's own count. Nobody is shown another's figures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from core.sdk import Call, FieldError, Invalid, Json, Page, Redirect, Reply, decode
from core.sdk.household import Form
from plugins.women_panel import agendas, paper, records
from plugins.women_panel.paper import Slips, Standing
from plugins.women_panel.permissions import PanelAction
from plugins.women_panel.scene import Scene

Count = Annotated[int, Meta(ge=0, le=60)]
Sheet = Annotated[tuple[Annotated[int, Meta(ge=0, le=100)], ...], Meta(max_length=12)]
SAID = {
    "none": "还没有人录入。", "first": "已有一个人录入。还要另一个人自己清点、自己录入。",
    "differs": "两个人录的不一样。请第三个人再清点、录入一次。", "agreed": "两个人录入一致，请主持人结束投票。",
}  # fmt: skip


COUNTED = (("agree", "同意"), ("disagree", "不同意"), ("abstain", "弃权"), ("spoilt", "废票"))
ROW = re.compile(r"s([0-9]{1,2})_([0-9]{1,2})")


class SlipsForm(Form, frozen=True):
    """For score forms `sheets` holds every form's scores in the order of the criteria, and agree and disagree are 0."""

    agree: Annotated[Count, Meta(title="同意", extra={"unit": "张"})]
    disagree: Annotated[Count, Meta(title="不同意", extra={"unit": "张"})]
    abstain: Annotated[Count, Meta(title="弃权", extra={"unit": "张"})]
    spoilt: Annotated[Count, Meta(title="废票", extra={"unit": "张"})] = 0
    sheets: Annotated[tuple[Sheet, ...], Meta(title="打分表", description="每张一行", max_length=60)] = ()

    @property
    def slips(self) -> Slips:
        return Slips(self.agree, self.disagree, self.abstain, self.spoilt, tuple(sorted(self.sheets)))


class PaperAnswer(msgspec.Struct, frozen=True):
    """How a household's slips stand: `differs` asks for a third person; `none` after three different counts: all again."""

    standing: Standing
    said: str


async def to_paper(call: Call) -> Json:
    await paper.to_paper(Scene.of(call), call.path["session_id"], call.path["case_id"])
    return Json(PaperAnswer("none", SAID["none"]))


async def enter(call: Call) -> Json:
    standing = await paper.enter(
        Scene.of(call), call.path["session_id"], call.path["case_id"], call.body.slips
    )
    return Json(PaperAnswer(standing, SAID[standing]), 201)


async def press_to_paper(call: Call) -> Reply:
    await paper.to_paper(Scene.of(call), call.path["session_id"], call.path["case_id"])
    return Redirect(f"{call.here}/sessions/{call.path['session_id']}/cases/{call.path['case_id']}/paper")


async def show(call: Call) -> Reply:
    return await _page(call)


async def press_enter(call: Call) -> Reply:
    session_id, case_id = call.path["session_id"], call.path["case_id"]
    try:
        form = decode(SlipsForm, typed_slips(call.typed, await _criteria(Scene.of(call), session_id)))
        await paper.enter(Scene.of(call), session_id, case_id, form.slips)
    except Invalid as invalid:
        wrong = {error.field: error.message for error in invalid.fields} or {"": str(invalid)}
        return await _page(call, wrong=wrong, typed=call.typed, status=422)
    return Redirect(f"{call.here}/sessions/{session_id}/cases/{case_id}/paper")


def typed_slips(typed: Mapping[str, Any], criteria: int) -> dict[str, Any]:
    """The form as typed, with rows of scores `sROW_CRITERION`; a row nobody filled is no slip. Raises Invalid for half a row."""
    rows: dict[int, dict[int, str]] = {}
    plain: dict[str, Any] = {}
    for name, value in typed.items():
        found = ROW.fullmatch(name)
        text = value.strip() if isinstance(value, str) else value
        if text and found:
            rows.setdefault(int(found[1]), {})[int(found[2])] = str(text)
        elif text:
            plain[name] = value
    wrong = [
        FieldError(f"s{at}_0", f"第 {at + 1} 张还有没填的分数，或者填的不是数字")
        for at, row in sorted(rows.items())
        if set(row) != set(range(criteria)) or not all(value.isdecimal() for value in row.values())
    ]
    if wrong:
        raise Invalid("录入的纸票还要改一下", fields=tuple(wrong))
    sheets = [[int(row[n]) for n in range(criteria)] for _, row in sorted(rows.items())]
    return plain | ({"sheets": sheets} if sheets else {})


async def _criteria(scene: Scene, session_id: UUID) -> int:
    async with scene.platform.transaction() as tx:
        form = (await records.session(tx, session_id)).rules.form
    return len(form.criteria) if form else 0


async def _page(call: Call, *, status: int = 200, **more: object) -> Page:
    scene, session_id, case_id = Scene.of(call), call.path["session_id"], call.path["case_id"]
    async with scene.platform.transaction() as tx:
        session = await records.session(tx, session_id)
        scene.demand(PanelAction.ENTER, session.area_code)
        entry = await agendas.entry(tx, session_id, case_id)
        so_far = await paper.entries(scene, tx, session, entry)
        case = await scene.platform.process(tx, case_id)
        form = session.rules.form
        most = len((await paper.room_of(tx, session, entry)).present)
    values = {
        "session": f"{call.here}/sessions/{session_id}", "title": case.title, "number": case.number, "case_id": case_id,
        "said": SAID[so_far.standing], "standing": so_far.standing, "mine": scene.actor.account_id in so_far.by,
        "open": entry.on_paper and entry.state == "open", "wrong": {}, "typed": {},
        "fields": COUNTED if form is None else COUNTED[2:],
        "criteria": [c.name for c in form.criteria] if form else [], "form": form,
        "most": most, "mark": paper.mark_of(entry),
    }  # fmt: skip
    return Page("women_panel/paper.html", {**values, **more}, status)
