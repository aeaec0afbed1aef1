"""The panel's papers in a district's own Word layout (`printed_forms`): offered where it has one, filled as the PDF is."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from docx import Document

from core.documents.word.starter import starter
from core.documents.word.vocabulary import complete, values_of, vocabulary_of
from core.web.csrf import token_for
from plugins.women_panel.layouts import FORMS
from plugins.women_panel.sheets import PanelSheet, Section, Signed
from tests.builders.installation import Somebody
from tests.plugins.women_panel.test_minutes import a_closed_session
from tests.plugins.women_panel.test_pages import at
from tests.plugins.women_panel.village import Village

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SAMPLES = {form.kind: form.sample for form in FORMS}


async def upload(village: Village, admin: Somebody, kind: str, data: bytes) -> httpx.Response:
    typed = {"start": village.today.isoformat(), "reason": "按本区版式", "_csrf": token_for(admin.token)}
    return await village.house.client.post(
        f"/d/{village.district.code}/admin/papers/women_panel-{kind}", data=typed, files={"file": ("a.docx", data, WORD)},
        headers=admin.headers,
    )  # fmt: skip


async def own_layout(village: Village, kind: str) -> None:
    """The starter template, as it is, holds from today."""
    admin = await village.house.person(village.district, "system_admin")
    answer = await upload(village, admin, kind, starter(vocabulary_of(SAMPLES[kind])))
    assert answer.headers.get("location", "").endswith("?done=1"), answer.text


def cells(document: Any) -> Iterator[str]:
    for table in document.tables:
        for row in table.rows:
            yield from (cell.text for cell in row.cells)


def said(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == WORD, answer.text
    document = Document(io.BytesIO(answer.content))
    return "\n".join([*(p.text for p in document.paragraphs), *cells(document)])


@pytest.mark.anyio
async def test_the_administrator_finds_the_panel_s_forms_with_a_starter_template(village: Village) -> None:
    admin = await village.house.person(village.district, "system_admin")
    page = (await village.get(admin, f"/d/{village.district.code}/admin/papers")).text
    for form in FORMS:
        assert f"/admin/papers/women_panel-{form.kind}" in page
        assert form.sample.title in page
    start = f"/d/{village.district.code}/admin/papers/women_panel-minutes/starter.docx"
    assert "{{ 行.回避的成员 }}" in said(await village.get(admin, start))
    wrong = await upload(village, admin, "minutes", starter(vocabulary_of(SAMPLES["kinship"])))
    assert wrong.status_code == 422
    assert "没有变量“明细”" in wrong.text


@pytest.mark.anyio
async def test_minutes_are_printed_in_the_districts_layout_and_kin_get_an_extract(village: Village) -> None:
    await village.sisters(village.members[0], village.applicants[0])
    session, case = await village.open_session(present=9), village.cases[0]
    await village.votes(session, case, village.members[1:], *["agree"] * 7, "disagree")
    await village.close(session, case)
    await village.post(village.host, f"{session}/close")
    word = at(village, session, "/minutes.pdf?as=word")
    assert (await village.get(village.host, word)).status_code == 404, "no layout of its own yet"
    assert "as=word" not in (await village.get(village.host, at(village, session, "/minutes"))).text
    await own_layout(village, "minutes")
    assert "as=word" in (await village.get(village.host, at(village, session, "/minutes"))).text
    printed = said(await village.get(village.host, word))
    for part in ("民主评议会议记录（草稿）", "成员1", "7（6）", "申请人1"):
        assert part in printed, part
    extract = said(await village.get(village.members[0], word))
    assert "7（6）" not in extract
    assert "您回避这一户" in extract


@pytest.mark.anyio
async def test_sealed_minutes_stay_the_pdf_and_the_copy_says_the_same(village: Village) -> None:
    session = await a_closed_session(village)
    await village.seal_minutes(session)
    await own_layout(village, "minutes")
    printed = said(await village.get(village.host, at(village, session, "/minutes.pdf?as=word")))
    assert "草稿" not in printed
    assert "手机签名" in printed
    stranger = await village.house.person(village.district, "panel_member", "620802003001")
    elsewhere = await village.get(stranger, at(village, session, "/minutes.pdf?as=word"))
    assert elsewhere.status_code in (403, 404)


@pytest.mark.anyio
async def test_lists_and_the_sign_in_sheet_follow(village: Village) -> None:
    session = await village.open_session()
    for kind, who, path in (
        ("members", village.host, f"{village.pages}/rounds/{village.round_id}/papers/members"),
        ("attendance", village.host, at(village, session, "/attendance.pdf")),
    ):
        await own_layout(village, kind)
        printed = said(await village.get(who, f"{path}?as=word"))
        assert all(member.actor.name in printed for member in village.members), kind
        assert (await village.get(who, path)).headers["content-type"] == "application/pdf"


def test_every_sample_says_all_that_its_form_can_say() -> None:
    """A starter template of each passes the check as it is, and a sheet with less leaves out and does not fail."""
    for form in FORMS:
        words = vocabulary_of(form.sample)
        assert values_of(form.sample).keys() == {*words.texts, *words.lists, *words.tables}
        empty = PanelSheet(title="空", office="某局", dated="2026年9月10日", area="某村", sections=())
        assert complete(empty, words)["标题"] == "空"


def test_what_a_sheet_says_is_named_by_its_headings_and_columns() -> None:
    sheet = PanelSheet(
        title="名单", office="某局", dated="2026年9月10日", area="某村",
        sections=(
            Section(sentences=("开头",)),
            Section(heading="投票记录的校验值（SHA-256）", heads=("次序", ""), widths=(1, 2), rows=(("1", "a"),)),
        ),
        signatures=(Signed("主持人", "李某"),),
    )  # fmt: skip
    words = values_of(sheet)
    assert words["正文"] == ["开头"]
    assert words["投票记录的校验值"] == [{"次序": "1", "第2栏": "a"}]
    assert words["签字"] == [{"身份": "主持人", "姓名": "李某", "签名": ""}]
