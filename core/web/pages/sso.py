"""Signing in through the identity provider of a district's own choosing, and linking it to one's account."""

from __future__ import annotations

import os
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.datastructures import Cookie
from litestar.response import Redirect

from core.access import links
from core.access.single_sign_on import LASTS_SECONDS, Provider
from core.clock import system_clock
from core.problems import NotFound, Refused
from core.storage.database import Transaction
from core.web.addresses import address_of, public_address
from core.web.cookies import set_session
from core.web.csrf import check_token
from core.web.i18n import gettext as _
from core.web.pages.door import inside, second_step
from core.web.pages.place import district_settings
from core.web.services import services_of
from core.web.visit import Public, visit_of

AnyRequest = Request[Any, Any, Any]
_COOKIE = "zhunbao_sso"


async def provider_of(request: AnyRequest, tx: Transaction | None = None) -> tuple[Provider, str] | None:
    """The district's provider and what it is called; None: it has none."""
    chosen = (await district_settings(request, tx)).single_sign_on
    if chosen is None:
        return None
    code = visit_of(request).district.code
    secret = os.environ.get(f"ZHUNBAO_OIDC_SECRET_{code}") or os.environ.get("ZHUNBAO_OIDC_SECRET", "")
    return Provider(chosen.issuer.rstrip("/"), chosen.client_id, secret), chosen.label


async def _provider(request: AnyRequest) -> Provider:
    found = await provider_of(request)
    if found is None:
        raise NotFound("本区没有开通统一身份认证登录")
    return found[0]


def _back(request: AnyRequest) -> str:
    return f"{public_address(request)}{visit_of(request).base}/sign-in/sso/back"


@get("/sign-in/sso", opt={"access": Public()})
async def begin(request: AnyRequest) -> Response[Any]:
    """To the provider. `link` (the page's token): to link it to the account one is signed in with."""
    services, visit = services_of(request), visit_of(request)
    account = ""
    if given := request.query_params.get("link", ""):
        account = str(visit.actor.account_id)
        assert visit.session is not None
        check_token(visit.session.token, given)
    next_ = inside(request, request.query_params.get("next", ""))
    address, pending = await services.single_sign_on.begin(
        await _provider(request), _back(request), next_=next_, account=account
    )
    response = Redirect(address, status_code=303)
    response.set_cookie(_cookie(request, services.single_sign_on.seal(visit.district.id, pending)))
    return response


def _cookie(request: AnyRequest, value: str) -> Cookie:
    return Cookie(
        _COOKIE, value=value, path=f"{visit_of(request).base}/sign-in/sso", max_age=LASTS_SECONDS, httponly=True,
        samesite="lax", secure=services_of(request).secure_cookies,
    )  # fmt: skip


@get("/sign-in/sso/back", opt={"access": Public(), "factor_due": True, "password_due": True})
async def back(request: AnyRequest) -> Response[Any]:
    """From the provider: the subject's account is signed in, or linked, or nobody's."""
    services, visit = services_of(request), visit_of(request)
    provider = await _provider(request)
    pending = services.single_sign_on.unseal(visit.district.id, request.cookies.get(_COOKIE, ""))
    subject = await services.single_sign_on.finish(
        provider, _back(request), dict(request.query_params), pending
    )
    tenant = visit.district.id
    async with services.database.transaction(tenant) as tx:
        if pending.account:
            if visit.session is None or str(visit.actor.account_id) != pending.account:
                raise Refused("关联期间您已退出登录。", hint="请重新登录后再关联")
            await links.link(tx, provider.issuer, subject, UUID(pending.account), system_clock())
            return Redirect(f"{visit.base}/second-factor?linked=1", status_code=303)
        account = await links.account_of(tx, provider.issuer, subject)
    if account is None:
        raise Refused(
            _("这个统一身份还没有关联本区的账号。"),
            hint=_("请先用账号密码登录，在“两步登录”页面关联一次，以后就可以直接登录"),
        )
    admission = await services.gatekeeper.by_link(tenant, account, address_of(request))
    if admission.ticket:
        return second_step(request, admission.ticket, pending.next)
    response = Redirect(pending.next or f"{visit.base}/", status_code=303)
    set_session(request, response, admission.token)
    return response


HANDLERS = (begin, back)
