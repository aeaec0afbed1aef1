"""Setting up one's own second factor: a QR code, confirmed by a code of the authenticator, then recovery codes.

    begin ─▶ secret pending ─ confirm (right code) ─▶ in force, recovery codes shown once
    renew (a code of the authenticator) ─▶ fresh recovery codes

Until it is confirmed the account signs in as before, so nobody is locked out by a phone that read the wrong code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.access import access_log, attempts, recovery, second_factor
from core.access.access_log import Event
from core.access.admission import SignInRules
from core.clock import Clock
from core.problems import Conflict, FieldError, Invalid, Problem, TooMany
from core.storage.crypto import FieldCipher
from core.storage.database import Database, Transaction


def _wrong() -> Invalid:
    return Invalid("动态验证码不对。", fields=(FieldError("code", "请填写验证器上现在显示的 6 位数字"),))


@dataclass(frozen=True, slots=True)
class State:
    """`address` (`otpauth://…`) is for the QR code, empty once it is in force; `left` counts recovery codes."""

    in_force: bool
    address: str = ""
    secret: str = ""
    left: int = 0


class Enrolment:
    """For the account somebody is signed in with. By the real time, as signing in is."""

    def __init__(self, database: Database, cipher: FieldCipher, clock: Clock, rules: SignInRules) -> None:
        self._database = database
        self._cipher = cipher
        self._clock = clock
        self._rules = rules

    async def begin(self, tenant: UUID, account: UUID) -> State:
        """How it stands; where there is none, the secret to be confirmed (the same one until then)."""
        async with self._database.transaction(tenant) as tx:
            if await second_factor.in_force(tx, account):
                return State(True, left=await recovery.left(tx, account))
            address, secret = await second_factor.pending(tx, self._cipher, account)
            return State(False, address, secret)

    async def confirm(self, tenant: UUID, account: UUID, code: str) -> tuple[str, ...]:
        """Put the pending secret in force; the recovery codes, shown once. Raises Invalid, Conflict, TooMany."""
        return await self._checked(tenant, account, code, confirming=True)

    async def renew(self, tenant: UUID, account: UUID, code: str) -> tuple[str, ...]:
        """Fresh recovery codes. Raises Invalid, TooMany."""
        return await self._checked(tenant, account, code, confirming=False)

    async def _checked(self, tenant: UUID, account: UUID, code: str, *, confirming: bool) -> tuple[str, ...]:
        async with self._database.transaction(tenant) as tx:
            answer = await self._attempt(tx, account, code, self._clock(), confirming)
        if isinstance(answer, Problem):
            raise answer
        return answer

    async def _attempt(
        self, tx: Transaction, account: UUID, code: str, now: datetime, confirming: bool
    ) -> tuple[str, ...] | Problem:
        assert tx.tenant is not None
        rules, key = self._rules, self._cipher.blind_index(tx.tenant, "attempt.enrol", str(account))
        counted = await attempts.count(
            tx, key, now, most=rules.lock_after, within=rules.lock, lock=rules.lock
        )
        if counted.refused:
            return TooMany("连续多次不对，请过 15 分钟再试。")
        if confirming and await second_factor.in_force(tx, account):
            return Conflict("动态验证码已经绑定好了，请刷新后再看。")
        check = second_factor.confirm if confirming else second_factor.check_code
        if not await check(tx, self._cipher, account, code, now):
            return _wrong()
        await attempts.forgive(tx, key)
        if confirming:
            await tx.execute(
                "UPDATE session SET must_enrol = false WHERE tenant_id = $1 AND account_id = $2",
                tx.tenant, account,
            )  # fmt: skip
        event = Event.SECOND_FACTOR_SET if confirming else Event.RECOVERY_CODES_RENEWED
        await access_log.record(tx, now, event, account=account, target=account)
        return await recovery.renew(tx, self._cipher, account)
