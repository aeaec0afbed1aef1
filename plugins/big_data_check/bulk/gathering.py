"""What a run works on, gathered into its folder: the people on the rolls who signed for it, and what was delivered.

    rolls ─▶ signed.parquet ─┐
    inbox, deliveries ─▶ registry/<source>.parquet ─┴▶ people.parquet: whom each source may be asked about, logged person by person

Nobody is asked about at a source none of whose files speaks for them (`answering`): that is said, with how many they are.
The folder is readable to the worker's account only, and removed when the run is over.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq

from core.sdk import NotFound, OnRolls, Platform, PluginContext, Transaction, local_date
from core.sdk.household import district
from core.sdk.verification import Source, parse
from plugins.big_data_check.asking import config_of
from plugins.big_data_check.bulk import answering, asked, copying, wording
from plugins.big_data_check.bulk.answering import Answering, Owners
from plugins.big_data_check.bulk.gauge import Gauge
from plugins.big_data_check.bulk.limits import limits_row, limits_table
from plugins.big_data_check.bulk.registers import BITS, PEOPLE
from plugins.big_data_check.bulk.store import Problem
from plugins.big_data_check.opening import permission_of
from plugins.big_data_check.snapshots import Inbox

CHUNK = 500
"""Households in one transaction."""
ROWS_A_HOUSEHOLD = 200
"""What reading a household's file costs, in registry rows: for progress and the time that is left."""
ROLLS = "在保名册"
NOT_SIGNED = "没有有效的核对授权，没有查询"
NO_CASE = "没有在办的卷宗（多为导入的存量户），没有查询；请先为这户立案"
NO_FILE = "卷宗没有找到，没有查询；请联系系统管理员"


