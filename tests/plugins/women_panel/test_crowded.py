"""A full agenda asks the database no more often than a short one: 250 villages meet on the same evening."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.settings import Keyring
from core.storage.embedded import Urls
from core.storage.transaction import Transaction
from tests.builders.installation import Somebody
from tests.plugins.women_panel.test_pages import at
from tests.plugins.women_panel.village import Village, a_house, a_village

pytestmark = pytest.mark.anyio


async def asked(village: Village, who: Somebody, path: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many statements one look takes, once everything is warm."""
    assert (await village.get(who, path)).status_code == 200
    heard: list[str] = []
    with monkeypatch.context() as patch:
        for name in ("fetchval", "fetchrow", "fetch", "execute"):
            original = getattr(Transaction, name)

            async def noted(self: Any, sql: str, *args: object, _original: Any = original) -> Any:
                heard.append(sql)
                return await _original(self, sql, *args)

            patch.setattr(Transaction, name, noted)
        assert (await village.get(who, path)).status_code == 200
    return len(heard)


async def test_pages_of_a_session_ask_as_often_for_twelve_households_as_for_two(
    fresh_urls: Urls, tmp_path: Path, keys: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_house(fresh_urls, tmp_path, keys) as (house, district):
        counts = []
        for households in (2, 12):
            village = await a_village(house, district, households=households)
            session, member = await village.open_session(), village.members[0]
            await village.sisters(member, village.applicants[1])
            looks = [
                (member, at(village, session, "/vote")),
                (member, session),
                (village.host, at(village, session)),
                (village.host, f"{session}/progress"),
                (village.host, at(village, session, "/projector")),
            ]
            counts.append([await asked(village, who, path, monkeypatch) for who, path in looks])
        assert counts[0] == counts[1]
        assert min(counts[0]) > 5
