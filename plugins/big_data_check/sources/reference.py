"""A reference database (PostgreSQL) that departments fill for the district: one view per source, read and never written.

    CREATE VIEW v_disability AS SELECT id_number, name, birth_date, area_code, kind, grade, certificate FROM …;
    CREATE VIEW zhunbao_sources AS SELECT source, as_of, areas FROM …;   -- one row per source: how fresh, which areas

A view's columns are the vocabulary's keys (`vocabulary.FIELDS`); further columns are ignored. A source that is missing in
`zhunbao_sources` has not said how fresh it is, and is silent; a village outside its `areas` has no data there.

Whoever has the number or the name is fetched, whatever the other says, and `matching.compare` decides; a number that is
misspelt there must not turn somebody who may be found into "no record". More than can be read is silence, never an end.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any

import asyncpg

from plugins.big_data_check.matching import (
    DOTS,
    Certainty,
    RegistryRecord,
    compare,
    other_century,
    plain_name,
    readable_number,
)
from plugins.big_data_check.sources import (
    Answer,
    Found,
    NoData,
    Question,
    Silent,
    SourceClient,
    Unreadable,
    identity_of,
    record_of,
)

CONNECT_SECONDS = 5.0
STATEMENT_MS = "5000"
MOST_RECORDS = 500
"""Of one person in one source."""
MOST_READ = 20_000
"""Rows of everybody with the number or the name."""
_SPACES = "".join(ch for ch in map(chr, range(0x3001)) if ch.isspace())
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
        return list(await self._open().fetch(sql, *values))

    async def each(self, sql: str, *values: object) -> AsyncGenerator[Any]:
        """One row after another, so that a common name does not fill the memory. Raises like `rows`."""
        async with self._open().acquire() as connection, connection.transaction(readonly=True):
            async for row in connection.cursor(sql, *values, prefetch=MOST_RECORDS):
                yield row

    def _open(self) -> asyncpg.Pool[Any]:
        if self._pool is None:
            raise ConnectionError(self._why)
        return self._pool


class _TooMany(Exception):
    """More rows have the number or the name than are read."""


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
            return Found(as_of, await self._records(question))
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return Silent("比对库没有答复")
        except _TooMany:
            return Silent("比对库里同名的记录太多，没有读完，请比对库的管理单位检查")
        except Unreadable as wrong:
            return Silent(f"比对库的记录不合规范：{wrong}"[:300])

    async def _records(self, question: Question) -> tuple[RegistryRecord, ...]:
        """Everything that is or may be this person's; what other people's records say is not even read."""
        found: list[RegistryRecord] = []
        read = 0
        async with aclosing(self._database.each(self._sql(), *_keys(question))) as rows:
            async for row in rows:
                read += 1
                raw = json.loads(row["row"], parse_float=str, parse_int=str)
                if not _anothers(question, raw):
                    found.append(record_of(question.source, {**raw, "values": raw}))
                if read > MOST_READ or len(found) > MOST_RECORDS:
                    raise _TooMany
        return tuple(found)

    def _sql(self) -> str:
        """By any form of the ID number, and by name whatever the number; spaces, full width and dots as in `plain_name`."""
        number = "upper(translate(normalize(v.id_number::text, NFKC), $3 || '-', ''))"
        name = "upper(translate(normalize(v.name::text, NFKC), $4 || $3, $5))"
        return f"""SELECT row_to_json(v)::text AS row FROM {self._name} v
                   WHERE {number} = ANY($1) OR {name} = $2"""  # noqa: S608


def _keys(question: Question) -> tuple[list[str], str, str, str, str]:
    number = readable_number(question.wanted.id_number)
    centuries = [n for n in (number, other_century(number)) if n]
    old = [n[:6] + n[8:17] for n in centuries if n[6:8] == "19"]
    return [*centuries, *old], plain_name(question.wanted.name), _SPACES, DOTS, "·" * len(DOTS)


def _anothers(question: Question, raw: Mapping[str, Any]) -> bool:
    """Whether it is certainly somebody else's. Raises Unreadable where that cannot be told."""
    registered = readable_number(str(raw.get("id_number") or ""))
    if registered and registered not in _keys(question)[0]:
        return True
    return compare(question.wanted, identity_of(raw)).certainty is Certainty.OTHER


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
