"""Every address of the panel, pages and API; each says whom it is for."""

from __future__ import annotations

from core.sdk import Needs, Route
from plugins.women_panel import (
    answers,
    api,
    pages,
    paper_desk,
    published,
    restarts,
    variances,
    voting_pages,
)
from plugins.women_panel.appraisal.web import ROUTES as APPRAISAL
from plugins.women_panel.formation.pages import ROUTES as FORMATION
from plugins.women_panel.meeting.routes import ROUTES as MEETING
from plugins.women_panel.permissions import OBJECT, PanelAction

VIEW = Needs(OBJECT, PanelAction.VIEW)
VOTE = Needs(OBJECT, PanelAction.VOTE)
HOST = Needs(OBJECT, PanelAction.HOST)
ENTER = Needs(OBJECT, PanelAction.ENTER)

ROUND = "/rounds/{round_id:uuid}"
SESSION = "/sessions/{session_id:uuid}"
CASE = SESSION + "/cases/{case_id:uuid}"

API = (
    Route("GET", ROUND, VIEW, api.show_round, api=True, answer=answers.RoundAnswer, summary="一轮的小组和评议会"),
    Route("POST", ROUND + "/sessions", HOST, api.open_session, api=True, body=api.SessionForm,
          answer=answers.SessionAnswer, summary="开评议会", status=201),
    Route("GET", SESSION, VIEW, api.show_session, api=True, answer=answers.SessionAnswer, summary="一次评议会"),
    Route("GET", SESSION + "/restarts", VOTE, restarts.show, api=True, answer=restarts.Restarts,
          summary="要您重新投票的户（手机隔一会儿问一次）"),
    Route("POST", SESSION + "/attendance", HOST, api.take_attendance, api=True, body=api.AttendanceForm,
          answer=answers.SessionAnswer, summary="签到"),
    Route("POST", SESSION + "/removals", HOST, api.remove_member, api=True, body=api.RemovalForm,
          answer=api.Removed, summary="成员退出小组"),
    Route("POST", CASE + "/ballots", VOTE, api.cast, api=True, body=api.BallotForm, answer=answers.Cast, summary="投票",
          status=201, idempotent=True),
    Route("POST", CASE + "/sealed-ballots", VOTE, api.cast_sealed, api=True, body=api.SealedBallotForm,
          answer=answers.Cast, summary="投票（手机上封好的票）", status=201, idempotent=True),
    Route("GET", CASE + "/record", VIEW, api.show_record, api=True, answer=published.Record, summary="公布的投票记录"),
    Route("POST", CASE + "/conflict", VOTE, api.declare_conflict, api=True, body=api.ConflictForm, answer=api.Recused,
          summary="声明回避"),
    Route("POST", CASE + "/paper", HOST, paper_desk.to_paper, api=True, body=api.NoBody, answer=paper_desk.PaperAnswer,
          summary="改投纸票"),
    Route("POST", CASE + "/paper-entries", ENTER, paper_desk.enter, api=True, body=paper_desk.SlipsForm,
          answer=paper_desk.PaperAnswer, summary="录入纸票（两人各自录入）", status=201),
    Route("POST", CASE + "/summary", HOST, voting_pages.file_photo, api=True, body=voting_pages.PhotoForm,
          answer=voting_pages.Kept, summary="这家情况说明的照片"),
    Route("POST", CASE + "/close", HOST, api.close_household, api=True, body=api.CountForm, answer=answers.Result,
          summary="结束一户的投票并计票"),
    Route("POST", SESSION + "/close", HOST, api.close_session, api=True, body=api.NoBody,
          answer=answers.SessionAnswer, summary="散会"),
)  # fmt: skip

PAGES = (
    Route("GET", "/", VIEW, pages.home),
    Route("GET", ROUND, VIEW, pages.show_round),
    Route("POST", ROUND + "/sessions", HOST, pages.open_session),
    Route("GET", SESSION, VIEW, pages.show_session),
    Route("GET", SESSION + "/households", VOTE, pages.show_households),
    Route("POST", SESSION + "/attendance", HOST, pages.take_attendance),
    Route("POST", SESSION + "/removals", HOST, pages.remove_member),
    Route("POST", SESSION + "/close", HOST, pages.close_session),
    Route("GET", CASE + "/paper", ENTER, paper_desk.show),
    Route("POST", CASE + "/paper", HOST, paper_desk.press_to_paper),
    Route("POST", CASE + "/paper-entries", ENTER, paper_desk.press_enter),
    Route("GET", "/sw.js", VOTE, voting_pages.worker),
    Route("GET", SESSION + "/vote", VOTE, voting_pages.vote),
    Route("GET", CASE + "/record", VIEW, voting_pages.show_record),
    Route("GET", CASE + "/summary", VOTE, voting_pages.show_photo),
    Route("POST", CASE + "/summary", HOST, voting_pages.keep_photo),
    Route("GET", CASE, VOTE, pages.show_ballot),
    Route("POST", CASE + "/confirm", VOTE, pages.ask_again),
    Route("POST", CASE + "/ballots", VOTE, pages.cast),
    Route("POST", CASE + "/conflict", VOTE, pages.declare_conflict),
    Route("POST", CASE + "/close", HOST, pages.close_household),
)

ROUTES = (*API, *PAGES, *MEETING, *FORMATION, *APPRAISAL, *variances.ROUTES)
