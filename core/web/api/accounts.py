"""Accounts over the API: made by the system administrator, given roles by the security administrator."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath

from core.web import staffing
from core.web.reading import body
from core.web.services import services_of
from core.web.views.accounts import AccountLine, account
from core.web.visit import Needs, visit_of

AnyRequest = Request[Any, Any, Any]

MANAGE = Needs("account", "manage")
GRANT = Needs("account", "grant")


class CreatedAnswer(msgspec.Struct, frozen=True):
    """`password` is the temporary one where none was sent; it is shown once and stored nowhere."""

    id: UUID
    password: str = ""


class PasswordAnswer(msgspec.Struct, frozen=True):
    """A temporary password, shown once; it must be changed at the next sign-in."""

    password: str


class SecondFactorAnswer(msgspec.Struct, frozen=True):
    """`otpauth://…` for the authenticator, shown once."""

    address: str


@post("/accounts", opt={"access": MANAGE, "body": staffing.NewAccountForm, "answer": CreatedAnswer})
async def create(request: AnyRequest) -> CreatedAnswer:
    """Make an account; it may do nothing until the security administrator has given it a role."""
    form = await body(request, staffing.NewAccountForm)
    services, actor = services_of(request), visit_of(request).actor
    async with services.database.transaction(actor.tenant_id) as tx:
        made = await staffing.create(tx, services, actor, form)
    return CreatedAnswer(made.id, made.password)


@get("/accounts/{account_id:uuid}", opt={"access": MANAGE, "answer": AccountLine})
async def read(request: AnyRequest, account_id: FromPath[UUID]) -> AccountLine:
    """One account with its roles."""
    services, actor = services_of(request), visit_of(request).actor
    async with services.database.transaction(actor.tenant_id) as tx:
        return await account(tx, account_id)


@post(
    "/accounts/{account_id:uuid}/grants", status_code=204, opt={"access": GRANT, "body": staffing.GrantForm}
)
async def grant(request: AnyRequest, account_id: FromPath[UUID]) -> None:
    """Give a role for an area."""
    form = await body(request, staffing.GrantForm)
    services, actor = services_of(request), visit_of(request).actor
    async with services.database.transaction(actor.tenant_id) as tx:
        await staffing.grant(tx, services, actor, account_id, form)


@post(
    "/accounts/{account_id:uuid}/revocations",
    status_code=204,
    opt={"access": GRANT, "body": staffing.RevokeForm},
)
async def revoke(request: AnyRequest, account_id: FromPath[UUID]) -> None:
    """Take a role away; it is gone with the account's next request."""
    form = await body(request, staffing.RevokeForm)
    services, actor = services_of(request), visit_of(request).actor
    async with services.database.transaction(actor.tenant_id) as tx:
        await services.accounts.revoke(tx, actor, account_id, form.role, form.area_code)


@post("/accounts/{account_id:uuid}/disable", status_code=204, opt={"access": MANAGE})
async def disable(request: AnyRequest, account_id: FromPath[UUID]) -> None:
    """No sign-in any more; running sessions end."""
    services, actor = services_of(request), visit_of(request).actor
    async with services.database.transaction(actor.tenant_id) as tx:
        await services.accounts.disable(tx, actor, account_id)


@post("/accounts/{account_id:uuid}/enable", status_code=204, opt={"access": MANAGE})
async def enable(request: AnyRequest, account_id: FromPath[UUID]) -> None:
    """Let a disabled account sign in again."""
    services, actor = services_of(request), visit_of(request).actor
    async with services.database.transaction(actor.tenant_id) as tx:
        await services.accounts.enable(tx, actor, account_id)


@post(
    "/accounts/{account_id:uuid}/password",
    status_code=200,
    opt={"access": MANAGE, "answer": PasswordAnswer},
)
async def reset_password(request: AnyRequest, account_id: FromPath[UUID]) -> PasswordAnswer:
    """A temporary password; a lock is lifted."""
    services, actor = services_of(request), visit_of(request).actor
    async with services.database.transaction(actor.tenant_id) as tx:
        return PasswordAnswer(await services.accounts.reset_password(tx, actor, account_id))


@post(
    "/accounts/{account_id:uuid}/second-factor",
    status_code=200,
    opt={"access": MANAGE, "answer": SecondFactorAnswer},
)
async def second_factor(request: AnyRequest, account_id: FromPath[UUID]) -> SecondFactorAnswer:
    """A fresh second factor."""
    services, actor = services_of(request), visit_of(request).actor
    async with services.database.transaction(actor.tenant_id) as tx:
        return SecondFactorAnswer(await services.accounts.set_totp(tx, actor, account_id))


@post("/accounts/{account_id:uuid}/second-factor/removal", status_code=204, opt={"access": MANAGE})
async def remove_second_factor(request: AnyRequest, account_id: FromPath[UUID]) -> None:
    """Sign-in by password alone again."""
    services, actor = services_of(request), visit_of(request).actor
    async with services.database.transaction(actor.tenant_id) as tx:
        await services.accounts.remove_totp(tx, actor, account_id)


HANDLERS = (create, read, grant, revoke, disable, enable, reset_password, second_factor, remove_second_factor)
