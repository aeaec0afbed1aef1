"""A corrected file is never lost to an asking that still held the old one; every answer says who gave it."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from core.settings import Keyring
from core.storage.embedded import Urls
from plugins.big_data_check.sources import Answer, Question
from plugins.big_data_check.sources.files import FileSource
from tests.builders.casework import id_numbers
from tests.plugins.big_data_check.files import csv_of, manifest_of
from tests.plugins.big_data_check.office import Office, an_office, results, silent
from tests.plugins.big_data_check.test_files_and_notes import SETTINGS, deliver, row, without_car

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 9, 1, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
async def county(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Office]:
    folder = tmp_path_factory.mktemp("county")
    async with an_office(database_urls, folder, keys, values=SETTINGS) as office:
        yield office


async def test_a_correction_that_comes_while_an_asking_runs_takes_the_place_of_the_old_answer(
    county: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = without_car("正")
    number = id_numbers(facts)[0]
    first = csv_of(row("620802195101010019", "别人", plate="甘L50000"))
    assert (await deliver(county, first, 1, version=1)).status_code == 200
    case = await county.visited(facts)
    read, corrected = FileSource.ask, csv_of(row(number, "陈建军正", plate="甘L50001"))
    came: list[int] = []

    async def slow(self: FileSource, asked: Question) -> Answer:
        answer = await read(self, asked)
        if not came:
            came.append(1)
            body = await delivered_meanwhile(county, corrected)
            assert body["requests"] >= 1
        return answer

    monkeypatch.setattr(FileSource, "ask", slow)
    await county.request(case)
    await county.bureau.house.work_off()
    assert came
    request = await county.newest(case)
    assert silent(request) == []
    hits = results(request, "vehicles")
    assert [r["result"] for r in hits] == ["hit", "no_hit", "no_hit"]
    assert [f["kind"] for f in request["reports"][0]["findings"]] == ["vehicle"]


async def delivered_meanwhile(office: Office, data: bytes) -> Any:
    manifest = manifest_of(data, 1, as_of=office.bureau.today, version=2)
    body = {
        "manifest": msgspec.to_builtins(manifest), "content_base64": base64.b64encode(data).decode(),
    }  # fmt: skip
    answer = await office.post(office.officer, "/deliveries", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_correction_asks_anew_only_where_it_belongs(county: Office) -> None:
    county.bureau.house.later(days=60)
    facts = without_car("域")
    mine, theirs = ("620802001",), ("620802002",)
    assert (
        await deliver(
            county, csv_of(row("620802195101010019", "甲", plate="甘L60000")), 1, areas=mine, version=1
        )
    ).status_code == 200
    case = await county.investigated(facts)
    before = results(await county.newest(case), "vehicles")
    assert {r["result"] for r in before} == {"no_hit"}
    for version in (1, 2):
        other = csv_of(row("620802195101010019", "甲", plate=f"甘L6000{version}"))
        assert (await deliver(county, other, 1, areas=theirs, version=version)).status_code == 200
    assert results(await county.newest(case), "vehicles") == before, "not even asked again"
    fixed = csv_of(row(id_numbers(facts)[0], "陈建军域", plate="甘L60009"))
    assert (await deliver(county, fixed, 1, areas=mine, version=2)).status_code == 200
    after = results(await county.newest(case), "vehicles")
    assert [r["result"] for r in after] == ["hit", "no_hit", "no_hit"]


async def test_an_answer_from_a_file_says_which_and_from_whom(county: Office) -> None:
    county.bureau.house.later(days=60)
    facts = without_car("源")
    data = csv_of(row(id_numbers(facts)[0], "陈建军源", plate="甘L70000"))
    taken = await deliver(county, data, 1, version=1)
    case = await county.investigated(facts)
    request = await county.newest(case)
    answers = results(request, "vehicles")
    assert {(r["channel"], r["answered_by"], r["delivery_id"]) for r in answers} == {
        ("files", "第 1 版", taken.json()["id"])
    }
    assert {r["channel"] for r in results(request, "tax")} == {""}, "nobody was asked"
    page = await county.page(county.officer, f"/cases/{case.id}")
    assert "批量文件 · 第 1 版" in page.text
