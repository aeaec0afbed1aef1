"""The access log: sign-ins and failures, accounts and grants, looks at sensitive data. Rows are only ever added.

No personal data: accounts and processes by id; a name that nobody has is not kept (it may be a mistyped password).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from core.storage.database import Transaction


class Event(StrEnum):
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    LOCKED = "locked"
    SIGNED_OUT = "signed_out"
    CODE_SENT = "code_sent"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 (an event's name)
    PASSWORD_RESET = "password_reset"  # noqa: S105 (an event's name)
    SECOND_FACTOR_SET = "second_factor_set"
    SECOND_FACTOR_REMOVED = "second_factor_removed"
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_CODES_RENEWED = "recovery_codes_renewed"
    LINKED = "linked"
    UNLINKED = "unlinked"
    ACCOUNT_CREATED = "account_created"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_ENABLED = "account_enabled"
    GRANTED = "granted"
    REVOKED = "revoked"
    POLICY_CHANGED = "policy_changed"
    RECEIPT_REISSUED = "receipt_reissued"
    LOOKED = "looked"


async def record(
    tx: Transaction,
    at: datetime,
    event: Event,
    *,
    account: UUID | None = None,
    target: UUID | None = None,
    process: UUID | None = None,
    purpose: str = "",
    fields: Iterable[str] = (),
    address: str = "",
    note: str = "",
) -> None:
    """`account` did it; `target` is the account it was done to; `note` holds codes (role, area), never free text."""
    await tx.execute(
        """INSERT INTO access_log (tenant_id, id, at, event, account_id, target_id, process_id, purpose, fields,
                                   address, note)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)""",
        tx.tenant, uuid4(), at, event.value, account, target, process, purpose, list(fields), address, note,
    )  # fmt: skip
