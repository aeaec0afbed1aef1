"""Papers of a complaint: encrypted before they go to the object store, so that no other route can show them.

What a camera writes into a photograph about its owner (place, device, time) is dropped first: it would name who complained.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from core.complaints.forms import MOST_PAPERS
from core.problems import FieldError, Invalid, NotFound
from core.registry import evidence, file_kinds
from core.storage.crypto import FieldCipher
from core.storage.database import Transaction
from core.storage.objects import ObjectStore

_ABOUT = b"complaint paper"
_APP0, _APP1, _APP15, _COMMENT = 0xE0, 0xE1, 0xEF, 0xFE
_TEXT_CHUNKS = frozenset({b"tEXt", b"iTXt", b"zTXt", b"eXIf", b"tIME"})


def check(files: Sequence[bytes], field: str = "papers") -> None:
    """Raises Invalid naming every file that is too large, of another kind, or not whole; and too many of them."""
    wrong = []
    if len(files) > MOST_PAPERS:
        wrong.append(FieldError(field, f"最多 {MOST_PAPERS} 份材料，请挑最要紧的"))
    for n, data in enumerate(files, 1):
        try:
            if len(data) > evidence.MAX_BYTES:
                raise Invalid("文件太大", fields=(FieldError(field, "每份不超过 8 MB"),))
            evidence.media_type_of(data)
        except Invalid as bad:
            wrong += [FieldError(field, f"第 {n} 份：{e.message}") for e in bad.fields]
    if wrong:
        raise Invalid("有材料没有收下，请重新选择。", fields=tuple(wrong))


async def keep(
    tx: Transaction, objects: ObjectStore, cipher: FieldCipher, complaint_id: UUID, files: Sequence[bytes]
) -> None:
    assert tx.tenant is not None
    for position, data in enumerate(files):
        kind = evidence.media_type_of(data)
        sealed = cipher.encrypt(tx.tenant, unsigned(data, kind), _ABOUT)
        sha256 = await objects.put(tx.tenant, sealed, "application/octet-stream")
        await tx.execute(
            """INSERT INTO complaint_paper (tenant_id, complaint_id, position, sha256, media_type)
               VALUES ($1, $2, $3, $4, $5)""",
            tx.tenant, complaint_id, position, sha256, kind,
        )  # fmt: skip


async def count(tx: Transaction, complaint_id: UUID) -> int:
    found: int = await tx.fetchval(
        "SELECT count(*) FROM complaint_paper WHERE tenant_id = $1 AND complaint_id = $2",
        tx.tenant,
        complaint_id,
    )
    return found


async def read(
    tx: Transaction, objects: ObjectStore, cipher: FieldCipher, complaint_id: UUID, position: int
) -> tuple[bytes, str]:
    """The paper and its media type. Raises NotFound."""
    row = await tx.fetchrow(
        """SELECT sha256, media_type FROM complaint_paper
           WHERE tenant_id = $1 AND complaint_id = $2 AND position = $3""",
        tx.tenant,
        complaint_id,
        position,
    )
    if row is None:
        raise NotFound("没有找到这份材料")
    assert tx.tenant is not None
    sealed = await objects.get(tx.tenant, row["sha256"])
    return cipher.decrypt(tx.tenant, sealed, _ABOUT), row["media_type"]


def unsigned(data: bytes, kind: str) -> bytes:
    """A photograph without what the camera wrote about itself; a PDF as it is."""
    if kind == file_kinds.JPEG:
        return _plain_jpeg(data)
    return _plain_png(data) if kind == file_kinds.PNG else data


def _plain_jpeg(data: bytes) -> bytes:
    """Segments APP1 to APP15 and comments are left out; the picture begins at the first scan."""
    kept, at = bytearray(data[:2]), 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big") + 2
        if marker == 0xDA:
            break
        if not (_APP1 <= marker <= _APP15 or marker == _COMMENT):
            kept += data[at : at + length]
        at += length
    return bytes(kept) + data[at:]


def _plain_png(data: bytes) -> bytes:
    kept, at = bytearray(data[:8]), 8
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] not in _TEXT_CHUNKS:
            kept += data[at:end]
        at = end
    return bytes(kept)
