"""The finished document: a template filled with a paper's values, off the event loop. And the check before one is saved."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import segno
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import TemplateError
from lxml import etree

from core.documents.papers import Paper
from core.documents.word import package
from core.documents.word.language import CODE, Language
from core.documents.word.package import FIELD, W
from core.documents.word.vocabulary import Vocabulary, complete
from core.problems import FieldError, Invalid

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_NO_TEXT = tuple(f"{{{W}}}{tag}" for tag in ("body", "p", "r", "tbl", "tr", "tc", "hdr", "ftr", "sdtContent"))
"""Elements that hold no text of their own: text right in one is a mark that ate its surroundings (`{{r`)."""


async def filled(template: bytes, paper: Paper, vocabulary: Vocabulary, address: str = "") -> bytes:
    """The paper as .docx. `address` is what its QR code says; empty: no code. Raises Invalid."""
    return await asyncio.to_thread(fill, template, paper, vocabulary, address)


async def checked(template: bytes, sample: Paper, vocabulary: Vocabulary) -> None:
    """Raises Invalid at the field `file` unless the template is a plain document that uses what there is, rightly."""

    def look() -> None:
        package.check(template)
        package.check(fill(template, sample, vocabulary, "https://example.org/"))

    await asyncio.to_thread(look)


def fill(template: bytes, paper: Paper, vocabulary: Vocabulary, address: str = "") -> bytes:
    document = _Template(io.BytesIO(template))
    values: dict[str, Any] = dict(complete(paper, vocabulary))
    values[CODE] = _code(document, address) if address else ""
    try:
        document.render(values, Language(vocabulary), autoescape=True)
        out = io.BytesIO()
        document.save(out)
    except Invalid:
        raise
    except TemplateError as wrong:
        raise _wrong(
            f"有一处标记写得不对（第 {getattr(wrong, 'lineno', 0) or 1} 段附近）：for、if 要有 endfor、endif 收尾"
        ) from wrong
    except (etree.XMLSyntaxError, ValueError, KeyError, AttributeError, TypeError) as wrong:
        raise _wrong(
            "填进样例后文档不完整：for、if 与它的结尾要写在同一层（都在段落里，或都在表格行里）"
        ) from wrong
    return out.getvalue()


class _Template(DocxTemplate):  # type: ignore[misc] # docxtpl has no types
    """docxtpl mends broken XML silently, and loses text by it; here it is an error."""

    def fix_tables(self, xml: str) -> Any:
        for element in package.parse(xml.encode()).iter(*_NO_TEXT):
            if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
                raise _wrong("变量要写成 {{ 变量 }}，逐行重复用 {%p 或 {%tr：不要写 {{r、{{p 或 {{tr")
        return super().fix_tables(xml)


def _code(document: DocxTemplate, address: str) -> InlineImage:
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="png", scale=6, border=2)
    out.seek(0)
    return InlineImage(document, out, width=Mm(26))


def _wrong(message: str) -> Invalid:
    return Invalid("模板里有几处要改。", fields=(FieldError(FIELD, message),))
