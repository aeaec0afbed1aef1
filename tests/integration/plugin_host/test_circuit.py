"""The circuit per district and plugin, in PostgreSQL: opens after failures in a row, for that district alone."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from core.plugin_host.calling import FailureKind
from core.plugin_host.circuit import DatabaseCircuits
from core.storage import Database
from tests.unit.plugin_host.builders import NOW, a_host, a_plugin, a_scope

pytestmark = pytest.mark.anyio

COOLDOWN = timedelta(minutes=5)


class Hands:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
def clock() -> Hands:
    return Hands()


def circuits(database: Database, clock: Hands, *, fresh_for: float = 0.0) -> DatabaseCircuits:
    """What one process would have; `fresh_for` 0 looks every time."""
    return DatabaseCircuits(database, clock, threshold=3, cooldown=COOLDOWN, fresh_for=fresh_for)


async def fail(made: DatabaseCircuits, tenant: UUID, times: int, plugin: str = "alpha") -> None:
    for _ in range(times):
        await made.failed(tenant, plugin, "greet", FailureKind.RAISED, "ValueError at hooks.py:7")


async def test_the_circuit_opens_after_failures_in_a_row(
    database: Database, tenant: UUID, clock: Hands
) -> None:
    made = circuits(database, clock)
    await fail(made, tenant, 2)
    assert await made.may_call(tenant, "alpha")
    await fail(made, tenant, 1)
    assert not await made.may_call(tenant, "alpha")


async def test_a_success_in_between_starts_the_count_again(
    database: Database, tenant: UUID, clock: Hands
) -> None:
    made = circuits(database, clock)
    await fail(made, tenant, 2)
    assert await made.may_call(tenant, "alpha")
    await made.succeeded(tenant, "alpha")
    await fail(made, tenant, 2)
    assert await made.may_call(tenant, "alpha")


async def test_it_opens_for_that_district_and_that_plugin_alone(
    database: Database, tenant: UUID, clock: Hands
) -> None:
    made = circuits(database, clock)
    await fail(made, tenant, 3)
    assert await made.may_call(uuid4(), "alpha")
    assert await made.may_call(tenant, "beta")


async def test_every_process_agrees_on_it(database: Database, tenant: UUID, clock: Hands) -> None:
    await fail(circuits(database, clock), tenant, 3)
    assert not await circuits(database, clock).may_call(tenant, "alpha")


async def test_after_the_cooldown_one_process_tries_and_the_others_wait(
    database: Database, tenant: UUID, clock: Hands
) -> None:
    processes = [circuits(database, clock) for _ in range(4)]
    await fail(processes[0], tenant, 3)
    clock.forward(COOLDOWN)
    allowed = await asyncio.gather(*(process.may_call(tenant, "alpha") for process in processes))
    assert sorted(allowed) == [False, False, False, True]


async def test_a_try_that_succeeds_closes_it(database: Database, tenant: UUID, clock: Hands) -> None:
    made = circuits(database, clock)
    await fail(made, tenant, 3)
    clock.forward(COOLDOWN)
    assert await made.may_call(tenant, "alpha")
    await made.succeeded(tenant, "alpha")
    assert await made.may_call(tenant, "alpha")
    async with database.transaction(tenant) as tx:
        assert await made.circuits(tx) == []


async def test_a_try_that_fails_keeps_it_open_for_another_cooldown(
    database: Database, tenant: UUID, clock: Hands
) -> None:
    made = circuits(database, clock)
    await fail(made, tenant, 3)
    clock.forward(COOLDOWN)
    assert await made.may_call(tenant, "alpha")
    await fail(made, tenant, 1)
    clock.forward(COOLDOWN - timedelta(seconds=1))
    assert not await made.may_call(tenant, "alpha")
    async with database.transaction(tenant) as tx:
        (circuit,) = await made.circuits(tx)
    assert (circuit.failures, circuit.opened_at) == (4, NOW)


async def test_the_administrator_can_close_it(database: Database, tenant: UUID, clock: Hands) -> None:
    made = circuits(database, clock)
    await fail(made, tenant, 3)
    await made.reset(tenant, "alpha")
    assert await made.may_call(tenant, "alpha")


async def test_failures_are_kept_for_the_plugin_page_newest_first(
    database: Database, tenant: UUID, clock: Hands
) -> None:
    made = circuits(database, clock)
    await fail(made, tenant, 1)
    clock.forward(timedelta(minutes=1))
    await made.failed(tenant, "alpha", "heard", FailureKind.TIMED_OUT, "no answer within 2 s")
    async with database.transaction(tenant) as tx:
        past = await made.recent_failures(tx, "alpha")
    assert [(f.hook, f.kind) for f in past] == [
        ("heard", FailureKind.TIMED_OUT),
        ("greet", FailureKind.RAISED),
    ]
    async with database.transaction(uuid4()) as tx:
        assert await made.recent_failures(tx, "alpha") == []


async def test_a_failure_counts_though_the_step_it_happened_in_is_undone(
    database: Database, tenant: UUID, clock: Hands
) -> None:
    made = circuits(database, clock)
    with suppress(LookupError):
        async with database.transaction(tenant):
            await fail(made, tenant, 3)
            raise LookupError
    assert not await made.may_call(tenant, "alpha")


async def test_looking_up_the_circuit_costs_nothing_while_it_is_fresh(
    database: Database, tenant: UUID, clock: Hands
) -> None:
    made = circuits(database, clock, fresh_for=60)
    assert await made.may_call(tenant, "alpha")
    await database.close()
    assert await made.may_call(tenant, "alpha")
    await made.succeeded(tenant, "alpha")


async def test_what_is_remembered_of_districts_is_bounded(database: Database, clock: Hands) -> None:
    made = DatabaseCircuits(database, clock, remembered_tenants=2, fresh_for=60)
    for _ in range(5):
        assert await made.may_call(uuid4(), "alpha")
    assert len(made._known) == 2


async def test_a_plugin_that_keeps_failing_is_switched_off_for_its_district_alone(
    database: Database, tenant: UUID, clock: Hands
) -> None:
    async def greet(name: str) -> list[str]:
        raise ValueError(name)

    host = a_host(a_plugin("alpha", greet=greet), circuits=circuits(database, clock))
    neighbour, kinds = uuid4(), []
    for _ in range(4):
        outcome = await host.dispatch("greet", a_scope("alpha", tenant=tenant), name="x")
        await host.settle()
        kinds.append(outcome.failures[0].kind)
    assert kinds == [*[FailureKind.RAISED] * 3, FailureKind.CIRCUIT_OPEN]
    outcome = await host.dispatch("greet", a_scope("alpha", tenant=neighbour), name="x")
    await host.settle()
    assert outcome.failures[0].kind is FailureKind.RAISED
