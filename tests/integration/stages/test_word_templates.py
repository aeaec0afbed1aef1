"""A district's own Word layout: uploaded and checked, in force from its day, offered beside the PDF, ended again."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest
from docx import Document

from core.documents.word.vocabulary import values_of
from core.web.csrf import token_for
from core.web.pages import payment_rolls
from core.web.views.papers.printing import made_of
from core.web.views.papers.samples import SAMPLES, vocabulary
from tests.builders.casework import Bureau, Case, renamed
from tests.builders.households import (
    elderly_couple,
    family_with_employed_son,
    family_with_vehicle,
    marginal_family,
)
from tests.builders.installation import Somebody
from tests.builders.steps import forms_of

pytestmark = pytest.mark.anyio

REASON = {"reason": "经核实家庭收入情况已经变化"}
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def template(*paragraphs: str) -> bytes:
    made, out = Document(), io.BytesIO()
    for text in paragraphs:
        made.add_paragraph(text)
    made.save(out)
    return out.getvalue()


def text_of(data: bytes) -> str:
    return "\n".join(p.text for p in Document(io.BytesIO(data)).paragraphs)


async def get(bureau: Bureau, who: Somebody, path: str) -> httpx.Response:
    return await bureau.house.client.get(f"/d/{bureau.district.code}{path}", headers=who.headers)


async def upload(
    bureau: Bureau, who: Somebody, kind: str, data: bytes, start: str = "", step: str = ""
) -> httpx.Response:
    typed = {
        "start": start or bureau.today.isoformat(), "reason": "按市局新版式", "_csrf": token_for(who.token),
    }  # fmt: skip
    return await bureau.house.client.post(
        f"/d/{bureau.district.code}/admin/papers/{kind}{step}", data=typed, files={"file": ("a.docx", data, WORD)},
        headers=who.headers,
    )  # fmt: skip


async def test_a_template_is_uploaded_offered_on_the_case_and_ended_again(bureau: Bureau) -> None:
    admin = await bureau.house.person(bureau.district, "system_admin")
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), "文")), "accepted")
    clerk, page, word = bureau.staff["township_clerk"], f"/cases/{case.id}", "/papers/acceptance/word"
    assert word not in (await get(bureau, clerk, page)).text
    assert (await get(bureau, clerk, page + word)).status_code == 404

    made = template(
        "甲县版式",
        "{{ 收件人 }}（{{ 编号 }}）",
        "{%p for 行 in 正文 %}",
        "{{ 行 }}",
        "{%p endfor %}",
        "{{ 二维码 }}",
    )
    answer = await upload(bureau, admin, "acceptance", made)
    assert (answer.status_code, answer.headers.get("location", "")[-7:]) == (303, "?done=1"), answer.headers
    assert word in (await get(bureau, clerk, page)).text
    printed = await get(bureau, clerk, page + word)
    assert printed.headers["content-type"] == WORD
    text = text_of(printed.content)
    for part in ("甲县版式", case.facts.applicant.name, "材料齐全"):
        assert part in text, part
    assert (await get(bureau, clerk, f"{page}/papers/acceptance")).headers[
        "content-type"
    ] == "application/pdf"

    shown = await get(bureau, admin, "/admin/papers/acceptance")
    assert "第 1 版" in shown.text
    preview = await get(bureau, admin, "/admin/papers/acceptance/version.docx?version=1&preview=1")
    assert "王某某" in text_of(preview.content)
    stored = await get(bureau, admin, "/admin/papers/acceptance/version.docx?version=1")
    assert stored.content == made

    assert (await upload(bureau, admin, "acceptance", b"", step="/withdraw")).status_code == 303
    assert word not in (await get(bureau, clerk, page)).text
    assert (await get(bureau, clerk, page + word)).status_code == 404


async def test_a_template_holds_from_its_day(bureau: Bureau) -> None:
    admin = await bureau.house.person(bureau.district, "system_admin")
    later = bureau.today + timedelta(days=3)
    assert (
        await upload(bureau, admin, "pledge", template("新版 {{ 申请人 }}"), later.isoformat())
    ).status_code == 303
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), "期")), "submitted")
    clerk, address = bureau.staff["township_clerk"], f"/cases/{case.id}/papers/pledge/word"
    assert (await get(bureau, clerk, address)).status_code == 404
    bureau.on(later)
    assert "新版" in text_of((await get(bureau, clerk, address)).content)
    past = await upload(bureau, admin, "pledge", template("{{ 申请人 }}"), "2026-01-05")
    assert past.status_code == 422
    assert "今天或以后" in past.text


async def test_a_bad_template_is_refused_on_the_page_with_all_that_is_wrong(bureau: Bureau) -> None:
    admin = await bureau.house.person(bureau.district, "system_admin")
    answer = await upload(bureau, admin, "denial", template("{{ 收件仁 }}", "{{ ''.__class__ }}"))
    assert answer.status_code == 422
    assert "没有变量“收件仁”" in answer.text
    assert "按市局新版式" in answer.text, "what was typed is kept"
    nothing = await upload(bureau, admin, "denial", b"")
    assert "请选择 Word 模板" in nothing.text
    api = await bureau.house.client.post(
        f"/d/{bureau.district.code}/api/admin/papers/denial?start={bureau.today}&reason=试试看",
        files={"file": ("a.docx", b"MZ", WORD)}, headers=admin.headers,
    )  # fmt: skip
    assert api.status_code == 422
    assert [error["field"] for error in api.json()["errors"]] == ["file"]


async def test_the_api_saves_a_template_and_says_what_may_be_named(bureau: Bureau) -> None:
    admin = await bureau.house.person(bureau.district, "system_admin")
    base = f"/d/{bureau.district.code}/api/admin/papers/grace"
    answer = await bureau.house.client.post(
        f"{base}?start={bureau.today}&reason=按市局新版式", files={"file": ("a.docx", template("{{ 收件人 }}"), WORD)},
        headers=admin.headers,
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert answer.json()["line"]["own"]["version"] == 1
    assert "收件人" in answer.json()["texts"]
    ended = await bureau.house.client.post(
        f"{base}/withdraw",
        json={"start": str(bureau.today), "reason": "还是用统一版式"},
        headers=admin.headers,
    )
    assert ended.json()["line"]["own"] is None


async def test_only_the_system_administrator_changes_a_template(bureau: Bureau) -> None:
    for role in ("security_admin", "audit_admin"):
        who = await bureau.house.person(bureau.district, role)
        assert (await upload(bureau, who, "denial", template("{{ 收件人 }}"))).status_code == 403
    assert (
        await upload(bureau, bureau.staff["confirming_officer"], "denial", template("x"))
    ).status_code == 403


async def test_a_household_and_observers_get_no_word_file(bureau: Bureau) -> None:
    admin = await bureau.house.person(bureau.district, "system_admin")
    await upload(bureau, admin, "application", template("{{ 申请人 }}"))
    case = await bureau.take(await bureau.application(renamed(marginal_family(), "户")), "submitted")
    me = await bureau.house.person(
        bureau.district, "applicant", bureau.village, name="本人", person_id=next(iter(case.people.values()))
    )
    address = f"/cases/{case.id}/papers/application"
    assert (await get(bureau, me, address)).status_code == 200
    for who in (me, bureau.staff["observer"]):
        assert (await get(bureau, who, f"{address}/word")).status_code == 404
    assert (await get(bureau, bureau.staff["township_clerk"], f"{address}/word")).status_code == 200


async def test_a_posting_prints_in_word_with_its_allowed_fields(bureau: Bureau) -> None:
    admin = await bureau.house.person(bureau.district, "system_admin")
    await upload(
        bureau,
        admin,
        "posting",
        template("{% for 行 in 名单 %}{{ 行.申请人 }} {{ 行.保障人数 }}；{% endfor %}"),
    )
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), "示")), "posted")
    await bureau.do("village_clerk", case, "start_posting", {"photos": [bureau.photo]})
    clerk = bureau.staff["village_clerk"]
    async with bureau.house.inside(bureau.district) as tx:
        token = await tx.fetchval("SELECT token FROM posting WHERE process_id = $1", case.id)
    printed = await get(bureau, clerk, f"/postings/{token}/word")
    assert case.facts.applicant.name in text_of(printed.content), printed.text
    assert (await get(bureau, clerk, "/postings/nothing/word")).status_code == 404


async def made(bureau: Bureau, case: Case) -> dict[str, Any]:
    async with bureau.house.inside(bureau.district) as tx:
        situation = await bureau.house.zhunbao.situations.load(
            tx, bureau.staff["township_clerk"].actor, case.id
        )
        return {kind: values_of(paper) for kind, paper in (await made_of(tx, situation)).items()}


async def check(bureau: Bureau, case: Case, seen: set[str]) -> None:
    """Whatever stands on a paper of this case can be named in a template of it."""
    for kind, values in (await made(bureau, case)).items():
        words = vocabulary(kind)
        assert values.keys() <= words.names, (kind, values.keys() - words.names)
        for name, value in values.items():
            if value and isinstance(value, list) and isinstance(value[0], dict):
                assert set(value[0]) <= set(words.tables[name]), (kind, name)
        seen.add(kind)


async def test_whatever_stands_on_a_cases_papers_can_be_named_in_a_template(bureau: Bureau) -> None:
    seen: set[str] = set()
    for family in (family_with_vehicle(), marginal_family(), elderly_couple()):
        case = await bureau.take(await bureau.application(renamed(family, "词")), "accepted")
        await check(bureau, case, seen)
        if not case.facts.assets.vehicles:
            await bureau.take(case, "reported")
        await check(bureau, case, seen)
    case = await bureau.application(renamed(family_with_employed_son(employed=False), "词"))
    await bureau.take(case, "active")
    await check(bureau, case, seen)
    await bureau.do("township_clerk", case, "start_review", {"cause": "change"})
    await bureau.do(
        "visitor", case, "record_visit", bureau.visit(case, renamed(family_with_employed_son(), "词"))
    )
    await bureau.do("township_clerk", case, "prepare_worksheet")
    await bureau.do("township_reviewer", case, "conclude_review", REASON | {"outcome": "propose_stop"})
    await bureau.do("township_clerk", case, "record_hearing", forms_of(bureau, case)["record_hearing"][0])
    await bureau.do("confirming_officer", case, "decide_grace", REASON)
    await check(bureau, case, seen)
    assert seen >= {
        "application", "pledge", "authorisation", "acceptance", "relatives", "visit", "worksheet", "review", "confirmation",
        "grace", "grace_sheet",
    }  # fmt: skip
    assert seen <= SAMPLES.keys()


async def test_the_payment_roll_is_printed_in_the_districts_own_layout(bureau: Bureau) -> None:
    case = await bureau.application(renamed(family_with_employed_son(employed=False), "册"))
    await bureau.take(case, "active")
    bureau.house.later(days=31)
    officer, admin = (
        bureau.staff["district_officer"],
        await bureau.house.person(bureau.district, "system_admin"),
    )
    listed, word = "/overview/households", "/export/payment-roll.pdf?as=word"
    assert "as=word" not in (await get(bureau, officer, listed)).text
    assert (await get(bureau, officer, word)).status_code == 404
    made = template("{%p for 行 in 明细 %}", "{{ 行.申请人 }}：{{ 行.金额 }}", "{%p endfor %}", "{{ 合计 }}")
    assert (await upload(bureau, admin, "payroll", made)).status_code == 303
    assert "as=word" in (await get(bureau, officer, listed)).text
    printed = await get(bureau, officer, word)
    assert printed.headers["content-type"] == WORD, printed.text
    assert f"{case.facts.applicant.name}：1,326.00" in text_of(printed.content)


async def test_a_roll_of_more_households_than_it_holds_is_refused_and_not_cut_short(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = payment_rolls.rolls

    async def many(*asked: Any, **more: Any) -> Any:
        return msgspec.structs.replace(await real(*asked, **more), total=payment_rolls.MOST + 1)

    monkeypatch.setattr(payment_rolls, "rolls", many)
    refused = await get(bureau, bureau.staff["district_officer"], "/export/payment-roll.pdf")
    assert refused.status_code == 403
    assert "请选一个乡镇" in refused.text


def test_every_paper_of_a_case_has_its_sample() -> None:
    from core.web.views.papers.notices import KINDS
    from core.web.views.papers.sheets import FORMS

    assert {*KINDS, *FORMS, "worksheet", "posting", "payroll"} == SAMPLES.keys()
