"""The composed installation: districts from the real bundles, people with roles, kernel and jobs on a real database."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.settings import Keyring
from core.storage.embedded import Urls
from tests.builders.installation import an_installation

pytestmark = pytest.mark.anyio


async def test_a_district_stands_with_its_procedures_and_its_administrators(
    database_urls: Urls, tmp_path: Path, keys: Keyring
) -> None:
    async with an_installation(database_urls, tmp_path, keys) as house:
        district = await house.district("620802-kongtong")
        async with house.inside(district) as tx:
            runtime = await house.zhunbao.runtimes.current(tx)
            scope = await house.zhunbao.runtimes.scope(tx)
        assert district.name == "崆峒区"
        assert runtime.procedures.round is not None
        assert scope.enabled == {"women_panel", "big_data_check", "sms_notice"}
        assert set(house.administrators[district.id]) == {"system_admin", "security_admin", "audit_admin"}
