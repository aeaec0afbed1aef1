"""A plugin's own form is set in the house's official layout, from its own values and no others."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typst
from pypdf import PdfReader

from core.sdk.documents import Paper, pdf, qr_svg, typeset

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 9, 10, 1, tzinfo=UTC)


def a_paper(folder: Path, body: str) -> Paper:
    form_file = folder / "names.typ"
    form_file.write_text(
        f'#import "official.typ": data, official, closing\n#show: official\n{body}\n#closing()', "utf-8"
    )

    class NamesPaper(Paper, frozen=True, kw_only=True):
        form = form_file
        names: tuple[str, ...]

    return NamesPaper(
        title="成员名单", office="平凉市崆峒区民政局", dated="2026年9月10日", number="620802-1",
        qr=qr_svg("https://example.org/d/620802"), names=("张桂兰", "李秀英"),
    )  # fmt: skip


async def test_a_plugins_form_is_set_in_the_official_layout(tmp_path: Path) -> None:
    answer = await pdf(a_paper(tmp_path, '#data.names.join("、")'), NOW)
    assert (answer.media_type, answer.name) == ("application/pdf", "")
    text = "".join(PdfReader(io.BytesIO(answer.data)).pages[0].extract_text().split())
    for part in ("成员名单", "编号：620802-1", "张桂兰、李秀英", "扫码核对", "平凉市崆峒区民政局", "第1页"):
        assert part in text, part


async def test_the_same_values_give_the_same_bytes(tmp_path: Path) -> None:
    paper = a_paper(tmp_path, '#data.names.join("、")')
    assert await typeset(paper, NOW) == await typeset(paper, NOW)


async def test_a_plugins_form_reads_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("password", "utf-8")
    for path in ("secret.txt", "/../settings.py", str(tmp_path / "secret.txt")):
        with pytest.raises(typst.TypstError):
            await typeset(a_paper(tmp_path, f'#read("{path}")'), NOW)
