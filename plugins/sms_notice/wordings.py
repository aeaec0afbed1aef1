"""The district's own wording per notice, and ours where it has none: checked when loaded, kept by version.

A wording that was right when it was saved and no longer is (a variable was withdrawn) is not used; ours takes its place,
and the page with the wordings says so.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from core.sdk import Invalid, Transaction
from plugins.sms_notice.notices import NOTICES, Notice
from plugins.sms_notice.wording import SAMPLE, Wording, for_phones, segments, units

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InUse:
    """What a notice says now. Version 0 is ours; `problem` tells why a district's own one is not used."""

    notice: Notice
    wording: Wording
    version: int = 0
    changed_at: datetime | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """A wording filled with made-up values, and what it costs: messages, and yuan."""

    text: str
    characters: int
    segments: int
    yuan: Decimal


@dataclass(frozen=True, slots=True)
class Version:
    """A wording as it was once saved."""

    version: int
    text: str
    changed_at: datetime
    changed_by: UUID


async def in_use(tx: Transaction, name: str) -> InUse:
    """The wording of one notice. Raises KeyError for a notice there is none of."""
    return (await _load(tx, name))[name]


async def all_in_use(tx: Transaction) -> Mapping[str, InUse]:
    """The wording of every notice, in the order of the procedure."""
    return await _load(tx, None)


async def change(tx: Transaction, name: str, text: str, by: UUID, now: datetime) -> InUse:
    """Keep a new version. Raises Invalid with every mistake; KeyError for a notice there is none of."""
    wording = Wording.parse(text, NOTICES[name].variables)
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 1))", f"{tx.tenant} wording {name}")
    version = await tx.fetchval(
        """INSERT INTO sms_notice_template (tenant_id, notice, version, body, changed_at, changed_by)
           SELECT $1, $2, coalesce(max(version), 0) + 1, $3, $4, $5
           FROM sms_notice_template WHERE tenant_id = $1 AND notice = $2
           RETURNING version""",
        *(tx.tenant, name, wording.text, now, by),
    )
    return InUse(NOTICES[name], wording, version, now)


async def history(tx: Transaction, name: str) -> Sequence[Version]:
    """Every version there was, the newest first."""
    rows = await tx.fetch(
        """SELECT version, body AS text, changed_at, changed_by FROM sms_notice_template
           WHERE tenant_id = $1 AND notice = $2 ORDER BY version DESC""",
        *(tx.tenant, name),
    )
    return [Version(**row) for row in rows]


def preview(wording: Wording, signature: str, price_fen: int = 0) -> Preview:
    """As a household would get it."""
    filled = for_phones(wording.fill(SAMPLE))
    parts = segments(filled, signature)
    text = f"【{signature}】{filled}"
    return Preview(text, units(text), parts, yuan(parts, price_fen))


def yuan(parts: int, price_fen: int) -> Decimal:
    """What so many messages cost, to the fen."""
    return (Decimal(parts * price_fen) / 100).quantize(Decimal("0.01"))


def standard(notice: Notice) -> Wording:
    return Wording.parse(notice.wording, notice.variables)


async def _load(tx: Transaction, name: str | None) -> Mapping[str, InUse]:
    rows = await tx.fetch(
        """SELECT DISTINCT ON (notice) notice, version, body, changed_at FROM sms_notice_template
           WHERE tenant_id = $1 AND ($2::text IS NULL OR notice = $2) ORDER BY notice, version DESC""",
        *(tx.tenant, name),
    )
    own = {row["notice"]: (row["version"], row["body"], row["changed_at"]) for row in rows}
    wanted = NOTICES if name is None else {name: NOTICES[name]}
    return {key: _checked(notice, own.get(key)) for key, notice in wanted.items()}


def _checked(notice: Notice, own: tuple[int, str, datetime] | None) -> InUse:
    if own is None:
        return InUse(notice, standard(notice))
    version, body, changed_at = own
    try:
        return InUse(notice, Wording.parse(body, notice.variables), version, changed_at)
    except Invalid as wrong:
        log.warning("wording %s, version %s, can no longer be used", notice.name, version)
        problem = "；".join(error.message for error in wrong.fields)
        return InUse(notice, standard(notice), 0, changed_at, problem)
