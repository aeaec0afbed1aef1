"""An application cannot change what is registered of other people."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from core.registry.people import PersonPrivate
from core.settings import Keyring
from core.storage.embedded import Urls
from tests.builders.installation import VILLAGE, an_installation

pytestmark = pytest.mark.anyio

OWN, OTHER = "620802195001010011", "620802195202020021"


async def test_an_applicant_changes_neither_name_nor_phone_of_somebody_else(
    database_urls: Urls, tmp_path: Path, keys: Keyring
) -> None:
    async with an_installation(database_urls, tmp_path, keys) as house:
        district = await house.district("620802-kongtong")
        registry = house.zhunbao.registry
        async with house.inside(district) as tx:
            own = await registry.put_person(tx, "王芳", PersonPrivate(OWN, date(1950, 1, 1), "male"))
            other = await registry.put_person(
                tx, "李梅", PersonPrivate(OTHER, date(1952, 2, 2), "female", "13900000001")
            )
        me = await house.person(district, "applicant", VILLAGE, person_id=own)
        form = {
            "area_code": VILLAGE,
            "members": [
                {"name": "王芳", "id_number": OWN, "relation": "本人"},
                {"name": "李梅花", "id_number": OTHER, "relation": "配偶", "phone": "13911111111"},
            ],
        }
        address = f"/d/{district.code}/api/cases"
        taken = await house.client.post(address, json=form, headers=me.headers)
        assert taken.is_success, taken.text
        async with house.inside(district) as tx:
            known = (await registry.people(tx, [other]))[other]
        assert (known.name, known.private.phone) == ("李梅", "13900000001")
