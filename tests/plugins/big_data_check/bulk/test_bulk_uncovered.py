"""Households that were imported onto the rolls have no case and no signature: never asked about, and somebody is told so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from core.sdk.verification import Source
from core.settings import Keyring
from core.storage.embedded import Urls
from plugins.big_data_check.bulk.gathering import NO_CASE
from tests.builders.casework import renamed
from tests.builders.households import elderly_couple
from tests.plugins.big_data_check.bulk.test_bulk_office import SETTINGS, deliver, recheck
from tests.plugins.big_data_check.office import Office, an_office
from tests.plugins.big_data_check.test_matching import number

OLD = number(date(1948, 3, 4), 31)
WIFE = number(date(1950, 6, 7), 42)


@pytest.fixture(scope="module")
async def district(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Office]:
    async with an_office(database_urls, tmp_path_factory.mktemp("rolls"), keys, values=SETTINGS) as office:
        yield office


async def imported(office: Office) -> None:
    entry = {
        "area_code": office.bureau.village, "category": "一类", "mode": "tier", "amount": "930.00", "from_month": "2026-01-01",
        "members": [
            {"name": "存量甲", "id_number": OLD, "relation": "本人"},
            {"name": "存量乙", "id_number": WIFE, "relation": "配偶"},
        ],
    }  # fmt: skip
    answer = await office.bureau.post("district_officer", "/rolls/import", {"entries": [entry]})
    assert answer.status_code == 201, answer.text


async def uncovered(office: Office, who: str = "township_clerk") -> list[dict[str, Any]]:
    answer = await office.get(office.bureau.staff[who], "/authorisations?tab=uncovered")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["households"]
    return found


async def beside(office: Office, who: str) -> str:
    return str((await office.bureau.get(who, "/work")).json()["beside"])


@pytest.mark.anyio
async def test_an_imported_household_is_not_asked_about_and_stands_on_a_list_until_it_has_a_case(
    district: Office,
) -> None:
    paid = renamed(elderly_couple(), "在")
    await district.bureau.take(await district.bureau.application(paid), "active")
    assert await uncovered(district) == []
    await imported(district)
    deliver(
        district,
        Source.HOUSEHOLD_REGISTRATION,
        [{"id_number": OLD, "status": "deceased", "died_on": date(2026, 7, 1)}],
    )
    answer = await recheck(district)
    assert answer["run"]["persons"] == 2
    assert answer["alerts"] == []
    assert [(p["count"], p["why"]) for p in answer["run"]["problems"] if p["why"] == NO_CASE] == [
        (2, NO_CASE)
    ]

    assert [(h["applicant"], h["persons"]) for h in await uncovered(district)] == [("存量甲", 2)]
    for who in ("township_clerk", "village_clerk", "district_officer"):
        assert "1 户在册但没有卷宗，批量复核查不到" in await beside(district, who)
    page = await district.page(district.bureau.staff["township_clerk"], "/authorisations?tab=uncovered")
    assert f"/cases/new?area={district.bureau.village}" in page.text
    assert (await district.get(district.host, "/authorisations?tab=uncovered")).status_code == 403

    form = {
        "area_code": district.bureau.village,
        "members": [
            {"name": "存量甲", "relation": "本人", "id_number": OLD},
            {"name": "存量乙", "relation": "配偶", "id_number": WIFE},
        ],
    }
    opened = await district.bureau.post("township_clerk", "/cases", form)
    assert opened.status_code == 201, opened.text
    assert await uncovered(district) == []
    assert "没有卷宗" not in await beside(district, "township_clerk")
