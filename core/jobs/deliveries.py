"""What the worker does with each kind of queued job: events to plugins, plugins' own jobs. Raises to be tried again.

    process_event ─▶ one plugin_event per enabled plugin that listens ─▶ its `process_events` hook
    plugin_job    ─▶ the plugin's `Job.run`

An event is split first, so that a plugin that fails is repeated alone and keeps nobody else waiting.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol
from uuid import UUID, uuid5

from core.kernel import journal, store
from core.kernel.engine import EVENT
from core.plugin_host.calling import Failed, call_async
from core.plugin_host.host import PluginHost
from core.plugin_host.payload import ProcessEvent, Scope
from core.sdk.house import PLUGIN_JOB
from core.sdk.jobs import Job
from core.storage.database import Database, Transaction
from core.storage.outbox import enqueue

log = logging.getLogger(__name__)

PLUGIN_EVENT = "plugin_event"


class TryAgain(Exception):
    """The delivery failed and is repeated later. The text names plugin and kind of failure, nothing personal."""


class Scopes(Protocol):
    async def __call__(self, tx: Transaction) -> Scope: ...


@dataclass(frozen=True)
class Deliveries:
    """Handlers by job name; each takes the queued payload."""

    database: Database
    host: PluginHost
    scope_of: Scopes

    def handlers(self) -> dict[str, Any]:
        return {EVENT: self.split_event, PLUGIN_EVENT: self.deliver_event, PLUGIN_JOB: self.run_job}

    async def split_event(self, payload: Mapping[str, Any]) -> None:
        async with self.database.transaction(UUID(payload["tenant"])) as tx:
            scope = await self.scope_of(tx)
            for plugin in self.host.implementers("process_events", scope):
                await enqueue(tx, PLUGIN_EVENT, {**payload, "plugin": plugin})

    async def deliver_event(self, payload: Mapping[str, Any]) -> None:
        async with self.database.transaction(UUID(payload["tenant"])) as tx:
            scope = await self.scope_of(tx)
            event = await _event(tx, payload)
        if payload["plugin"] not in scope.enabled:
            return
        outcome = await self.host.dispatch("process_events", scope, only=payload["plugin"], event=event)
        if outcome.failures:
            failure = outcome.failures[0]
            raise TryAgain(f"{failure.plugin}: {failure.kind}: {failure.detail}")

    async def run_job(self, payload: Mapping[str, Any]) -> None:
        async with self.database.transaction(UUID(payload["tenant"])) as tx:
            scope = await self.scope_of(tx)
        plugin = payload["plugin"]
        job = self._job(plugin, payload["job"])
        if plugin not in scope.enabled or job is None:
            log.info("a job of plugin %s was dropped: no longer enabled", plugin)
            return
        run = partial(job.run, self.host.context(scope, plugin), payload["payload"])
        result = await call_async(run, {}, job.timeout, None)
        if isinstance(result, Failed):
            raise TryAgain(f"{plugin}.{job.name}: {result.kind}: {result.detail}")

    def _job(self, plugin: str, name: str) -> Job | None:
        offers = self.host.collect("jobs").offers
        return next((o.value for o in offers if o.plugin == plugin and o.value.name == name), None)

    async def due(self, tx: Transaction, now: datetime) -> int:
        """Queue what the clock asks for in the transaction's tenant at this minute; how many jobs that were."""
        scope = await self.scope_of(tx)
        minute = int(now.timestamp()) // 60
        queued = 0
        for offer in self.host.collect("jobs", scope.enabled).offers:
            job: Job = offer.value
            if job.every is None or minute % max(1, int(job.every.total_seconds()) // 60):
                continue
            body = {"tenant": str(scope.tenant), "plugin": offer.plugin, "job": job.name, "payload": {}}
            await enqueue(tx, PLUGIN_JOB, body, key=f"{scope.tenant}:{offer.plugin}:{job.name}:{minute}")
            queued += 1
        return queued


async def _event(tx: Transaction, payload: Mapping[str, Any]) -> ProcessEvent:
    process = await store.load(tx, UUID(payload["process"]))
    entry = (await journal.read(tx, process.id))[payload["seq"] - 1][0]
    return ProcessEvent(
        id=uuid5(process.id, f"event {entry.seq}"), process_id=process.id, process_kind=process.kind,
        procedure=process.procedure, area_code=process.area_code, seq=entry.seq, action=entry.action,
        outcome=payload["outcome"], from_state=entry.from_state, to_state=entry.to_state, actor_id=entry.actor_id,
        at=entry.at, subject_id=process.subject_id, parent_id=process.parent_id,
    )  # fmt: skip
