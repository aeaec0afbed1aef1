"""Sessions in the database: opened by a sign-in, found by the hash of their token, ended by idleness, age or leaving.

The token itself is nowhere stored. Whoever resumes one gets the grants as they are now, so a revoked role is gone with
the next request.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core.access.admission import Session, SignInRules
from core.access.authorizer import Actor, Grant
from core.access.policy_store import PolicyStore
from core.storage.database import Transaction

_SEEN_EVERY = timedelta(minutes=1)
"""How exactly idleness is kept: not every request writes."""

_GRANTS = """coalesce((SELECT array_agg(ARRAY[g.role, g.area_code] ORDER BY g.role, g.area_code)
                       FROM account_grant g WHERE g.tenant_id = a.tenant_id AND g.account_id = a.id
                       AND (g.until IS NULL OR g.until > $3)), '{}') AS grants,
             coalesce((SELECT version FROM policy_version v WHERE v.tenant_id = a.tenant_id), 0) AS version"""


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


async def open_session(
    tx: Transaction,
    account: UUID,
    address: str,
    now: datetime,
    rules: SignInRules,
    *,
    must_enrol: bool = False,
) -> str:
    """The token of a fresh session."""
    token = secrets.token_urlsafe(32)
    await tx.execute(
        """INSERT INTO session (tenant_id, token_hash, account_id, address, created_at, last_seen_at, expires_at,
                                must_enrol)
           VALUES ($1, $2, $3, $4, $5, $5, $6, $7)""",
        tx.tenant, digest(token), account, address, now, now + rules.longest, must_enrol,
    )  # fmt: skip
    return token


async def resume(
    tx: Transaction, token: str, now: datetime, rules: SignInRules, policies: PolicyStore
) -> Session | None:
    """The running session of this token, with the tenant's policy at hand; None when there is none (any more)."""
    row = await tx.fetchrow(
        f"""SELECT s.last_seen_at, s.expires_at, s.must_enrol, a.id, a.name, a.person_id, a.status, a.must_change, a.password,
                   a.password_changed_at, {_GRANTS}
            FROM session s JOIN account a ON a.tenant_id = s.tenant_id AND a.id = s.account_id
            WHERE s.tenant_id = $1 AND s.token_hash = $2""",  # noqa: S608 (a constant)
        tx.tenant,
        digest(token),
        now,
    )
    if row is None:
        return None
    if row["status"] != "active" or now >= row["expires_at"] or now - row["last_seen_at"] >= rules.idle:
        await end(tx, token)
        return None
    if now - row["last_seen_at"] >= _SEEN_EVERY:
        await tx.execute(
            "UPDATE session SET last_seen_at = $3 WHERE tenant_id = $1 AND token_hash = $2",
            tx.tenant,
            digest(token),
            now,
        )
    await policies.ensure(tx, row["version"])
    return Session(token, _actor(tx, row), _must_change(row, now, rules), row["must_enrol"])


async def actor_of(tx: Transaction, account: UUID, now: datetime, policies: PolicyStore) -> Actor | None:
    """An active account as an actor, without a session: for jobs and commands that act for somebody."""
    row = await tx.fetchrow(
        f"""SELECT a.id, a.name, a.person_id, {_GRANTS} FROM account a
            WHERE a.tenant_id = $1 AND a.id = $2 AND a.status = 'active'""",  # noqa: S608 (a constant)
        tx.tenant,
        account,
        now,
    )
    if row is None:
        return None
    await policies.ensure(tx, row["version"])
    return _actor(tx, row)


async def end(tx: Transaction, token: str) -> UUID | None:
    """End one session; returns whose it was."""
    found: UUID | None = await tx.fetchval(
        "DELETE FROM session WHERE tenant_id = $1 AND token_hash = $2 RETURNING account_id",
        tx.tenant,
        digest(token),
    )
    return found


async def end_all(tx: Transaction, account: UUID, *, but: str = "") -> None:
    """End every session of an account, except the one with the token `but`."""
    await tx.execute(
        "DELETE FROM session WHERE tenant_id = $1 AND account_id = $2 AND token_hash <> $3",
        tx.tenant,
        account,
        digest(but),
    )


async def sweep(tx: Transaction, now: datetime, rules: SignInRules) -> None:
    """Remove what is over: sessions, tickets, codes, counters. For the nightly job."""
    for table in ("session", "sign_in_ticket", "phone_proof"):
        await tx.execute(f"DELETE FROM {table} WHERE tenant_id = $1 AND expires_at <= $2", tx.tenant, now)  # noqa: S608
    await tx.execute(
        "DELETE FROM sign_in_attempt WHERE tenant_id = $1 AND coalesce(locked_until, since) <= $2",
        tx.tenant,
        now - max(rules.lock, timedelta(hours=1)),
    )


def _actor(tx: Transaction, row: Any) -> Actor:
    assert tx.tenant is not None
    grants = tuple(Grant(role, area) for role, area in row["grants"])
    return Actor(tx.tenant, row["id"], row["name"], grants, row["person_id"])


def _must_change(row: Any, now: datetime, rules: SignInRules) -> str:
    if row["must_change"]:
        return str(row["must_change"])
    changed = row["password_changed_at"]
    if row["password"] and rules.rotate and changed and now - changed >= rules.rotate:
        return f"密码已经用满 {rules.rotate.days} 天，请换一个新密码。"
    return ""
