"""What stands on the public page: the allowed fields and nothing else, while the period runs (57号 24; PIPL 25, 28)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec

from core.access.areas import Areas
from core.kernel.deadline import POSTING_DAYS
from core.stages.public_list import POSTING_LABELS, PostingEntry, PostingKind
from core.storage.database import Transaction
from core.web.views.scope import area_names, significant

_COLUMNS = "id, process_id, kind, area_code, token, starts_on, ends_on, taken_down_on, entries"
_entries = msgspec.json.Decoder(tuple[PostingEntry, ...])

_FAR = date(9000, 1, 1)


class PublicPosting(msgspec.Struct, frozen=True):
    """One posting as anybody may read it. `ends_on` None: it stands as long as the households receive."""

    token: str
    kind: str
    label: str
    area: str
    area_code: str
    starts_on: date
    ends_on: date | None
    entries: tuple[PostingEntry, ...]
    days: int = POSTING_DAYS


class FiledPosting(PublicPosting, frozen=True):
    """The same for the office: `hangs` tells whether it stands on the public page now."""

    hangs: bool = False


async def standing(tx: Transaction, today: date, area_code: str = "") -> tuple[PublicPosting, ...]:
    """The postings that stand today, newest first."""
    rows = await tx.fetch(
        f"""SELECT {_COLUMNS} FROM posting
            WHERE tenant_id = $1 AND taken_down_on IS NULL AND starts_on <= $2 AND ends_on >= $2
              AND starts_with(area_code, $3)
            ORDER BY starts_on DESC, area_code, token LIMIT 500""",  # noqa: S608
        tx.tenant,
        today,
        significant(area_code) if area_code else "",
    )
    return await _public(tx, rows)


async def hangs(tx: Transaction, token: str, today: date) -> bool:
    """Whether a posting stands today, without reading it."""
    found: bool = await tx.fetchval(
        """SELECT EXISTS (SELECT FROM posting WHERE tenant_id = $1 AND token = $2 AND taken_down_on IS NULL
                          AND starts_on <= $3 AND ends_on >= $3)""",
        tx.tenant,
        token,
        today,
    )
    return found


async def by_token(tx: Transaction, token: str, today: date) -> PublicPosting | None:
    """A posting by the address printed on its notice; None before it starts, after it ended or was taken down."""
    rows = await tx.fetch(
        f"""SELECT {_COLUMNS} FROM posting WHERE tenant_id = $1 AND token = $2 AND taken_down_on IS NULL
            AND starts_on <= $3 AND ends_on >= $3""",  # noqa: S608
        tx.tenant,
        token,
        today,
    )
    found = await _public(tx, rows)
    return found[0] if found else None


class PastPosting(msgspec.Struct, frozen=True):
    """A posting that came down, with the process whose file holds the photographs of it."""

    posting: PublicPosting
    down_on: date
    kind: str
    process_id: UUID


async def past(tx: Transaction, today: date, areas: Areas, token: str = "") -> tuple[PastPosting, ...]:
    """What no longer hangs in these areas, newest first."""
    rows = await tx.fetch(
        f"""SELECT p.id, process_id, p.kind, p.area_code, token, starts_on, ends_on, taken_down_on, entries,
                   c.kind AS process_kind
            FROM posting p JOIN process c ON c.tenant_id = p.tenant_id AND c.id = p.process_id
            WHERE p.tenant_id = $1 AND {areas.condition("p.area_code", 2)}
              AND (taken_down_on IS NOT NULL OR ends_on < $4) AND ($5 = '' OR token = $5)
            ORDER BY starts_on DESC, p.area_code, token LIMIT 300""",  # noqa: S608
        tx.tenant, *areas.parameters, today, token,
    )  # fmt: skip
    shown = await _public(tx, rows)
    return tuple(
        PastPosting(one, row["taken_down_on"] or row["ends_on"], row["process_kind"], row["process_id"])
        for row, one in zip(rows, shown, strict=True)
    )


async def of_process(tx: Transaction, process_id: UUID, today: date) -> tuple[FiledPosting, ...]:
    """A process's postings, for the officers who print them."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM posting WHERE tenant_id = $1 AND process_id = $2 ORDER BY starts_on DESC",  # noqa: S608
        tx.tenant,
        process_id,
    )
    return tuple(
        FiledPosting(
            **msgspec.structs.asdict(one),
            hangs=row["taken_down_on"] is None and row["starts_on"] <= today <= row["ends_on"],
        )
        for row, one in zip(rows, await _public(tx, rows), strict=True)
    )


async def _public(tx: Transaction, rows: list[Any]) -> tuple[PublicPosting, ...]:
    names = await area_names(tx, {row["area_code"] for row in rows})
    return tuple(
        PublicPosting(
            row["token"], row["kind"], POSTING_LABELS[PostingKind(row["kind"])], names[row["area_code"]],
            row["area_code"], row["starts_on"], row["ends_on"] if row["ends_on"] < _FAR else None,
            _entries.decode(row["entries"]), max(1, (row["ends_on"] - row["starts_on"]) // timedelta(days=1)),
        )
        for row in rows
    )  # fmt: skip
