"""From "request verification" to a report on the case file, through hooks only; five haves; silence is never "passed"."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import msgspec
import pytest

from plugins.big_data_check.jobs import follow
from plugins.big_data_check.sources.signing import ready_signature
from tests.builders.casework import Case, renamed
from tests.builders.households import elderly_couple, family_with_vehicle
from tests.plugins.big_data_check.office import Office, results, silent
from tests.plugins.big_data_check.platform_process import KEY

pytestmark = pytest.mark.anyio


def without_car(suffix: str) -> Any:
    """The family of case 3 that declared and showed no car."""
    facts = family_with_vehicle()
    return renamed(msgspec.structs.replace(facts, assets=type(facts.assets)()), suffix)


async def state_of(office: Office, case: Case) -> str:
    return str((await office.bureau.read(case))["state"])


async def test_every_authorised_person_is_asked_about_at_every_source_with_case_and_purpose(
    office: Office,
) -> None:
    case = await office.investigated(renamed(elderly_couple(), "问"))
    request = await office.newest(case)
    assert (request["state"], len(request["results"]), silent(request)) == ("answered", 24, [])
    asked = office.simulated.asked()
    assert len(asked) == 24
    assert {(line["authorisation"], line["purpose"]) for line in asked} == {
        (request["authorisation"], request["purpose"])
    }
    assert len(await office.records(case)) == 1
    logged = await office.rows(
        "SELECT event, count(*) AS n FROM big_data_check_log WHERE tenant_id = $1 AND process_id = $2 GROUP BY event",
        case.id,
    )
    found = {row["event"]: row["n"] for row in logged}
    assert (found["asked"], found["answered"]) == (24, 24)


async def test_a_car_is_a_finding_that_is_told_explained_and_cleared(office: Office) -> None:
    facts = without_car("清")
    office.register(
        facts, "陈建军清", vehicles={"reference": "甘L12345", "value": "62000", "insured_until": "2024-01-01"}
    )
    case = await office.investigated(facts)
    [report] = (await office.newest(case))["reports"]
    [finding] = report["findings"]
    assert (finding["kind"], finding["limit"]) == ("vehicle", "50000.00")
    assert "没有过户" in finding["item"]
    bureau = office.bureau
    await bureau.do("township_clerk", case, "prepare_worksheet")
    receipt = await bureau.do("township_clerk", case, "complete_investigation")
    assert receipt["state"] == "verification_notice"
    await bureau.house.work_off()
    assert (await office.newest(case))["open_findings"] == 1
    await bureau.do("township_clerk", case, "serve_verification_notice", {"served_by": "in_person"})
    await bureau.do("township_clerk", case, "contest_finding", {"explanation": "车去年卖了，一直没有过户"})
    resolution = {
        "finding": finding["id"], "status": "cleared", "code": "sold_not_transferred", "reason": "看了卖车合同",
        "papers": [bureau.photo],
    }  # fmt: skip
    await bureau.do("verification_officer", case, "resolve_finding", resolution)
    await bureau.do("verification_officer", case, "complete_recheck")
    await bureau.house.work_off()
    assert (await office.newest(case))["open_findings"] == 0
    await bureau.do("township_clerk", case, "prepare_worksheet")
    await bureau.take(case, "active")


@pytest.mark.parametrize(("value", "flagged"), [("49999.99", False), ("50000.00", True)])
async def test_the_registered_value_flags_from_50000_yuan(office: Office, value: str, flagged: bool) -> None:
    facts = without_car(value)
    office.register(facts, f"陈建军{value}", vehicles={"reference": "甘L1", "value": value})
    case = await office.investigated(facts)
    [report] = (await office.newest(case))["reports"]
    assert bool(report["findings"]) is flagged


async def test_a_source_that_is_down_is_reported_so_blocks_and_is_asked_again_until_it_answers(
    office: Office,
) -> None:
    facts = without_car("停")
    office.register(facts, "陈建军停", vehicles={"reference": "甘L9", "value": "80000"})
    office.simulated.source("vehicles", state="down")
    case = await office.investigated(facts)
    request = await office.newest(case)
    assert (request["state"], set(silent(request))) == ("waiting", {"vehicles"})
    assert {r["result"] for r in results(request, "vehicles")} == {"unavailable"}
    assert request["reports"][0]["findings"] == []
    assert "还没有答复" in request["reports"][0]["conclusion"]
    bureau = office.bureau
    await bureau.do("township_clerk", case, "prepare_worksheet")
    refused = await bureau.act("township_clerk", case, "complete_investigation")
    assert refused.status_code == 403
    assert "车辆" in refused.json()["detail"]

    bureau.house.later(minutes=10)
    await office.sweep()
    assert len((await office.newest(case))["reports"]) == 1, "not yet time to ask again"
    office.simulated.source("vehicles", state="garbled")
    bureau.house.later(minutes=25)
    await office.sweep()
    still = await office.newest(case)
    assert len(still["reports"]) == 1, "nothing new, no new report"
    assert still["next_at"] > request["next_at"]

    office.simulated.source("vehicles", state="up")
    bureau.house.later(minutes=70)
    await office.sweep()
    answered = await office.newest(case)
    assert (answered["state"], answered["next_at"]) == ("answered", None)
    assert [r["number"].rpartition("-")[2] for r in answered["reports"]] == ["1.2", "1"]
    assert [f["kind"] for f in answered["reports"][0]["findings"]] == ["vehicle"]
    assert len(await office.records(case)) == 2


async def test_confirming_is_refused_while_a_query_is_unanswered(office: Office) -> None:
    case = await office.investigated(renamed(elderly_couple(), "确"))
    await office.bureau.do("township_clerk", case, "prepare_worksheet")
    await office.bureau.do("township_clerk", case, "complete_investigation")
    await office.bureau.take(case, "reported")
    await office.rows(
        """UPDATE big_data_check_query q SET state = 'due', result = 'unavailable' FROM big_data_check_request r
           WHERE q.tenant_id = $1 AND r.tenant_id = $1 AND r.id = q.request_id AND r.process_id = $2
             AND q.source = 'tax' RETURNING q.id""",
        case.id,
    )
    refused = await office.bureau.act("confirming_officer", case, "confirm")
    assert refused.status_code == 403
    assert "纳税" in refused.json()["detail"]
    assert await state_of(office, case) == "reported"
    await office.rows(
        "UPDATE big_data_check_query SET state = 'answered', result = 'no_hit' WHERE tenant_id = $1 AND source = 'tax' RETURNING id"
    )
    await office.bureau.take(case, "active")


async def test_nobody_is_asked_about_when_the_signatures_have_run_out(office: Office) -> None:
    case = await office.visited(renamed(elderly_couple(), "期"))
    office.bureau.house.later(days=400)
    await office.request(case)
    request = await office.newest(case)
    assert office.simulated.asked() == []
    assert {(r["result"], r["needs_note"]) for r in request["results"]} == {("no_data", True)}
    assert all("过期" in r["reason"] for r in request["results"])


async def test_an_event_delivered_twice_makes_one_request_and_asks_once(office: Office) -> None:
    case = await office.investigated(renamed(elderly_couple(), "重"))
    z, bureau = office.bureau.house.zhunbao, office.bureau
    from core.jobs.deliveries import _event

    [row] = await office.rows(
        "SELECT seq FROM journal WHERE tenant_id = $1 AND process_id = $2 AND action = 'request_verification'",
        case.id,
    )
    async with bureau.house.inside(bureau.district) as tx:
        scope = await z.runtimes.scope(tx)
        event = await _event(tx, {"process": str(case.id), "seq": row["seq"], "outcome": "stay"})
    await follow(event, z.host.context(scope, "big_data_check"))
    await bureau.house.work_off()
    assert len((await office.verification(case))["requests"]) == 1
    assert len(office.simulated.asked()) == 24
    assert len(await office.records(case)) == 1


async def test_late_and_repeated_replies_count_once(office: Office) -> None:
    facts = without_car("迟")
    office.register(facts, "陈建军迟", deposits=[{"balance": "20000"}, {"balance": "15000"}])
    office.simulated.faults(late=1.0)
    case = await office.visited(facts)
    await office.bureau.do("township_clerk", case, "request_verification")
    await office.bureau.house.work_off()
    request = await office.newest(case)
    assert silent(request) == [], "answered within the time one asking stays for it"
    [finding] = request["reports"][0]["findings"]
    assert finding["value"] == "35000.00"
    query = results(request, "deposits")[0]["id"]
    at = int(time.time())
    ready = {
        "query": query,
        "ticket": "t",
        "at": at,
        "signature": ready_signature(KEY.encode(), query, "t", at),
    }
    for _ in range(2):
        assert (await office.post(None, "/replies", ready)).status_code == 200
    await office.bureau.house.work_off()
    answered = await office.rows(
        """SELECT count(*) AS n FROM big_data_check_log l WHERE l.tenant_id = $1 AND l.process_id = $2
           AND l.event = 'answered' AND l.source = 'deposits' AND l.outcome IN ('hit', 'no_hit')""",
        case.id,
    )
    assert answered[0]["n"] == 3
    assert len((await office.newest(case))["reports"]) == 1


async def test_a_callback_wakes_a_promised_answer_before_its_time_and_a_forged_one_does_not(
    office: Office,
) -> None:
    office.simulated.faults(late=1.0)
    office.simulated.source("tax", state="up")
    case = await office.visited(renamed(elderly_couple(), "唤"))
    z, bureau = office.bureau.house.zhunbao, office.bureau
    await bureau.do("township_clerk", case, "request_verification")
    await bureau.house.work_off()
    [later] = await office.rows(
        """UPDATE big_data_check_query q SET state = 'later', result = 'unavailable', ticket = 'gone', sealed = NULL
           FROM big_data_check_request r WHERE q.tenant_id = $1 AND r.tenant_id = $1 AND r.id = q.request_id
             AND r.process_id = $2 AND q.source = 'tax' AND q.place < 13 RETURNING q.id""",
        case.id,
    )
    office.simulated.faults()
    at, query = int(time.time()), str(later["id"])
    forged = {
        "query": query,
        "ticket": "gone",
        "at": at,
        "signature": ready_signature(b"x", query, "gone", at),
    }
    assert (await office.post(None, "/replies", forged)).status_code == 403
    real = {**forged, "signature": ready_signature(KEY.encode(), query, "gone", at)}
    assert (await office.post(None, "/replies", real)).status_code == 200
    await bureau.house.work_off()
    [row] = await office.rows(
        "SELECT state, ticket FROM big_data_check_query WHERE tenant_id = $1 AND id = $2", UUID(query)
    )
    assert (row["state"], row["ticket"]) == ("due", ""), (
        "the platform had lost the ticket: asked anew next time"
    )
    assert z.clock() is not None


async def test_an_officers_own_report_takes_the_place_of_asking(office: Office) -> None:
    office.simulated.source("vehicles", state="down")
    case = await office.investigated(renamed(elderly_couple(), "手"))
    bureau = office.bureau
    await bureau.do("verification_officer", case, "file_verification_report", bureau.report(case))
    await bureau.house.work_off()
    assert (await office.newest(case))["state"] == "closed"
    await bureau.do("township_clerk", case, "prepare_worksheet")
    await bureau.do("township_clerk", case, "complete_investigation")
    await bureau.take(case, "active")


async def test_a_case_that_ends_is_asked_about_no_more(office: Office) -> None:
    office.simulated.source("vehicles", state="down")
    case = await office.investigated(renamed(elderly_couple(), "撤"))
    await office.bureau.do(
        "township_clerk", case, "withdraw", {"reason": "本人不愿再办", "signed": [office.bureau.photo]}
    )
    await office.bureau.house.work_off()
    number = (await office.verification(case))["number"]
    before = sum(line["case"] == number for line in office.simulated.asked())
    office.bureau.house.later(days=3)
    await office.sweep()
    assert sum(line["case"] == number for line in office.simulated.asked()) == before
    assert (await office.newest(case))["state"] == "closed"


async def test_what_lies_in_the_tables_is_sealed(office: Office) -> None:
    facts = without_car("密")
    office.register(facts, "陈建军密", vehicles={"reference": "甘L77777", "value": "12345.67"})
    case = await office.investigated(facts)
    for table in ("query", "report"):
        for row in await office.rows(f"SELECT * FROM big_data_check_{table} WHERE tenant_id = $1"):
            for value in row.values():
                raw = value if isinstance(value, bytes) else str(value).encode()
                assert b"12345.67" not in raw
                assert "甘L77777".encode() not in raw
    [hit] = [r for r in results(await office.newest(case), "vehicles") if r["result"] == "hit"]
    assert dict(hit["records"][0]["fields"])["号牌号码"] == "甘L77777"
