"""The circuit breaker per (tenant, plugin), kept in the database so that every process agrees.

    closed --`threshold` failures in a row--> open --`cooldown` over, one process claims the try--> half open
       ^-------------------- success -------------------------------------------------------------------|
                                                  open <---------------- failure ------------------------|

A district whose source is misconfigured loses that plugin; its neighbours do not. Failures are kept (append-only) for
the district's plugin page: type and place of the error, never its text, which could hold personal data.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid4

from core.clock import Clock
from core.plugin_host.calling import FailureKind
from core.storage import Database, Transaction

log = logging.getLogger(__name__)

_HALF_OPEN_TRY = timedelta(seconds=30)
"""How long a claimed try keeps others from trying as well."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """`failures` in a row; open until `retry_at` (UTC), when one call may try again."""

    plugin: str
    failures: int
    opened_at: datetime | None
    retry_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.opened_at is not None


@dataclass(frozen=True, slots=True)
class PastFailure:
    plugin: str
    hook: str
    kind: FailureKind
    detail: str
    at: datetime


class Circuits(Protocol):
    """What the host needs to know and tell. `tx` spares a connection where the caller already holds one."""

    async def may_call(self, tenant: UUID, plugin: str, tx: Transaction | None = None) -> bool: ...

    async def look(self, tx: Transaction) -> None:
        """Know how the tenant's circuits stand before they are asked for outside of a transaction."""
        ...

    async def failed(self, tenant: UUID, plugin: str, hook: str, kind: FailureKind, detail: str) -> None: ...

    async def succeeded(self, tenant: UUID, plugin: str) -> None: ...

    async def reset(self, tenant: UUID, plugin: str) -> None: ...

    async def circuits(self, tx: Transaction) -> Sequence[Circuit]: ...

    async def recent_failures(
        self, tx: Transaction, plugin: str, limit: int = 20
    ) -> Sequence[PastFailure]: ...


class NoCircuits:
    """Never opens: for the command line and for tests of one plugin."""

    async def may_call(self, tenant: UUID, plugin: str, tx: Transaction | None = None) -> bool:
        return True

    async def look(self, tx: Transaction) -> None:
        return None

    async def failed(self, tenant: UUID, plugin: str, hook: str, kind: FailureKind, detail: str) -> None:
        log.warning("plugin %s, hook %s: %s: %s", plugin, hook, kind, detail)

    async def succeeded(self, tenant: UUID, plugin: str) -> None:
        return None

    async def reset(self, tenant: UUID, plugin: str) -> None:
        return None

    async def circuits(self, tx: Transaction) -> Sequence[Circuit]:
        return ()

    async def recent_failures(self, tx: Transaction, plugin: str, limit: int = 20) -> Sequence[PastFailure]:
        return ()


