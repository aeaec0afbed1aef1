"""What the panel prints: every notice, form, list and record of it is one kind of sheet, made of sections.

Only what stands in a section gets onto paper; nobody's vote ever does.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from core.sdk.documents import Paper, Values, name_of

FORM = Path(__file__).parent / "forms" / "sheet.typ"


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A heading, sentences, and a table. `widths` are relative; `tall` leaves room to write by hand."""

    heading: str = ""
    sentences: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    tall: bool = False


class Signed(msgspec.Struct, frozen=True):
    """A line to sign: already signed on a phone, with when, or left blank for the pen."""

    role: str
    name: str
    signed: str = ""


class PanelSheet(Paper, frozen=True, kw_only=True):
    """`note` stands small at the end: how it can be checked."""

    form = FORM
    area: str
    sections: tuple[Section, ...]
    signatures: tuple[Signed, ...] = ()
    note: str = ""
    stamp: bool = True

    def words(self) -> Values:
        """By the headings and columns that stand on it."""
        found: Values = {"地区": self.area, "备注": self.note}
        for section in self.sections:
            title = name_of(section.heading)
            if section.sentences:
                found[f"{title}说明" if title else "正文"] = list(section.sentences)
            if section.rows:
                columns = [name_of(head) or f"第{n}栏" for n, head in enumerate(section.heads, 1)]
                found[title or "明细"] = [dict(zip(columns, row, strict=True)) for row in section.rows]
        if self.signatures:
            found["签字"] = [{"身份": s.role, "姓名": s.name, "签名": s.signed} for s in self.signatures]
        return found


def table(
    heading: str, heads: Iterable[tuple[str, int]], rows: Iterable[tuple[str, ...]], tall: bool = False
) -> Section:
    """A section that is a table; `heads` are titles with their relative widths."""
    columns = tuple(heads)
    return Section(
        heading=heading, heads=tuple(title for title, _ in columns), widths=tuple(width for _, width in columns),
        rows=tuple(rows), tall=tall,
    )  # fmt: skip
