"""From alerts to reviews: one case's trouble is its own, what is filed stays filed, what is gone may be said again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from core.problems import Refused
from core.sdk.house import Bound
from core.sdk.verification import Source
from core.settings import Keyring
from core.storage.embedded import Urls
from plugins.big_data_check.bulk import filing, store
from plugins.big_data_check.bulk.store import AlertRow
from tests.builders.casework import Case, id_numbers, renamed
from tests.builders.households import elderly_couple
from tests.plugins.big_data_check.bulk.test_bulk_office import SETTINGS, deliver, recheck
from tests.plugins.big_data_check.office import Office, an_office, plugin_context

pytestmark = pytest.mark.anyio

SECRET = "620802195101010019"


@pytest.fixture(scope="module")
async def district(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Office]:
    async with an_office(database_urls, tmp_path_factory.mktemp("filing"), keys, values=SETTINGS) as office:
        yield office


@pytest.fixture(scope="module")
async def two(district: Office) -> tuple[Case, Case]:
    """Two couples that are paid."""
    cases = [
        await district.bureau.take(await district.bureau.application(facts), "active")
        for facts in (elderly_couple(), renamed(elderly_couple(), "另"))
    ]
    return cases[0], cases[1]


def cars(*cases: Case) -> list[dict[str, Any]]:
    return [
        {"id_number": id_numbers(c.facts)[0], "reference": f"甘L{n}", "kind": "car", "value": Decimal("62000.00")}
        for n, c in enumerate(cases)
    ]  # fmt: skip


def employed(case: Case, *employers: str) -> list[dict[str, Any]]:
    return [{"id_number": id_numbers(case.facts)[1], "employer": e} for e in employers]


async def told(office: Office) -> list[tuple[str, str]]:
    """What the newest re-check told of: kind and state."""
    return sorted((a["kind"], a["state"]) for a in (await recheck(office))["alerts"])


async def alerts(office: Office, case: Case) -> list[tuple[str, str, bool]]:
    rows = await office.rows(
        """SELECT kind, state, over_at IS NOT NULL AS over FROM big_data_check_bulk_alert
           WHERE tenant_id = $1 AND process_id = $2 ORDER BY at, kind""",
        case.id,
    )
    return [(row["kind"], row["state"], row["over"]) for row in rows]


async def test_one_case_that_cannot_be_filed_says_why_and_holds_up_nobody(
    district: Office, two: tuple[Case, Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    deliver(district, Source.VEHICLES, cars(first, second))
    act = Bound.act

    async def failing(self: Any, tx: Any, process_id: Any, *more: Any, **named: Any) -> Any:
        if str(process_id) == str(first.id):
            raise RuntimeError(f"duplicate key: {SECRET}")
        return await act(self, tx, process_id, *more, **named)

    with monkeypatch.context() as broken:
        broken.setattr(Bound, "act", failing)
        answer = await recheck(district)

    assert answer["run"]["state"] == "done"
    assert sorted(a["state"] for a in answer["alerts"]) == ["failed", "filed"]
    failed = next(a for a in answer["alerts"] if a["state"] == "failed")
    assert failed["case_number"]
    assert "RuntimeError" in failed["reason"]
    assert "下次" in failed["reason"]
    assert SECRET not in str(answer)
    assert await told(district) == [("vehicle", "filed")]


async def test_a_refusal_takes_nothing_back_that_is_filed(district: Office, two: tuple[Case, Case]) -> None:
    """Whatever a later run says of it, the row of an alert that became a review stays."""
    context = await plugin_context(district)
    assert context.platform is not None
    mark, case = b"of one thing", two[0]

    async def keep(state: Any, seq: int | None) -> None:
        async with context.platform.transaction() as tx:  # type: ignore[union-attr]
            run_id = (await store.runs(tx))[0].id
            row = AlertRow(
                uuid4(), run_id, case.id, "", district.bureau.village, "entity", False, state, "", context.now
            )
            await store.keep_alert(tx, row, None, mark, 0, seq)

    await keep("failed", None)
    await keep("filed", 7)
    await keep("failed", None)

    rows = await district.rows(
        "SELECT id, state, seq FROM big_data_check_bulk_alert WHERE tenant_id = $1 AND mark = $2", mark
    )
    assert [(row["state"], row["seq"]) for row in rows] == [("filed", 7)]
    async with context.platform.transaction() as tx:
        await store.close(tx, [rows[0]["id"]], (await store.runs(tx))[0].id, "", context.now)


async def test_a_refused_review_is_told_in_the_words_of_the_refusal(
    district: Office, two: tuple[Case, Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(district, Source.REAL_ESTATE, [
        {"id_number": id_numbers(two[1].facts)[0], "reference": "H1", "kind": "commercial", "area": Decimal(90)}
    ])  # fmt: skip
    situation = Bound.situation

    async def locked(self: Any, tx: Any, process_id: Any, *, lock: bool = False, **more: Any) -> Any:
        if lock:
            raise Refused("这一件已封存", hint="请先启封")
        return await situation(self, tx, process_id, lock=lock, **more)

    monkeypatch.setattr(Bound, "situation", locked)
    answer = await recheck(district)
    assert [(a["kind"], a["state"], a["reason"]) for a in answer["alerts"]] == [
        ("housing", "failed", "这一件已封存，请先启封")
    ]


async def test_what_waits_is_dropped_when_it_is_gone_and_comes_up_again_when_it_is_back(
    district: Office, two: tuple[Case, Case]
) -> None:
    """A car that is sold and bought again; a job that ends and begins again. The case is under review all the time."""
    case = two[0]
    deliver(district, Source.HOUSING_FUND, employed(case, "甲厂"))
    assert ("job", "waiting") not in await told(district), (
        "nobody looked before, so that nobody knows it is new"
    )
    deliver(district, Source.HOUSING_FUND, employed(case, "甲厂", "乙厂"))
    assert ("job", "waiting") in await told(district)

    deliver(district, Source.HOUSING_FUND, employed(case, "甲厂"))
    deliver(district, Source.VEHICLES, cars(two[1])[:0])
    assert ("job", "waiting") not in await told(district)
    assert ("job", "dropped", True) in await alerts(district, case)
    assert ("vehicle", "filed", True) in await alerts(district, case)

    deliver(district, Source.HOUSING_FUND, employed(case, "甲厂", "乙厂"))
    deliver(district, Source.VEHICLES, cars(case, two[1]))
    again = await told(district)
    assert ("job", "waiting") in again
    assert again.count(("vehicle", "waiting")) == 2
    assert {("job", "waiting", False), ("vehicle", "waiting", False), ("vehicle", "filed", True)} <= set(
        await alerts(district, case)
    )


async def test_a_source_that_is_missing_once_makes_nothing_gone_and_nothing_new(
    district: Office, two: tuple[Case, Case]
) -> None:
    z = district.bureau.house.zhunbao
    inbox = z.settings.data / "plugins" / "big_data_check" / district.bureau.district.code / "inbox"
    (inbox / "vehicles.parquet").unlink()
    answer = await recheck(district)
    waiting = [a for a in answer["alerts"] if a["kind"] == "vehicle"]
    assert {a["state"] for a in waiting} == {"waiting"}
    assert all("没有这个来源的数据" in a["reason"] for a in waiting)

    deliver(district, Source.VEHICLES, cars(*two))
    after = [a for a in (await recheck(district))["alerts"] if a["kind"] == "vehicle"]
    assert len(after) == len(waiting)


async def test_what_waits_on_a_lapsed_authorisation_is_dropped_and_an_old_job_is_not_new_when_it_is_renewed(
    district: Office, two: tuple[Case, Case]
) -> None:
    case = two[0]
    district.bureau.house.later(days=370)
    deliver(district, Source.HOUSING_FUND, employed(case, "甲厂", "乙厂"))
    deliver(district, Source.VEHICLES, cars(*two))
    assert {state for _, state in await told(district)} == {"dropped"}
    rows = await district.rows(
        "SELECT DISTINCT reason FROM big_data_check_bulk_alert WHERE tenant_id = $1 AND state = 'dropped' AND reason LIKE '%授权%'"
    )
    assert len(rows) == 1

    bureau = district.bureau
    people = [{"person_id": p, "signed_on": bureau.today.isoformat()} for p in case.people.values()]
    form = {"authorisations": people, "papers": [bureau.photo]}
    await bureau.do("village_clerk", case, "renew_authorisation", form)
    await bureau.house.work_off()
    found = await told(district)
    assert [kind for kind, _ in found if kind == "job"] == []
    assert [kind for kind, _ in found if kind == "vehicle"] == ["vehicle"], (
        "it waited, and nobody has heard of it"
    )


async def test_one_re_check_opens_a_review_of_every_case_and_of_each_once(district: Office) -> None:
    context = await plugin_context(district)
    assert context.platform is not None
    run_id = uuid4()
    opened = []
    for case in [
        await district.bureau.take(
            await district.bureau.application(renamed(elderly_couple(), mark)), "active"
        )
        for mark in ("并甲", "并乙")
    ]:
        async with context.platform.transaction() as tx:
            form = {"cause": "alert", "notes": "批量复核发现登记信息有变化"}
            for _ in range(2):
                receipt = await context.platform.act(tx, case.id, filing.START, form, key=f"bulk {run_id}")
            opened.append((receipt.state, receipt.repeated))
    assert opened == [("reviewing", True), ("reviewing", True)]
