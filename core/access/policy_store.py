"""Each district's own policy lines: stored by version, compiled on first use, and in every process within moments.

    replace() ── one transaction: lines of version n+1, pointer, NOTIFY ──▶ every process that listens loads it
    ensure()  ── compares the stored version, on every signed-in request ──▶ right even when a notification was lost

Old versions' lines stay: what was allowed when can be looked up, and going back is saving the old text again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from core.access import access_log
from core.access.access_log import Event
from core.access.permissions import Permission, core_permissions
from core.access.policy import Compiled, PolicyLine, compile_policy, core_lines, parse, plugin_lines
from core.plugin_host.manifest import Plugin
from core.problems import Unavailable
from core.storage.database import Database, Transaction

log = logging.getLogger(__name__)

CHANNEL = "zhunbao_policy"
REMEMBERED = 4096
"""Tenants whose compiled policy is kept; the one longest unused goes first."""

_RETRY_SECONDS = 5.0
_PROBE_SECONDS = 60.0
_BROKEN = (
    Unavailable, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError,
)  # fmt: skip


def plugin_policy(
    plugins: Iterable[Plugin], steps: Iterable[Permission] = ()
) -> tuple[tuple[PolicyLine, ...], frozenset[Permission]]:
    """The grants of the installed plugins, and every permission there is with them.

    `steps` are (process kind, action) of all stage types in the catalogue. Raises Invalid naming plugin and line.
    """
    known = core_permissions() | frozenset(steps)
    lines: list[PolicyLine] = []
    for plugin in plugins:
        own = {(plugin.permission_object, str(action)) for action in plugin.permissions or ()}
        known |= own
        lines += plugin_lines(plugin.name, plugin.grants, known)
    return tuple(lines), known


class PolicyStore:
    """The `Policies` of a running process. Built once; `listen` runs beside the application until cancelled."""

    def __init__(
        self,
        database: Database,
        plugins: Sequence[PolicyLine] = (),
        known: frozenset[Permission] | None = None,
    ) -> None:
        self._database = database
        self._shared = (*core_lines(), *plugins)
        self._known = known or core_permissions()
        self._default = compile_policy(self._shared)
        self._compiled: OrderedDict[UUID, Compiled] = OrderedDict()

    @property
    def default(self) -> Compiled:
        return self._default

    def of(self, tenant: UUID) -> Compiled | None:
        """None: not loaded; `ensure` comes first, as everybody does who makes an `Actor` of an account."""
        found = self._compiled.get(tenant)
        if found is not None:
            self._compiled.move_to_end(tenant)
        return found

    async def ensure(self, tx: Transaction, version: int | None = None) -> None:
        """Have the newest policy of the transaction's tenant at hand. `version`: as just read, if it was."""
        assert tx.tenant is not None
        if version is None:
            version = (
                await tx.fetchval("SELECT version FROM policy_version WHERE tenant_id = $1", tx.tenant) or 0
            )
        known = self._compiled.get(tx.tenant)
        if known is None or known.version < version:
            self._keep(tx.tenant, await self._load(tx, tx.tenant, version))

    async def own(self, tx: Transaction) -> tuple[PolicyLine, ...]:
        """The district's present lines, for the page that shows them."""
        version = await tx.fetchval("SELECT version FROM policy_version WHERE tenant_id = $1", tx.tenant)
        return await self._lines(tx, version or 0)

    async def replace(
        self, tx: Transaction, text: str, *, at: datetime, by: UUID | None = None, file: str = "roles.csv"
    ) -> int:
        """Put the district's own lines in force with the commit; returns the version. Raises Invalid for bad lines.

        Who may is asked at the door (account, grant); a bundle's activation comes with nobody.
        """
        lines = parse(text, file, self._known, tenant=tx.tenant)
        version: int = await tx.fetchval(
            """INSERT INTO policy_version AS p (tenant_id, version, changed_at, changed_by) VALUES ($1, 1, $2, $3)
               ON CONFLICT (tenant_id) DO UPDATE
                   SET version = p.version + 1, changed_at = excluded.changed_at, changed_by = excluded.changed_by
               RETURNING version""",
            tx.tenant, at, by,
        )  # fmt: skip
        await tx.executemany(
            "INSERT INTO policy_line (tenant_id, version, role, object, action, effect) VALUES ($1, $2, $3, $4, $5, $6)",
            [(tx.tenant, version, li.role, li.object, li.action, li.effect) for li in lines],
        )
        await access_log.record(tx, at, Event.POLICY_CHANGED, account=by, note=f"version {version}")
        await tx.execute("SELECT pg_notify($1, $2)", CHANNEL, str(tx.tenant))
        return version

    async def adopt(self, tx: Transaction, roles: Sequence[str], *, at: datetime) -> bool:
        """Follow the `roles` section of the configuration in force; True when that changed anything.

        For whoever activates a configuration version, and for the nightly job (a version may begin at a date).
        """
        text = "\n".join(roles)
        if set(parse(text, "roles.csv", self._known, tenant=tx.tenant)) == set(await self.own(tx)):
            return False
        await self.replace(tx, text, at=at)
        return True

    async def listen(self) -> None:
        """Load changes as they are announced; goes on through a broken connection. Ends only by cancellation."""
        while True:
            try:
                await self._listen_once()
            except _BROKEN as error:
                log.warning("policy changes are not heard for now: %s", type(error).__name__)
            await asyncio.sleep(_RETRY_SECONDS)

    async def _listen_once(self) -> None:
        heard: asyncio.Queue[UUID] = asyncio.Queue()
        connection = await self._database.connect()

        def hear(_connection: Any, _pid: int, _channel: str, payload: str) -> None:
            heard.put_nowait(UUID(payload))

        try:
            await connection.add_listener(CHANNEL, hear)
            for tenant in list(self._compiled):  # whatever changed while nobody listened
                heard.put_nowait(tenant)
            while not connection.is_closed():
                try:
                    await self._refresh(await asyncio.wait_for(heard.get(), _PROBE_SECONDS))
                except TimeoutError:
                    await asyncio.wait_for(connection.execute("SELECT 1"), _PROBE_SECONDS)
        finally:
            connection.terminate()

    async def _refresh(self, tenant: UUID) -> None:
        if tenant in self._compiled:
            async with self._database.transaction(tenant) as tx:
                await self.ensure(tx)

    async def _load(self, tx: Transaction, tenant: UUID, version: int) -> Compiled:
        if version == 0:
            return self._default
        return compile_policy([*self._shared, *await self._lines(tx, version)], tenant, version)

    async def _lines(self, tx: Transaction, version: int) -> tuple[PolicyLine, ...]:
        rows = await tx.fetch(
            """SELECT role, object, action, effect FROM policy_line WHERE tenant_id = $1 AND version = $2
               ORDER BY role, object, action""",
            tx.tenant,
            version,
        )
        return tuple(
            PolicyLine(r["role"], r["object"], r["action"], r["effect"], str(tx.tenant)) for r in rows
        )

    def _keep(self, tenant: UUID, compiled: Compiled) -> None:
        self._compiled[tenant] = compiled
        self._compiled.move_to_end(tenant)
        while len(self._compiled) > REMEMBERED:
            self._compiled.popitem(last=False)
