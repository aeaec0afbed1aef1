"""Every page of a household's form is kept as it was typed: go on another day, on another phone, after the session ended.

The form carries the stamp it goes on from (`_saved`); where another phone has saved since, both are there to choose from.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response

from core.kernel.forms import flatten
from core.problems import Conflict
from core.registry import typed_drafts
from core.registry.typed_drafts import Typed, TypedElsewhere
from core.web.i18n import gettext as _
from core.web.services import services_of
from core.web.visit import visit_of

AnyRequest = Request[Any, Any, Any]

HERE = "_here"
"""Sent by who chose to go on with what this phone has."""


async def kept(request: AnyRequest, about: UUID) -> Typed | None:
    services, tenant = services_of(request), visit_of(request).district.id
    async with services.database.transaction(tenant) as tx:
        return await typed_drafts.load(tx, services.cipher, about)


async def keep(request: AnyRequest, about: UUID, typed: dict[str, Any], page: int, after: str) -> str:
    """The new stamp. Raises TypedElsewhere."""
    services, tenant = services_of(request), visit_of(request).district.id
    async with services.database.transaction(tenant) as tx:
        return await typed_drafts.save(tx, services.cipher, about, typed, page, after[:40], services.clock())


async def put_away(request: AnyRequest, about: UUID) -> None:
    services, tenant = services_of(request), visit_of(request).district.id
    async with services.database.transaction(tenant) as tx:
        await typed_drafts.drop(tx, about)


async def demand_draft(request: AnyRequest, process_id: UUID) -> None:
    """Raises NotFound, Conflict or Refused unless this person may fill in the application now."""
    services, actor = services_of(request), visit_of(request).actor
    async with services.database.transaction(actor.tenant_id) as tx:
        situation = await services.situations.load(tx, actor, process_id)
    offered = next((a for a in situation.available() if a.action.name == "save_draft"), None)
    if offered is None:
        raise Conflict("这份申请已经交了，不能再改。", hint="要补充的，等乡镇通知您补材料时再交。")
    if offered.blocked is not None:
        raise offered.blocked.refused()


def both(
    request: AnyRequest, problem: TypedElsewhere, typed: dict[str, Any], own: dict[str, str], back: str
) -> Response[Any]:
    """Which of two to go on with; neither is lost by asking."""
    newer = problem.newer
    hidden = [(name, own.get(name, "")) for name in ("_version", "_key", "_page")]
    return services_of(request).renderer.page(
        request, "household/two_phones.html", status=409, newer=newer, carried=flatten(typed), hidden=hidden,
        saved=newer.stamp if newer else "", back=back,
        heading=_("您在别处也填了这份申请") if newer else _("这份申请已经不在填写中"),
    )  # fmt: skip
