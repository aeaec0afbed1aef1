"""The report on paper: number, validity, every result, what became of each finding; printed again it is the same, and it is held while it is valid."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from pypdf import PdfReader

from core.registry.verification import FindingKind, Result, Source, SourceResult, Suspicion
from core.sdk import Filed, Records
from core.sdk.documents import qr_svg, typeset
from core.sdk.verification import FindingResolution
from plugins.big_data_check import report_paper
from plugins.big_data_check.decisions import Decision, Issue, issues_of
from plugins.big_data_check.report import Heading, build
from plugins.big_data_check.report_paper import paper_of
from plugins.big_data_check.store import Request
from tests.builders.casework import renamed
from tests.builders.households import family_with_vehicle
from tests.plugins.big_data_check.office import Office

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 9, 1, 2, tzinfo=UTC)
WHO, OFFICER = uuid4(), uuid4()


def text_of(pdf: bytes) -> str:
    return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)


async def test_a_report_on_paper_says_every_answer_and_never_a_blank() -> None:
    request = Request(
        uuid4(), uuid4(), 3, 1, "620802-2026-000001", "王建国", "620802001001", "SQ-1", "低保审核", NOW
    )
    results = [
        SourceResult(WHO, Source.VEHICLES, Result.HIT, date(2026, 8, 31), {"reference": "甘L1", "kind": "car"}, "身份证号一致"),
        SourceResult(WHO, Source.TAX, Result.UNAVAILABLE, note="来源没有按时答复"),
        SourceResult(WHO, Source.DEPOSITS, Result.NO_DATA, note="到信用社查询，没有账户"),
        SourceResult(WHO, Source.PAYROLL, Result.NO_HIT, date(2026, 8, 31)),
    ]  # fmt: skip
    findings = [
        Suspicion("v", FindingKind.VEHICLE, "汽车 甘L1", WHO, rule="五有"),
        Suspicion("e", FindingKind.ENTITY, "个体户 早点铺", WHO, rule="五有"),
        Suspicion("d", FindingKind.DEPOSITS, "存款 31000 元", WHO, rule="五有"),
    ]
    form = build(Heading("HD-620802-2026-000001-1", "SQ-1", NOW, 6), results, findings)
    issue = Issue(3, NOW + timedelta(days=3), {"v": decided("v", "cleared"), "e": decided("e", "upheld")})
    paper = paper_of(
        request, form, {WHO: "王建国"}, issue, {OFFICER: "核对人员"}, applicant="王建国", area="柳湖村", office="崆峒区民政局"
    )  # fmt: skip
    text = text_of(await typeset(paper, NOW))
    for word in (
        "HD-620802-2026-000001-1", "2027年3月1日", "SQ-1", "甘L1", "来源没有按时答复", "到信用社查询", "无记录",
        "第1页共1页", "第十八条", "崆峒区民政局", "第3版（2026年9月4日疑点有新的认定，以前的版本作废，有效期不变）",
        "疑点已排除：车辆已卖、未过户。看了卖车合同（核对人员，2026年9月2日）",
        "疑点属实：车辆已卖、未过户。看了卖车合同（核对人员，2026年9月2日）", "还没有处理",
        "排除1项，属实1项，没有处理1项",
    ):  # fmt: skip
        assert word in text, word


def decided(finding: str, status: Any) -> Decision:
    cause, reason = "车辆已卖、未过户", "看了卖车合同"
    return Decision(finding, status, "sold_not_transferred", cause, reason, OFFICER, NOW + timedelta(days=1))


def filed(seq: int, finding: str, status: Any, days: int) -> Filed:
    record = FindingResolution(finding, status, "other", "查证过")
    return Filed(seq, NOW + timedelta(days=days), OFFICER, record)


def test_every_word_on_a_finding_after_the_report_makes_a_version_and_others_make_none() -> None:
    records = Records((
        filed(1, "v", "upheld", -1), filed(2, "other", "cleared", 1), filed(3, "v", "cleared", 2), filed(4, "e", "upheld", 3),
    ))  # fmt: skip
    issues = issues_of({"v", "e"}, NOW, records)
    assert [(i.version, {k: d.status for k, d in i.decided.items()}) for i in issues] == [
        (1, {"v": "upheld"}), (2, {"v": "cleared"}), (3, {"v": "cleared", "e": "upheld"}),
    ]  # fmt: skip
    assert [i.at for i in issues] == [None, NOW + timedelta(days=2), NOW + timedelta(days=3)]


async def test_a_finding_that_is_decided_later_issues_the_report_anew_and_the_code_tells_which_is_good(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes: list[str] = []

    def code(address: str) -> str:
        codes.append(address)
        return qr_svg(address)

    monkeypatch.setattr(report_paper, "qr_svg", code)
    bureau, facts = office.bureau, renamed(family_with_vehicle(), "新版")
    office.register(facts, "陈建军新版", vehicles={"reference": "甘L12345", "value": "62000"})
    case = await office.investigated(facts)
    await bureau.do("township_clerk", case, "prepare_worksheet")
    await bureau.do("township_clerk", case, "complete_investigation")
    first = await office.page(office.officer, f"/cases/{case.id}/report.pdf")
    assert "第1版" in text_of(first.content)
    assert "没有处理1项" in text_of(first.content)

    await bureau.do("township_clerk", case, "serve_verification_notice", {"served_by": "in_person"})
    await bureau.do("township_clerk", case, "contest_finding", {"explanation": "车已经卖了，没有过户"})
    resolution = {
        "finding": "vehicle:甘L12345", "status": "cleared", "code": "sold_not_transferred",
        "reason": "看了卖车合同和收款记录", "papers": [bureau.photo],
    }  # fmt: skip
    await bureau.do("verification_officer", case, "resolve_finding", resolution)
    second = await office.page(office.officer, f"/cases/{case.id}/report.pdf")
    text = text_of(second.content)
    [report] = (await office.newest(case))["reports"]
    assert (report["version"], report["number"] in text) == (2, True)
    said = "疑点已排除：车辆已卖、未过户。看了卖车合同和收款记录（核对人员，"
    assert ("第2版" in text, said in text, "排除1项" in text) == (True, True, True)
    until = date.fromisoformat(report["valid_until"])
    assert f"{until.year}年{until.month}月{until.day}日" in text
    again = await office.page(
        office.officer, f"/cases/{case.id}/report.pdf?number={report['number']}&version=1"
    )
    assert again.content == first.content, "what was printed before stays as it was"

    scanned = [await of_code(office, address) for address in codes]
    assert "这是第 1 版，已经作废" in scanned[0]
    assert "与卷宗一致，是最新的一版" in scanned[1]
    assert (await office.page(office.officer, f"/cases/{case.id}/report?version=9")).status_code == 404
    bureau.on(until + timedelta(days=1))
    assert "过期，不能再作依据" in await of_code(office, codes[1])


async def of_code(office: Office, address: str) -> str:
    page = await office.bureau.house.client.get(
        address[address.index("/d/") :], headers=office.officer.headers
    )
    assert page.status_code == 200, address
    return page.text


async def test_the_same_report_is_printed_the_same_and_kept(office: Office) -> None:
    facts = renamed(family_with_vehicle(), "印")
    office.register(facts, "陈建军印", vehicles={"reference": "甘L12345", "value": "62000"})
    case = await office.investigated(facts)
    first = await office.page(office.officer, f"/cases/{case.id}/report.pdf")
    assert first.status_code == 200
    assert first.headers["content-type"] == "application/pdf"
    [report] = (await office.newest(case))["reports"]
    text = text_of(first.content)
    assert report["number"] in text
    assert "甘L12345" in text
    again = await office.page(office.officer, f"/cases/{case.id}/report.pdf?number={report['number']}")
    assert again.content == first.content
    [row] = await office.rows(
        """SELECT p.pdf_sha256 FROM big_data_check_paper p
           JOIN big_data_check_report r ON r.tenant_id = p.tenant_id AND r.id = p.report_id
           WHERE p.tenant_id = $1 AND r.number = $2""",
        report["number"],
    )
    house, tenant = office.bureau.house, UUID(str(office.bureau.district.id))
    assert await house.zhunbao.objects.get(tenant, row["pdf_sha256"]) == first.content
    missing = await office.page(office.officer, f"/cases/{case.id}/report.pdf?number=HD-0")
    assert missing.status_code == 404
