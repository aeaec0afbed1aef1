"""A reference database (a real PostgreSQL): views by the vocabulary, how fresh they are, and silence when it is not there."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import asyncpg
import pytest

from core.registry.verification import Source
from core.storage.embedded import Urls
from plugins.big_data_check.matching import Certainty, Wanted, compare
from plugins.big_data_check.sources import Answer, Found, NoData, Question, Silent, reference
from plugins.big_data_check.sources.reference import reference_database
from tests.plugins.big_data_check.test_matching import number, old_number

pytestmark = pytest.mark.anyio
BORN = date(1951, 1, 1)
MISSPELT = number(BORN)[:17] + ("0" if number(BORN)[17] != "0" else "1")
"""The check digit is wrong."""
WIDE = {ord(c): chr(ord(c) + 0xFEE0) for c in "0123456789X"}
WANTED = Wanted(uuid4(), "王建国", number(BORN), BORN, "620802001001")

TABLES = f"""
    CREATE SCHEMA IF NOT EXISTS reference;
    CREATE TABLE reference.cars (id_number text, name text, birth_date date, area_code text, reference text, kind text,
                                 value numeric, first_registered date);
    INSERT INTO reference.cars VALUES
        ('{number(BORN)}', '王建国', NULL, NULL, '甘L1', 'car', 62000.5, '2020-05-01'),
        ('{old_number(BORN)}', '王建国', NULL, NULL, '甘L2', 'motorcycle', NULL, NULL),
        ('', '王建国', '1951-01-01', '620802', '甘L3', 'car', 1, NULL),
        ('{number(BORN, 9)}', '王建国', NULL, NULL, '甘L4', 'car', 1, NULL);
    CREATE TABLE reference.odd (id_number text, name text, grade text, kind text);
    CREATE TABLE reference.misspelt AS SELECT * FROM reference.cars WITH NO DATA;
    INSERT INTO reference.misspelt VALUES
        ('{MISSPELT}', '王建国', NULL, '620802001001', '甘M1', 'car', 1, NULL),
        ('', '王 建　国', '1951-01-01', '620802', '甘M2', 'car', 1, NULL),
        ('{number(BORN).translate(WIDE)}', '王建囯', NULL, NULL, '甘M3', 'car', 1, NULL),
        ('{number(BORN)[:6]}-{number(BORN)[6:14]} {number(BORN)[14:].lower()}', '王建国', NULL, NULL, '甘M4', 'car', 1, NULL),
        ('{MISSPELT}', '李建国', NULL, '620802001001', '甘M5', 'car', 1, NULL),
        ('{number(BORN, 9)}', '王建国', NULL, NULL, '甘M6', 'no kind of car', 1, NULL);
    CREATE TABLE reference.crowd AS SELECT '{number(BORN, 9)}'::text AS id_number, '王建国'::text AS name,
        NULL::date AS birth_date, ''::text AS area_code, '甘N' || n AS reference, 'car'::text AS kind, 1::numeric AS value
        FROM generate_series(1, 600) n;
    CREATE TABLE reference.owner AS SELECT '{number(BORN)}'::text AS id_number, name, birth_date, area_code, reference, kind, value
        FROM reference.crowd;
    INSERT INTO reference.odd VALUES ('{number(BORN)}', '王建国', 'very', 'limb');
    CREATE VIEW zhunbao_sources AS SELECT * FROM (VALUES
        ('vehicles', date '2026-08-31', ARRAY['620802']), ('tax', date '2026-08-31', ARRAY['621122']),
        ('disability', date '2026-08-31', ARRAY['62'])) AS s (source, as_of, areas);
"""


@pytest.fixture
async def address(fresh_urls: Urls) -> str:
    connection = await asyncpg.connect(fresh_urls.superuser)
    await connection.execute(TABLES)
    await connection.close()
    return fresh_urls.superuser


async def ask(address: str, source: Source, view: str) -> Answer:
    async with reference_database(address) as database:
        question = Question(uuid4(), source, WANTED, "620802-2026-000001", "SQ-1", "低保核对")
        return await database.view(view).ask(question)


async def test_records_are_found_by_either_number_and_namesakes_without_one(address: str) -> None:
    answer = await ask(address, Source.VEHICLES, "reference.cars")
    assert isinstance(answer, Found)
    assert answer.as_of == date(2026, 8, 31)
    by_plate = {r.values["reference"]: r for r in answer.records}
    assert set(by_plate) == {"甘L1", "甘L2", "甘L3"}
    assert by_plate["甘L1"].values == {
        "reference": "甘L1", "kind": "car", "value": "62000.50", "first_registered": "2020-05-01",
    }  # fmt: skip
    assert by_plate["甘L3"].identity.birth_date == BORN


async def test_who_is_misspelt_there_is_suspected_and_never_without_a_record(address: str) -> None:
    answer = await ask(address, Source.VEHICLES, "reference.misspelt")
    assert isinstance(answer, Found)
    assert {r.values["reference"] for r in answer.records} == {"甘M1", "甘M2", "甘M3", "甘M4"}
    notes = {r.values["reference"]: compare(WANTED, r.identity) for r in answer.records}
    assert notes["甘M1"].certainty is notes["甘M2"].certainty is Certainty.NAMESAKE
    assert notes["甘M3"].certainty is notes["甘M4"].certainty is Certainty.SAME


async def test_people_of_the_same_name_take_up_no_room(address: str) -> None:
    assert await ask(address, Source.VEHICLES, "reference.crowd") == Found(date(2026, 8, 31))


async def test_more_than_can_be_read_is_silence_and_never_cut_off(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = await ask(address, Source.VEHICLES, "reference.owner")
    monkeypatch.setattr(reference, "MOST_READ", 599)
    crowd = await ask(address, Source.VEHICLES, "reference.crowd")
    for answer in (mine, crowd):
        assert isinstance(answer, Silent)
        assert "没有读完" in answer.reason


async def test_a_village_the_database_does_not_cover_has_no_data(address: str) -> None:
    assert isinstance(await ask(address, Source.TAX, "reference.cars"), NoData)


async def test_what_it_does_not_know_or_spells_wrongly_is_silence_without_content(address: str) -> None:
    undated = await ask(address, Source.PAYROLL, "reference.cars")
    assert isinstance(undated, Silent)
    assert "截至" in undated.reason
    missing = await ask(address, Source.VEHICLES, "reference.nothing")
    assert missing == Silent("比对库没有答复")
    odd = await ask(address, Source.DISABILITY, "reference.odd")
    assert isinstance(odd, Silent)
    assert "残疾等级" in odd.reason
    assert "very" not in odd.reason


@pytest.mark.parametrize("url", ["", "postgresql://nobody@127.0.0.1:1/nothing", "no address at all"])
async def test_a_database_that_is_not_there_is_silent_and_never_passed(url: str) -> None:
    assert await ask(url, Source.VEHICLES, "reference.cars") == Silent("比对库没有答复")


async def test_it_is_never_written_to(address: str) -> None:
    async with reference_database(address) as database:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await database.rows("DELETE FROM reference.cars RETURNING 1")
