"""An authorisation that ended before a batch is made, a late reply comes or a reference database is asked: nobody is asked
about, nothing of the person is kept on the case, and the result says `no_data` with the reason (SAL 70(6))."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from core.settings import Keyring
from core.storage.embedded import Urls
from plugins.big_data_check import envelope
from plugins.big_data_check.sources import Question, reference
from tests.builders.casework import Case, id_numbers, renamed
from tests.builders.households import elderly_couple
from tests.plugins.big_data_check.files import csv_of
from tests.plugins.big_data_check.office import Office, an_office, results
from tests.plugins.big_data_check.test_exchange import a_batch, reply
from tests.plugins.big_data_check.test_files_and_notes import SETTINGS, row
from tests.plugins.big_data_check.test_lapsing import watch
from tests.plugins.big_data_check.test_taking_back import taken_back

pytestmark = pytest.mark.anyio

DEPARTMENT = X25519PrivateKey.generate()
A_YEAR = 400
NOT_CONNECTED = {k: v for k, v in SETTINGS["not_connected"].items() if k != "disability"}  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
async def county(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Office]:
    """Vehicles by batch files, disability from a reference database."""
    values = {
        **SETTINGS,
        "not_connected": NOT_CONNECTED,
        "reference_sources": {"disability": "lapsed_disability"},
        "files.departments": {"vehicles": envelope.as_text(DEPARTMENT.public_key())},
    }
    with pytest.MonkeyPatch.context() as environment:
        prefix = "ZHUNBAO_BIG_DATA_CHECK"
        environment.setenv(f"{prefix}_FILES_SIGNING_KEY", envelope.as_text(Ed25519PrivateKey.generate()))
        environment.setenv(f"{prefix}_REFERENCE_URL", database_urls.superuser)
        async with an_office(database_urls, tmp_path_factory.mktemp("county"), keys, values=values) as office:
            yield office


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """The persons the reference database was asked about."""
    asked: list[UUID] = []
    really = reference._View.ask

    async def ask(view: Any, question: Question) -> Any:
        asked.append(question.wanted.person_id)
        return await really(view, question)

    monkeypatch.setattr(reference._View, "ask", ask)
    return asked


async def waiting(office: Office, mark: str) -> Case:
    """A case that waits for the department's reply, and for a reference database that is not there yet."""
    case = await office.investigated(renamed(elderly_couple(), mark))
    assert {r["result"] for r in results(await office.newest(case), "vehicles")} == {"unavailable"}
    return case


async def withdrawn(office: Office, case: Case) -> None:
    await office.bureau.do(
        "township_clerk", case, "withdraw", {"reason": "不申请了", "signed": [office.bureau.photo]}
    )
    await office.bureau.house.work_off()


async def kept(office: Office, case: Case, source: str) -> int:
    """Answers of a source with something of the person in them."""
    [found] = await office.rows(
        """SELECT count(*) AS n FROM big_data_check_query q JOIN big_data_check_request r
           ON r.tenant_id = q.tenant_id AND r.id = q.request_id
           WHERE q.tenant_id = $1 AND r.process_id = $2 AND q.source = $3 AND q.sealed IS NOT NULL""",
        case.id,
        source,
    )
    return int(found["n"])


async def in_batches(office: Office, case: Case) -> int:
    [found] = await office.rows(
        """SELECT count(*) AS n FROM big_data_check_log WHERE tenant_id = $1 AND process_id = $2 AND event = 'asked'
           AND starts_with(outcome, 'PL-')""",
        case.id,
    )
    return int(found["n"])


def refused(answers: list[Any]) -> None:
    assert {r["result"] for r in answers} == {"no_data"}
    assert all("过期，请重新签署" in r["reason"] and r["needs_note"] for r in answers)


async def test_nobody_whose_signature_ran_out_stands_in_a_batch(county: Office) -> None:
    case = await waiting(county, "批前")
    county.bureau.house.later(days=A_YEAR)
    made = await county.post(county.officer, "/batches", {"source": "vehicles"})
    assert made.status_code == 403
    assert "没有等着这个来源答复的人" in made.text
    assert await in_batches(county, case) == 0


