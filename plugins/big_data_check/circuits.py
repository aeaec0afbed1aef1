"""The circuits of a district in the database: askings run side by side, and each counts on what the others have counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from core.sdk import Platform, Transaction
from core.sdk.verification import Source
from plugins.big_data_check.config import Platform as PlatformSettings
from plugins.big_data_check.sources.circuit import Circuit


class KeptCircuits:
    """Each step is a transaction of its own, with the row held: of those who wait for a pause to end one goes through."""

    def __init__(self, platform: Platform, settings: PlatformSettings) -> None:
        self._platform = platform
        self._most = settings.breaker_failures
        self._pause = timedelta(seconds=settings.breaker_seconds)

    async def claim(self, source: Source, now: datetime) -> bool:
        async with self._platform.transaction() as tx:
            if (await _read(tx, source)).open_until is None:
                return True
            circuit = await _read(tx, source, held=True)
            if circuit.lets_through(now):
                await _write(tx, source, circuit.claimed(now))
                return True
            return False

    async def count(self, source: Source, now: datetime, *, failed: bool) -> None:
        def after(circuit: Circuit) -> Circuit:
            return circuit.after_failure(now, self._most, self._pause) if failed else circuit.after_answer()

        await self._change(source, after)

    async def _change(self, source: Source, change: Callable[[Circuit], Circuit]) -> None:
        async with self._platform.transaction() as tx:
            seen = await _read(tx, source)
            if change(seen) == seen:
                return
            await tx.execute(
                """INSERT INTO big_data_check_circuit (tenant_id, source, failures) VALUES ($1, $2, 0)
                   ON CONFLICT (tenant_id, source) DO NOTHING""",
                tx.tenant,
                source.value,
            )
            await _write(tx, source, change(await _read(tx, source, held=True)))


async def _read(tx: Transaction, source: Source, *, held: bool = False) -> Circuit:
    row: Any = await tx.fetchrow(
        f"""SELECT failures, open_until, trying_until FROM big_data_check_circuit
            WHERE tenant_id = $1 AND source = $2 {"FOR UPDATE" if held else ""}""",  # noqa: S608
        tx.tenant,
        source.value,
    )
    return Circuit(**dict(row)) if row else Circuit()


async def _write(tx: Transaction, source: Source, circuit: Circuit) -> None:
    await tx.execute(
        """UPDATE big_data_check_circuit SET failures = $3, open_until = $4, trying_until = $5
           WHERE tenant_id = $1 AND source = $2""",
        tx.tenant,
        source.value,
        circuit.failures,
        circuit.open_until,
        circuit.trying_until,
    )
