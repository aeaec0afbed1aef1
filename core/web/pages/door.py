"""The door: choosing a district, signing in and out, one's password, large print and language."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect
from msgspec import Meta

from core.kernel.forms import decode, describe
from core.problems import Problem, TooMany
from core.web.addresses import address_of
from core.web.api.session import SignInForm, filled
from core.web.cookies import clear_session, set_session
from core.web.forms import errors_of
from core.web.guards import session_token
from core.web.i18n import gettext as _
from core.web.navigation import home_of
from core.web.pages.place import district_settings
from core.web.reading import page_form
from core.web.rendering import LANGUAGE_COOKIE, LARGE_COOKIE
from core.web.services import services_of
from core.web.visit import Public, SignedIn, visit_of

AnyRequest = Request[Any, Any, Any]
_YEAR = 365 * 24 * 3600


class PasswordForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    old: Annotated[str, Meta(title="现在的密码", max_length=200, extra={"widget": "password"})]
    new: Annotated[
        str,
        Meta(
            title="新密码",
            description="至少 10 位，含大写、小写、数字、符号中的三种",
            max_length=200,
            extra={"widget": "password"},
        ),
    ]
    again: Annotated[str, Meta(title="再写一次新密码", max_length=200, extra={"widget": "password"})]

    def __post_init__(self) -> None:
        if self.new != self.again:
            raise ValueError("两次写的新密码不一样，请重新填写")


@get("/", opt={"access": Public()})
async def districts(request: AnyRequest) -> Response[Any]:
    """The installation's front page: which district."""
    services = services_of(request)
    async with services.database.platform() as tx:
        rows = await tx.fetch("SELECT code, name FROM tenant WHERE status = 'active' ORDER BY code LIMIT 500")
    return services.renderer.page(request, "door/districts.html", tenants=[dict(row) for row in rows])


@get("/", opt={"access": Public()})
async def home(request: AnyRequest) -> Response[Any]:
    """The district's front page; whoever is signed in goes to work."""
    visit = visit_of(request)
    if visit.session is not None:
        return Redirect(home_of(services_of(request), visit), status_code=303)
    settings = await district_settings(request)
    return services_of(request).renderer.page(request, "door/welcome.html", phone=settings.supervision_phone)


def _door(request: AnyRequest, way: str, status: int = 200, **shown: Any) -> Response[Any]:
    heading = {
        "totp": _("第二步：动态验证码"),
        "code": _("请填写收到的验证码"),
        "phone": _("用手机号登录"),
    }.get(way, _("登录"))
    values = {
        "typed": {"username": "", "phone": ""},
        "errors": {},
        "detail": "",
        "ticket": "",
        "done": "",
        "next": "",
        "sso": "",
    }
    return services_of(request).renderer.page(
        request, "door/sign_in.html", status=status, way=way, heading=heading,
        demo=services_of(request).demo_accounts.get(visit_of(request).district.code, ()), **{**values, **shown},
    )  # fmt: skip


@get("/sign-in", opt={"access": Public()})
async def sign_in_page(request: AnyRequest) -> Response[Any]:
    way = "phone" if request.query_params.get("way") == "phone" else "password"
    done = _("您已退出登录。") if request.query_params.get("out") else ""
    return _door(
        request, way, next=inside(request, request.query_params.get("next", "")), done=done, sso=await _sso(request)
    )  # fmt: skip


async def _sso(request: AnyRequest) -> str:
    """What the district's identity provider is called; empty: it has none."""
    chosen = (await district_settings(request)).single_sign_on
    return chosen.label if chosen else ""


@post("/sign-in", status_code=200, opt={"access": Public()})
async def sign_in(request: AnyRequest) -> Response[Any]:
    form, own = await page_form(request)
    typed = {key: str(form.get(key, "")) for key in ("username", "phone")}
    shown = {"typed": typed, "next": inside(request, own.get("_next", "")), "ticket": own.get("_ticket", "")}
    way = own.get("_way", "password")
    way = way if way in ("phone", "code", "totp") else "password"
    try:
        sent = decode(SignInForm, {**form, "ticket": shown["ticket"]})
        return await _step(request, way, sent, shown)
    except TooMany:
        raise
    except Problem as problem:
        shown["sso"] = await _sso(request)
        return _door(request, way, 422, detail=problem.detail, errors=errors_of(problem), **shown)