class DatabaseCircuits:
    """Circuits in `plugin_circuit` and `plugin_failure`; each process looks again after `fresh_for` seconds."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        threshold: int = 5,
        cooldown: timedelta = timedelta(minutes=5),
        fresh_for: float = 5.0,
        remembered_tenants: int = 4096,
    ) -> None:
        self._database = database
        self._clock = clock
        self._threshold = threshold
        self._cooldown = cooldown
        self._fresh_for = fresh_for
        self._remembered = remembered_tenants
        self._known: OrderedDict[UUID, tuple[float, dict[str, Circuit]]] = OrderedDict()

    async def may_call(self, tenant: UUID, plugin: str, tx: Transaction | None = None) -> bool:
        circuit = (await self._of_tenant(tenant, tx)).get(plugin)
        if circuit is None or not circuit.is_open:
            return True
        now = self._clock()
        if circuit.retry_at is None or circuit.retry_at > now:
            return False
        return await self._claim_try(tenant, plugin, now)

    async def look(self, tx: Transaction) -> None:
        assert tx.tenant is not None
        await self._of_tenant(tx.tenant, tx)

    async def failed(self, tenant: UUID, plugin: str, hook: str, kind: FailureKind, detail: str) -> None:
        """Count a failure in a transaction of its own: the caller's may be about to roll back."""
        now = self._clock()
        async with self._database.transaction(tenant, separate=True) as tx:
            await tx.execute(
                "INSERT INTO plugin_failure (tenant_id, id, plugin, hook, kind, detail, at)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                *(tenant, uuid4(), plugin, hook, str(kind), detail[:500], now),
            )
            opened = await tx.fetchval(_COUNT, tenant, plugin, self._threshold, now, now + self._cooldown)
        self._known.pop(tenant, None)
        log.warning("tenant %s, plugin %s, hook %s: %s: %s", tenant, plugin, hook, kind, detail)
        if opened == now:
            log.error("tenant %s: circuit of plugin %s opened", tenant, plugin)

    async def succeeded(self, tenant: UUID, plugin: str) -> None:
        """Close the circuit, if this process knows of failures; otherwise free."""
        known = self._known.get(tenant)
        if known is None or plugin not in known[1]:
            return
        await self.reset(tenant, plugin)

    async def reset(self, tenant: UUID, plugin: str) -> None:
        """Close the circuit now: after a success, or by the administrator on the plugin page."""
        async with self._database.transaction(tenant) as tx:
            await tx.execute(
                "DELETE FROM plugin_circuit WHERE tenant_id = $1 AND plugin = $2", tenant, plugin
            )
        self._known.pop(tenant, None)

    async def circuits(self, tx: Transaction) -> Sequence[Circuit]:
        """Every circuit of the transaction's tenant with a failure since its last success, by plugin name."""
        rows = await tx.fetch(_CIRCUITS, tx.tenant)
        return [Circuit(r["plugin"], r["failures"], r["opened_at"], r["retry_at"]) for r in rows]

    async def recent_failures(self, tx: Transaction, plugin: str, limit: int = 20) -> Sequence[PastFailure]:
        """The latest failures of one plugin for the transaction's tenant, newest first."""
        rows = await tx.fetch(_RECENT, tx.tenant, plugin, limit)
        return [
            PastFailure(r["plugin"], r["hook"], FailureKind(r["kind"]), r["detail"], r["at"]) for r in rows
        ]

    async def _of_tenant(self, tenant: UUID, tx: Transaction | None) -> dict[str, Circuit]:
        known = self._known.get(tenant)
        if known is not None and time.monotonic() - known[0] < self._fresh_for:
            self._known.move_to_end(tenant)
            return known[1]
        if tx is None:
            async with self._database.transaction(tenant) as own:
                found = await self.circuits(own)
        else:
            found = await self.circuits(tx)
        circuits = {circuit.plugin: circuit for circuit in found}
        self._known[tenant] = (time.monotonic(), circuits)
        while len(self._known) > self._remembered:
            self._known.popitem(last=False)
        return circuits

    async def _claim_try(self, tenant: UUID, plugin: str, now: datetime) -> bool:
        async with self._database.transaction(tenant, separate=True) as tx:
            claimed = await tx.fetchval(
                "UPDATE plugin_circuit SET retry_at = $4"
                " WHERE tenant_id = $1 AND plugin = $2 AND retry_at <= $3 RETURNING plugin",
                *(tenant, plugin, now, now + _HALF_OPEN_TRY),
            )
        self._known.pop(tenant, None)
        if claimed is not None:
            await self._of_tenant(tenant, None)  # so that a success knows there is something to close
        return claimed is not None


_CIRCUITS = (
    "SELECT plugin, failures, opened_at, retry_at FROM plugin_circuit WHERE tenant_id = $1 ORDER BY plugin"
)

_RECENT = (
    "SELECT plugin, hook, kind, detail, at FROM plugin_failure"
    " WHERE tenant_id = $1 AND plugin = $2 ORDER BY at DESC LIMIT $3"
)

_COUNT = """
INSERT INTO plugin_circuit AS circuit (tenant_id, plugin, failures, opened_at, retry_at)
VALUES ($1, $2, 1, CASE WHEN $3::int <= 1 THEN $4::timestamptz END, CASE WHEN $3::int <= 1 THEN $5::timestamptz END)
ON CONFLICT (tenant_id, plugin) DO UPDATE SET
    failures  = circuit.failures + 1,
    opened_at = CASE WHEN circuit.failures + 1 >= $3 THEN coalesce(circuit.opened_at, $4) END,
    retry_at  = CASE WHEN circuit.failures + 1 >= $3 THEN $5 END
RETURNING opened_at
"""