class Gathering:
    """One run's folder. What it is told to keep on with raises `gauge.Stopped` where an officer stopped the run."""

    def __init__(
        self, context: PluginContext, platform: Platform, folder: Path, gauge: Gauge, run: asked.Asking
    ) -> None:
        self._context, self._platform, self._folder = context, platform, folder
        self._gauge, self._run = gauge, run
        self._today = local_date(context.now)
        self._inbox = Inbox(platform, config_of(context).files, context.district[:6], self._today)
        self._refused = Counter[str]()

    async def __call__(self) -> tuple[int, int, tuple[Problem, ...]]:
        """How many people are asked about at one source at least, how many registry rows there are, and what is not checked."""
        async with self._platform.transaction() as tx:
            households = await self._platform.count_on_rolls(tx)
        answers = [await self._answering(source) for source in Source]
        rows = sum(file.rows for one in answers for file in one.files)
        self._gauge.total = households * ROWS_A_HOUSEHOLD + rows
        await self._people()
        copied, answers = await self._registries(answers)
        persons, unanswered = await asked.settle(
            self._platform, self._folder, answers, self._run, self._context.now, self._gauge
        )
        return persons, copied, (*self._of_rolls(), *problems(answers, unanswered))

    def _of_rolls(self) -> tuple[Problem, ...]:
        return tuple(Problem(ROLLS, count, why) for why, count in self._refused.items())

    # --- people ----------------------------------------------------------------------------------------------------

    async def _people(self) -> None:
        """signed.parquet and limits.parquet. Who did not sign is left out, and counted."""
        limits: Mapping[str, Any] | None = None
        after: UUID | None = None
        people = 0
        with pq.ParquetWriter(self._folder / asked.SIGNED, PEOPLE, compression="zstd") as out:
            while True:
                async with self._platform.transaction() as tx:
                    some = [e async for e in self._platform.on_rolls(tx, after=after, most=CHUNK)]
                    rows = list[dict[str, Any]]()
                    for entry in some:
                        allowed, limits = await self._allowed(tx, entry, limits)
                        rows += _persons(entry, allowed, people + len(rows))
                if not some:
                    break
                after, people = some[-1].household.id, people + len(rows)
                await asyncio.to_thread(out.write_table, pa.Table.from_pylist(rows, schema=PEOPLE))
                await self._gauge.on("people", ROWS_A_HOUSEHOLD * len(some))
        pq.write_table(limits_table([limits] if limits else []), self._folder / "limits.parquet")

    async def _allowed(
        self, tx: Transaction, entry: OnRolls, limits: Mapping[str, Any] | None
    ) -> tuple[Mapping[UUID, frozenset[Source]], Mapping[str, Any] | None]:
        members = entry.household.members
        if entry.case_id is None:
            self._refused[NO_CASE] += len(members)
            return {}, limits
        try:
            situation = await self._platform.situation(tx, entry.case_id)
        except NotFound:
            self._refused[NO_FILE] += len(members)
            return {}, limits
        allowed = permission_of(situation, self._today).may
        if unsigned := sum(1 for m in members if m.person.id not in allowed):
            self._refused[NOT_SIGNED] += unsigned
        if limits is None:
            parameters = district(situation.view).parameters(self._today)
            limits = limits_row(self._context.district[:6], parameters, self._today)
        return allowed, limits

    # --- registries ------------------------------------------------------------------------------------------------

    async def _answering(self, source: Source) -> Answering:
        """A snapshot is read through to its end first: it beats meanwhile."""
        work = asyncio.to_thread(answering.snapshot_in, self._inbox, source)
        snapshot, refused = await self._gauge.beside("registries", work)
        async with self._platform.transaction() as tx:
            return await answering.answering(tx, self._inbox, source, snapshot, refused)

    async def _registries(self, answers: Sequence[Answering]) -> tuple[int, list[Answering]]:
        """registry/<source>.parquet for every source with files that speak for anybody. Rows in all; what answers now."""
        (self._folder / "registry").mkdir(exist_ok=True)
        signed = pq.ParquetFile(self._folder / asked.SIGNED)
        villages = {v for batch in signed.iter_batches(columns=["area_code"]) for v in batch[0].to_pylist()}
        rows, found = 0, list[Answering]()
        for one in answers:
            for tried in one.fallbacks():
                with suppress(pa.ArrowException, ValueError, KeyError, OSError):
                    rows += await self._copied(tried, villages)
                    found.append(tried)
                    break
        await asyncio.to_thread(wording.keep_dates, self._folder, found, villages)
        return rows, found

    async def _copied(self, one: Answering, villages: set[str]) -> int:
        used = one.used(villages)
        if not used:
            return 0
        owners = await asyncio.to_thread(self._owners, one) if len(used) > 1 else None
        path = self._folder / "registry" / f"{one.source.value}.parquet"

        async def copied(more: int) -> None:
            await self._gauge.on("registries", more)

        return await copying.copy(self._platform, self._inbox, one, used, owners, path, copied)

    def _owners(self, one: Answering) -> Owners:
        owners = Owners()
        signed = pq.ParquetFile(self._folder / asked.SIGNED)
        for batch in signed.iter_batches(columns=["number", "name", "area_code"]):
            for number, name, village in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                owners.add(number, name, one.of(village))
        return owners


def _persons(entry: OnRolls, allowed: Mapping[UUID, frozenset[Source]], first: int) -> list[dict[str, Any]]:
    household = entry.household
    mine = [m.person for m in household.members if m.person.id in allowed]
    return [
        {
            "pid": first + place, "hid": first, "person_id": str(person.id), "household_id": str(household.id),
            "case_id": str(entry.case_id), "area_code": household.area_code,
            "number": parse(person.private.id_number).number, "name": person.name,
            "born": person.private.birth_date, "persons": len(household.members),
            "allowed": sum(BITS[source] for source in allowed[person.id]),
        }
        for place, person in enumerate(mine)
    ]  # fmt: skip


def problems(answers: Sequence[Answering], unanswered: Mapping[tuple[Source, str], int]) -> list[Problem]:
    """By source: a snapshot that is not used, and how many people are not checked there, and why."""
    found = list[Problem]()
    for one in answers:
        counts = {why: count for (source, why), count in unanswered.items() if source is one.source}
        if one.refused:
            # without any other data it is the reason itself
            found.append(
                Problem(one.source.label, 0 if one.files else counts.pop(answering.NOTHING, 0), one.refused)
            )
        found += [Problem(one.source.label, count, why) for why, count in sorted(counts.items())]
        if not (one.files or counts or one.refused):
            found.append(Problem(one.source.label, 0, answering.NOTHING))
    return found
