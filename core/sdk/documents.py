"""PDFs of a plugin: a Struct of values and a typst form in the plugin's own folder, in the house's official layout.

    class MinutesPaper(Paper, frozen=True, kw_only=True):
        form = Path(__file__).parent / "forms" / "minutes.typ"
        members: tuple[str, ...]

    return await pdf(MinutesPaper(title=…, office=…, dated=…, number=…, qr=qr_svg(call.origin + …), members=…), now)

The form begins with `#import "official.typ": data, official, closing` and `#show: official`: A4, title, number, page x of
y; `data` holds the paper's fields; `closing()` sets QR code, office and date. Only what the Struct names gets onto paper.

An Excel file that somebody sends is read by `first_sheet` and by nothing else: it looks a file through before it holds it.
"""

from __future__ import annotations

from datetime import datetime

from core.documents.papers import Paper, Row
from core.documents.qr import qr_svg
from core.documents.typeset import typeset
from core.documents.workbook import TooLarge, first_sheet
from core.documents.workbook import Unreadable as UnreadableWorkbook
from core.sdk.routes import File

__all__ = ["Paper", "Row", "TooLarge", "UnreadableWorkbook", "first_sheet", "pdf", "qr_svg", "typeset"]


async def pdf(paper: Paper, now: datetime, name: str = "") -> File:
    """The paper as a route's answer: shown by the browser, or downloaded under `name` (`会议记录.pdf`)."""
    return File(await typeset(paper, now), "application/pdf", name)
