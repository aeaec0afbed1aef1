"""The rolls over the API: taking over the households that were paid before the system came."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, post

from core.clock import local_date
from core.registry import rolls_import
from core.web.reading import body
from core.web.services import services_of
from core.web.visit import Needs, visit_of


class AlsoPaid(msgspec.Struct, frozen=True):
    """Somebody of the import who receives in another district of the province as well: one of the two is to be stopped."""

    person_id: UUID
    name: str
    district: str


class Imported(msgspec.Struct, frozen=True):
    """How many came onto the rolls; `ids` are the register's households, in the order sent."""

    households: int
    persons: int
    ids: tuple[UUID, ...]
    also_paid: tuple[AlsoPaid, ...] = ()


@post(
    "/rolls/import",
    opt={"access": Needs("rolls", "import"), "body": rolls_import.RollsImportForm, "answer": Imported},
)
async def import_rolls(request: Request[Any, Any, Any]) -> Imported:
    """Take over existing households, marked as imported; all of them or none. New ones need an application (57号 28)."""
    form = await body(request, rolls_import.RollsImportForm)
    services, actor = services_of(request), visit_of(request).actor
    checked = rolls_import.check(form.entries, local_date(services.clock()))
    async with services.database.transaction(actor.tenant_id) as tx:
        ids = await rolls_import.import_rolls(tx, services.registry, services.marks, checked)
        twice = await rolls_import.also_elsewhere(tx, services.registry, services.marks, ids)
    paid = tuple(AlsoPaid(one.person, one.name, one.district) for one in twice)
    return Imported(len(ids), sum(len(entry.members) for entry in form.entries), ids, paid)


HANDLERS = (import_rolls,)
