"""Postings as anybody reads them on line, and as the office keeps them: the allowed fields, while the period runs (57号 24; PIPL 25, 28).

On line stands less than on the village's board (domain §5): `online_fields` of the district says what beside the name.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta

from core.access.areas import Areas
from core.kernel.deadline import POSTING_DAYS
from core.stages.public_list import POSTING_LABELS, PostingEntry, PostingKind
from core.storage.database import Transaction
from core.web.views.scope import area_names, significant

PAGE_SIZE = 25
API_PAGE_SIZE = 500
_COLUMNS = (
    "p.id, p.process_id, p.kind, p.area_code, p.token, p.starts_on, p.ends_on, p.taken_down_on, p.entries, "
    "c.kind AS process_kind"
)
_FROM = "posting p JOIN process c ON c.tenant_id = p.tenant_id AND c.id = p.process_id"
_HANGS = "p.taken_down_on IS NULL AND p.starts_on <= $2 AND p.ends_on >= $2"
_ORDER = "p.kind = 'long_term', p.starts_on DESC, p.area_code, p.token"
"""Running lists first: an objection to them must come before their days are over."""
_entries = msgspec.json.Decoder(tuple[PostingEntry, ...])

_FAR = date(9000, 1, 1)
T = TypeVar("T")


class PostingQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Filters of the public list, as they stand in the address."""

    area: Annotated[str, Meta(title="地区", pattern="^([0-9]{2,12})?$")] = ""
    page: Annotated[int, Meta(title="页", ge=1, le=10_000)] = 1


class OfficePostingQuery(PostingQuery, frozen=True, forbid_unknown_fields=True):
    """The same for the office: what hangs, or what came down."""

    tab: Annotated[Literal["now", "past"], Meta(title="范围")] = "now"


class OnlineEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """A household's line as it stands on line; what the district keeps to the board is left out."""

    applicant: str
    group_name: str = ""
    persons: int | None = None
    amount: Decimal | None = None


class PublicPosting(msgspec.Struct, frozen=True):
    """One posting as anybody may read it. `ends_on` None: it stands as long as the households receive."""

    token: str
    kind: str
    label: str
    area: str
    area_code: str
    starts_on: date
    ends_on: date | None
    entries: tuple[OnlineEntry, ...]
    days: int = POSTING_DAYS


class FiledPosting(msgspec.Struct, frozen=True):
    """The same for the office, as it hangs on the board. `hangs`: it stands today; `down_on`: the day it came down."""

    token: str
    kind: str
    label: str
    area: str
    area_code: str
    starts_on: date
    ends_on: date | None
    entries: tuple[PostingEntry, ...]
    days: int
    hangs: bool
    down_on: date | None
    process_id: UUID
    process_kind: str


