"""PDFs of a plugin: a Struct of values and a typst form in the plugin's own folder, in the house's official layout.

    class MinutesPaper(Paper, frozen=True, kw_only=True):
        form = Path(__file__).parent / "forms" / "minutes.typ"
        members: tuple[str, ...]

    return await pdf(MinutesPaper(title=…, office=…, dated=…, number=…, qr=qr_svg(call.origin + …), members=…), now)

The form begins with `#import "official.typ": data, official, closing` and `#show: official`: A4, title, number, page x of
y; `data` holds the paper's fields; `closing()` sets QR code, office and date. Only what the Struct names gets onto paper.

A district may have a Word layout of its own for a paper: a plugin names it with the hook `printed_forms` by a sample with
everything filled in, the paper's `words()` are what a template may name, and `platform.in_own_layout` fills one in.

An Excel file that somebody sends is read by `first_sheet` and by nothing else: it looks a file through before it holds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.documents.papers import Paper, Row, Values
from core.documents.qr import qr_svg
from core.documents.typeset import typeset
from core.documents.word.filling import MEDIA_TYPE as WORD
from core.documents.word.vocabulary import name_of
from core.documents.workbook import TooLarge, first_sheet
from core.documents.workbook import Unreadable as UnreadableWorkbook
from core.sdk.routes import File

__all__ = [
    "Paper", "PrintedForm", "Row", "TooLarge", "UnreadableWorkbook", "Values", "first_sheet", "name_of", "pdf", "qr_svg", "typeset", "word",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PrintedForm:
    """A paper a district may have its own Word layout for. `kind` is unique in the plugin; the sample's title names it.

    A list or table of the sample has a line at least: what the sample lacks, no template can name.
    """

    kind: str
    sample: Paper


async def pdf(paper: Paper, now: datetime, name: str = "") -> File:
    """The paper as a route's answer: shown by the browser, or downloaded under `name` (`会议记录.pdf`)."""
    return File(await typeset(paper, now), "application/pdf", name)


def word(data: bytes, name: str) -> File:
    """A filled Word document as a route's answer, downloaded under `name` (without ending)."""
    return File(data, WORD, f"{name}.docx")
