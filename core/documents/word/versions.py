"""Which template of a form holds on a day. Nothing is changed or removed: each version says from when, and an empty one
brings our own layout back. Functions work inside the tenant's own transaction.

Of the versions whose day has come the one saved last holds; so whoever saves another takes back what was planned before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from core.problems import FieldError, Invalid
from core.storage.database import Transaction

_HEAD = "form, version, effective_from, coalesce(octet_length(body), 0) AS size, saved_at, saved_by, reason"


class TemplateVersion(msgspec.Struct, frozen=True):
    """A version without its file. `size` is in bytes; 0: from that day on our own layout again."""

    form: str
    version: int
    effective_from: date
    size: int
    saved_at: datetime
    saved_by: UUID
    reason: str


async def save(
    tx: Transaction,
    form: str,
    body: bytes | None,
    *,
    start: date,
    reason: str,
    by: UUID,
    now: datetime,
    today: date,
) -> int:
    """Keep a template that was checked (None: none any more); its version. Raises Invalid for a day that has passed."""
    if start < today:
        raise Invalid("启用日期已经过去。", fields=(FieldError("start", "请写今天或以后的日期"),))
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 2))", f"{tx.tenant} template {form}")
    version: int = await tx.fetchval(
        """INSERT INTO word_template (tenant_id, form, version, effective_from, body, saved_at, saved_by, reason)
           SELECT $1, $2, coalesce(max(version), 0) + 1, $3, $4, $5, $6, $7
           FROM word_template WHERE tenant_id = $1 AND form = $2 RETURNING version""",
        tx.tenant, form, start, body, now, by, reason,
    )  # fmt: skip
    return version


async def in_force(tx: Transaction, today: date) -> dict[str, TemplateVersion]:
    """The templates that hold today, by form; forms printed in our own layout are not among them."""
    rows = await tx.fetch(
        f"""SELECT DISTINCT ON (form) {_HEAD} FROM word_template
            WHERE tenant_id = $1 AND effective_from <= $2 ORDER BY form, version DESC""",  # noqa: S608
        tx.tenant, today,
    )  # fmt: skip
    return {row["form"]: TemplateVersion(**dict(row)) for row in rows if row["size"]}


async def history(tx: Transaction, form: str) -> Sequence[TemplateVersion]:
    """Every version of a form, the newest first."""
    rows = await tx.fetch(
        f"SELECT {_HEAD} FROM word_template WHERE tenant_id = $1 AND form = $2 ORDER BY version DESC",  # noqa: S608
        tx.tenant, form,
    )  # fmt: skip
    return [TemplateVersion(**dict(row)) for row in rows]


async def body_of(tx: Transaction, form: str, version: int) -> bytes | None:
    """A version's file; None where there is none."""
    found: bytes | None = await tx.fetchval(
        "SELECT body FROM word_template WHERE tenant_id = $1 AND form = $2 AND version = $3",
        tx.tenant, form, version,
    )  # fmt: skip
    return found


async def body_in_force(tx: Transaction, form: str, today: date) -> bytes | None:
    """The file a form is filled into today; None: only our own layout."""
    found = (await in_force(tx, today)).get(form)
    return await body_of(tx, form, found.version) if found else None
