"""Signing in and out: what pages and API call (the `Gatekeeper` of `core.web.services`).

    by_password ─ right ─▶ session            (or ─ has a second factor ─▶ ticket ─ by_totp ─▶ session)
    send_code ─▶ by_phone_code ─ right ─▶ session or ticket, likewise
    wrong ─▶ Invalid; five wrong ones ─▶ Refused for 15 minutes, for names nobody has as well

No answer, and no time it takes, tells whether an account exists. The slow hash runs between two short transactions;
refusals are raised after the transaction that counted and logged them has committed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core.access import access_log, attempts, code_ceiling, phone_proofs, recovery, second_factor, sessions
from core.access.access_log import Event
from core.access.admission import Admission, Required, SendCode, Session, SignInRules, nobody
from core.access.attempts import Counted
from core.access.credentials import (
    normal_phone,
    normal_username,
    passwords_of,
    phone_index,
    put_hash,
    store_password,
)
from core.access.networks import network_of
from core.access.passwords import KEPT, Passwords, weaknesses
from core.access.policy_store import PolicyStore
from core.clock import CHINA, Clock
from core.problems import FieldError, Invalid, Problem, Refused, TooMany, Unauthenticated, Unavailable
from core.storage.crypto import FieldCipher
from core.storage.database import Database, Transaction

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)

_ACCOUNT = """SELECT a.id, a.password, a.totp IS NOT NULL AS has_totp,
       (SELECT coalesce(array_agg(g.role), '{}') FROM account_grant g
        WHERE g.tenant_id = a.tenant_id AND g.account_id = a.id) AS roles
       FROM account a WHERE a.tenant_id = $1 AND a.status = 'active'"""
_BY_NAME = f"{_ACCOUNT} AND a.username = $2"
_BY_PHONE = f"{_ACCOUNT} AND a.phone_index = $2"
_BY_ID = f"{_ACCOUNT} AND a.id = $2"

WRONG_PASSWORD = "账号或密码不对，请检查后重试。"  # noqa: S105 (a sentence)
WRONG_CODE = "验证码不对或已过期，请重新填写。"


Answer = Admission | Problem


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try under a key (a name, a ticket's holder, a phone), already counted. `refusal`: it is not to be judged."""

    key: bytes
    address_key: bytes
    address: str
    now: datetime
    counted: Counted
    refusal: Problem | None


