"""Addresses of a session's course and of its minutes; each says whom it is for."""

from __future__ import annotations

from core.sdk import Needs, Route
from plugins.women_panel.meeting import api, pages, papers
from plugins.women_panel.meeting.progress import SessionProgress
from plugins.women_panel.permissions import OBJECT, PanelAction

VIEW = Needs(OBJECT, PanelAction.VIEW)
VOTE = Needs(OBJECT, PanelAction.VOTE)
HOST = Needs(OBJECT, PanelAction.HOST)
SESSION = "/sessions/{session_id:uuid}"

API = (
    Route("POST", SESSION + "/check-in", VOTE, api.check_in, api=True, body=api.CheckInForm, answer=api.Done,
          summary="用签到码签到"),
    Route("POST", SESSION + "/attendance-sheet", HOST, api.keep_sheet, api=True, body=api.SheetForm, answer=api.Done,
          summary="保存纸质签到表", status=201),
    Route("POST", SESSION + "/pause", HOST, api.pause, api=True, body=api.PauseForm, answer=api.Done, summary="暂停"),
    Route("POST", SESSION + "/resume", HOST, api.resume, api=True, body=api.NothingMore, answer=api.Done, summary="继续"),
    Route("POST", SESSION + "/notes", VIEW, api.note, api=True, body=api.SessionNoteForm, answer=api.Done, summary="记监督意见",
          status=201),
    Route("GET", SESSION + "/progress", HOST, api.progress, api=True, answer=SessionProgress, summary="进度，不含票数去向"),
    Route("GET", SESSION + "/minutes", VIEW, api.minutes, api=True, answer=api.MinutesAnswer, summary="会议记录"),
    Route("POST", SESSION + "/signatures", VIEW, api.sign, api=True, body=api.SignForm, answer=api.Done,
          summary="在会议记录上签名", status=201),
    Route("POST", SESSION + "/unsigned", VIEW, api.attest, api=True, body=api.UnsignedForm, answer=api.Done,
          summary="记谁没有在会议记录上签名、为什么", status=201),
    Route("POST", SESSION + "/minutes", HOST, api.seal, api=True, body=api.SealMinutesForm, answer=api.SealedAnswer,
          summary="会议记录定稿"),
)  # fmt: skip

PAGES = (
    Route("GET", SESSION + "/projector", HOST, pages.projector),
    Route("GET", SESSION + "/check-in", VOTE, pages.show_check_in),
    Route("POST", SESSION + "/check-in", VOTE, pages.check_in),
    Route("POST", SESSION + "/attendance-sheet", HOST, pages.keep_sheet),
    Route("GET", SESSION + "/attendance.pdf", HOST, papers.attendance_pdf),
    Route("GET", SESSION + "/cases/{case_id:uuid}/slips.pdf", HOST, papers.slips_pdf),
    Route("POST", SESSION + "/pause", HOST, pages.pause),
    Route("POST", SESSION + "/resume", HOST, pages.resume),
    Route("GET", SESSION + "/notes", VIEW, pages.show_notes),
    Route("POST", SESSION + "/notes", VIEW, pages.note),
    Route("GET", SESSION + "/minutes", VIEW, pages.minutes),
    Route("GET", SESSION + "/minutes.pdf", VIEW, pages.minutes_pdf),
    Route("POST", SESSION + "/signatures", VIEW, pages.sign),
    Route("POST", SESSION + "/unsigned", VIEW, pages.attest),
    Route("POST", SESSION + "/minutes", HOST, pages.seal),
)

ROUTES = (*API, *PAGES)
