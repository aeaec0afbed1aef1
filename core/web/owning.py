"""Somebody who proved a phone says which ID number is theirs: where the office has both together, their household is shown.

Tried five times a day at most; every answer but the right one is the same, so that nobody learns who is known here.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request
from msgspec import Meta

from core.access import public_limits
from core.access.public_limits import OWN_HOUSEHOLD
from core.clock import system_clock
from core.problems import FieldError, Invalid
from core.registry import resident_id
from core.web.applicants import recognise
from core.web.services import services_of
from core.web.visit import visit_of

AnyRequest = Request[Any, Any, Any]


class OwnForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id_number: Annotated[str, Meta(title="您的身份证号", max_length=30, extra={"widget": "id_number"})]


class OwnAnswer(msgspec.Struct, frozen=True):
    """Whether the account is now known to be this person's."""

    recognised: bool


async def own(request: AnyRequest, typed: str) -> bool:
    """Raises Invalid for what is no ID number, TooMany."""
    services, actor = services_of(request), visit_of(request).actor
    try:
        number = resident_id.parse(typed).number
    except ValueError as wrong:
        raise Invalid("身份证号要改一下", fields=(FieldError("id_number", str(wrong)),)) from None
    found = None
    async with services.database.transaction(actor.tenant_id) as tx:
        problem = await public_limits.refusal(
            tx, services.cipher, "own", OWN_HOUSEHOLD, str(actor.account_id), system_clock()
        )
        if problem is None and actor.person_id is None:
            found = await recognise(tx, services, actor, number)
    if problem is not None:
        raise problem
    return found is not None
