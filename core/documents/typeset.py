"""PDF by typst, off the event loop: a form of `core/documents/forms`, or a plugin's own, filled with a paper's values.

A plugin's form stands, for typst, beside ours: it may import `official.typ`, and reads no file outside.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import msgspec
import typst

from core.documents.papers import Paper

FORMS = Path(__file__).parent / "forms"


async def typeset(paper: Paper, now: datetime) -> bytes:
    """The paper as PDF bytes. `now` is the file's own date, so that the same paper gives the same bytes."""
    return await asyncio.to_thread(_compile, paper, now)


def _compile(paper: Paper, now: datetime) -> bytes:
    data = msgspec.json.encode(paper).decode()
    made = typst.compile(  # type: ignore[call-overload] # its stub wants root to be of the input's type
        (FORMS / paper.form).read_bytes(),
        root=FORMS,
        format="pdf",
        sys_inputs={"data": data},
        timestamp=int(now.timestamp()),
    )
    assert isinstance(made, bytes)
    return made
