"""Columns of a list on paper: as wide as what stands in them."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from core.documents.papers import Section, SheetPaper
from core.documents.typeset import typeset
from core.web.views.papers.payroll import ROLL_HEADS

pytestmark = pytest.mark.anyio


async def test_a_name_of_three_characters_stands_on_one_line_of_the_payment_roll() -> None:
    names = ("丁有才", "梁刚", "苏志明")
    lines = tuple(
        (str(n), "崆峒镇祁河村委会", name, "3", "二类", "1,326.00", "") for n, name in enumerate(names, 1)
    )
    paper = SheetPaper(
        title="最低生活保障金发放花名册", office="某区民政局", dated="2026年11月30日",
        sections=(Section(heads=ROLL_HEADS, lines=lines),),
    )  # fmt: skip
    data = await typeset(paper, datetime(2026, 11, 30, tzinfo=UTC))
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    assert [whole for whole in (*names, "申请人") if whole not in text] == []
