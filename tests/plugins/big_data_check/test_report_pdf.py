"""The report on paper: number, validity, every result; printed again it is the same, and it is held while it is valid."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from pypdf import PdfReader

from core.registry.verification import FindingKind, Result, Source, SourceResult, Suspicion
from core.sdk.documents import typeset
from plugins.big_data_check.report import Heading, build
from plugins.big_data_check.report_paper import paper_of
from plugins.big_data_check.store import Request
from tests.builders.casework import renamed
from tests.builders.households import family_with_vehicle
from tests.plugins.big_data_check.office import Office

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 9, 1, 2, tzinfo=UTC)
WHO = uuid4()


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
    finding = Suspicion("v", FindingKind.VEHICLE, "汽车 甘L1", WHO, rule="五有")
    form = build(Heading("HD-620802-2026-000001-1", "SQ-1", NOW, 6), results, [finding])
    paper = paper_of(request, form, {WHO: "王建国"}, applicant="王建国", area="柳湖村", office="崆峒区民政局")
    text = text_of(await typeset(paper, NOW))
    for word in (
        "HD-620802-2026-000001-1", "2027年3月1日", "SQ-1", "甘L1", "来源没有按时答复", "到信用社查询", "无记录",
        "第1页共1页", "第十八条", "崆峒区民政局",
    ):  # fmt: skip
        assert word in text, word


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
        "SELECT pdf_sha256 FROM big_data_check_report WHERE tenant_id = $1 AND number = $2", report["number"]
    )
    house, tenant = office.bureau.house, UUID(str(office.bureau.district.id))
    assert await house.zhunbao.objects.get(tenant, row["pdf_sha256"]) == first.content
    missing = await office.page(office.officer, f"/cases/{case.id}/report.pdf?number=HD-0")
    assert missing.status_code == 404
