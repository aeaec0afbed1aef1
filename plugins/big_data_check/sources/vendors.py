"""Vendors' own ways to ask: an installed distribution's entry point in `zhunbao.verification_sources`, by name.

The entry point is called without arguments and gives a `SourceClient`.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points

from plugins.big_data_check.sources import Answer, Question, Silent, SourceClient

ENTRY_POINTS = "zhunbao.verification_sources"


class NotInstalled:
    """Stands in for a class that is not there: silent, never passed."""

    async def ask(self, question: Question) -> Answer:
        return Silent("查询接口没有安装，请联系系统管理员")


def vendor_client(name: str, found: Iterable[EntryPoint] | None = None) -> SourceClient:
    """The client of this name; one that is missing or cannot be made answers nothing."""
    points = entry_points(group=ENTRY_POINTS) if found is None else found
    try:
        point = next(p for p in points if p.name == name)
        client: SourceClient = point.load()()
    except Exception:  # whatever a stranger's module does while it is loaded
        return NotInstalled()
    return client
