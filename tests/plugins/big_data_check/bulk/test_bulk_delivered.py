"""A re-check by batch files: who is not in what was delivered is not checked there, and the page says so."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from core.sdk.verification import Source
from core.settings import Keyring
from core.storage.embedded import Urls
from plugins.big_data_check.bulk.answering import LEFT_OUT, NOTHING, UNCOVERED
from tests.builders.casework import Case, id_numbers
from tests.builders.households import elderly_couple
from tests.plugins.big_data_check.bulk.test_bulk_office import SETTINGS, recheck
from tests.plugins.big_data_check.files import csv_of, manifest_of
from tests.plugins.big_data_check.office import Office, an_office
from tests.plugins.big_data_check.test_files_and_notes import deliver, row

pytestmark = pytest.mark.anyio

STRANGER = "620802195101010019"
ELSEWHERE = "620802999"
"""A township nobody of ours lives in."""


@pytest.fixture(scope="module")
async def district(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Office]:
    async with an_office(database_urls, tmp_path_factory.mktemp("files"), keys, values=SETTINGS) as office:
        yield office


@pytest.fixture(scope="module")
async def paid(district: Office) -> Case:
    return await district.bureau.take(await district.bureau.application(elderly_couple()), "active")


@pytest.fixture(autouse=True)
async def nothing_delivered(district: Office) -> None:
    async with district.bureau.house.inside(district.bureau.district) as tx:
        await tx.execute(
            "UPDATE big_data_check_delivery SET forgotten_at = $2 WHERE tenant_id = $1",
            tx.tenant,
            district.bureau.house.zhunbao.clock(),
        )


async def cars(office: Office, *rows: Sequence[str], days_ago: int = 0, **manifest: Any) -> None:
    """A batch file of vehicles, for the whole district unless `areas` say otherwise."""
    manifest["as_of"] = office.bureau.today - timedelta(days=days_ago)
    answer = await deliver(office, csv_of(*rows), len(rows), **manifest)
    assert answer.status_code == 200, answer.text


def of_cars(answer: Any) -> list[tuple[int, str]]:
    """What the run says of people who were not checked against vehicles."""
    return [(p["count"], p["why"]) for p in answer["run"]["problems"] if p["where"] == Source.VEHICLES.label]


async def asked(office: Office, run: Any) -> list[str]:
    rows = await office.rows(
        "SELECT outcome FROM big_data_check_log WHERE tenant_id = $1 AND request_id = $2 AND event = 'asked'",
        run["run"]["id"],
    )
    return [r["outcome"] for r in rows]


async def test_a_townships_file_says_nothing_of_who_lives_elsewhere(district: Office, paid: Case) -> None:
    number = id_numbers(paid.facts)[0]
    await cars(district, row(number, "王", plate="甘L70001"), areas=(ELSEWHERE,))

    answer = await recheck(district)

    assert answer["alerts"] == []
    assert of_cars(answer) == [(2, UNCOVERED)]
    assert await asked(district, answer) == []


async def test_where_the_newest_file_does_not_cover_a_village_an_older_one_that_does_is_asked(
    district: Office, paid: Case
) -> None:
    number = id_numbers(paid.facts)[0]
    await cars(district, row(number, "王", plate="甘L70002"), days_ago=3)
    await cars(district, row(STRANGER, "别人", plate="甘L70003"), areas=(ELSEWHERE,))

    answer = await recheck(district)

    assert [(a["kind"], a["state"]) for a in answer["alerts"]] == [("vehicle", "filed")]
    assert of_cars(answer) == []
    assert await asked(district, answer) == [Source.VEHICLES.label] * 2


async def test_while_a_correction_lacks_parts_nobody_is_checked_by_what_it_corrects(
    district: Office, paid: Case
) -> None:
    number = id_numbers(paid.facts)[1]
    await cars(district, row(number, "李", plate="甘L70004"), version=1, days_ago=1)
    await cars(district, row(STRANGER, "别人", plate="甘L70005"), version=2, days_ago=1, part=1, parts=2)

    answer = await recheck(district)

    assert answer["alerts"] == []
    assert of_cars(answer) == [(2, "数据分 2 份交付，还差 1 份，没有核对；请交付单位补齐")]


async def test_whose_row_was_left_out_is_not_checked_and_who_has_a_good_one_is(
    district: Office, paid: Case
) -> None:
    first, second = id_numbers(paid.facts)
    wrong = list(row(first, "王", plate="甘L70006"))
    wrong[6] = "很多"
    data = csv_of(wrong, row(second, "李", plate="甘L70007"))
    body = {
        "manifest": msgspec.to_builtins(manifest_of(data, 2, as_of=district.bureau.today)),
        "content_base64": base64.b64encode(data).decode(),
        "keep_good": True,
        "why": "部门下月更正",
    }
    taken = await district.post(district.officer, "/deliveries", body)
    assert taken.json()["left_out"] == 1, taken.text

    answer = await recheck(district)

    assert of_cars(answer) == [(1, LEFT_OUT)]
    assert len(await asked(district, answer)) == 1


async def test_without_any_data_everyone_who_signed_is_counted_as_not_checked(
    district: Office, paid: Case
) -> None:
    answer = await recheck(district)

    assert of_cars(answer) == [(2, NOTHING)]
    page = await district.page(district.officer, f"/bulk/{answer['run']['id']}")
    assert UNCOVERED not in page.text
    assert NOTHING in page.text


async def test_data_beyond_its_age_is_no_data(district: Office, paid: Case) -> None:
    await cars(district, row(id_numbers(paid.facts)[1], "李", plate="甘L70008"), days_ago=2)
    district.bureau.house.later(days=44)

    answer = await recheck(district)

    assert of_cars(answer) == [(2, NOTHING)]