async def test_nobody_who_took_the_application_back_stands_in_a_batch(county: Office) -> None:
    gone, stays = await waiting(county, "批撤"), await waiting(county, "批留")
    await withdrawn(county, gone)
    await a_batch(county)
    assert (await in_batches(county, gone), await in_batches(county, stays)) == (0, 2)


async def test_a_reply_that_comes_after_the_signature_ran_out_answers_nobody(county: Office) -> None:
    case = await waiting(county, "迟复")
    number = await a_batch(county)
    county.bureau.house.later(days=A_YEAR)
    data = csv_of(row(id_numbers(case.facts)[0], case.facts.members[0].name, plate="甘L40001"))
    answer = await reply(county, data, 1, file=data, batch=number, areas=())
    assert answer.status_code == 200, answer.text
    refused(results(await county.newest(case), "vehicles"))
    assert await kept(county, case, "vehicles") == 0
    for page in (f"/cases/{case.id}", f"/cases/{case.id}/comparison"):
        assert "甘L40001" not in (await county.page(county.officer, page)).text


async def test_a_reply_to_a_case_that_was_taken_back_is_kept_on_no_case(county: Office) -> None:
    case = await waiting(county, "撤复")
    number = await a_batch(county)
    await withdrawn(county, case)
    data = csv_of(row(id_numbers(case.facts)[0], case.facts.members[0].name, plate="甘L40002"))
    answer = await reply(county, data, 1, file=data, batch=number, areas=())
    assert answer.status_code == 200, answer.text
    request = await county.newest(case)
    assert request["state"] == "closed"
    assert {r["result"] for r in results(request, "vehicles")} == {"unavailable"}
    assert await kept(county, case, "vehicles") == 0


async def test_a_reference_database_is_not_asked_about_whose_signature_ran_out(
    county: Office, database_urls: Urls, looked_up: list[UUID]
) -> None:
    case = await waiting(county, "库期")
    people = {UUID(person) for person in case.people.values()}
    assert set(looked_up) == people  # in vain: the view is not there yet
    assert {r["result"] for r in results(await county.newest(case), "disability")} == {"unavailable"}
    connection = await asyncpg.connect(database_urls.superuser)
    await connection.execute(
        f"""CREATE TABLE lapsed_disability AS SELECT '{id_numbers(case.facts)[0]}'::text AS id_number, 'limb'::text AS kind,
                '1'::text AS grade, '{case.facts.members[0].name}'::text AS name, ''::text AS area_code, NULL::date AS birth_date;
            CREATE TABLE zhunbao_sources AS SELECT 'disability'::text AS source, DATE '2026-08-09' AS as_of, ARRAY['62'] AS areas"""
    )
    try:
        looked_up.clear()
        county.bureau.house.later(days=A_YEAR)
        await county.sweep()
        assert looked_up == []
        refused(results(await county.newest(case), "disability"))
        assert await kept(county, case, "disability") == 0

        fresh = await county.investigated(renamed(elderly_couple(), "库新"))
        assert set(looked_up) == {UUID(person) for person in fresh.people.values()}
        assert {r["result"] for r in results(await county.newest(fresh), "disability")} == {"no_hit"}
    finally:
        await connection.execute("DROP TABLE lapsed_disability, zhunbao_sources")
        await connection.close()


async def test_nobody_who_withdrew_the_authorisation_stands_in_a_batch(county: Office) -> None:
    case = await waiting(county, "批回")
    one, other = case.people.values()
    await taken_back(county, case, one)
    await a_batch(county)
    rows = await county.rows(
        """SELECT DISTINCT person_id FROM big_data_check_log WHERE tenant_id = $1 AND process_id = $2 AND event = 'asked'
           AND starts_with(outcome, 'PL-')""",
        case.id,
    )
    assert [str(row["person_id"]) for row in rows] == [other]


