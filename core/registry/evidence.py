"""Photographs and papers: content-addressed in the object store, listed here; the journal carries their hashes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.problems import FieldError, Invalid, NotFound
from core.registry import file_kinds
from core.storage.database import Transaction
from core.storage.objects import ObjectStore

MAX_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Evidence:
    """`sha256` is hex of the bytes and the object's name."""

    sha256: str
    media_type: str
    size: int
    uploaded_by: UUID
    uploaded_at: datetime


def media_type_of(data: bytes) -> str:
    """What the bytes are; raises Invalid for anything but a whole JPEG, PNG or PDF."""
    kind = file_kinds.kind_of(data)
    if kind is None:
        raise Invalid(
            "只能上传照片（JPG、PNG）或 PDF", fields=(FieldError("file", "请换成照片或 PDF 再上传"),)
        )
    if not file_kinds.is_whole(data, kind):
        raise Invalid(
            "文件不完整，打不开",
            fields=(FieldError("file", "可能没有传完或已损坏，请重新拍照或另存后再上传"),),
        )
    return kind


async def put(tx: Transaction, objects: ObjectStore, data: bytes, by: UUID, now: datetime) -> Evidence:
    """Store bytes once per content; raises Invalid when too large, empty or of a kind not taken."""
    if not data:
        raise Invalid("文件是空的", fields=(FieldError("file", "请重新选择文件"),))
    if len(data) > MAX_BYTES:
        raise Invalid("文件太大", fields=(FieldError("file", "每个文件不超过 8 MB，请压缩后再上传"),))
    assert tx.tenant is not None
    media_type = media_type_of(data)
    sha256 = await objects.put(tx.tenant, data, media_type)
    await tx.execute(
        """INSERT INTO evidence (tenant_id, sha256, media_type, size, uploaded_by, uploaded_at)
           VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, sha256) DO NOTHING""",
        tx.tenant,
        sha256,
        media_type,
        len(data),
        by,
        now,
    )
    return Evidence(sha256, media_type, len(data), by, now)


async def missing(tx: Transaction, hashes: list[str]) -> list[str]:
    """Those of `hashes` that were never uploaded in this tenant."""
    rows = await tx.fetch(
        "SELECT sha256 FROM evidence WHERE tenant_id = $1 AND sha256 = ANY($2)", tx.tenant, hashes
    )
    known = {r["sha256"] for r in rows}
    return [h for h in hashes if h not in known]


async def get(tx: Transaction, sha256: str) -> Evidence:
    row = await tx.fetchrow(
        """SELECT sha256, media_type, size, uploaded_by, uploaded_at FROM evidence
           WHERE tenant_id = $1 AND sha256 = $2""",
        tx.tenant,
        sha256,
    )
    if row is None:
        raise NotFound("没有找到这份材料")
    return Evidence(**dict(row))
