"""Every step of a household's case with forms that fill it in, right or wrong way: for tests that try all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.builders.casework import Bureau, Case
from tests.builders.households import AHousehold, IncomeKind

REASON = {"reason": "按调查和核算结果提出"}
Forms = Mapping[str, tuple[dict[str, Any], ...]]


def forms_of(bureau: Bureau, case: Case, finding: str = "vehicle:甘L12345") -> Forms:
    """By action, its forms as they may come; the first is the plain one."""
    return {
        **_until_visited(bureau, case),
        **_until_opinion(bureau, case, finding),
        **_until_decided(bureau),
        **_afterwards(bureau, case),
    }


def _until_visited(bureau: Bureau, case: Case) -> Forms:
    photo, applicant = bureau.photo, case.facts.applicant
    richer = AHousehold(case.facts).with_income(IncomeKind.OTHER, 300_000, applicant.name).facts
    worker = AHousehold(case.facts).with_wages(applicant.name, 4000, new_job=True).facts
    with_car = AHousehold(case.facts).with_vehicle(applicant.name, "甘L12345", 62000).facts
    return {
        "save_draft": ({"content": {"reason": "还没写完"}},),
        "submit": (bureau.submission(case), {}),
        "accept": ({},),
        "request_supplement": ({"items": ["病历复印件"]}, {"items": ["银行流水"]}),
        "supply": ({"papers": [photo]},),
        "lapse": ({},),
        "declare_relatives": ({"none": True}, {}),
        "start_investigation": ({},),
        "record_visit": tuple(bureau.visit(case, facts) for facts in (case.facts, richer, worker, with_car)),
        "request_verification": ({},),
        "renew_authorisation": (
            {
                "authorisations": [{"person_id": person, "signed_on": bureau.today.isoformat(), "guardian": "监护人"}
                                   for person in case.people.values()],
                "papers": [photo],
            },
        ),
        "withdraw_authorisation": (
            {"person_id": next(iter(case.people.values()), ""), "papers": [photo]},
        ),
        "remind_authorisation": ({"lapses_on": bureau.today.isoformat()},),
        "settle_difference": (
            {"item": "车辆", "verdict": "explained", "reason": "看了卖车合同，已过户", "values": "0" * 64},
        ),
        "start_verification": ({},),
        "record_neighbour_inquiry": ({"neighbours": ["邻居甲"], "notes": "日子过得紧"},),
        "record_document_request": ({"addressee": "务工单位", "question": "请证明工资收入"},),
    }  # fmt: skip


def _until_opinion(bureau: Bureau, case: Case, finding: str) -> Forms:
    photo = bureau.photo
    silent = bureau.report(case)
    silent["results"] = [r | {"result": "unavailable"} for r in silent["results"]]
    resolution = {"finding": finding, "code": "confirmed", "reason": "查证属实，仍在使用"}
    return {
        "file_verification_report": (bureau.report(case), silent),
        "complete_investigation": ({},),
        "record_non_cooperation": (REASON | {"papers": [photo]},),
        "serve_verification_notice": ({"served_by": "in_person"},),
        "contest_finding": ({"explanation": "车已经卖了，没有过户"},),
        "uphold_uncontested": (REASON,),
        "resolve_finding": (
            resolution | {"status": "cleared", "papers": [photo]},
            resolution | {"status": "upheld"},
            resolution | {"status": "cleared"},
        ),
        "complete_recheck": ({},),
        "prepare_worksheet": ({},),
        "give_opinion": (REASON | {"opinion": "approve"}, REASON | {"opinion": "deny"}),
        "send_back": (REASON | {"to": "returned"}, REASON | {"to": "suspected"}),
    }  # fmt: skip


def _until_decided(bureau: Bureau) -> Forms:
    photo = bureau.photo
    photos = {"photos": [photo]}
    second = {"second_checker": str(bureau.staff["spot_checker 2"].id)}
    check = {"findings": "入户查看", "photos": [photo], **second}
    return {
        "start_posting": (photos,),
        "end_posting": (photos,),
        "record_objection": ({"channel": "phone", "content": "这家有人在外打工"},),
        "posted_by_round": ({},),
        "taken_down_by_round": ({},),
        "record_reinvestigation": ({"findings": "重新走访，情况一致"},),
        "answer_objection": (
            {"well_founded": False, "reply": "所反映情况不属实"},
            {"well_founded": True, "reply": "情况属实，重新提出意见"},
        ),
        "confirm": ({},),
        "deny": (REASON,),
        "open_hearing": (REASON,),
        "return_case": (REASON | {"to": "assessed"}, REASON | {"to": "investigating"}),
        "send_to_spot_check": ({},),
        "draw_case": ({},),
        "record_spot_check": (check | {"agrees": True}, check | {"agrees": False}),
        "publish": ({},),
        "serve_refusal": ({"served_by": "post", "receipt": [photo]}, {"served_by": "post", "receipt": []}),
    }  # fmt: skip


def _afterwards(bureau: Bureau, case: Case) -> Forms:
    photo, applicant = bureau.photo, case.facts.applicant
    return {
        "report_change": ({"kind": "employed", "content": "儿子去打工了"},),
        "start_review": ({"cause": "due"},),
        "record_work_offer": (
            {
                "member": next(iter(case.people.values())), "offered_on": bureau.today.isoformat(), "answer": "taken",
                "job": "镇上保洁，月工资 1800 元", "suitable": "活不重，离家近", "papers": [photo],
            },
        ),
        "propose_member_stop": (REASON | {"member": next(iter(case.people.values()))},),
        "superseded": ({"number": "620802-2026-000001"},),
        "conclude_review": tuple(
            REASON | {"outcome": outcome} for outcome in ("keep", "increase", "propose_reduce", "propose_stop")
        ),
        "end_without_hearing": (
            {"way": "waiver", "papers": [photo]},
            {"way": "waiver", "papers": []},
            {"way": "death", "papers": [photo]},
        ),
        "record_hearing": ({"present": applicant.name, "said": "希望继续保障", "signed": [photo]},),
        "decide_reduction": (REASON,),
        "decide_grace": (REASON,),
        "decide_termination": (REASON,),
        "keep_benefit": (REASON,),
        "end_grace": ({},),
        "withdraw": (REASON | {"signed": [photo]},),
        "note_complaint": ({"number": "T620802-2026-000001"},),
        "register_complaint": ({"channel": "phone", "content": "反映这家有车", "reporter": "李举报"},),
        "extend_deadline": (REASON | {"cause": "hard_investigation"},),
        "override_recusal": (REASON | {"account": str(bureau.staff["visitor"].id)},),
        "record_ballot_result": (
            {
                "session": "S1", "roster": 11, "eligible_roster": 10, "quorum": 7, "present": 8, "needed": 6,
                "agree": 2, "disagree": 6, "abstain": 0, "result": "failed",
            },
        ),
    }  # fmt: skip