async def test_a_reply_that_comes_after_somebody_withdrew_answers_the_others_alone(county: Office) -> None:
    case = await waiting(county, "回复")
    one, other = case.people.values()
    number = await a_batch(county)
    await taken_back(county, case, one)
    data = csv_of(
        row(id_numbers(case.facts)[0], case.facts.members[0].name, plate="甘L40003"),
        row(id_numbers(case.facts)[1], case.facts.members[1].name, plate="甘L40004"),
    )
    answer = await reply(county, data, 2, file=data, batch=number, areas=())
    assert answer.status_code == 200, answer.text
    answers = {r["person_id"]: r for r in results(await county.newest(case), "vehicles")}
    assert (answers[one]["result"], answers[other]["result"]) == ("no_data", "hit")
    assert "撤回核对授权，不再查询" in answers[one]["reason"]
    assert await kept(county, case, "vehicles") == 1
    page = await county.page(county.officer, f"/cases/{case.id}")
    assert ("甘L40003" in page.text, "甘L40004" in page.text) == (False, True)


async def lying(office: Office, batch: str) -> tuple[int, int]:
    """Rows of the replies to a batch that still lie sealed, and files that still lie as they came."""
    [found] = await office.rows(
        """SELECT count(r.place) AS rows, count(DISTINCT nullif(d.object_sha256, '')) AS files
           FROM big_data_check_delivery d LEFT JOIN big_data_check_record r
             ON r.tenant_id = d.tenant_id AND r.delivery_id = d.id
           WHERE d.tenant_id = $1 AND d.batch = $2""",
        batch,
    )
    return int(found["rows"]), int(found["files"])


def both(case: Case, plate: str) -> bytes:
    """A reply with a car for each of a couple."""
    numbers = id_numbers(case.facts)
    return csv_of(*(row(numbers[n], m.name, plate=f"{plate}{n}") for n, m in enumerate(case.facts.members)))


async def test_rows_of_a_late_reply_about_whose_signature_ran_out_are_removed_at_once(county: Office) -> None:
    case = await waiting(county, "迟删")
    number = await a_batch(county)
    county.bureau.house.later(days=A_YEAR)
    data = both(case, "甘L5000")
    assert (await reply(county, data, 2, file=data, batch=number, areas=())).status_code == 200
    assert await lying(county, number) == (0, 0)


async def test_rows_of_a_reply_go_when_the_signature_runs_out_and_the_batch_speaks_for_them_no_more(
    county: Office,
) -> None:
    case = await waiting(county, "到删")
    number = await a_batch(county)
    data = both(case, "甘L5100")
    as_of = county.bureau.today
    assert (await reply(county, data, 2, file=data, batch=number, areas=(), as_of=as_of)).status_code == 200
    assert {r["result"] for r in results(await county.newest(case), "vehicles")} == {"hit"}
    assert await lying(county, number) == (2, 1)
    await watch(county)
    assert await lying(county, number) == (2, 1), "nobody's has run out yet"
    county.bureau.house.later(days=A_YEAR)
    await watch(county)
    assert await lying(county, number) == (0, 0)
    [batch] = await county.rows(
        "SELECT cardinality(over) AS n FROM big_data_check_batch WHERE tenant_id = $1 AND number = $2", number
    )
    assert batch["n"] == 2


async def test_rows_of_who_withdrew_go_at_once_and_those_of_the_other_stay(county: Office) -> None:
    case = await waiting(county, "回删")
    number = await a_batch(county)
    data = both(case, "甘L5200")
    assert (await reply(county, data, 2, file=data, batch=number, areas=())).status_code == 200
    await taken_back(county, case, next(iter(case.people.values())))
    assert await lying(county, number) == (1, 0)


async def test_rows_of_a_reply_go_when_the_application_is_taken_back(county: Office) -> None:
    case = await waiting(county, "撤删")
    number = await a_batch(county)
    data = both(case, "甘L5300")
    assert (await reply(county, data, 2, file=data, batch=number, areas=())).status_code == 200
    assert await lying(county, number) == (2, 1)
    await withdrawn(county, case)
    assert await lying(county, number) == (0, 0)
