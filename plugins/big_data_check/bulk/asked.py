"""Whom the registries are asked about: people.parquet, and one row in the log for each of them (SAL 70(6)).

The sources somebody signed for, less those that do not answer about them; written set by set, before anything is compared.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq

from core.sdk import Platform, Transaction, local_date
from core.sdk.verification import Source
from plugins.big_data_check import access_log
from plugins.big_data_check.bulk.answering import Answering, left_out
from plugins.big_data_check.bulk.gauge import Gauge
from plugins.big_data_check.bulk.registers import BITS, PEOPLE

SIGNED = "signed.parquet"
PURPOSE = "批量复核：定期核查在保家庭的经济状况"
BATCH = 5000


@dataclass(frozen=True, slots=True)
class Asking:
    """Which run asks, and who had it started; None: the calendar."""

    run_id: UUID
    by: UUID | None


Unanswered = Counter[tuple[Source, str]]
"""How many people are not checked at a source, by reason."""


async def settle(
    platform: Platform, folder: Path, answers: Sequence[Answering], run: Asking, now: datetime, gauge: Gauge
) -> tuple[int, Unanswered]:
    """people.parquet from signed.parquet. How many are asked about at one source at least; who is not, and why."""
    persons, unanswered = 0, Unanswered()
    signed = pq.ParquetFile(folder / SIGNED)
    unfinished = (folder / "people.parquet").with_suffix(".unfinished")
    with pq.ParquetWriter(unfinished, PEOPLE, compression="zstd") as out:
        for batch in signed.iter_batches(BATCH):
            people = await asyncio.to_thread(batch.to_pylist)
            async with platform.transaction() as tx:
                told = [(one, await left_out(tx, platform, one, people)) for one in answers]
                await asyncio.to_thread(_settled, people, told, unanswered)
                asked = [person for person in people if person["allowed"]]
                await _log(tx, asked, run, now)
            persons += len(asked)
            await asyncio.to_thread(out.write_table, pa.Table.from_pylist(people, schema=PEOPLE))
            await gauge.on("asking", 0)
    unfinished.rename(folder / "people.parquet")
    (folder / SIGNED).unlink()
    return persons, unanswered


def _settled(
    people: list[dict[str, Any]], told: Sequence[tuple[Answering, Mapping[int, str]]], unanswered: Unanswered
) -> None:
    """Takes from everybody's `allowed` the sources that do not answer about them."""
    villages: dict[str, list[tuple[Answering, str]]] = {}
    for place, person in enumerate(people):
        village = person["area_code"]
        if village not in villages:
            villages[village] = [(one, why) for one, _ in told if (why := one.why_not(village))]
        reasons = [*villages[village], *((one, by[place]) for one, by in told if place in by)]
        for one, why in reasons:
            if person["allowed"] & BITS[one.source]:
                person["allowed"] &= ~BITS[one.source]
                unanswered[one.source, why] += 1


async def _log(tx: Transaction, people: Sequence[Mapping[str, Any]], run: Asking, now: datetime) -> None:
    names = {bits: _sources(bits) for bits in {person["allowed"] for person in people}}
    cases = [UUID(person["case_id"]) for person in people]
    persons = [UUID(person["person_id"]) for person in people]
    outcomes = [names[person["allowed"]] for person in people]
    entry = access_log.Entry("asked", PURPOSE, request_id=run.run_id, actor_id=run.by)
    once = f"{run.run_id} {local_date(now)}"  # gathered once more on the same day after a worker died: the same asking
    await access_log.write_many(tx, now, entry, cases, persons, outcomes, once)


def _sources(bits: int) -> str:
    return "、".join(source.label for source in Source if bits & BITS[source])
