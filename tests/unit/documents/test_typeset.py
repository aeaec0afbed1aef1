"""Every paper form sets what it is given: all of it, in Chinese, as PDF; the same paper gives the same bytes."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from core.documents.papers import (
    NoticePaper,
    Paper,
    PostingLine,
    PostingPaper,
    Row,
    SheetLine,
    WorksheetPaper,
)
from core.documents.typeset import FORMS, typeset

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 9, 10, 1, tzinfo=UTC)
NOTICE = NoticePaper(
    title="停发最低生活保障决定书", office="平凉市崆峒区民政局", dated="2026年9月10日", number="620802-2026-000007",
    addressee="马德福", sentences=("经复核并听取您家的意见，决定自2026年10月起停发。",),
    rows=(Row(label="每月金额", text="1,326.00 元"),), reasons=("人均收入超过标准", "儿子新就业"),
    remedies="可以申请行政复议，或者提起行政诉讼。",
)  # fmt: skip
POSTING = PostingPaper(
    title="农村最低生活保障审核公示", office="平凉市崆峒区民政局", dated="2026年8月20日", area="水桥村", phone="0933-8210000",
    sentence="拟将以下家庭纳入最低生活保障，现予公示。", objection="如有异议请反映。",
    lines=tuple(
        PostingLine(applicant=f"申请人{n}", group_name="三组", persons=n % 7 + 1, amount=f"{n}.00", category="三类")
        for n in range(1, 91)
    ),
)  # fmt: skip
WORKSHEET = WorksheetPaper(
    title="家庭收入核算书", office="平凉市崆峒区民政局", dated="2026年8月20日", number="620802-2026-000007",
    heads=(Row(label="申请人", text="赵强"),), members=(("赵强", "本人", "46", "0.5", "慢性病"),),
    lines=(SheetLine(label="工资", formula="1,500 × 8", law="57号 13", amount="12,000.00"),),
    steps=("合计：12,000.00 − 2,400.00 = 9,600.00",), result="符合条件，三类", reasons=("人均低于标准",),
)  # fmt: skip


async def text_of(paper: Paper) -> str:
    pages = PdfReader(io.BytesIO(await typeset(paper, NOW))).pages
    return "".join("".join(page.extract_text() for page in pages).split())


async def test_a_notice_says_all_it_was_given() -> None:
    text = await text_of(NOTICE)
    for part in (
        NOTICE.title, NOTICE.office, NOTICE.dated, NOTICE.number, "马德福", "2026年10月起停发", "1,326.00元", "人均收入超过标准",
        "儿子新就业", "行政复议", "送达回执",
    ):  # fmt: skip
        assert part in text, part


async def test_a_posting_of_ninety_households_runs_over_pages_and_loses_none() -> None:
    data = await typeset(POSTING, NOW)
    assert len(PdfReader(io.BytesIO(data)).pages) > 1
    text = await text_of(POSTING)
    assert [n for n in range(1, 91) if f"申请人{n}" not in text] == []
    assert "0933-8210000" in text


async def test_a_worksheet_shows_lines_with_their_law_and_the_result() -> None:
    text = await text_of(WORKSHEET)
    for part in ("赵强", "1,500×8", "57号13", "12,000.00", "9,600.00", "符合条件，三类", "人均低于标准"):
        assert part in text, part


@pytest.mark.parametrize("paper", [NOTICE, POSTING, WORKSHEET], ids=lambda paper: type(paper).__name__)
async def test_the_same_paper_gives_the_same_bytes(paper: Paper) -> None:
    assert await typeset(paper, NOW) == await typeset(paper, NOW)


def test_every_paper_has_its_form() -> None:
    assert {paper.form for paper in (NoticePaper, PostingPaper, WorksheetPaper)} <= {
        f.name for f in FORMS.iterdir()
    }


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(alphabet="#[]{}$*_<>@\\\"'`~=-/^&%+马a1 ", min_size=1, max_size=30))
async def test_what_people_type_is_never_read_as_markup(typed: str) -> None:
    """Reasons and names go onto paper as they are; typst's own signs mean nothing in them."""
    paper = NoticePaper(
        title="通知", office="局", dated="今天", addressee=typed, sentences=(typed,), reasons=(typed,)
    )
    text = await text_of(paper)
    for sign in "#[]{}$@马":
        assert text.count(sign) >= 3 * typed.count(sign)
