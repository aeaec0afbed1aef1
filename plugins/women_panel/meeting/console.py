"""What the host's page shows beside the list: the next step, who stays out and why, the code, pauses."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.sdk import Transaction
from plugins.women_panel import agendas, records
from plugins.women_panel.answers import CaseLine, SessionAnswer
from plugins.women_panel.meeting import course, diary
from plugins.women_panel.minutes.book import sealed_of
from plugins.women_panel.scene import Scene


async def console_values(scene: Scene, tx: Transaction, found: SessionAnswer) -> dict[str, Any]:
    session = await records.session(tx, found.id)
    events = await diary.events(tx, scene.platform, found.id)
    sealed = await sealed_of(tx, found.id) is not None
    layouts = await scene.platform.own_layouts(tx)
    return {
        "in_word": "attendance" in layouts, "paused": session.paused, "code": course.shown_code(scene, session) if session.state == "open" else "",
        "recused": await _recused(tx, found), "noted": sum(e.kind == "note" for e in events),
        "sheets": sum(len(e.said.papers) for e in events if e.kind == "sheet"), "sealed": sealed,
        "step": next_step(found, paused=session.paused, sealed=sealed),
    }  # fmt: skip


async def _recused(tx: Transaction, found: SessionAnswer) -> dict[UUID, list[str]]:
    """By household: who stays out of it, with why."""
    names = {m.account_id: m.name for m in found.members}
    kept = await agendas.recusals(tx, found.id)
    return {
        case: sorted(
            f"{names.get(account, '')}（{agendas.WHY_OUT[origin]}）" for account, origin in out.items()
        )
        for case, out in kept.items()
    }


def next_step(found: SessionAnswer, *, paused: bool, sealed: bool) -> dict[str, Any]:
    """What the host does now: `kind` decides the button, `text` says it, `case` is the household it is about."""
    if found.state == "closed":
        if sealed:
            return {"kind": "done", "text": "会议记录已经定稿存档。", "case": None}
        return {"kind": "minutes", "text": "请大家看会议记录，签名，然后定稿存档。", "case": None}
    if paused:
        return {"kind": "resume", "text": "评议会暂停了。人到齐以后继续。", "case": None}
    here = sum(m.present for m in found.members if not m.removed)
    if not here:
        return {
            "kind": "attendance",
            "text": "先签到：请成员在手机上输入签到码，或者您在名单里勾上。",
            "case": None,
        }
    left = [c for c in found.cases if c.state == "open"]
    if not left:
        return {"kind": "close", "text": "所有的户都评议完了，可以散会。", "case": None}
    return _household(left)


def _household(left: list[CaseLine]) -> dict[str, Any]:
    ready = next((c for c in left if c.voted_count and not c.waiting), None)
    if ready is not None:
        return {
            "kind": "count",
            "text": f"{ready.title}：在场的人都投完了，请结束投票。",
            "case": ready.case_id,
        }
    first = left[0]
    if first.eligible_present < first.quorum:
        return {
            "kind": "short", "case": first.case_id,
            "text": f"{first.title}：到会 {first.eligible_present} 人，法定要 {first.quorum} 人，还差 {first.quorum - first.eligible_present} 人。",
        }  # fmt: skip
    return {
        "kind": "wait", "case": first.case_id,
        "text": f"现在评议 {first.title}：已投 {first.voted_count} 人，还有 {first.waiting} 人没有投。",
    }  # fmt: skip
