"""kill -9 of web, worker and database while a village round goes on: it resumes, nothing is lost, nothing happens twice."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from typing import Any

import asyncpg
import httpx
import pytest

from core.clock import MovableClock, local_date
from core.demo import people
from core.simulate.expectation import Terms
from core.simulate.report import Report
from core.simulate.round import Wanted, simulate
from core.storage.embedded import DATABASE
from tests.failure.fire import Installation, Patient, a_folder, an_installation

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

VILLAGE = "620802101203"
HOUSEHOLDS = 8

DUE = "SELECT entrypoint FROM pgqueuer WHERE status IN ('queued', 'picked') AND execute_after <= now()"
TWICE = {
    "journal rows": "SELECT process_id, seq FROM journal GROUP BY 1, 2 HAVING count(*) > 1",
    "gaps in a journal": """SELECT j.process_id, p.version FROM journal j JOIN process p ON p.id = j.process_id
        GROUP BY 1, 2 HAVING count(*) <> p.version OR max(seq) <> p.version""",
    "households with two running benefits": """SELECT household_id FROM benefit WHERE until_month IS NULL
        GROUP BY 1 HAVING count(*) > 1""",
    "benefits entered twice": "SELECT household_id, from_month FROM benefit GROUP BY 1, 2 HAVING count(*) > 1",
    "cases of one household": """SELECT subject_id FROM process WHERE kind = 'case' AND NOT ended
        GROUP BY 1 HAVING count(*) > 1""",
    "reports filed twice, or not known to the plugin": """
        SELECT j.process_id, j.seq FROM journal j
        LEFT JOIN (SELECT q.process_id, r.filed_seq FROM big_data_check_report r
                   JOIN big_data_check_request q ON q.id = r.request_id) f
             ON f.process_id = j.process_id AND f.filed_seq = j.seq
        WHERE j.action = 'file_verification_report' GROUP BY 1, 2 HAVING count(f.filed_seq) <> 1""",
    "requests for one step": "SELECT process_id, seq FROM big_data_check_request GROUP BY 1, 2 HAVING count(*) > 1",
    "ballot results": """SELECT process_id FROM journal WHERE action = 'record_ballot_result'
        GROUP BY 1 HAVING count(*) > 1""",
    "messages": "SELECT event_id, person_id, notice FROM sms_notice_message GROUP BY 1, 2, 3 HAVING count(*) > 1",
    "running postings": """SELECT process_id, kind FROM posting WHERE taken_down_on IS NULL
        GROUP BY 1, 2 HAVING count(*) > 1""",
}


async def play(place: Installation, patient: Patient) -> Report:
    today = local_date(MovableClock(place.settings.data / "clock")())
    wanted = Wanted(
        url=place.address, district="620802", village=VILLAGE, households=HOUSEHOLDS, seed=5,
        system_admin=people.ADMINS["system_admin"][0], system_secret=people.PASSWORD,
        security_admin=people.ADMINS["security_admin"][0], security_secret=people.PASSWORD,
        new_secret=people.PASSWORD, terms=Terms(), at_once=4, platform_url=place.ports.simulators.platform,
        patience=300, today=today,
    )  # fmt: skip
    return await simulate(wanted, patient)


async def rows(place: Installation, sql: str) -> list[Any]:
    connection = await asyncpg.connect(_superuser(place))
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()


def _superuser(place: Installation) -> str:
    return f"{place.database.start().superuser.rpartition('/')[0]}/{DATABASE}"


async def quiet(place: Installation) -> None:
    """Until the worker has nothing left to do: a killed one's jobs come back after its heartbeat is missed."""
    for _ in range(180):
        if not await rows(place, DUE):
            return
        await asyncio.sleep(1)
    raise AssertionError("the queue never came to rest")


async def audited(place: Installation) -> tuple[int, str]:
    environment = {
        "PATH": os.environ["PATH"], "ZHUNBAO_DATABASE_URL": place.settings.database_url, "PYTHONUTF8": "1",
        "ZHUNBAO_DATA": str(place.settings.data), "ZHUNBAO_KEYS": place.settings.keyring().text(),
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "core.cli", "audit", "verify", "--district", "620802", env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


async def test_a_round_survives_kill_nine_of_everything_that_runs() -> None:
    with a_folder() as folder:
        async with an_installation(folder) as place:
            await survives(place)


async def survives(place: Installation) -> None:
    patient = Patient(place)
    fire = asyncio.create_task(place.burn(seed=17, pause=(1.0, 7.0), times=5))
    try:
        report = await play(place, patient)
        assert not fire.done() or fire.exception() is None, fire.exception()
    finally:
        fire.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await fire
    await place.answers()
    assert {"web", "worker", "database"} <= set(place.kills), place.kills
    assert patient.repeated > 0, "nobody noticed"
    assert report.mismatches == (), f"after {place.kills}: {report.mismatches}\n{place.logs()}"

    await quiet(place)
    found = {what: await rows(place, sql) for what, sql in TWICE.items()}
    assert {what: len(some) for what, some in found.items() if some} == {}
    ended = await rows(place, "SELECT state FROM process WHERE kind = 'round'")
    assert [row["state"] for row in ended] == ["published"]
    assert not await rows(place, "SELECT entrypoint FROM pgqueuer WHERE status = 'failed'")
    code, said = await audited(place)
    assert (code, "全部相符" in said) == (0, True), said
    await _no_text_twice(place)


async def _no_text_twice(place: Installation) -> None:
    """What the gateway took is one text for one message on file: no message went out under two keys."""
    async with httpx.AsyncClient(trust_env=False) as client:
        taken = (await client.get(f"{place.ports.simulators.gateway}/messages")).json()["messages"]
    sent = await rows(
        place, "SELECT id FROM sms_notice_message WHERE state IN ('sending', 'sent', 'delivered')"
    )
    assert taken, "nobody was told anything"
    assert len(taken) <= len(sent), [(one["key"], one["text"]) for one in taken]
    assert len({one["key"] for one in taken}) == len(taken)
