"""Before a form of somebody unknown is taken: not too often, and, where the district asks for it, a small question answered.

The question is text (no picture, no third party), so that it can be read aloud; `settings.public_challenge` turns it on.
Programs get theirs from `GET /api/p/challenge` and send `X-Challenge: <token> <answer>`.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from typing import Any

import msgspec
from litestar import Request

from core.access import public_limits
from core.access.public_limits import BY_PHONE, LOOKED_UP, SENT
from core.clock import system_clock
from core.problems import FieldError, Invalid, Problem
from core.web.addresses import address_of
from core.web.services import services_of
from core.web.visit import visit_of

AnyRequest = Request[Any, Any, Any]

VALID = timedelta(minutes=30)
HEADER = "x-challenge"
_DIGITS = "零一二三四五六七八九"
_FIELD = "_answer"


class Challenge(msgspec.Struct, frozen=True):
    """A question and the token that goes back with its answer; both empty where the district asks none."""

    question: str = ""
    token: str = ""


async def challenge(request: AnyRequest) -> Challenge:
    """A fresh question, where the district asks one."""
    if not await _asks(request):
        return Challenge()
    one, other = secrets.randbelow(9) + 1, secrets.randbelow(9) + 1
    until = int((system_clock() + VALID).timestamp())
    nonce = secrets.token_hex(8)
    sealed = _seal(request, f"{one + other}:{until}:{nonce}")
    return Challenge(f"{_DIGITS[one]}加{_DIGITS[other]}等于几？", f"{until}.{nonce}.{sealed}")


async def admit_sender(request: AnyRequest, phone: str = "", token: str = "", answer: str = "") -> None:
    """Raises TooMany, or Invalid at `_answer` when the question was not answered."""
    services, tenant, now = services_of(request), visit_of(request).district.id, system_clock()
    asked = await _asks(request)
    async with services.database.transaction(tenant) as tx:
        problem: Problem | None = await public_limits.refusal(
            tx, services.cipher, "sent", SENT, address_of(request), now
        )
        problem = problem or await public_limits.refusal(
            tx, services.cipher, "phone", BY_PHONE, phone.replace("-", ""), now
        )
        if problem is None and asked:
            right = _answered(request, token, answer.strip())
            fresh = right and await public_limits.used_once(tx, services.cipher, token, now, VALID)
            if not fresh:
                problem = Invalid(
                    "小题没有答对，或者隔得太久了。", fields=(FieldError(_FIELD, "请算一算，填一个数字"),)
                )
    if problem is not None:
        raise problem


async def admit_program(request: AnyRequest, phone: str = "") -> None:
    """The same for the API."""
    token, _, answer = request.headers.get(HEADER, "").partition(" ")
    await admit_sender(request, phone, token, answer)


async def admit_lookup(request: AnyRequest) -> None:
    """Before a receipt's code is tried. Raises TooMany."""
    services, tenant = services_of(request), visit_of(request).district.id
    async with services.database.transaction(tenant) as tx:
        problem = await public_limits.refusal(
            tx, services.cipher, "code", LOOKED_UP, address_of(request), system_clock()
        )
    if problem is not None:
        raise problem


async def _asks(request: AnyRequest) -> bool:
    services = services_of(request)
    async with services.database.transaction(visit_of(request).district.id) as tx:
        return bool((await services.runtimes.current(tx)).settings.settings.public_challenge)


def _answered(request: AnyRequest, token: str, answer: str) -> bool:
    until, _, rest = token.partition(".")
    nonce, _, sealed = rest.partition(".")
    if not (
        until.isascii() and until.isdigit() and len(until) < 12 and answer.isdecimal() and len(answer) < 4
    ):
        return False
    if int(until) < system_clock().timestamp():
        return False
    return hmac.compare_digest(_seal(request, f"{int(answer)}:{until}:{nonce}").encode(), sealed.encode())


def _seal(request: AnyRequest, text: str) -> str:
    services, tenant = services_of(request), visit_of(request).district.id
    return services.cipher.blind_index(tenant, "public.challenge", text).hex()
