"""The minute book, of sessions and of appraisals alike: what is sealed, and who signed which content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.sdk import Transaction


@dataclass(frozen=True, slots=True)
class Sealed:
    """Minutes that change no more. `digest` is of the content, `sha256` of the file.

    `content` is what was signed, itself sealed; None where only the file is kept.
    """

    digest: str
    sha256: str
    at: datetime
    by: UUID
    content: bytes | None = None


async def sealed_of(tx: Transaction, subject_id: UUID) -> Sealed | None:
    row = await tx.fetchrow(
        """SELECT digest, sha256, sealed_at, sealed_by, content FROM women_panel_minutes
           WHERE tenant_id = $1 AND subject_id = $2""",
        tx.tenant,
        subject_id,
    )
    return Sealed(*row) if row else None


async def keep(
    tx: Transaction,
    subject_id: UUID,
    round_id: UUID,
    kind: str,
    digest: str,
    sha256: str,
    at: datetime,
    by: UUID,
    content: bytes | None = None,
) -> None:
    await tx.execute(
        """INSERT INTO women_panel_minutes (tenant_id, subject_id, round_id, kind, digest, sha256, sealed_at, sealed_by,
                                            content)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        tx.tenant, subject_id, round_id, kind, digest, sha256, at, by, content,
    )  # fmt: skip


async def signatures(tx: Transaction, subject_id: UUID, digest: str) -> dict[UUID, datetime]:
    """Who signed this very content, and when; what was signed before it changed counts no more."""
    rows = await tx.fetch(
        """SELECT account_id, signed_at FROM women_panel_signature
           WHERE tenant_id = $1 AND subject_id = $2 AND digest = $3""",
        tx.tenant,
        subject_id,
        digest,
    )
    return {row["account_id"]: row["signed_at"] for row in rows}


async def put_signature(tx: Transaction, subject_id: UUID, account: UUID, digest: str, at: datetime) -> None:
    await tx.execute(
        """INSERT INTO women_panel_signature (tenant_id, subject_id, account_id, digest, signed_at)
           VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING""",
        tx.tenant, subject_id, account, digest, at,
    )  # fmt: skip
