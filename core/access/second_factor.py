"""The second step of a sign-in: a ticket after the first one, then a code of the account's authenticator (TOTP).

A code counts once: its time step is kept, and neither it nor an earlier one is taken again.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

import pyotp

from core.access import recovery
from core.access.admission import SignInRules
from core.access.sessions import digest
from core.storage.crypto import FieldCipher
from core.storage.database import Transaction

ISSUER = "准保"
_SKEW_STEPS = 1


async def issue_ticket(tx: Transaction, account: UUID, now: datetime, rules: SignInRules) -> str:
    ticket = secrets.token_urlsafe(32)
    await tx.execute(
        "INSERT INTO sign_in_ticket (tenant_id, token_hash, account_id, expires_at) VALUES ($1, $2, $3, $4)",
        tx.tenant,
        digest(ticket),
        account,
        now + rules.ticket,
    )
    return ticket


async def holder_of(tx: Transaction, ticket: str, now: datetime) -> UUID | None:
    """Whose ticket it is; None when it is over or unknown."""
    found: UUID | None = await tx.fetchval(
        """SELECT t.account_id FROM sign_in_ticket t
           JOIN account a ON a.tenant_id = t.tenant_id AND a.id = t.account_id
           WHERE t.tenant_id = $1 AND t.token_hash = $2 AND t.expires_at > $3 AND a.status = 'active'""",
        tx.tenant,
        digest(ticket),
        now,
    )
    return found


async def drop_tickets(tx: Transaction, account: UUID) -> None:
    await tx.execute(
        "DELETE FROM sign_in_ticket WHERE tenant_id = $1 AND account_id = $2", tx.tenant, account
    )


async def check_code(tx: Transaction, cipher: FieldCipher, account: UUID, code: str, now: datetime) -> bool:
    """Whether the code is right and was not used before; a right one is used up."""
    assert tx.tenant is not None
    row = await tx.fetchrow(
        "SELECT totp, totp_step FROM account WHERE tenant_id = $1 AND id = $2 FOR UPDATE", tx.tenant, account
    )
    if row is None or row["totp"] is None:
        return False
    totp = pyotp.TOTP(cipher.decrypt(tx.tenant, row["totp"], account.bytes).decode())
    step = matching_step(totp, code.strip(), now)
    if step is None or step <= row["totp_step"]:
        return False
    await tx.execute(
        "UPDATE account SET totp_step = $3 WHERE tenant_id = $1 AND id = $2", tx.tenant, account, step
    )
    return True


def matching_step(totp: pyotp.TOTP, code: str, now: datetime) -> int | None:
    """The time step whose code this is, one step early or late included."""
    present = int(now.timestamp()) // totp.interval
    for step in range(present - _SKEW_STEPS, present + _SKEW_STEPS + 1):
        if secrets.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            return step
    return None


async def enrol(tx: Transaction, cipher: FieldCipher, account: UUID, username: str) -> str:
    """A fresh secret for the account; returns the address to show once as a QR code (`otpauth://…`)."""
    assert tx.tenant is not None
    secret = pyotp.random_base32()
    await tx.execute(
        "UPDATE account SET totp = $3, totp_step = 0 WHERE tenant_id = $1 AND id = $2",
        tx.tenant,
        account,
        cipher.encrypt(tx.tenant, secret.encode(), account.bytes),
    )
    return str(pyotp.TOTP(secret, name=username, issuer=ISSUER).provisioning_uri())


async def in_force(tx: Transaction, account: UUID) -> bool:
    return bool(
        await tx.fetchval(
            "SELECT totp IS NOT NULL FROM account WHERE tenant_id = $1 AND id = $2", tx.tenant, account
        )
    )


async def pending(tx: Transaction, cipher: FieldCipher, account: UUID) -> tuple[str, str]:
    """(`otpauth://…`, secret) of a secret to be confirmed; made on first asking, the same until it is confirmed."""
    assert tx.tenant is not None
    row = await tx.fetchrow(
        "SELECT username, totp_pending FROM account WHERE tenant_id = $1 AND id = $2 FOR UPDATE",
        tx.tenant,
        account,
    )
    assert row is not None
    if row["totp_pending"] is not None:
        secret = cipher.decrypt(tx.tenant, row["totp_pending"], account.bytes).decode()
    else:
        secret = pyotp.random_base32()
        await tx.execute(
            "UPDATE account SET totp_pending = $3 WHERE tenant_id = $1 AND id = $2",
            tx.tenant,
            account,
            cipher.encrypt(tx.tenant, secret.encode(), account.bytes),
        )
    return pyotp.TOTP(secret, name=row["username"], issuer=ISSUER).provisioning_uri(), secret


async def confirm(tx: Transaction, cipher: FieldCipher, account: UUID, code: str, now: datetime) -> bool:
    """Put the pending secret in force when the code is its own; that code is used up."""
    assert tx.tenant is not None
    body = await tx.fetchval(
        "SELECT totp_pending FROM account WHERE tenant_id = $1 AND id = $2 FOR UPDATE", tx.tenant, account
    )
    if body is None:
        return False
    secret = cipher.decrypt(tx.tenant, body, account.bytes).decode()
    step = matching_step(pyotp.TOTP(secret), code.strip(), now)
    if step is None:
        return False
    await tx.execute(
        """UPDATE account SET totp = totp_pending, totp_step = $3, totp_pending = NULL
           WHERE tenant_id = $1 AND id = $2""",
        tx.tenant,
        account,
        step,
    )
    return True


async def remove(tx: Transaction, account: UUID) -> None:
    await tx.execute("UPDATE account SET totp = NULL WHERE tenant_id = $1 AND id = $2", tx.tenant, account)
    await recovery.forget(tx, account)
