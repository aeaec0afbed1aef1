"""Before a form of somebody unknown is taken: not too often, and, where the district asks for it, a small question answered.

The question is text (no picture, no third party), so that it can be read aloud; `settings.public_challenge` turns it on.
A plugin may hand one in (`public_question`); without, it is a small sum. What is sealed and judged is ours either way.
Programs get theirs from `GET /api/p/challenge` and send `X-Challenge: <token> <answer>`, the answer percent-encoded.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import msgspec
from litestar import Request

from core.access import public_limits
from core.access.networks import network_of
from core.access.public_limits import BY_PHONE, LOOKED_UP, RECEIPTS, SENT, Limit
from core.clock import system_clock
from core.problems import FieldError, Invalid, Problem
from core.sdk.questions import PublicQuestion
from core.storage.database import Transaction
from core.web import question_seals as seals
from core.web.addresses import address_of
from core.web.plugin_parts import scope_in
from core.web.services import services_of
from core.web.visit import visit_of

AnyRequest = Request[Any, Any, Any]

VALID = timedelta(minutes=30)
HEADER = "x-challenge"
_DIGITS = "零一二三四五六七八九"
_FIELD = "_answer"


class Challenge(msgspec.Struct, frozen=True):
    """A question and the token that goes back with its answer; both empty where the district asks none.

    `number`: a number pad will do for the answer.
    """

    question: str = ""
    token: str = ""
    number: bool = False


async def challenge(request: AnyRequest) -> Challenge:
    """A fresh question, where the district asks one: a plugin's, or our own sum when none hands one in."""
    services = services_of(request)
    async with services.database.transaction(visit_of(request).district.id) as tx:
        asked = await _asks(request, tx)
        scope = await scope_in(request, tx) if asked else None
    if not asked:
        return Challenge()
    question = None
    if scope is not None and services.plugin_host is not None:
        offered = (await services.plugin_host.dispatch("public_question", scope)).first
        question = offered.value if offered is not None else None
    question = question or small_sum()
    until = int((system_clock() + VALID).timestamp())
    return Challenge(
        question.question,
        seals.token_for(question, until, secrets.token_hex(8), _seal(request)),
        all(answer.isdecimal() for answer in question.answers),
    )


def small_sum() -> PublicQuestion:
    """Core's own question."""
    one, other = secrets.randbelow(9) + 1, secrets.randbelow(9) + 1
    return PublicQuestion(f"{_DIGITS[one]}加{_DIGITS[other]}等于几？", (str(one + other),))


async def admit_sender(request: AnyRequest, phone: str = "", token: str = "", answer: str = "") -> None:
    """Raises TooMany, or Invalid at `_answer` when the question was not answered."""
    services, tenant, now = services_of(request), visit_of(request).district.id, system_clock()
    async with services.database.transaction(tenant) as tx:
        problem: Problem | None = await public_limits.refusal(
            tx, services.cipher, "sent", SENT, network_of(address_of(request)), now
        )
        if problem is None and await _asks(request, tx):
            name = seals.name_of(token, answer, now, _seal(request))
            fresh = name and await public_limits.used_once(tx, services.cipher, name, now, VALID)
            if not fresh:
                problem = Invalid(
                    "小题没有答对，或者隔得太久了。",
                    fields=(FieldError(_FIELD, "请看这一道新的小题，再答一次"),),
                )
        if problem is None:  # last: who has not answered the question uses up nobody's phone
            problem = await public_limits.refusal(
                tx, services.cipher, "phone", BY_PHONE, phone.replace("-", ""), now
            )
    if problem is not None:
        raise problem


async def admit_program(request: AnyRequest, phone: str = "") -> None:
    """The same for the API."""
    token, _, answer = request.headers.get(HEADER, "").partition(" ")
    await admit_sender(request, phone, token, unquote(answer))


async def admit_lookup(request: AnyRequest) -> None:
    """Before the code of a complaint's receipt is tried. Raises TooMany."""
    await _admit_try(request, "code", LOOKED_UP)


async def admit_receipt(request: AnyRequest) -> None:
    """Before the code of an application's receipt is tried. Raises TooMany."""
    await _admit_try(request, "receipt", RECEIPTS)


async def _admit_try(request: AnyRequest, kind: str, most: Limit) -> None:
    services, tenant = services_of(request), visit_of(request).district.id
    async with services.database.transaction(tenant) as tx:
        problem = await public_limits.refusal(
            tx, services.cipher, kind, most, network_of(address_of(request)), system_clock()
        )
    if problem is not None:
        raise problem


async def right_receipt(request: AnyRequest) -> None:
    """The code opened something: a village that looks at its receipts over one network is not shut out."""
    services, tenant = services_of(request), visit_of(request).district.id
    async with services.database.transaction(tenant) as tx:
        await public_limits.was_right(
            tx, services.cipher, "receipt", RECEIPTS, network_of(address_of(request))
        )


async def _asks(request: AnyRequest, tx: Transaction) -> bool:
    return bool((await services_of(request).runtimes.current(tx)).settings.settings.public_challenge)


def _seal(request: AnyRequest) -> Callable[[str], str]:
    services, tenant = services_of(request), visit_of(request).district.id
    return lambda text: services.cipher.blind_index(tenant, "public.challenge", text).hex()
