"""PDF by typst, off the event loop: a form of `core/documents/forms`, or a plugin's own, filled with a paper's values.

A plugin's form stands, for typst, beside ours: it may import `official.typ`, and reads no file outside.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import msgspec
import typst
from pypdf import PdfReader, PdfWriter

from core.documents.papers import Paper

FORMS = Path(__file__).parent / "forms"


async def typeset(paper: Paper, now: datetime) -> bytes:
    """The paper as PDF bytes. `now` is the file's own date, so that the same paper gives the same bytes."""
    return await asyncio.to_thread(_compile, paper, now)


async def typeset_all(papers: Sequence[Paper], now: datetime) -> bytes:
    """All of them in one file to print, each beginning on a page of its own and numbered for itself."""
    return await asyncio.to_thread(_bind, papers, now)


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    """The machine's fonts, looked for once: looking for them takes ten times as long as setting a page."""
    return typst.Fonts()


def _compile(paper: Paper, now: datetime) -> bytes:
    data = msgspec.json.encode(paper).decode()
    made = typst.compile(  # type: ignore[call-overload] # its stub wants root to be of the input's type
        (FORMS / paper.form).read_bytes(),
        root=FORMS,
        format="pdf",
        font_paths=_fonts(),
        sys_inputs={"data": data},
        timestamp=int(now.timestamp()),
    )
    assert isinstance(made, bytes)
    return made


def _bind(papers: Sequence[Paper], now: datetime) -> bytes:
    bound = PdfWriter()
    for paper in papers:
        bound.append(PdfReader(io.BytesIO(_compile(paper, now))))
    bound.compress_identical_objects()
    out = io.BytesIO()
    bound.write(out)
    return out.getvalue()
