"""The villagers' door: who proves a phone by a code comes in, with or without an account so far.

    send_code ─▶ text message ─▶ enter ─ right ─▶ session (an account's second factor is still asked for)

A code goes to every phone that is asked for, so nothing tells whether somebody with it is known here. Refusals are
raised after the transaction that counted them has committed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol
from uuid import UUID

from core.access import access_log, attempts, code_ceiling, phone_proofs, villagers
from core.access.access_log import Event
from core.access.admission import Admission, SendCode
from core.access.credentials import normal_phone
from core.access.networks import network_of
from core.clock import CHINA, Clock
from core.problems import FieldError, Invalid, Problem, TooMany
from core.storage.crypto import FieldCipher
from core.storage.database import Database, Transaction

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

SENDING = (("minute", 1, _MINUTE), ("hour", 5, _HOUR), ("day", 10, _DAY))
"""How many codes one phone gets."""
SENDING_FROM = (40, _HOUR)
"""How many one network address may ask for: a village committee has one for everybody."""
TRYING_FROM = (60, _HOUR)
"""How many wrong codes one network address may send."""

WRONG = "验证码不对，或者已经过了 5 分钟。"


class Admitting(Protocol):
    async def by_link(self, tenant: UUID, account: UUID, address: str) -> Admission: ...


class PhoneDoor:
    """One for all tenants; all state is in the database. `clock` is the real time."""

    def __init__(
        self, database: Database, cipher: FieldCipher, gatekeeper: Admitting, clock: Clock, send: SendCode
    ) -> None:
        self._database = database
        self._cipher = cipher
        self._gatekeeper = gatekeeper
        self._clock = clock
        self._send = send

    async def send_code(self, tenant: UUID, phone: str, address: str) -> None:
        """Raises Invalid for what is no phone, TooMany."""
        phone = normal_phone(phone)
        limits = [(f"code.{name}", phone, most, within) for name, most, within in SENDING]
        limits.append(("code.address", network_of(address), *SENDING_FROM))
        async with self._database.transaction(tenant) as tx:
            refusal = await self._count(tx, limits)
            refusal = refusal or await code_ceiling.refusal(tx, self._cipher, phone, self._clock())
            if refusal is None:
                code = await phone_proofs.issue(tx, self._cipher, phone, self._clock())
                await access_log.record(tx, self._clock(), Event.CODE_SENT, address=address)
                await self._send(tx, phone, code)
        if refusal is not None:
            raise refusal

    async def enter(self, tenant: UUID, phone: str, code: str, area: str, address: str) -> Admission:
        """Raises Invalid (wrong or over), TooMany, Refused (the account is closed). `area`: the district's code."""
        phone = normal_phone(phone)
        account: UUID | None = None
        async with self._database.transaction(tenant) as tx:
            refusal = await self._count(tx, [("try.address", network_of(address), *TRYING_FROM)])
            if refusal is None:
                now = self._clock()
                if await phone_proofs.proves(tx, self._cipher, phone, code, now):
                    account = await villagers.account_with(tx, self._cipher, phone, area.ljust(12, "0"), now)
                    await attempts.give_back(
                        tx, self._key(tenant, "try.address", network_of(address)), TRYING_FROM[0]
                    )
                else:
                    await access_log.record(tx, now, Event.SIGN_IN_FAILED, address=address)
        if account is None:
            raise refusal or Invalid(
                WRONG, fields=(FieldError("code", "请核对短信里的 6 位数字，或者重新发送"),)
            )
        return await self._gatekeeper.by_link(tenant, account, address)

    async def _count(self, tx: Transaction, limits: list[tuple[str, str, int, timedelta]]) -> Problem | None:
        assert tx.tenant is not None
        for kind, value, most, within in limits:
            key, now = self._key(tx.tenant, kind, value), self._clock()
            counted = await attempts.count(tx, key, now, most=most, within=within, lock=within)
            if counted.refused:
                assert counted.until is not None
                until = counted.until.astimezone(CHINA)
                return TooMany(
                    f"验证码要得太频繁，请在 {until:%m月%d日 %H:%M} 以后再试。",
                    hint="短信没收到的，先看看有没有被手机拦截；着急的，请到村委会或乡镇民政办当面申请。",
                )
        return None

    def _key(self, tenant: UUID, kind: str, value: str) -> bytes:
        return self._cipher.blind_index(tenant, f"phone_door.{kind}", value)