async def _step(request: AnyRequest, way: str, sent: SignInForm, shown: dict[str, Any]) -> Response[Any]:
    keeper, tenant, address = (
        services_of(request).gatekeeper,
        visit_of(request).district.id,
        address_of(request),
    )
    filled(sent, way)
    if way == "phone":
        await keeper.send_code(tenant, sent.phone, address)
        return _door(request, "code", **shown)
    if way == "code":
        admission = await keeper.by_phone_code(tenant, sent.phone, sent.code, address)
    elif way == "totp":
        admission = await keeper.by_totp(tenant, sent.ticket, sent.code, address)
    else:
        admission = await keeper.by_password(tenant, sent.username, sent.password, address)
    if admission.ticket:
        return _door(request, "totp", **{**shown, "ticket": admission.ticket})
    response = Redirect(shown["next"] or f"{visit_of(request).base}/", status_code=303)
    set_session(request, response, admission.token)
    return response


def second_step(request: AnyRequest, ticket: str, next_: str) -> Response[Any]:
    """After another first step than the password."""
    return _door(request, "totp", ticket=ticket, next=next_)


def inside(request: AnyRequest, path: str) -> str:
    """A way back only within this district's own pages."""
    return (
        path
        if path.startswith(f"{visit_of(request).base}/") and "//" not in path and "\\" not in path
        else ""
    )


@post("/sign-out", status_code=200, opt={"access": SignedIn(), "password_due": True, "factor_due": True})
async def sign_out(request: AnyRequest) -> Response[Any]:
    visit = visit_of(request)
    await services_of(request).gatekeeper.leave(visit.district.id, session_token(request))
    response = Redirect(f"{visit.base}/sign-in?out=1", status_code=303)
    clear_session(request, response)
    return response


@get("/password", opt={"access": SignedIn(), "password_due": True, "factor_due": True})
async def password_page(request: AnyRequest) -> Response[Any]:
    return _password(request)


def _password(request: AnyRequest, status: int = 200, errors: Any = None, detail: str = "") -> Response[Any]:
    session = visit_of(request).session
    return services_of(request).renderer.page(
        request, "door/password.html", status=status, specs=describe(PasswordForm), errors=errors or {}, detail=detail,
        why=session.must_change if session else "",
    )  # fmt: skip


@post("/password", status_code=200, opt={"access": SignedIn(), "password_due": True, "factor_due": True})
async def password(request: AnyRequest) -> Response[Any]:
    sent, _own = await page_form(request)
    visit = visit_of(request)
    try:
        form = decode(PasswordForm, sent)
        await services_of(request).gatekeeper.change_password(
            visit.district.id, session_token(request), form.old, form.new, address_of(request)
        )
    except Problem as problem:
        return _password(request, 422, errors_of(problem, describe(PasswordForm)), problem.detail)
    return Redirect(f"{visit.base}/", status_code=303)


async def _display(request: AnyRequest) -> Response[Any]:
    _sent, own = await page_form(request)
    back = own.get("_back", "")
    safe = back if back.startswith("/") and not back.startswith("//") and "\\" not in back else "/"
    response = Redirect(safe, status_code=303)
    for field, cookie in (("_large", LARGE_COOKIE), ("_language", LANGUAGE_COOKIE)):
        if (value := own.get(field, "")) in ("0", "1", "zh", "en"):
            response.set_cookie(
                Cookie(cookie, value=value, path="/", max_age=_YEAR, samesite="lax", httponly=True)
            )
    return response


@post("/display", status_code=200, opt={"access": Public()})
async def display(request: AnyRequest) -> Response[Any]:
    """Large print and language, remembered on this device."""
    return await _display(request)


@post("/display", status_code=200, opt={"access": Public()})
async def display_outside(request: AnyRequest) -> Response[Any]:
    """The same on pages that belong to no district."""
    return await _display(request)


ROOT = (districts, display_outside)
HANDLERS = (home, sign_in_page, sign_in, sign_out, password_page, password, display)
