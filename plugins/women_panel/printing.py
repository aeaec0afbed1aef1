"""A paper of the panel's as its address was asked for: PDF, or (`?as=word`) the district's own Word layout, where it has one."""

from __future__ import annotations

from core.sdk import Call, Reply
from core.sdk.documents import pdf, word
from plugins.women_panel.scene import Scene
from plugins.women_panel.sheets import PanelSheet


def wants_word(call: Call) -> bool:
    return call.query.get("as") == "word"


async def printed(call: Call, scene: Scene, kind: str, paper: PanelSheet, address: str = "") -> Reply:
    """`kind` as in `layouts.FORMS`. Raises NotFound where the district has no layout of its own."""
    if not wants_word(call):
        return await pdf(paper, scene.now)
    async with scene.platform.transaction() as tx:
        return document(paper, await scene.platform.in_own_layout(tx, kind, paper, address))


def document(paper: PanelSheet, data: bytes) -> Reply:
    return word(data, f"{paper.title}{paper.number and '-' + paper.number}")