class Gatekeeper:
    """One for all tenants; all state is in the database. `clock` is the real time, also where a demo moves its own."""

    def __init__(
        self,
        database: Database,
        cipher: FieldCipher,
        policies: PolicyStore,
        passwords: Passwords,
        clock: Clock,
        rules: SignInRules | None = None,
        send: SendCode | None = None,
        required: Required = nobody,
    ) -> None:
        self._database = database
        self._cipher = cipher
        self._policies = policies
        self._passwords = passwords
        self._clock = clock
        self._rules = rules or SignInRules()
        self._send = send
        self._required = required

    async def by_password(self, tenant: UUID, username: str, password: str, address: str) -> Admission:
        """Raises Invalid (one of the two was wrong), Refused (locked), TooMany (this network address)."""
        name = normal_username(username)
        async with self._database.transaction(tenant) as tx:
            attempt = await self._begin(tx, "name", name, address)
            account = await tx.fetchrow(_BY_NAME, tenant, name)
        if attempt.refusal is not None:
            raise attempt.refusal
        right = await self._passwords.verify(account["password"] if account else None, password)
        renewed = await self._renewed(account, password) if right else None
        async with self._database.transaction(tenant) as tx:
            answer = await self._settle(tx, attempt, account, right, Invalid(WRONG_PASSWORD))
            if renewed is not None and account is not None:
                await put_hash(tx, account["id"], renewed)
        return _given(answer)

    async def by_totp(self, tenant: UUID, ticket: str, code: str, address: str) -> Admission:
        """The second step. Raises Invalid (wrong, used or over), Refused (locked), TooMany."""
        async with self._database.transaction(tenant) as tx:
            answer = await self._by_totp(tx, ticket, code, address)
        return _given(answer)

    async def _by_totp(self, tx: Transaction, ticket: str, code: str, address: str) -> Answer:
        holder = await second_factor.holder_of(tx, ticket, self._clock())
        attempt = await self._begin(tx, "totp", str(holder), address)
        if attempt.refusal is not None:
            return attempt.refusal
        if holder is None:
            return Invalid("登录步骤已过期，请重新登录。")
        right = await self._right_code(tx, holder, code, attempt)
        if right:
            await second_factor.drop_tickets(tx, holder)
        account = await tx.fetchrow(_BY_ID, tx.tenant, holder)
        return await self._settle(tx, attempt, account, right, Invalid(WRONG_CODE), second=True)

    async def _right_code(self, tx: Transaction, holder: UUID, code: str, attempt: Attempt) -> bool:
        """Of the authenticator, or one of the recovery codes, which counts once."""
        if not recovery.looks_like_one(code):
            return await second_factor.check_code(tx, self._cipher, holder, code, attempt.now)
        right = await recovery.use(tx, self._cipher, holder, code)
        if right:
            await access_log.record(
                tx, attempt.now, Event.RECOVERY_CODE_USED, account=holder, address=attempt.address
            )
        return right

    async def send_code(self, tenant: UUID, phone: str, address: str) -> None:
        """Send a code to the account with this phone; nothing tells whether there is one. Raises Invalid, TooMany."""
        if self._send is None:
            raise Unavailable("本区没有开通手机验证码登录。", hint="请用账号和密码登录")
        phone, now = normal_phone(phone), self._clock()
        async with self._database.transaction(tenant) as tx:
            refusal = await self._count_code(tx, phone, address, now)
            account = await tx.fetchrow(_BY_PHONE, tenant, phone_index(self._cipher, tenant, phone))
            if refusal is None and account is not None:
                code = await phone_proofs.issue(tx, self._cipher, phone, now)
                await access_log.record(tx, now, Event.CODE_SENT, account=account["id"], address=address)
                await self._send(tx, phone, code)
        if refusal is not None:
            raise refusal

    async def by_phone_code(self, tenant: UUID, phone: str, code: str, address: str) -> Admission:
        """Raises Invalid (wrong or over), Refused (locked), TooMany."""
        phone = normal_phone(phone)
        async with self._database.transaction(tenant) as tx:
            answer = await self._by_phone_code(tx, phone, code, address)
        return _given(answer)

    async def _by_phone_code(self, tx: Transaction, phone: str, code: str, address: str) -> Answer:
        assert tx.tenant is not None
        attempt = await self._begin(tx, "phone", phone, address)
        if attempt.refusal is not None:
            return attempt.refusal
        account = await tx.fetchrow(_BY_PHONE, tx.tenant, phone_index(self._cipher, tx.tenant, phone))
        proved = await phone_proofs.proves(tx, self._cipher, phone, code, attempt.now)
        right = proved and account is not None
        return await self._settle(tx, attempt, account, right, Invalid(WRONG_CODE))

    async def by_link(self, tenant: UUID, account: UUID, address: str) -> Admission:
        """Whoever proved elsewhere to be the account's holder; its second factor is still asked for. Raises Invalid."""
        async with self._database.transaction(tenant) as tx:
            attempt = await self._begin(tx, "link", str(account), address)
            row = await tx.fetchrow(_BY_ID, tenant, account)
            wrong = Invalid("这个账号已经停用，请联系本区系统管理员。")
            answer = attempt.refusal or await self._settle(tx, attempt, row, row is not None, wrong)
        return _given(answer)

    async def resume(self, tenant: UUID, token: str) -> Session | None:
        """The session of a token, if it still runs; the tenant's policy is at hand afterwards."""
        async with self._database.transaction(tenant) as tx:
            return await sessions.resume(tx, token, self._clock(), self._rules, self._policies)

    async def leave(self, tenant: UUID, token: str) -> None:
        async with self._database.transaction(tenant) as tx:
            account = await sessions.end(tx, token)
            if account is not None:
                await access_log.record(tx, self._clock(), Event.SIGNED_OUT, account=account)

    async def change_password(self, tenant: UUID, token: str, old: str, new: str, address: str) -> None:
        """Raises Unauthenticated, Refused (locked) or Invalid with what is wrong at `old` and `new`.

        Every other session of the account ends.
        """
        async with self._database.transaction(tenant) as tx:
            session = await sessions.resume(tx, token, self._clock(), self._rules, self._policies)
            if session is None:
                raise Unauthenticated("登录已过期，请重新登录后再改密码。")
            owner = session.actor.account_id
            account = await tx.fetchrow(
                "SELECT username, password FROM account WHERE tenant_id = $1 AND id = $2", tenant, owner
            )
            assert account is not None
            attempt = await self._begin(tx, "name", account["username"], address)
            earlier = await passwords_of(tx, owner)
        if attempt.refusal is not None:
            raise attempt.refusal
        wrong = await self._wrong_change(account["username"], account["password"], old, new, earlier)
        hashed = "" if wrong else await self._passwords.hash(new)
        async with self._database.transaction(tenant) as tx:
            if not any(error.field == "old" for error in wrong):
                await attempts.forgive(tx, attempt.key)
                await attempts.give_back(tx, attempt.address_key, self._rules.per_address)
            if not wrong:
                await store_password(tx, owner, hashed, attempt.now)
                await sessions.end_all(tx, owner, but=token)
                await access_log.record(tx, attempt.now, Event.PASSWORD_CHANGED, account=owner)
        if wrong:
            raise Invalid("密码没有改成，请看下面的说明。", fields=tuple(wrong))

    async def _wrong_change(
        self, username: str, stored: str | None, old: str, new: str, earlier: list[str]
    ) -> list[FieldError]:
        if not await self._passwords.verify(stored, old):
            return [FieldError("old", "现在的密码不对")]
        wrong = [FieldError("new", problem) for problem in weaknesses(new, username)]
        if not wrong and await self._passwords.is_one_of(earlier, new):
            wrong.append(FieldError("new", f"最近 {KEPT} 次用过的密码不能再用"))
        return wrong

    async def _begin(self, tx: Transaction, kind: str, value: str, address: str) -> Attempt:
        """Count an attempt under what was typed and under the network address."""
        assert tx.tenant is not None
        rules, now = self._rules, self._clock()
        key, address_key = (
            self._key(tx.tenant, kind, value),
            self._key(tx.tenant, "address", network_of(address)),
        )
        counted = await attempts.count(
            tx, key, now, most=rules.lock_after, within=rules.lock, lock=rules.lock
        )
        refusal: Problem | None = _locked(counted) if counted.refused else None
        if refusal is None:
            shared = await attempts.count(
                tx, address_key, now, most=rules.per_address, within=rules.lock, lock=rules.lock
            )
            if shared.refused:
                refusal = TooMany(f"这个网络地址登录失败的次数太多，请在 {_clock_time(shared)} 以后再试。")
        return Attempt(key, address_key, address, now, counted, refusal)

    async def _settle(
        self,
        tx: Transaction,
        attempt: Attempt,
        account: Any,
        right: bool,
        wrong: Problem,
        *,
        second: bool = False,
    ) -> Answer:
        """Log how it ended, and let in whoever was right; a ticket first where a second factor is still to come."""
        who: Any = account["id"] if account is not None else None
        if not right or account is None:
            await access_log.record(
                tx, attempt.now, Event.SIGN_IN_FAILED, account=who, address=attempt.address
            )
            if attempt.counted.last:
                await access_log.record(tx, attempt.now, Event.LOCKED, account=who, address=attempt.address)
            return wrong
        await attempts.forgive(tx, attempt.key)
        await attempts.give_back(tx, attempt.address_key, self._rules.per_address)
        if not second and account["has_totp"]:
            return Admission(ticket=await second_factor.issue_ticket(tx, who, attempt.now, self._rules))
        required = self._rules.second_factor | await self._required(tx)
        enrol = not second and not required.isdisjoint(account["roles"])
        await access_log.record(tx, attempt.now, Event.SIGNED_IN, account=who, address=attempt.address)
        return Admission(
            token=await sessions.open_session(
                tx, who, attempt.address, attempt.now, self._rules, must_enrol=enrol
            )
        )

    async def _count_code(self, tx: Transaction, phone: str, address: str, now: datetime) -> Problem | None:
        assert tx.tenant is not None
        limits = (
            ("code.minute", phone, 1, _MINUTE),
            ("code.hour", phone, self._rules.codes_per_hour, _HOUR),
            ("code.address", network_of(address), self._rules.per_address, _HOUR),
        )
        for kind, value, most, within in limits:
            key = self._key(tx.tenant, kind, value)
            counted = await attempts.count(tx, key, now, most=most, within=within, lock=within)
            if counted.refused:
                return TooMany(f"验证码要得太频繁，请在 {_clock_time(counted)} 以后再试。")
        return await code_ceiling.refusal(tx, self._cipher, phone, now)

    async def _renewed(self, account: Any, password: str) -> str | None:
        if account is None or not self._passwords.outdated(account["password"]):
            return None
        return await self._passwords.hash(password)

    def _key(self, tenant: UUID, kind: str, value: str) -> bytes:
        return self._cipher.blind_index(tenant, f"attempt.{kind}", value)


def _given(answer: Answer) -> Admission:
    if isinstance(answer, Problem):
        raise answer
    return answer


def _locked(counted: Counted) -> Refused:
    return Refused(
        f"连续多次不对，已暂时锁定，请在 {_clock_time(counted)} 以后再试。",
        hint="忘记密码请联系本区系统管理员重置",
    )


def _clock_time(counted: Counted) -> str:
    assert counted.until is not None
    return counted.until.astimezone(CHINA).strftime("%H:%M")
