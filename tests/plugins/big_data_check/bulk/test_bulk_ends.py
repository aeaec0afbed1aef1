"""How a re-check ends: once, for good, with nothing left of whom it was about; and on again where a worker was killed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID, uuid4

import pytest

from core.sdk.verification import Source
from core.settings import Keyring
from core.storage.embedded import Urls
from plugins.big_data_check.bulk import engine_process, filing, gathering, jobs, store
from plugins.big_data_check.bulk.settings import BulkSettings
from tests.builders.casework import Case, id_numbers
from tests.builders.households import elderly_couple
from tests.plugins.big_data_check.bulk.registers import folder_of, someone
from tests.plugins.big_data_check.bulk.test_bulk_office import SETTINGS, deliver
from tests.plugins.big_data_check.office import Office, an_office, plugin_context

pytestmark = pytest.mark.anyio


ALERTS = "SELECT id FROM big_data_check_bulk_alert WHERE tenant_id = $1 AND process_id = $2"


class Killed(BaseException):
    """As kill -9: nothing of the worker's catches it, so nothing is cleaned up either."""


@pytest.fixture(scope="module")
async def district(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Office]:
    async with an_office(database_urls, tmp_path_factory.mktemp("ends"), keys, values=SETTINGS) as office:
        yield office


@pytest.fixture(scope="module")
async def paid(district: Office) -> Case:
    facts = elderly_couple()
    return await district.bureau.take(await district.bureau.application(facts), "active")


async def queued(office: Office) -> UUID:
    """A re-check that no worker has taken up yet; what another test left open is over."""
    context = await plugin_context(office)
    run_id = uuid4()
    assert context.platform is not None
    async with context.platform.transaction() as tx:
        await tx.execute(
            f"UPDATE big_data_check_bulk_run SET state = 'cancelled' WHERE tenant_id = $1 AND state IN {store.OPEN}",
            tx.tenant,
        )
        await store.open_run(tx, run_id, "officer", None, context.now)
    return run_id


async def work(office: Office, run_id: UUID) -> None:
    await jobs.run_bulk(await plugin_context(office), {"run": str(run_id)})


async def state_of(office: Office, run_id: UUID) -> str:
    rows = await office.rows(
        "SELECT state FROM big_data_check_bulk_run WHERE tenant_id = $1 AND id = $2", run_id
    )
    return str(rows[0]["state"])


async def close(office: Office, run_id: UUID, state: str) -> None:
    async with office.bureau.house.inside(office.bureau.district) as tx:
        await tx.execute(
            "UPDATE big_data_check_bulk_run SET state = $3 WHERE tenant_id = $1 AND id = $2",
            tx.tenant, run_id, state,
        )  # fmt: skip


async def runs_folder(office: Office) -> Path:
    context = await plugin_context(office)
    assert context.platform is not None
    folder: Path = context.platform.folder / "runs"
    return folder


