"""Signing in and out over the API, and who one is."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from msgspec import Meta

from core.problems import FieldError, Invalid
from core.web.addresses import address_of
from core.web.api.answers import GrantAnswer, Me, SignedInAnswer
from core.web.cookies import clear_session, set_session
from core.web.guards import session_token
from core.web.reading import body
from core.web.services import services_of
from core.web.visit import Public, SignedIn, visit_of

AnyRequest = Request[Any, Any, Any]


class SignInForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Name and password; or, as a second step, `ticket` and the `code` of the second factor; or `phone` and `code`."""

    username: Annotated[str, Meta(title="账号", max_length=100)] = ""
    password: Annotated[str, Meta(title="密码", max_length=200, extra={"widget": "password"})] = ""
    ticket: Annotated[str, Meta(title="登录凭证", max_length=200)] = ""
    phone: Annotated[str, Meta(title="手机号", max_length=20)] = ""
    code: Annotated[str, Meta(title="验证码", max_length=20)] = ""


class PhoneForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    phone: Annotated[
        str, Meta(title="手机号", pattern="^1[0-9]{10}$", extra={"message": "请填写 11 位手机号"})
    ]


class PasswordForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    old: Annotated[str, Meta(title="现在的密码", max_length=200, extra={"widget": "password"})]
    new: Annotated[str, Meta(title="新密码", max_length=200, extra={"widget": "password"})]


_ASKED = {
    "password": (("username", "请填写账号"), ("password", "请填写密码")),
    "totp": (("code", "请填写动态验证码"),),
    "phone": (("phone", "请填写手机号"),),
    "code": (("code", "请填写收到的验证码"),),
}


def filled(form: SignInForm, way: str) -> None:
    """Raises Invalid naming what was left empty; nothing is counted as a failed attempt."""
    empty = tuple(FieldError(f, says) for f, says in _ASKED[way] if not getattr(form, f).strip())
    if empty:
        raise Invalid("、".join(error.message for error in empty) + "，再登录。", fields=empty)


@post("/sign-in", status_code=200, opt={"access": Public(), "body": SignInForm, "answer": SignedInAnswer})
async def sign_in(request: AnyRequest) -> Response[SignedInAnswer]:
    """Start a session."""
    form = await body(request, SignInForm)
    filled(form, "totp" if form.ticket else "code" if form.phone else "password")
    keeper, tenant = services_of(request).gatekeeper, visit_of(request).district.id
    if form.ticket:
        admission = await keeper.by_totp(tenant, form.ticket, form.code, address_of(request))
    elif form.phone:
        admission = await keeper.by_phone_code(tenant, form.phone, form.code, address_of(request))
    else:
        admission = await keeper.by_password(tenant, form.username, form.password, address_of(request))
    response = Response(SignedInAnswer(admission.token, admission.ticket))
    if admission.token:
        set_session(request, response, admission.token)
    return response


@post("/sign-in/code", status_code=204, opt={"access": Public(), "body": PhoneForm})
async def send_code(request: AnyRequest) -> None:
    """Send a sign-in code to a registered phone; the answer is the same for an unknown one."""
    form = await body(request, PhoneForm)
    await services_of(request).gatekeeper.send_code(
        visit_of(request).district.id, form.phone, address_of(request)
    )


@post("/sign-out", status_code=204, opt={"access": SignedIn(), "password_due": True, "factor_due": True})
async def sign_out(request: AnyRequest) -> Response[None]:
    """End the session."""
    await services_of(request).gatekeeper.leave(visit_of(request).district.id, session_token(request))
    response: Response[None] = Response(None, status_code=204)
    clear_session(request, response)
    return response


@get("/me", opt={"access": SignedIn(), "answer": Me, "password_due": True, "factor_due": True})
async def me(request: AnyRequest) -> Me:
    """Who is signed in, with roles and areas."""
    visit = visit_of(request)
    actor = visit.actor
    assert visit.session is not None
    grants = tuple(GrantAnswer(str(g.role), g.area_code) for g in actor.grants)
    return Me(actor.account_id, actor.name, grants, visit.session.must_change, visit.session.must_enrol)


@post(
    "/me/password", status_code=204,
    opt={"access": SignedIn(), "body": PasswordForm, "password_due": True, "factor_due": True},
)  # fmt: skip
async def change_password(request: AnyRequest) -> None:
    """Change one's own password; every other session of the account ends."""
    form = await body(request, PasswordForm)
    await services_of(request).gatekeeper.change_password(
        visit_of(request).district.id, session_token(request), form.old, form.new, address_of(request)
    )


class CodeForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: Annotated[str, Meta(title="动态验证码", min_length=1, max_length=10)]


class FactorAnswer(msgspec.Struct, frozen=True):
    """`address` (`otpauth://…`) while it is to be confirmed; `recovery_codes` only in the answer that made them."""

    in_force: bool
    address: str = ""
    recovery_codes: tuple[str, ...] = ()
    recovery_codes_left: int = 0


@post(
    "/me/second-factor",
    status_code=200,
    opt={"access": SignedIn(), "answer": FactorAnswer, "factor_due": True},
)
async def begin_second_factor(request: AnyRequest) -> FactorAnswer:
    """How one's second factor stands; where there is none, the secret to be confirmed (the same one until then)."""
    actor = visit_of(request).actor
    state = await services_of(request).enrolment.begin(actor.tenant_id, actor.account_id)
    return FactorAnswer(state.in_force, state.address, (), state.left)


@post(
    "/me/second-factor/confirm", status_code=200,
    opt={"access": SignedIn(), "body": CodeForm, "answer": FactorAnswer, "factor_due": True},
)  # fmt: skip
async def confirm_second_factor(request: AnyRequest) -> FactorAnswer:
    """Put it in force with a code of the authenticator; the recovery codes are told once."""
    form, actor = await body(request, CodeForm), visit_of(request).actor
    codes = await services_of(request).enrolment.confirm(actor.tenant_id, actor.account_id, form.code)
    return FactorAnswer(True, "", codes, len(codes))


@post(
    "/me/second-factor/recovery-codes", status_code=200,
    opt={"access": SignedIn(), "body": CodeForm, "answer": FactorAnswer},
)  # fmt: skip
async def renew_recovery_codes(request: AnyRequest) -> FactorAnswer:
    """Fresh recovery codes in place of the old ones, with a code of the authenticator."""
    form, actor = await body(request, CodeForm), visit_of(request).actor
    codes = await services_of(request).enrolment.renew(actor.tenant_id, actor.account_id, form.code)
    return FactorAnswer(True, "", codes, len(codes))


HANDLERS = (
    sign_in, send_code, sign_out, me, change_password, begin_second_factor, confirm_second_factor, renew_recovery_codes,
)  # fmt: skip
