"""Answers from delivered files, looked up by keyed digest.

A person is answered from the newest delivery that covers their village, or from the reply to the batch request that asked
about them; older than `max_age_days` it no longer answers. Parts answer when all of them are there, and a correction
(a higher version) takes the place of what it corrects.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from core.sdk import Platform, Transaction
from core.sdk.verification import Source
from plugins.big_data_check.deliveries import FAULTY, about, oldest_fresh
from plugins.big_data_check.matching import RegistryRecord, other_century, plain_name, readable_number
from plugins.big_data_check.sources import Answer, Channel, Found, NoData, Origin, Question, Silent


class FileSource:
    """Answers from delivered files. One look-up at a time: it needs a connection each."""

    def __init__(self, platform: Platform, today: date, max_age_days: int) -> None:
        self._platform = platform
        self._today = today
        self._oldest = oldest_fresh(today, max_age_days)
        self._turn = asyncio.Lock()

    async def ask(self, question: Question) -> Answer:
        async with self._turn, self._platform.transaction() as tx:
            series = await series_of(tx, question.source, self._oldest, self._today)
            if not series:
                return Silent("还没有收到有效期内的批量文件")
            batches = await self._batches_with(tx, question)
            covering = next((s for s in series if s.covers(question.wanted.area_code, batches)), None)
            if covering is None and all(s.batch for s in series):
                return Silent("还没有收到这次核对批次的答复")
            if covering is None:
                return NoData("收到的批量文件不包括这个地区")
            if covering.missing:
                return Silent(f"数据分 {covering.parts} 份交付，还差 {covering.missing} 份")
            return replace(await self._answer(tx, covering, question), origin=covering.origin)

    async def _answer(self, tx: Transaction, series: Series, question: Question) -> Found | NoData:
        records, faulty = await self._records(tx, series, question)
        if records or not (faulty or series.unknown):
            return Found(series.as_of, records)
        if faulty:
            return NoData("交付的数据里，可能是这个人的一行有错误，没有导入", series.as_of)
        return NoData(f"交付的数据里有 {series.unknown} 行认不出是谁，没有导入", series.as_of)

    async def _batches_with(self, tx: Transaction, question: Question) -> set[str]:
        rows = await tx.fetch(
            "SELECT number FROM big_data_check_batch WHERE tenant_id = $1 AND source = $2 AND $3 = ANY(queries)"
            " AND NOT $3 = ANY(over)",
            tx.tenant,
            question.source.value,
            question.id,
        )
        return {row["number"] for row in rows}

    async def _records(
        self, tx: Transaction, series: Series, question: Question
    ) -> tuple[list[RegistryRecord], bool]:
        """The records that may be this person's; and whether a row that was left out may have been."""
        keys = keys_of(self._platform, question.wanted.id_number, question.wanted.name)
        rows = await tx.fetch(
            """SELECT delivery_id, place, sealed FROM big_data_check_record
               WHERE tenant_id = $1 AND delivery_id = ANY($2) AND fingerprint = ANY($3) ORDER BY delivery_id, place""",
            tx.tenant,
            series.ids,
            keys,
        )
        records = [
            msgspec.json.decode(
                self._platform.unseal(bytes(row["sealed"]), about(row["delivery_id"], row["place"])),
                type=RegistryRecord,
            )
            for row in rows
            if row["sealed"] != FAULTY
        ]
        return records, len(records) < len(rows)


def keys_of(platform: Platform, id_number: str, name: str) -> list[bytes]:
    """The digests under which rows of somebody lie, or rows that may be theirs."""
    number = readable_number(id_number)
    numbers = [n for n in (number, other_century(number)) if n]
    keys = [platform.fingerprint("id_number", n) for n in numbers]
    return [*keys, platform.fingerprint("name", plain_name(name))]


async def series_of(tx: Transaction, source: Source, oldest: date, today: date) -> list[Series]:
    """The newest version of everything delivered whose data are of these days, the newest data first."""
    rows = await tx.fetch(
        """SELECT id, as_of, areas, batch, version, parts, sender, rows, left_out, left_out_unknown FROM big_data_check_delivery
           WHERE tenant_id = $1 AND source = $2 AND as_of BETWEEN $3 AND $4 AND forgotten_at IS NULL
             AND NOT staged
           ORDER BY as_of DESC, version DESC, taken_at DESC""",
        tx.tenant,
        source.value,
        oldest,
        today,
    )
    found: dict[tuple[Any, ...], Series] = {}
    for row in rows:
        key = (row["batch"], row["as_of"], tuple(row["areas"]))
        series = found.setdefault(
            key, Series(row["as_of"], tuple(row["areas"]), row["batch"], row["version"], row["parts"])
        )
        if row["version"] == series.version:
            series.ids.append(row["id"])
            series.rows += row["rows"]
            series.left_out += row["left_out"]
            series.unknown += row["left_out_unknown"]
            series.sender = series.sender or row["sender"]
    return list(found.values())


@dataclass
class Series:
    """The parts of one version of one delivery. `left_out` counts rows, `unknown` those of them nobody is recognised in."""

    as_of: date
    areas: tuple[str, ...]
    batch: str
    version: int
    parts: int
    ids: list[UUID] = field(default_factory=list)
    rows: int = 0
    left_out: int = 0
    unknown: int = 0
    sender: str = ""

    @property
    def origin(self) -> Origin:
        """Its newest part stands for all of them."""
        words = (self.sender, self.batch, f"第 {self.version} 版")
        return Origin(Channel.FILES, " · ".join(word for word in words if word), self.ids[0])

    @property
    def missing(self) -> int:
        return self.parts - len(self.ids)

    def covers(self, village: str, batches: Collection[str] = ()) -> bool:
        return self.batch in batches if self.batch else any(village.startswith(area) for area in self.areas)
