"""Receipts of an application: the code in a receipt's QR opens the page that says where the case stands, and nothing else.

The code is a keyed digest of case and issue: it can be printed again, is nowhere stored, and can't be guessed (100 bits).
A receipt that was lost is replaced by the next issue; the lost one opens nothing any more.
"""

from __future__ import annotations

from base64 import b32encode
from datetime import datetime
from uuid import UUID

from core.storage.crypto import FieldCipher
from core.storage.database import Transaction

LENGTH = 20
_LOOKALIKES = str.maketrans("018", "OIB")


async def issue(tx: Transaction, cipher: FieldCipher, process: UUID, by: UUID, now: datetime) -> str:
    """The first receipt of a case, or the one it has by now (a case that was handed in again); its code."""
    number = await tx.fetchval(
        "SELECT issue FROM case_receipt WHERE tenant_id = $1 AND process_id = $2", tx.tenant, process
    )
    return await _keep(tx, cipher, process, number or 1, by, now)


async def reissue(tx: Transaction, cipher: FieldCipher, process: UUID, by: UUID, now: datetime) -> str:
    """A fresh code; the earlier one opens nothing from now on."""
    number = await tx.fetchval(
        "SELECT issue FROM case_receipt WHERE tenant_id = $1 AND process_id = $2 FOR UPDATE",
        tx.tenant,
        process,
    )
    return await _keep(tx, cipher, process, (number or 0) + 1, by, now)


async def code_of(tx: Transaction, cipher: FieldCipher, process: UUID) -> str:
    """The code of the receipt in force; empty: none was handed out."""
    number = await tx.fetchval(
        "SELECT issue FROM case_receipt WHERE tenant_id = $1 AND process_id = $2", tx.tenant, process
    )
    return _code(tx, cipher, process, number) if number else ""


async def case_of(tx: Transaction, cipher: FieldCipher, code: str) -> UUID | None:
    """Whose receipt carries this code. One look-up by keyed digest, whatever was typed."""
    found: UUID | None = await tx.fetchval(
        "SELECT process_id FROM case_receipt WHERE tenant_id = $1 AND code_index = $2",
        tx.tenant,
        _index(tx, cipher, normal(code)),
    )
    return found


def normal(typed: str) -> str:
    """As printed or as typed by hand: groups, small letters and look-alikes are forgiven."""
    return typed.upper().replace("-", "").replace(" ", "").translate(_LOOKALIKES)


def grouped(code: str) -> str:
    """Four groups of five, to be read out or copied by hand."""
    return "-".join(code[n : n + 5] for n in range(0, LENGTH, 5))


async def _keep(
    tx: Transaction, cipher: FieldCipher, process: UUID, number: int, by: UUID, now: datetime
) -> str:
    code = _code(tx, cipher, process, number)
    await tx.execute(
        """INSERT INTO case_receipt (tenant_id, process_id, issue, code_index, issued_at, issued_by)
           VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (tenant_id, process_id) DO UPDATE
               SET issue = excluded.issue, code_index = excluded.code_index, issued_at = excluded.issued_at,
                   issued_by = excluded.issued_by WHERE case_receipt.issue < excluded.issue""",
        tx.tenant, process, number, _index(tx, cipher, code), now, by,
    )  # fmt: skip
    return code


def _code(tx: Transaction, cipher: FieldCipher, process: UUID, number: int) -> str:
    assert tx.tenant is not None
    return b32encode(cipher.blind_index(tx.tenant, "receipt.code", f"{process}:{number}")).decode()[:LENGTH]


def _index(tx: Transaction, cipher: FieldCipher, code: str) -> bytes:
    assert tx.tenant is not None
    return cipher.blind_index(tx.tenant, "receipt.index", code)
