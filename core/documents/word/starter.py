"""The template a district starts from: our layout, with every variable of the form in its place."""

from __future__ import annotations

import io
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from core.documents.word.vocabulary import CODE, Vocabulary

_HEAD = ("标题", "编号")
_END = ("机关", "日期")
_LINE = "行"


def starter(vocabulary: Vocabulary) -> bytes:
    """A .docx that passes the check as it is; a district moves, words and leaves out as it likes."""
    document = Document()
    _layout(document)
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = title.add_run("{{ 标题 }}")
    run.bold, run.font.size = True, Pt(20)
    _right(document, "编号：{{ 编号 }}")
    _texts(document, [name for name in vocabulary.texts if name not in (*_HEAD, *_END)])
    for name in vocabulary.lists:
        _heading(document, name)
        for text in (f"{{%p for {_LINE} in {name} %}}", f"{{{{ {_LINE} }}}}", "{%p endfor %}"):
            document.add_paragraph(text)
    for name, columns in vocabulary.tables.items():
        _heading(document, name)
        _table(document, name, columns)
    document.add_paragraph(f"{{{{ {CODE} }}}}")
    _right(document, "{{ 机关 }}（章）")
    _right(document, "{{ 日期 }}")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _layout(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(24)
    font = document.styles["Normal"].font
    font.name, font.size = "FangSong", Pt(12)
    document.styles["Normal"].element.rPr.rFonts.set(qn("w:eastAsia"), "仿宋")


def _texts(document: Any, names: list[str]) -> None:
    table = document.add_table(rows=0, cols=2, style="Table Grid")
    for name in names:
        cells = table.add_row().cells
        cells[0].text, cells[1].text = name.replace("_", "："), f"{{{{ {name} }}}}"


def _table(document: Any, name: str, columns: tuple[str, ...]) -> None:
    """Rows with `{%tr … %}` vanish: they only say where the repeating begins and ends."""
    table = document.add_table(rows=4, cols=len(columns), style="Table Grid")
    for at, column in enumerate(columns):
        table.cell(0, at).text = column
        table.cell(2, at).text = f"{{{{ {_LINE}.{column} }}}}"
    table.cell(1, 0).text = f"{{%tr for {_LINE} in {name} %}}"
    table.cell(3, 0).text = "{%tr endfor %}"


def _heading(document: Any, name: str) -> None:
    document.add_paragraph().add_run(name.replace("_", "：")).bold = True


def _right(document: Any, text: str) -> None:
    document.add_paragraph(text).alignment = WD_ALIGN_PARAGRAPH.RIGHT
