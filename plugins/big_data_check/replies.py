"""Rows of a reply to a batch request that are of nobody who may still be asked about: removed at once (PIPL 47).

a reply came ─┐
an authorisation ran out or was withdrawn, a case ended ─┴▶ job "prune_replies" of that batch ─▶ their rows and the file as it came are gone

Whose rows are gone was not answered: the batch speaks for them no more (`over`), so that nobody's absence means "no record".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from core.sdk import Job, Platform, PluginContext, Transaction, local_date, platform_of
from core.sdk.verification import Source
from plugins.big_data_check.asking import wanted_of
from plugins.big_data_check.opening import permission_of
from plugins.big_data_check.sources.files import keys_of

PRUNE = "prune_replies"


@dataclass(slots=True)
class _Found:
    """Whose queries of a batch may still be answered: the digests their rows lie under; and whose may not."""

    keys: set[bytes] = field(default_factory=set)
    over: list[UUID] = field(default_factory=list)


async def prune_soon(tx: Transaction, platform: Platform, number: str, source: str, why: str) -> None:
    """`why` tells occasions apart: for each, one job."""
    await platform.enqueue(tx, PRUNE, {"batch": number, "source": source}, key=f"{number} {source} {why}")


async def prune_of(tx: Transaction, platform: Platform, process_id: UUID, why: str) -> None:
    """The replies in which somebody of a case may stand."""
    rows = await tx.fetch(
        """SELECT DISTINCT b.number, b.source FROM big_data_check_request r
           JOIN big_data_check_query q ON q.tenant_id = $1 AND q.request_id = r.id
           JOIN big_data_check_batch b ON b.tenant_id = $1 AND q.id = ANY(b.queries) AND NOT q.id = ANY(b.over)
           WHERE r.tenant_id = $1 AND r.process_id = $2""",
        tx.tenant,
        process_id,
    )
    for row in rows:
        await prune_soon(tx, platform, row["number"], row["source"], why)


async def prune_lapsed(tx: Transaction, platform: Platform, today: date) -> None:
    """The replies in which somebody stands whose authorisation has run out since."""
    rows = await tx.fetch(
        """SELECT DISTINCT b.number, b.source FROM big_data_check_signed s
           JOIN big_data_check_request r ON r.tenant_id = $1 AND r.process_id = s.process_id
           JOIN big_data_check_query q ON q.tenant_id = $1 AND q.request_id = r.id
           JOIN big_data_check_batch b ON b.tenant_id = $1 AND q.id = ANY(b.queries) AND NOT q.id = ANY(b.over)
           WHERE s.tenant_id = $1 AND s.first_until < $2
             AND EXISTS (SELECT FROM big_data_check_delivery d WHERE d.tenant_id = $1 AND d.batch = b.number
                         AND d.source = b.source AND NOT d.staged AND d.forgotten_at IS NULL)""",
        tx.tenant,
        today,
    )
    for row in rows:
        await prune_soon(tx, platform, row["number"], row["source"], f"lapsed {today}")


async def run_prune(context: PluginContext, payload: Mapping[str, Any]) -> None:
    platform, number, source = platform_of(context), payload["batch"], Source(payload["source"])
    async with platform.transaction() as tx:
        found = await _found(tx, platform, number, source, local_date(context.now))
        files = await tx.fetch(
            """SELECT id, object_sha256 FROM big_data_check_delivery
               WHERE tenant_id = $1 AND batch = $2 AND source = $3 AND NOT staged""",
            tx.tenant,
            number,
            source.value,
        )
        ids = [row["id"] for row in files]
        gone = await tx.fetch(
            """DELETE FROM big_data_check_record WHERE tenant_id = $1 AND delivery_id = ANY($2)
               AND fingerprint <> ALL($3) RETURNING delivery_id""",
            tx.tenant,
            ids,
            sorted(found.keys),
        )
        await tx.execute(
            """UPDATE big_data_check_batch SET over = over || $4::uuid[]
               WHERE tenant_id = $1 AND number = $2 AND source = $3""",
            tx.tenant,
            number,
            source.value,
            found.over if files else [],
        )
        stood_in = {row["delivery_id"] for row in gone}
        await _discard(
            tx, platform, {row["id"]: row["object_sha256"] for row in files if row["id"] in stood_in}
        )


async def _found(tx: Transaction, platform: Platform, number: str, source: Source, today: date) -> _Found:
    rows = await tx.fetch(
        """SELECT q.id, q.person_id, r.process_id, r.state FROM big_data_check_batch b
           JOIN big_data_check_query q ON q.tenant_id = $1 AND q.id = ANY(b.queries) AND NOT q.id = ANY(b.over)
           JOIN big_data_check_request r ON r.tenant_id = $1 AND r.id = q.request_id
           WHERE b.tenant_id = $1 AND b.number = $2 AND b.source = $3 ORDER BY r.process_id""",
        tx.tenant,
        number,
        source.value,
    )
    found = _Found()
    situation = None
    for row in rows:
        if situation is None or situation.view.process.id != row["process_id"]:
            situation = await platform.situation(tx, row["process_id"])
        wanted, may = wanted_of(situation).get(row["person_id"]), permission_of(situation, today).may
        ended = row["state"] == "closed" or situation.view.process.ended
        if wanted is None or ended or source not in may.get(row["person_id"], ()):
            found.over.append(row["id"])
        else:
            found.keys |= set(keys_of(platform, wanted.id_number, wanted.name))
    return found


async def _discard(tx: Transaction, platform: Platform, files: Mapping[UUID, str]) -> None:
    """The file as it came has their rows as well; that it came, and its hash, stays."""
    await tx.execute(
        "UPDATE big_data_check_delivery SET object_sha256 = '' WHERE tenant_id = $1 AND id = ANY($2)",
        tx.tenant,
        list(files),
    )
    for sha256 in filter(None, files.values()):
        await platform.discard(sha256)


JOBS = (Job(PRUNE, run_prune, timeout=1800.0),)