class Listed(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list."""

    rows: tuple[T, ...]
    total: int
    page: int
    pages: int


class Place(msgspec.Struct, frozen=True):
    """A township with its villages, each by its digits and name, as a filter offers them."""

    code: str
    name: str
    villages: tuple[tuple[str, str], ...]


def online(posting: FiledPosting, fields: Collection[str]) -> PublicPosting:
    """What of a posting stands on line: never the category, and of the rest what the district puts there."""
    entries = tuple(
        OnlineEntry(
            e.applicant,
            e.group_name if "group_name" in fields else "",
            e.persons if "persons" in fields else None,
            e.amount if "amount" in fields else None,
        )
        for e in posting.entries
    )
    return PublicPosting(
        posting.token, posting.kind, posting.label, posting.area, posting.area_code, posting.starts_on, posting.ends_on,
        entries, posting.days,
    )  # fmt: skip


async def standing(
    tx: Transaction, today: date, fields: Collection[str], wanted: PostingQuery, size: int = PAGE_SIZE
) -> Listed[PublicPosting]:
    """The postings that stand today, running ones before long-term ones, newest first."""
    where = f"p.tenant_id = $1 AND {_HANGS} AND starts_with(p.area_code, $3)"
    found = await _listed(tx, where, [tx.tenant, today, _prefix(wanted.area)], wanted.page, size, today)
    return Listed(tuple(online(p, fields) for p in found.rows), found.total, found.page, found.pages)


async def places(tx: Transaction, today: date) -> tuple[Place, ...]:
    """Where something stands today, for the filter."""
    rows = await tx.fetch(
        f"""SELECT v.code, v.name, v.township AS town, coalesce(t.name, v.township) AS town_name
            FROM (SELECT code, name, left(code, 9) AS township FROM area
                  WHERE code IN (SELECT DISTINCT p.area_code FROM posting p WHERE p.tenant_id = $1 AND {_HANGS})) v
            LEFT JOIN area t ON t.code = v.township || '000' ORDER BY v.code""",  # noqa: S608
        tx.tenant,
        today,
    )
    return _places(rows)


async def by_token(tx: Transaction, token: str, today: date, fields: Collection[str]) -> PublicPosting | None:
    """A posting by the address printed on its notice; None before it starts, after it ended or was taken down."""
    where = f"p.tenant_id = $1 AND {_HANGS} AND p.token = $3"
    rows = await tx.fetch(f"SELECT {_COLUMNS} FROM {_FROM} WHERE {where}", tx.tenant, today, token)  # noqa: S608
    found = await _filed(tx, rows, today)
    return online(found[0], fields) if found else None


async def hangs(tx: Transaction, token: str, today: date) -> bool:
    """Whether a posting stands today, without reading it."""
    found: bool = await tx.fetchval(
        f"SELECT EXISTS (SELECT FROM posting p WHERE p.tenant_id = $1 AND {_HANGS} AND p.token = $3)",  # noqa: S608
        tx.tenant,
        today,
        token,
    )
    return found


async def of_areas(
    tx: Transaction, today: date, areas: Areas, wanted: OfficePostingQuery
) -> Listed[FiledPosting]:
    """What hangs in these areas, running lists first; or what no longer does, newest first."""
    now = wanted.tab == "now"
    state = _HANGS if now else "(p.taken_down_on IS NOT NULL OR p.ends_on < $2)"
    where = f"p.tenant_id = $1 AND {state} AND {areas.condition('p.area_code', 4)} AND starts_with(p.area_code, $3)"
    values = [tx.tenant, today, _prefix(wanted.area), *areas.parameters]
    order = _ORDER if now else "coalesce(p.taken_down_on, p.ends_on) DESC, p.area_code, p.token"
    return await _listed(tx, where, values, wanted.page, PAGE_SIZE, today, order)


async def places_of(tx: Transaction, areas: Areas) -> tuple[Place, ...]:
    """The villages of these areas in which anything was ever posted, for the filter."""
    rows = await tx.fetch(
        f"""SELECT v.code, v.name, v.township AS town, coalesce(t.name, v.township) AS town_name
            FROM (SELECT code, name, left(code, 9) AS township FROM area
                  WHERE code IN (SELECT DISTINCT p.area_code FROM posting p
                                 WHERE p.tenant_id = $1 AND {areas.condition("p.area_code", 2)})) v
            LEFT JOIN area t ON t.code = v.township || '000' ORDER BY v.code""",  # noqa: S608
        tx.tenant,
        *areas.parameters,
    )
    return _places(rows)


async def one_of_areas(tx: Transaction, today: date, areas: Areas, token: str) -> FiledPosting | None:
    """A posting of these areas, hanging or down, as it was put on the board."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM {_FROM} WHERE p.tenant_id = $1 AND p.token = $2 AND {areas.condition('p.area_code', 3)}",  # noqa: S608
        tx.tenant,
        token,
        *areas.parameters,
    )
    found = await _filed(tx, rows, today)
    return found[0] if found else None


async def of_process(tx: Transaction, process_id: UUID, today: date) -> tuple[FiledPosting, ...]:
    """A process's postings, for the officers who print them."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM {_FROM} WHERE p.tenant_id = $1 AND p.process_id = $2 ORDER BY p.starts_on DESC",  # noqa: S608
        tx.tenant,
        process_id,
    )
    return await _filed(tx, rows, today)


async def _listed(
    tx: Transaction, where: str, values: list[Any], page: int, size: int, today: date, order: str = _ORDER
) -> Listed[FiledPosting]:
    total = await tx.fetchval(f"SELECT count(*) FROM posting p WHERE {where}", *values)  # noqa: S608
    pages = max(1, -(-total // size))
    page = min(page, pages)
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM {_FROM} WHERE {where} ORDER BY {order} LIMIT {size} OFFSET {(page - 1) * size}",  # noqa: S608
        *values,
    )
    return Listed(await _filed(tx, rows, today), total, page, pages)


async def _filed(tx: Transaction, rows: list[Any], today: date) -> tuple[FiledPosting, ...]:
    names = await area_names(tx, {row["area_code"] for row in rows})
    return tuple(
        FiledPosting(
            row["token"], row["kind"], POSTING_LABELS[PostingKind(row["kind"])], names[row["area_code"]],
            row["area_code"], row["starts_on"], row["ends_on"] if row["ends_on"] < _FAR else None,
            _entries.decode(row["entries"]), max(1, (row["ends_on"] - row["starts_on"]) // timedelta(days=1)),
            row["taken_down_on"] is None and row["starts_on"] <= today <= row["ends_on"],
            row["taken_down_on"] or (row["ends_on"] if row["ends_on"] < today else None),
            row["process_id"], row["process_kind"],
        )
        for row in rows
    )  # fmt: skip


def _places(rows: list[Any]) -> tuple[Place, ...]:
    towns: dict[str, tuple[str, list[tuple[str, str]]]] = {}
    for row in rows:
        _, villages = towns.setdefault(row["town"], (row["town_name"], []))
        if not row["code"].endswith("000"):
            villages.append((row["code"], row["name"]))
    return tuple(Place(code, name, tuple(villages)) for code, (name, villages) in towns.items())


def _prefix(area: str) -> str:
    return significant(area) if area else ""
