"""What can be printed as PDF: the values each form takes. Only what is named here can get onto paper.

A posting takes its allowed fields and no others (57号 24; PIPL 25, 28); a written notice goes to the household itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import msgspec

Line = dict[str, str]
Value = str | list[str] | list[Line]
Values = dict[str, Value]
"""What a Word template names: texts, lists of texts, tables of lines with the same columns."""


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every printable. `form` is a typst file of ours, or the path of a plugin's own; `number` stands at the top;
    `qr` is an SVG, empty: none."""

    form: ClassVar[str | Path]
    title: str
    office: str
    dated: str
    number: str = ""
    qr: str = ""

    def words(self) -> Values:
        """What a Word template may name of a plugin's paper, beside title, office, day and number; core's own have none."""
        return {}


class PostingLine(msgspec.Struct, frozen=True, kw_only=True):
    """One household of a posting; amounts as they are to be read (`356.00`)."""

    applicant: str
    group_name: str
    persons: int
    amount: str = ""
    category: str = ""


class PostingPaper(Paper, frozen=True, kw_only=True):
    """For the notice board, A4."""

    form = "posting.typ"
    area: str
    sentence: str
    lines: tuple[PostingLine, ...]
    phone: str = ""
    objection: str = ""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    label: str
    text: str


class NoticePaper(Paper, frozen=True, kw_only=True):
    """A written notice to a household: what was decided, why, and what can be done about it (57号 21; SAL 48, 76)."""

    form = "notice.typ"
    addressee: str
    sentences: tuple[str, ...]
    rows: tuple[Row, ...] = ()
    reasons: tuple[str, ...] = ()
    remedies: str = ""
    receipt: bool = True


class LeafletSection(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    sentences: tuple[str, ...]


class LeafletPaper(Paper, frozen=True, kw_only=True):
    """What a village is told of the policy, to be handed out."""

    form = "leaflet.typ"
    area: str
    sections: tuple[LeafletSection, ...]
    phone: str = ""


class ScriptPaper(Paper, frozen=True, kw_only=True):
    """What is read out on the village loudspeaker, in large letters."""

    form = "broadcast.typ"
    lines: tuple[str, ...]


class SheetLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the worksheet, with how it was worked out and by which rule."""

    label: str
    formula: str
    law: str
    amount: str


class WorksheetPaper(Paper, frozen=True, kw_only=True):
    """The income worksheet as an official sheet."""

    form = "worksheet.typ"
    heads: tuple[Row, ...]
    members: tuple[tuple[str, ...], ...]
    lines: tuple[SheetLine, ...]
    steps: tuple[str, ...]
    result: str
    reasons: tuple[str, ...] = ()


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an official form: labelled values, a table under its heads, then sentences; empty ones are left out."""

    title: str = ""
    rows: tuple[Row, ...] = ()
    heads: tuple[str, ...] = ()
    lines: tuple[tuple[str, ...], ...] = ()
    sentences: tuple[str, ...] = ()


class SheetPaper(Paper, frozen=True, kw_only=True):
    """An official form of several sections (domain §8). `signers` each get a line to sign; `sealed`: the office issues it."""

    form = "sheet.typ"
    sections: tuple[Section, ...]
    signers: tuple[str, ...] = ()
    sealed: bool = True
