"""Making and changing accounts, for pages and API alike; the rules are in `core.access.accounts`."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from core.access.accounts import Created, NewAccount
from core.access.roles import Role
from core.clock import CHINA
from core.problems import FieldError, Invalid
from core.registry import resident_id
from core.registry.people import PersonPrivate
from core.storage.database import Transaction

if TYPE_CHECKING:
    from core.access.authorizer import Actor
    from core.web.services import WebServices

ROLES = {role.value: role.label for role in Role if role is not Role.SERVICE}

Code = Annotated[
    str,
    Meta(title="辖区", pattern="^[0-9]{2,12}$", extra={"widget": "area", "message": "请从列表里选择辖区"}),
]
RoleName = Annotated[str, Meta(title="岗位", max_length=40)]


class NewAccountForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`id_number` says who it is on the register: recusal goes by it. `password` empty: a temporary one is made."""

    username: Annotated[
        str,
        Meta(title="账号名", description="3 到 40 个小写字母、数字、点、横线，例如 wang.fang", max_length=40),
    ]
    name: Annotated[str, Meta(title="姓名", min_length=2, max_length=50)]
    id_number: Annotated[
        str,
        Meta(
            title="身份证号",
            description="近亲属回避按它比对，请务必填写",
            max_length=30,
            extra={"widget": "id_number"},
        ),
    ] = ""
    phone: Annotated[
        str,
        Meta(title="手机号", description="可用来接收登录验证码", max_length=20, extra={"widget": "phone"}),
    ] = ""
    password: Annotated[
        str,
        Meta(title="初始密码", description="空着由系统生成", max_length=200, extra={"widget": "password"}),
    ] = ""


class GrantForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`until` is the last day it holds; with it a reason is needed."""

    role: Annotated[str, Meta(title="岗位", min_length=1, max_length=40, extra={"widget": "role"})]
    area_code: Code
    until: Annotated[date | None, Meta(title="有效至", description="长期的空着")] = None
    reason: Annotated[str, Meta(title="理由", description="临时授权必须写明", max_length=200)] = ""


class RevokeForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    role: RoleName
    area_code: Code


async def create(tx: Transaction, services: WebServices, actor: Actor, form: NewAccountForm) -> Created:
    """Raises Refused, Invalid, Conflict. The person is put on the register where the number is new to it."""
    person = await _person(tx, services, form) if form.id_number.strip() else None
    new = NewAccount(form.username, form.name, person, form.phone)
    return await services.accounts.create_account(tx, actor, new, password=form.password or None)


async def _person(tx: Transaction, services: WebServices, form: NewAccountForm) -> UUID:
    try:
        number = resident_id.parse(form.id_number)
    except ValueError as wrong:
        raise Invalid("身份证号不对", fields=(FieldError("id_number", str(wrong)),)) from wrong
    known = await services.registry.find_person(tx, number.number)
    if known is not None:
        return known
    private = PersonPrivate(number.number, number.birth_date, number.sex)
    return await services.registry.put_person(tx, form.name.strip(), private)


async def grant(tx: Transaction, services: WebServices, actor: Actor, account: UUID, form: GrantForm) -> None:
    until = datetime.combine(form.until, time.max, CHINA) if form.until else None
    await services.accounts.grant(
        tx, actor, account, form.role, form.area_code, until=until, reason=form.reason
    )
