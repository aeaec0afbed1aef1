"""Accounts: made and disabled by the system administrator, given roles by the security administrator."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from core.access.roles import Role
from core.kernel.forms import decode, describe
from core.problems import Conflict, Invalid, Problem, Refused
from core.web import staffing
from core.web.forms import errors_of
from core.web.guards import may
from core.web.i18n import gettext as _
from core.web.reading import lenient_query, page_form
from core.web.services import services_of
from core.web.views.accounts import AccountQuery, account, accounts, places
from core.web.visit import Needs, SignedIn, visit_of

AnyRequest = Request[Any, Any, Any]

_MANAGE = Needs("account", "manage")
_GRANT = Needs("account", "grant")
_ROLES = tuple((role.value, role.label) for role in Role if role is not Role.SERVICE)


def _demand_either(request: AnyRequest) -> tuple[bool, bool]:
    """(may make accounts, may give roles). Raises Refused for who may neither."""
    services, actor = services_of(request), visit_of(request).actor
    manages, grants = may(services, actor, "account", "manage"), may(services, actor, "account", "grant")
    if not (manages or grants):
        raise Refused("您没有管理账号的权限。", hint="请联系本区的系统管理员或安全管理员")
    return manages, grants


@get("/admin/accounts", opt={"access": SignedIn()})
async def listed(request: AnyRequest) -> Response[Any]:
    manages, _grants = _demand_either(request)
    services, actor = services_of(request), visit_of(request).actor
    wanted = lenient_query(request, AccountQuery)
    async with services.database.transaction(actor.tenant_id) as tx:
        found = await accounts(tx, wanted)
    return services.renderer.page(
        request, "admin/accounts.html", accounts=found, wanted=wanted, roles=_ROLES, manages=manages
    )


@get("/admin/accounts/new", opt={"access": _MANAGE})
async def new(request: AnyRequest) -> Response[Any]:
    return _new(request, {})


@post("/admin/accounts/new", status_code=200, opt={"access": _MANAGE})
async def create(request: AnyRequest) -> Response[Any]:
    typed, _own = await page_form(request)
    services, actor = services_of(request), visit_of(request).actor
    try:
        form = decode(staffing.NewAccountForm, typed)
        async with services.database.transaction(actor.tenant_id) as tx:
            made = await staffing.create(tx, services, actor, form)
    except (Invalid, Conflict) as problem:
        return _new(request, {**typed, "password": ""}, problem)
    return await _one(request, made.id, secret=made.password, done=_("账号已建好，请安全管理员分配岗位。"))


def _new(request: AnyRequest, typed: dict[str, Any], problem: Problem | None = None) -> Response[Any]:
    return services_of(request).renderer.page(
        request, "admin/account_new.html", status=int(problem.status) if problem else 200,
        specs=describe(staffing.NewAccountForm), typed=typed, errors=errors_of(problem, describe(staffing.NewAccountForm)),
        detail=problem.detail if problem else "",
    )  # fmt: skip


@get("/admin/accounts/{account_id:uuid}", opt={"access": SignedIn()})
async def one(request: AnyRequest, account_id: FromPath[UUID]) -> Response[Any]:
    return await _one(request, account_id, done=_done().get(request.query_params.get("done", ""), ""))


def _done() -> dict[str, str]:
    return {
        "granted": _("岗位已分配。"),
        "revoked": _("岗位已撤销，马上生效。"),
        "disable": _("账号已停用，正在使用的登录已退出。"),
        "enable": _("账号已恢复。"),
        "remove_totp": _("动态验证码已解除。"),
    }


async def _one(
    request: AnyRequest,
    account_id: UUID,
    *,
    typed: dict[str, Any] | None = None,
    problem: Problem | None = None,
    secret: str = "",
    done: str = "",
) -> Response[Any]:
    manages, grants = _demand_either(request)
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        found = await account(tx, account_id)
        areas = await places(tx, visit.district) if grants else []
    return services.renderer.page(
        request, "admin/account.html", status=int(problem.status) if problem else 200, account=found, manages=manages,
        grants=grants, specs=describe(staffing.GrantForm) if grants else (), typed=typed or {},
        options={"area": areas, "role": _ROLES}, errors=errors_of(problem, describe(staffing.GrantForm)),
        detail=problem.detail if problem else "", hint=problem.hint if problem else "", secret=secret, done=done,
        oneself=found.id == visit.actor.account_id,
    )  # fmt: skip


@post("/admin/accounts/{account_id:uuid}/grants", status_code=200, opt={"access": _GRANT})
async def grant(request: AnyRequest, account_id: FromPath[UUID]) -> Response[Any]:
    typed, _own = await page_form(request)
    services, actor = services_of(request), visit_of(request).actor
    try:
        form = decode(staffing.GrantForm, typed)
        async with services.database.transaction(actor.tenant_id) as tx:
            await staffing.grant(tx, services, actor, account_id, form)
    except (Invalid, Refused) as problem:
        return await _one(request, account_id, typed=typed, problem=problem)
    return _back(request, account_id, "granted")


@post("/admin/accounts/{account_id:uuid}/revocations", status_code=200, opt={"access": _GRANT})
async def revoke(request: AnyRequest, account_id: FromPath[UUID]) -> Response[Any]:
    typed, _own = await page_form(request)
    services, actor = services_of(request), visit_of(request).actor
    form = decode(staffing.RevokeForm, typed)
    async with services.database.transaction(actor.tenant_id) as tx:
        await services.accounts.revoke(tx, actor, account_id, form.role, form.area_code)
    return _back(request, account_id, "revoked")


class _StepForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    step: str = ""


@post("/admin/accounts/{account_id:uuid}/state", status_code=200, opt={"access": _MANAGE})
async def change(request: AnyRequest, account_id: FromPath[UUID]) -> Response[Any]:
    """Disable, enable, a temporary password, a fresh second factor; what is secret is shown once, on this very page."""
    typed, _own = await page_form(request)
    step = decode(_StepForm, typed).step
    services, actor = services_of(request), visit_of(request).actor
    secret = ""
    try:
        async with services.database.transaction(actor.tenant_id) as tx:
            keeper = services.accounts
            if step == "password":
                secret = await keeper.reset_password(tx, actor, account_id)
            elif step == "totp":
                secret = await keeper.set_totp(tx, actor, account_id)
            elif step in ("disable", "enable", "remove_totp"):
                await getattr(keeper, step)(tx, actor, account_id)
            else:
                raise Invalid("没有这种操作，请从页面上的按钮进入。")
    except (Invalid, Refused) as problem:
        return await _one(request, account_id, problem=problem)
    if secret:
        return await _one(request, account_id, secret=secret, done=_("已办好。下面的内容只显示这一次。"))
    return _back(request, account_id, step)


def _back(request: AnyRequest, account_id: UUID, done: str) -> Redirect:
    return Redirect(f"{visit_of(request).base}/admin/accounts/{account_id}?done={done}", status_code=303)


HANDLERS = (listed, new, create, one, grant, revoke, change)
