"""The course of a session beside its votes: check in by code, keep the signed sheet, pause, resume, note.

open <--pause / resume--> paused: nobody votes, no household is closed; notes are taken all the same
"""

from __future__ import annotations

from uuid import UUID

from core.sdk import Conflict, FieldError, Invalid, Refused, Transaction
from plugins.women_panel import records
from plugins.women_panel.meeting import codes, diary
from plugins.women_panel.meeting.diary import Said
from plugins.women_panel.minutes.book import sealed_of
from plugins.women_panel.minutes.content import panel_then
from plugins.women_panel.permissions import PanelAction
from plugins.women_panel.records import Session
from plugins.women_panel.scene import Scene
from plugins.women_panel.sessions import running


def shown_code(scene: Scene, session: Session) -> str:
    """The code for the host's screen and the projector."""
    return codes.code(_digest(scene), session.id, scene.now)


async def check_in(scene: Scene, session_id: UUID, typed: str) -> None:
    """A member says that she is in the room, by the code shown there. Twice is no error.

    Raises Invalid for a wrong code, Refused for who is no member or typed too many.
    """
    async with scene.platform.transaction() as tx:
        session = await running(scene, tx, session_id, PanelAction.VOTE)
        me = scene.actor.account_id
        seat = (await records.seats(tx, session.id)).get(me)
        if seat is None or seat.removed:
            raise Refused("您不是这次评议会的成员，不能签到。", source="评议规则")
        if seat.present:
            return
        wrong = await diary.wrong_codes(tx, session.id, me)
        if wrong >= codes.TRIES:
            raise Refused(
                f"签到码已经输错 {wrong} 次。", source="评议规则", hint="请主持人在签到名单里勾上您的名字"
            )
        right = codes.holds(_digest(scene), session.id, scene.now, typed)
        if right:
            await records.arrive(tx, session.id, me)
        await diary.add(
            tx, scene.platform, session.id, "code" if right else "code_wrong", scene.now, me, account_id=me
        )
    if not right:
        left = codes.TRIES - wrong - 1
        raise Invalid(
            "签到码不对",
            fields=(FieldError("code", f"请看大屏幕上的六位数字，每两分钟换一次；还可以再试 {left} 次"),),
        )


async def keep_sheet(scene: Scene, session_id: UUID, papers: tuple[str, ...]) -> None:
    """Photographs of the attendance sheet everybody signed on paper. Raises Invalid without one."""
    if not papers:
        raise Invalid("还没有签到表", fields=(FieldError("papers", "请拍下大家签了名的签到表"),))
    async with scene.platform.transaction() as tx:
        session = await records.session(tx, session_id, "update")
        scene.demand(PanelAction.HOST, session.area_code)
        await diary.add(
            tx,
            scene.platform,
            session.id,
            "sheet",
            scene.now,
            scene.actor.account_id,
            said=Said(papers=papers),
        )


async def set_paused(scene: Scene, session_id: UUID, paused: bool, reason: str = "") -> None:
    """Pause or resume. Doing it twice is no error. Raises Conflict when the session is over, Invalid without a reason."""
    if paused and len(reason.strip()) < 2:
        raise Invalid("请写明为什么暂停", fields=(FieldError("reason", "例如 停电、吃饭、有人闹事"),))
    async with scene.platform.transaction() as tx:
        session = await running(scene, tx, session_id, PanelAction.HOST)
        if session.paused is paused:
            return
        await records.set_paused(tx, session.id, paused)
        kind: diary.Kind = "paused" if paused else "resumed"
        await diary.add(
            tx, scene.platform, session.id, kind, scene.now, scene.actor.account_id, said=Said(reason.strip())
        )


async def note(scene: Scene, session_id: UUID, text: str, papers: tuple[str, ...] = ()) -> None:
    """An observer's or the host's note; also after the session, until its minutes are sealed. Never changed, never deleted."""
    async with scene.platform.transaction() as tx:
        session = await records.session(tx, session_id, "update")
        scene.demand(PanelAction.VIEW, session.area_code)
        if not await may_note(scene, tx, session):
            raise Refused(
                "只有监督员和主持人能记观察意见。",
                source="全程监督",
                hint="有意见请告诉在场的监督员，或拨打监督电话",
            )
        if await sealed_of(tx, session.id):
            raise Conflict("会议记录已经定稿，不能再记。", hint="有不同意见请向乡镇反映，会另行登记")
        await diary.add(
            tx,
            scene.platform,
            session.id,
            "note",
            scene.now,
            scene.actor.account_id,
            said=Said(text.strip(), papers),
        )


async def may_note(scene: Scene, tx: Transaction, session: Session) -> bool:
    """The host, whoever watches by office, and the observers the panel was formed with."""
    if scene.may(PanelAction.HOST, session.area_code) or scene.may(PanelAction.OBSERVE, session.area_code):
        return True
    round_ = await scene.platform.situation(tx, session.round_id)
    panel = panel_then(round_.view.records, session)
    return panel is not None and scene.actor.account_id in panel.observers


def _digest(scene: Scene) -> codes.Digest:
    return lambda text: scene.platform.fingerprint("attendance", text)
