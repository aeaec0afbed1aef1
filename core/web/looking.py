"""A look behind the masks: for those whose task needs it, for a purpose they name, and never without a trace of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from core.access.authorizer import Actor
from core.access.masking import MIN_PURPOSE, Sensitive, log_look
from core.problems import NotFound
from core.registry.people import Household
from core.stages.context import CaseSubject
from core.storage.database import Transaction

if TYPE_CHECKING:
    from core.web.services import WebServices

FIELDS = (Sensitive.ID_NUMBER, Sensitive.PHONE, Sensitive.BANK_ACCOUNT, Sensitive.ADDRESS)


class PurposeForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    purpose: Annotated[
        str,
        Meta(
            title="为什么要看",
            description="例如 核对领款账号；和您的姓名、时间一起记入日志",
            min_length=MIN_PURPOSE,
            max_length=200,
        ),
    ]


async def look(
    tx: Transaction, services: WebServices, actor: Actor, process_id: UUID, purpose: str
) -> Household:
    """The household unmasked, after the look was logged. Raises NotFound, Refused, Invalid."""
    situation = await services.situations.load(tx, actor, process_id)
    if not isinstance(situation.view.subject, CaseSubject):
        raise NotFound("没有找到这一户")
    blocked = situation.recused or situation.standing.permitted("view_private")
    if blocked is not None:
        raise blocked.refused()
    await log_look(tx, actor, process_id, purpose, FIELDS, services.clock())
    return situation.view.subject.household
