"""Papers as they were issued: kept by the seal in their QR code when they are printed, so that they can be told years later,
whatever the office is called by then and whatever has been corrected. Functions work inside the tenant's own transaction.

`subject` is what a paper is one version of: a kind of paper of one case, a month's payment roll of an area.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from core.documents.papers import Paper, Row
from core.storage.database import Transaction

_rows = msgspec.json.Decoder(tuple[Row, ...])


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """What a paper says of itself. `content` tells apart what two versions say in full; `issued_at`: first printed."""

    seal: str
    subject: str
    title: str
    number: str
    office: str
    dated: str
    issued_at: datetime
    figures: tuple[Row, ...] = ()
    content: bytes = b""


def issue(
    seal: str, subject: str, paper: Paper, now: datetime, figures: tuple[Row, ...] = (), content: bytes = b""
) -> Issued:
    """A paper about to be printed. `figures` is what may be said of it to whoever holds it."""
    return Issued(
        seal=seal, subject=subject, title=paper.title, number=paper.number, office=paper.office, dated=paper.dated,
        issued_at=now, figures=figures, content=content,
    )  # fmt: skip


async def keep(tx: Transaction, papers: Sequence[Issued]) -> None:
    """Printed again, a paper stays the one it was; it is then the latest once more."""
    await tx.execute(
        """INSERT INTO issued_paper (tenant_id, seal, subject, title, number, office, dated, figures, content, issued_at, last_at)
           SELECT $1, p.seal, p.subject, p.title, p.number, p.office, p.dated, p.figures::jsonb, p.content, p.at, p.at
           FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[],
                       $10::timestamptz[]) AS p (seal, subject, title, number, office, dated, figures, content, at)
           ON CONFLICT (tenant_id, seal) DO UPDATE SET last_at = excluded.last_at""",
        tx.tenant,
        *([getattr(p, name) for p in papers] for name in ("seal", "subject", "title", "number", "office", "dated")),
        [msgspec.json.encode(p.figures).decode() for p in papers],
        [p.content for p in papers],
        [p.issued_at for p in papers],
    )  # fmt: skip


async def find(tx: Transaction, seal: str, subject: str) -> Issued | None:
    """The paper with this seal, if it is of this subject."""
    row = await tx.fetchrow(
        """SELECT seal, subject, title, number, office, dated, figures::text, content, issued_at
           FROM issued_paper WHERE tenant_id = $1 AND seal = $2 AND subject = $3""",
        *(tx.tenant, seal, subject),
    )
    if row is None:
        return None
    return Issued(**{**row, "figures": _rows.decode(row["figures"]), "content": bytes(row["content"])})


async def replaced(tx: Transaction, paper: Issued) -> bool:
    """Whether one that says something else was issued of the same subject after this one."""
    found: bool = await tx.fetchval(
        """SELECT EXISTS (SELECT FROM issued_paper later JOIN issued_paper own ON own.tenant_id = later.tenant_id
               WHERE own.tenant_id = $1 AND own.seal = $2 AND later.subject = own.subject
                 AND later.last_at > own.last_at AND later.content <> own.content)""",
        *(tx.tenant, paper.seal),
    )
    return found
