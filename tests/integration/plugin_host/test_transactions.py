"""Whatever a plugin does to a transaction, the caller's is as usable afterwards as it was before."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core.plugin_host.calling import FailureKind
from core.plugin_host.host import PluginHost
from core.plugin_host.outcome import Answer, Outcome
from core.plugin_host.payload import Veto
from core.storage import Database, Transaction
from core.storage.transaction import current
from tests.unit.plugin_host.builders import Lamp, a_host, a_plugin, a_scope

pytestmark = pytest.mark.anyio

INSERT = "INSERT INTO plugin_circuit (tenant_id, plugin, failures) VALUES ($1, $2, 1)"


async def fails_in_sql(tx: Transaction) -> None:
    await tx.execute("SELECT no_such_column")


async def writes_then_raises(tx: Transaction) -> None:
    await tx.execute(INSERT, tx.tenant, "smuggled")
    raise LookupError


async def swallows_the_error(tx: Transaction) -> None:
    with pytest.raises(asyncpg.PostgresError):
        await fails_in_sql(tx)


async def sleeps_in_sql(tx: Transaction) -> None:
    await tx.execute("SELECT pg_sleep(30)")


async def writes_then_hangs(tx: Transaction) -> None:
    await tx.execute(INSERT, tx.tenant, "smuggled")
    await asyncio.sleep(30)


MISCHIEF = [
    (fails_in_sql, FailureKind.RAISED),
    (writes_then_raises, FailureKind.RAISED),
    (swallows_the_error, FailureKind.RAISED),
    (sleeps_in_sql, FailureKind.TIMED_OUT),
    (writes_then_hangs, FailureKind.TIMED_OUT),
]


def host_that(mischief: Callable[[Transaction], Awaitable[None]]) -> PluginHost:
    async def forbid(tx: Transaction) -> Veto | None:
        await mischief(tx)
        return None

    return a_host(a_plugin("alpha", forbid=forbid))


@pytest.mark.parametrize(("mischief", "kind"), MISCHIEF)
async def test_the_callers_transaction_survives(
    database: Database, tenant: UUID, mischief: Any, kind: FailureKind
) -> None:
    host = host_that(mischief)
    async with database.transaction(tenant) as tx:
        await tx.execute(INSERT, tenant, "before")
        outcome = await host.dispatch("forbid", a_scope("alpha", tenant=tenant), tx=tx, step="x")
        await tx.execute(INSERT, tenant, "after")
    await host.settle()
    assert [f.kind for f in outcome.failures] == [kind]
    assert len(outcome.vetoes) == 1
    async with database.transaction(tenant) as tx:
        rows = await tx.fetch(
            "SELECT plugin FROM plugin_circuit WHERE tenant_id = $1 ORDER BY plugin", tenant
        )
    assert [row["plugin"] for row in rows] == ["after", "before"]


async def test_outside_of_a_step_a_plugin_sees_no_transaction_of_ours(
    database: Database, tenant: UUID
) -> None:
    seen: list[object] = []

    async def greet(name: str) -> list[str]:
        seen.append(current.get())
        async with database.transaction(tenant) as own:
            seen.append(own)
            await own.execute(INSERT, tenant, "its own")
        return [name]

    host = a_host(a_plugin("alpha", greet=greet))
    with suppress(LookupError):
        async with database.transaction(tenant) as tx:
            await host.dispatch("greet", a_scope("alpha", tenant=tenant), name="x")
            raise LookupError
    assert seen[0] is None
    assert seen[1] is not tx
    async with database.transaction(tenant) as tx:
        assert await tx.fetchval("SELECT count(*) FROM plugin_circuit WHERE tenant_id = $1", tenant) == 1


class WritingLamp(Lamp):
    """Joins the transaction it is called in, writes, and fails."""

    def __init__(self, database: Database, tenant: UUID) -> None:
        self.database, self.tenant = database, tenant

    async def shine(self, watts: int) -> str:
        async with self.database.transaction(self.tenant) as tx:
            await tx.execute(INSERT, self.tenant, "smuggled")
        raise LookupError(watts)


async def test_a_method_called_within_a_transaction_is_undone_when_it_fails(
    database: Database, tenant: UUID
) -> None:
    host = a_host(a_plugin("alpha"))
    offer = Answer("alpha", WritingLamp(database, tenant))
    async with database.transaction(tenant) as tx:
        outcome: Outcome = await host.invoke(
            "lamps", a_scope("alpha", tenant=tenant), offer, "shine", tx=tx, watts=40
        )
        assert outcome.failures[0].kind is FailureKind.RAISED
        assert await tx.fetchval("SELECT count(*) FROM plugin_circuit WHERE tenant_id = $1", tenant) == 0