def left_in(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


async def test_a_folder_that_a_kill_left_behind_is_removed_by_the_clock(district: Office, paid: Case) -> None:
    ended, unknown = await queued(district), uuid4()
    await close(district, ended, "done")
    running, held = await queued(district), uuid4()
    folder = await runs_folder(district)
    for run_id in (ended, unknown, running, held):
        (folder / str(run_id)).mkdir(parents=True)
        (folder / str(run_id) / "people.parquet").write_bytes(b"620802195101010019")

    with jobs._alone(folder / str(held)):
        await jobs.run_due(await plugin_context(district), {})

        assert left_in(folder) == sorted([str(running), str(held)])
    await close(district, running, "cancelled")
    await jobs.run_due(await plugin_context(district), {})
    assert left_in(folder) == []


async def test_a_second_worker_does_not_turn_what_is_done_into_failed(
    district: Office, paid: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = await queued(district)

    async def ended_elsewhere(_: Any) -> NoReturn:
        await close(district, run_id, "done")
        raise RuntimeError("the folder is gone")

    monkeypatch.setattr(jobs._Work, "__call__", ended_elsewhere)
    await work(district, run_id)

    assert await state_of(district, run_id) == "done"


async def test_the_lock_is_held_until_the_end_is_written_down_and_the_folder_gone(
    district: Office, paid: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = await queued(district)
    folder, held, end = await runs_folder(district) / str(run_id), list[bool](), jobs._Work.end

    async def watched(self: Any, *told: Any) -> None:
        with jobs._alone(folder) as free:
            held.append(not free)
        await end(self, *told)

    monkeypatch.setattr(jobs._Work, "end", watched)
    await work(district, run_id)

    assert held == [True]
    assert not folder.exists()
    assert await state_of(district, run_id) == "done"


async def test_who_takes_up_a_run_that_has_just_ended_leaves_it_and_no_folder(
    district: Office, paid: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second worker found the run open, then the first one ended it and removed the folder."""
    run_id = await queued(district)
    folder, alone, calls = await runs_folder(district) / str(run_id), jobs._alone, list[str]()

    def ended_meanwhile(path: Path) -> Any:
        calls.append("locked")
        return alone(path)

    async def never(self: Any) -> bool:
        calls.append("worked")
        return True

    load = store.load

    async def closing(tx: Any, which: UUID, **more: Any) -> Any:
        found = await load(tx, which, **more)
        await tx.execute(
            "UPDATE big_data_check_bulk_run SET state = 'done' WHERE tenant_id = $1 AND id = $2", tx.tenant, which
        )  # fmt: skip
        return found

    monkeypatch.setattr(jobs, "_alone", ended_meanwhile)
    monkeypatch.setattr(jobs._Work, "__call__", never)
    monkeypatch.setattr(store, "load", closing)
    await work(district, run_id)

    assert calls == ["locked"]
    assert not folder.exists()


@pytest.mark.parametrize(
    "at", ["before the engine", "before filing", "in the middle of filing", "at the end"]
)
async def test_a_worker_killed_on_the_way_is_followed_by_one_that_goes_on(
    district: Office, paid: Case, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """Gathered once, filed once, and nothing left, wherever the kill struck."""
    number = id_numbers(paid.facts)[0]
    car = {"id_number": number, "reference": f"甘L {at}", "kind": "car", "value": Decimal("62000.00")}
    deliver(district, Source.VEHICLES, [car])
    run_id, gathered = await queued(district), list[int]()
    before = len(await district.rows(ALERTS, paid.id))
    gather = gathering.Gathering.__call__

    async def counted(*given: Any) -> Any:
        gathered.append(1)
        return await gather(*given)

    async def killed(*_: Any, **__: Any) -> NoReturn:
        raise Killed

    async def half_filed(*given: Any, **more: Any) -> AsyncIterator[Any]:
        async for told in file_all(*given, **more):
            yield told
            raise Killed

    file_all = filing.file_all
    monkeypatch.setattr(gathering.Gathering, "__call__", counted)
    with monkeypatch.context() as struck:
        if at == "before the engine":
            struck.setattr(engine_process, "run", killed)
        elif at == "before filing":
            struck.setattr(jobs._Work, "_file", killed)
        elif at == "in the middle of filing":
            struck.setattr(filing, "file_all", half_filed)
        else:
            struck.setattr(jobs._Work, "end", killed)
        with pytest.raises(Killed):
            await work(district, run_id)
    assert left_in(await runs_folder(district)) == [str(run_id)]
    assert await state_of(district, run_id) not in ("done", "failed", "cancelled")

    await work(district, run_id)

    assert gathered == [1]
    assert await state_of(district, run_id) == "done"
    assert left_in(await runs_folder(district)) == []
    assert len(await district.rows(ALERTS, paid.id)) == before + 1
    reviews = await district.rows(
        """SELECT seq FROM journal WHERE tenant_id = $1 AND process_id = $2 AND action = 'start_review'""",
        paid.id,
    )
    assert len(reviews) == 1


async def test_a_run_nobody_is_at_is_taken_up_by_the_clock(district: Office, paid: Case) -> None:
    run_id = await queued(district)
    district.bureau.house.later(minutes=6)

    await jobs.run_due(await plugin_context(district), {})
    await district.bureau.house.work_off()

    assert await state_of(district, run_id) == "done"


async def test_what_the_engine_says_of_an_error_quotes_nobody(
    district: Office, paid: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "620802195101010019"

    async def quoting(_: Any) -> NoReturn:
        raise ValueError(f"Could not convert string '{secret}' to INT64")

    monkeypatch.setattr(jobs._Work, "__call__", quoting)
    run_id = await queued(district)
    await work(district, run_id)

    answer = (await district.get(district.officer, f"/bulk/{run_id}")).json()
    assert secret not in str(answer)
    why = answer["run"]["problems"][-1]["why"]
    assert "ValueError" in why
    assert "再开始一次" in why


async def test_an_engine_that_fails_leaves_its_error_class_and_a_sentence(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "run", [someone(0)], {Source.HOUSING_FUND: []})
    broken = "王建国 620802196001010019: 62,000.00"
    (folder / "limits.parquet").write_bytes(broken.encode())

    async def told(_: Any) -> bool:
        return False

    with pytest.raises(engine_process.EngineFailed) as failed:
        await engine_process.run(folder, BulkSettings(threads=1), told)

    assert failed.value.error.isidentifier()
    assert "王建国" not in str(failed.value)
    assert "parquet" not in str(failed.value)
    assert failed.value.error in str(failed.value)


@pytest.mark.parametrize(
    ("error", "killed", "said"),
    [("OutOfMemoryException", False, "内存上限"), ("", True, "内存不够"), ("", False, "再开始一次")],
)
async def test_every_end_of_the_engine_says_what_to_do(error: str, killed: bool, said: str) -> None:
    assert said in str(engine_process.EngineFailed(error, killed=killed))


async def test_the_progress_told_never_goes_back_and_the_page_swaps_its_results_in(
    district: Office, paid: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id, told, pages, tell = await queued(district), list[int](), list[str](), store.tell

    async def heard(tx: Any, which: UUID, now: Any, **columns: Any) -> Any:
        stop = await tell(tx, which, now, **columns)
        told.append((await store.load(tx, which)).percent)
        return stop

    async def look() -> None:
        pages.append((await district.page(district.officer, f"/bulk/{run_id}")).text)

    monkeypatch.setattr(store, "tell", heard)
    await look()
    await work(district, run_id)
    await look()

    assert told == sorted(told)
    assert told[-1] == 100
    assert any(80 <= percent < 100 for percent in told), "filing is not the end"
    while_open, ended = pages
    assert 'id="run" hx-get' in while_open
    assert 'hx-select="#run"' in while_open
    results = ended[ended.index('id="run"') :]
    assert "需要复核的" in results
    assert "下载 Excel" in results
    assert "hx-trigger" not in results
