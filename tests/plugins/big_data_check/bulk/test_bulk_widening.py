"""A source that covers more people than before brings up nobody's employer as new: only what began since it looked is news."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from core.sdk.verification import Source
from core.settings import Keyring
from core.storage.embedded import Urls
from tests.builders.casework import Case, id_numbers, renamed
from tests.builders.households import elderly_couple
from tests.builders.installation import OTHER_VILLAGE, VILLAGE
from tests.plugins.big_data_check.bulk.test_bulk_office import SETTINGS, deliver, recheck
from tests.plugins.big_data_check.office import Office, an_office

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def district(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Office]:
    async with an_office(database_urls, tmp_path_factory.mktemp("wider"), keys, values=SETTINGS) as office:
        yield office


async def paid_in(office: Office, village: str, mark: str) -> Case:
    """A couple that is paid there."""
    bureau = office.bureau
    clerk = await bureau.house.person(bureau.district, "village_clerk", village)
    there = replace(bureau, village=village, staff={**bureau.staff, "village_clerk": clerk})
    return await there.take(await there.application(renamed(elderly_couple(), mark)), "active")


async def news(office: Office) -> list[tuple[str, str]]:
    """The changes this month's re-check brings up, by village."""
    office.bureau.house.later(days=1)
    return [(a["area_code"], a["kind"]) for a in (await recheck(office))["alerts"]]


async def test_a_file_that_reaches_a_village_for_the_first_time_says_nothing_is_new_until_something_is(
    district: Office,
) -> None:
    here, next_door = await paid_in(district, VILLAGE, "近"), await paid_in(district, OTHER_VILLAGE, "邻")
    first, second = (id_numbers(case.facts)[0] for case in (here, next_door))

    def fund(*rows: tuple[str, str], **manifest: Any) -> None:
        """Who pays in for whom; the social insurance knows of nobody, and looks every month."""
        deliver(district, Source.HOUSING_FUND, [{"id_number": n, "employer": e} for n, e in rows], **manifest)
        deliver(district, Source.SOCIAL_INSURANCE, [])

    old = ((first, "甘肃某公司"), (second, "甘肃某公司"))
    fund(*old, areas=(VILLAGE,))
    assert await news(district) == []
    fund(*old)
    assert await news(district) == [], "the fund did not look at the village next door last month"
    fund(*old)
    assert await news(district) == []
    fund(*old, (second, "平凉某厂"))
    assert await news(district) == [(OTHER_VILLAGE, "job")]
