"""A reference database (PostgreSQL) that departments fill for the district: one view per source, read and never written.

    CREATE VIEW v_disability AS SELECT id_number, name, birth_date, area_code, kind, grade, certificate FROM …;
    CREATE VIEW zhunbao_sources AS SELECT source, as_of, areas FROM …;   -- one row per source: how fresh, which areas

A view's columns are the vocabulary's keys (`vocabulary.FIELDS`); further columns are ignored. A source that is missing in
`zhunbao_sources` has not said how fresh it is, and is silent; a village outside its `areas` has no data there.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from core.sdk.verification import Source
from plugins.big_data_check.matching import other_century, readable_number
from plugins.big_data_check.sources import (
    Answer,
    Found,
    NoData,
    Question,
    Silent,
    SourceClient,
    Unreadable,
    record_of,
)

CONNECT_SECONDS = 5.0
STATEMENT_MS = "5000"
MOST_RECORDS = 500
_FRESHNESS = "SELECT as_of, areas FROM zhunbao_sources WHERE source = $1"


class ReferenceDatabase:
    """Connections of one asking. `pool` None: it could not be reached, and every source of it is silent."""

    def __init__(self, pool: asyncpg.Pool[Any] | None, why: str = "") -> None:
        self._pool = pool
        self._why = why

    def view(self, name: str) -> SourceClient:
        return _View(self, name)

    async def rows(self, sql: str, *values: object) -> list[Any]:
        """Raises OSError or asyncpg's errors when the database does not answer."""
        if self._pool is None:
            raise ConnectionError(self._why)
        return list(await self._pool.fetch(sql, *values))


class _View:
    """One source as a view. Its name comes from settings that allow nothing but identifiers."""

    def __init__(self, database: ReferenceDatabase, name: str) -> None:
        self._database = database
        self._name = name

    async def ask(self, question: Question) -> Answer:
        try:
            fresh = await self._database.rows(_FRESHNESS, question.source.value)
            if not fresh:
                return Silent("比对库没有写明这个来源的数据截至日期")
            as_of, areas = fresh[0]["as_of"], fresh[0]["areas"]
            if not any(question.wanted.area_code.startswith(area) for area in areas):
                return NoData("比对库不包括这个地区", as_of)
            found = await self._database.rows(self._sql(), *_keys(question))
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return Silent("比对库没有答复")
        try:
            return Found(as_of, tuple(_record(question.source, row["row"]) for row in found))
        except Unreadable as wrong:
            return Silent(f"比对库的记录不合规范：{wrong}"[:300])

    def _sql(self) -> str:
        """By either form of the ID number; by name only where a record carries no number."""
        return f"""SELECT row_to_json(v)::text AS row FROM {self._name} v
                   WHERE upper(v.id_number) = ANY($1)
                      OR (coalesce(v.id_number, '') = '' AND v.name = $2) LIMIT {MOST_RECORDS}"""  # noqa: S608


def _keys(question: Question) -> tuple[list[str], str]:
    number = readable_number(question.wanted.id_number)
    old = [number[:6] + number[8:17]] if number[6:8] == "19" else []
    numbers = [number, other_century(number), *old]
    return [n for n in numbers if n], question.wanted.name


def _record(source: Source, row: str) -> Any:
    raw = json.loads(row, parse_float=str, parse_int=str)
    return record_of(source, {**raw, "values": raw})


@asynccontextmanager
async def reference_database(url: str) -> AsyncIterator[ReferenceDatabase]:
    """Opened for one asking, read only, with short time limits; what cannot be opened is silent, never passed."""
    if not url:
        yield ReferenceDatabase(None, "no address")
        return
    try:
        pool = await asyncio.wait_for(
            asyncpg.create_pool(
                url, min_size=1, max_size=4, timeout=CONNECT_SECONDS,
                server_settings={"default_transaction_read_only": "on", "statement_timeout": STATEMENT_MS},
            ),
            2 * CONNECT_SECONDS,
        )  # fmt: skip
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError):
        yield ReferenceDatabase(None, "unreachable")
        return
    try:
        yield ReferenceDatabase(pool)
    finally:
        await pool.close()
