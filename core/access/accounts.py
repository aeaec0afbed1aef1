"""Accounts and their roles, and by whom: the system administrator makes accounts, the security administrator gives roles.

Never to oneself, and the three administrators are three people (三员分立): an administrator's role stands alone on its
account, and nobody holds two of them on two accounts either. Every change is in the access log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import asyncpg

from core.access import access_log, attempts, second_factor, sessions
from core.access.access_log import Event
from core.access.account_rules import allowed_phone, allowed_role, allowed_username, apart
from core.access.areas import LENGTH, significant
from core.access.authorizer import Actor, Authorizer
from core.access.credentials import normal_username, phone_index, store_password
from core.access.passwords import Passwords, temporary, weaknesses
from core.access.roles import ADMINISTRATORS
from core.clock import Clock
from core.problems import Conflict, FieldError, Invalid, NotFound, Refused
from core.storage.crypto import FieldCipher
from core.storage.database import Transaction

FIRST_TIME = "这是管理员设置的临时密码，请先换成只有您自己知道的密码。"


@dataclass(frozen=True, slots=True)
class NewAccount:
    """`person_id`: who it is in the registry (recusal and one's own case go by it). `phone`: signs in by code, may be ""."""

    username: str
    name: str
    person_id: UUID | None = None
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Created:
    """`password` is shown once and stored nowhere; "" where one was given or there is none."""

    id: UUID
    password: str = ""


class Accounts:
    """All that changes accounts. Always inside the caller's transaction; raises Refused for who may not."""

    def __init__(
        self, authorizer: Authorizer, passwords: Passwords, cipher: FieldCipher, clock: Clock
    ) -> None:
        self._authorizer = authorizer
        self._passwords = passwords
        self._cipher = cipher
        self._clock = clock

    async def create_account(
        self,
        tx: Transaction,
        actor: Actor,
        new: NewAccount,
        *,
        password: str | None = None,
        must_change: bool = True,
    ) -> Created:
        """`password` None: a temporary one is made; "": none (signs in by phone only). Raises Invalid, Conflict."""
        self._demand(actor, "manage")
        return await self._create(tx, new, password, actor.account_id, must_change=must_change)

    async def first_administrators(
        self, tx: Transaction, area_code: str, people: Sequence[tuple[str, NewAccount]]
    ) -> dict[str, Created]:
        """The three administrators of a district that has none: (role, account) each. Later ones come by these.

        Raises Refused once there is any administrator, and Invalid unless there is one account for each role.
        """
        if sorted(role for role, _ in people) != sorted(ADMINISTRATORS):
            raise Invalid("首次设置要给系统、安全、审计管理员各建一个账号，由三个人分别担任。")
        if await tx.fetchval(
            "SELECT EXISTS (SELECT FROM account_grant WHERE tenant_id = $1 AND role = ANY($2))",
            tx.tenant, sorted(ADMINISTRATORS),
        ):  # fmt: skip
            raise Refused("本区已经有管理员，新的管理员由系统管理员建账号、安全管理员授权。")
        made = {}
        for role, new in people:
            made[role] = await self._create(tx, new, None, None, must_change=True)
            await self._grant(tx, made[role].id, role, area_code, None, None, "首次设置")
        return made

    async def grant(
        self,
        tx: Transaction,
        actor: Actor,
        account: UUID,
        role: str,
        area_code: str,
        *,
        until: datetime | None = None,
        reason: str = "",
    ) -> None:
        """Give a role for an area (12 digits; shorter codes are filled up); `until` bounds it in time, with a reason."""
        area = _area(area_code)
        allowed_role(role)
        self._demand(actor, "grant", area)
        await self._not_oneself(tx, actor, account, "不能给自己授权，请由另一位安全管理员办理。")
        if until is not None and not reason.strip():
            raise Invalid("临时授权要写明理由。", fields=(FieldError("reason", "请写明理由"),))
        await self._grant(tx, account, role, area, actor.account_id, until, reason.strip())

    async def revoke(self, tx: Transaction, actor: Actor, account: UUID, role: str, area_code: str) -> None:
        """Take a role away; it is gone with the account's next request. Raises NotFound when it was not held."""
        area = _area(area_code)
        self._demand(actor, "grant", area)
        await self._not_oneself(tx, actor, account, "不能撤销自己的岗位，请由另一位安全管理员办理。")
        done = await tx.execute(
            "DELETE FROM account_grant WHERE tenant_id = $1 AND account_id = $2 AND role = $3 AND area_code = $4",
            tx.tenant, account, role, area,
        )  # fmt: skip
        if done == "DELETE 0":
            raise NotFound("这个账号没有这个岗位，可能已经撤销，请刷新后再看")
        await self._log(tx, Event.REVOKED, actor, account, note=f"{role} {area}")

    async def disable(self, tx: Transaction, actor: Actor, account: UUID) -> None:
        """No sign-in any more; running sessions end. Nothing the account did is touched."""
        await self._set_status(tx, actor, account, "disabled", Event.ACCOUNT_DISABLED)
        await sessions.end_all(tx, account)

    async def enable(self, tx: Transaction, actor: Actor, account: UUID) -> None:
        await self._set_status(tx, actor, account, "active", Event.ACCOUNT_ENABLED)

    async def reset_password(self, tx: Transaction, actor: Actor, account: UUID) -> str:
        """A temporary password, shown once; a lock is lifted, running sessions end."""
        self._demand(actor, "manage")
        await self._not_oneself(tx, actor, account, "自己的密码请在“修改密码”里改，不能重置。")
        username = await self._username(tx, account)
        made = temporary()
        await store_password(tx, account, await self._passwords.hash(made), self._clock(), FIRST_TIME)
        assert tx.tenant is not None
        await attempts.forgive(tx, self._cipher.blind_index(tx.tenant, "attempt.name", username))
        await sessions.end_all(tx, account)
        await self._log(tx, Event.PASSWORD_RESET, actor, account)
        return made

    async def set_totp(self, tx: Transaction, actor: Actor, account: UUID) -> str:
        """A fresh second factor, for oneself or by the system administrator; returns `otpauth://…`, to be shown once."""
        if actor.account_id != account:
            self._demand(actor, "manage")
        address = await second_factor.enrol(tx, self._cipher, account, await self._username(tx, account))
        await self._log(tx, Event.SECOND_FACTOR_SET, actor, account)
        return address

    async def remove_totp(self, tx: Transaction, actor: Actor, account: UUID) -> None:
        """For a lost phone: by the system administrator, never for oneself."""
        self._demand(actor, "manage")
        await self._not_oneself(tx, actor, account, "不能解除自己的动态验证码，请由另一位系统管理员办理。")
        await second_factor.remove(tx, account)
        await sessions.end_all(tx, account)
        await self._log(tx, Event.SECOND_FACTOR_REMOVED, actor, account)

    def _demand(self, actor: Actor, action: str, area_code: str = "") -> None:
        """`area_code` "": for any area of the actor's own (accounts are the whole district's)."""
        areas = [area_code] if area_code else sorted({g.area_code for g in actor.grants}) or ["0" * LENGTH]
        refusals = [self._authorizer.may(actor, "account", action, area) for area in areas]
        if all(refusals) and refusals[0] is not None:
            raise refusals[0].refused()

    async def _create(
        self, tx: Transaction, new: NewAccount, password: str | None, by: UUID | None, *, must_change: bool
    ) -> Created:
        assert tx.tenant is not None
        username, phone = allowed_username(normal_username(new.username)), allowed_phone(new.phone)
        if not new.name.strip():
            raise Invalid("请填写姓名。", fields=(FieldError("name", "请填写姓名"),))
        if password:
            wrong = tuple(FieldError("password", w) for w in weaknesses(password, username))
            if wrong:
                raise Invalid("这个密码不能用。", fields=wrong)
        made = temporary() if password is None else ""
        account = uuid4()
        try:
            async with tx.savepoint():
                await tx.execute(
                    """INSERT INTO account (tenant_id, id, username, name, person_id, phone, phone_index, created_at,
                                            created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
                    tx.tenant, account, username, new.name.strip(), new.person_id,
                    self._cipher.encrypt(tx.tenant, phone.encode(), account.bytes) if phone else None,
                    phone_index(self._cipher, tx.tenant, phone) if phone else None, self._clock(), by,
                )  # fmt: skip
        except asyncpg.UniqueViolationError as taken:
            field = "phone" if "phone" in (taken.constraint_name or "") else "username"
            raise Conflict(
                "这个手机号已经用在别的账号上。"
                if field == "phone"
                else f"账号名“{username}”已经有人用了，请换一个。"
            ) from None
        if made or password:
            hashed = await self._passwords.hash(made or password or "")
            await store_password(tx, account, hashed, self._clock(), FIRST_TIME if must_change else "")
        await access_log.record(tx, self._clock(), Event.ACCOUNT_CREATED, account=by, target=account)
        return Created(account, made)

    async def _grant(
        self,
        tx: Transaction,
        account: UUID,
        role: str,
        area: str,
        by: UUID | None,
        until: datetime | None,
        reason: str,
    ) -> None:
        await self._keep_apart(tx, account, role)
        await tx.execute(
            """INSERT INTO account_grant (tenant_id, account_id, role, area_code, granted_by, granted_at, until, reason)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
               ON CONFLICT (tenant_id, account_id, role, area_code) DO UPDATE
                   SET granted_by = excluded.granted_by, granted_at = excluded.granted_at, until = excluded.until,
                       reason = excluded.reason""",
            tx.tenant, account, role, area, by, self._clock(), until, reason,
        )  # fmt: skip
        limit = f" until {until:%Y-%m-%d}" if until else ""
        await access_log.record(
            tx,
            self._clock(),
            Event.GRANTED,
            account=by,
            target=account,
            purpose=reason,
            note=f"{role} {area}{limit}",
        )

    async def _keep_apart(self, tx: Transaction, account: UUID, role: str) -> None:
        """Locks the account and the person's other ones, so that two grants at once cannot get past each other."""
        rows = await tx.fetch(
            """SELECT a.id FROM account a WHERE a.tenant_id = $1 AND (a.id = $2 OR a.person_id =
                   (SELECT person_id FROM account WHERE tenant_id = $1 AND id = $2)) ORDER BY a.id FOR UPDATE""",
            tx.tenant, account,
        )  # fmt: skip
        if account not in {row["id"] for row in rows}:
            raise NotFound("没有这个账号")
        held = await tx.fetch(
            "SELECT account_id, role FROM account_grant WHERE tenant_id = $1 AND account_id = ANY($2)",
            tx.tenant, [row["id"] for row in rows],
        )  # fmt: skip
        here = frozenset(r["role"] for r in held if r["account_id"] == account)
        elsewhere = frozenset(r["role"] for r in held if r["account_id"] != account)
        blocked = apart(role, here, elsewhere)
        if blocked is not None:
            raise blocked.refused()

    async def _not_oneself(self, tx: Transaction, actor: Actor, account: UUID, says: str) -> None:
        """Neither this account nor another one of the same person."""
        person = await tx.fetchval(
            "SELECT person_id FROM account WHERE tenant_id = $1 AND id = $2", tx.tenant, account
        )
        if actor.account_id == account or (person is not None and person == actor.person_id):
            raise Refused(says, source="三员分立")

    async def _set_status(
        self, tx: Transaction, actor: Actor, account: UUID, status: str, event: Event
    ) -> None:
        self._demand(actor, "manage")
        await self._not_oneself(tx, actor, account, "不能停用或启用自己的账号，请由另一位系统管理员办理。")
        await self._username(tx, account)
        await tx.execute(
            "UPDATE account SET status = $3 WHERE tenant_id = $1 AND id = $2", tx.tenant, account, status
        )
        await self._log(tx, event, actor, account)

    async def _username(self, tx: Transaction, account: UUID) -> str:
        found: str | None = await tx.fetchval(
            "SELECT username FROM account WHERE tenant_id = $1 AND id = $2", tx.tenant, account
        )
        if found is None:
            raise NotFound("没有这个账号")
        return found

    async def _log(
        self, tx: Transaction, event: Event, actor: Actor, account: UUID, *, note: str = ""
    ) -> None:
        await access_log.record(tx, self._clock(), event, account=actor.account_id, target=account, note=note)


def _area(area_code: str) -> str:
    try:
        significant(area_code)
    except ValueError:
        raise Invalid(
            "辖区代码不对。", fields=(FieldError("area_code", "请填写 12 位行政区划代码"),)
        ) from None
    return area_code.ljust(LENGTH, "0")
