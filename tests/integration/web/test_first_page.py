"""Where people begin after signing in: at what is theirs to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.settings import Keyring
from core.storage.embedded import Urls
from tests.builders.installation import DISTRICT, TOWNSHIP, VILLAGE, an_installation

pytestmark = pytest.mark.anyio


async def test_a_panel_member_begins_at_the_panel_and_a_clerk_at_the_work_list(
    database_urls: Urls, tmp_path: Path, keys: Keyring
) -> None:
    async with an_installation(database_urls, tmp_path, keys) as house:
        district = await house.district()
        base = f"/d/{district.code}"
        for role, area, page in (
            ("panel_member", VILLAGE, "/x/women_panel/"),
            ("township_clerk", TOWNSHIP, "/work"),
            ("district_officer", DISTRICT, "/work"),
            ("applicant", VILLAGE, "/my"),
        ):
            somebody = await house.person(district, role, area)
            answer = await house.client.get(f"{base}/", headers=somebody.headers)
            assert answer.headers["location"] == f"{base}{page}", role
