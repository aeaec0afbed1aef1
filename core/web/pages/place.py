"""Small things several pages share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Request

from core.storage.database import Transaction
from core.web.services import services_of
from core.web.views.scope import significant
from core.web.visit import visit_of

if TYPE_CHECKING:
    from core.kernel.runtime import Runtime

AnyRequest = Request[Any, Any, Any]


async def runtime_in(request: AnyRequest, tx: Transaction) -> Runtime:
    """The configuration now in force; as the request's guard found it, where it has looked."""
    runtimes, scope = services_of(request).runtimes, visit_of(request).scope
    return await (runtimes.at(tx, scope.number) if scope and scope.number else runtimes.current(tx))


async def district_settings(request: AnyRequest, tx: Transaction | None = None) -> Any:
    """The district's `TenantSettings` now in force (office name, supervision phone …)."""
    services = services_of(request)
    if tx is not None:
        return (await runtime_in(request, tx)).settings.settings
    async with services.database.transaction(visit_of(request).district.id) as own:
        return (await runtime_in(request, own)).settings.settings


async def townships(tx: Transaction, code: str) -> list[tuple[str, str]]:
    """Filter choices: the district's townships, by their significant digits."""
    rows = await tx.fetch(
        """SELECT code, name FROM area WHERE starts_with(code, $1) AND right(code, 3) = '000'
           AND right(code, 6) <> '000000' ORDER BY code LIMIT 200""",
        significant(code.ljust(12, "0")),
    )
    return [(significant(row["code"]), row["name"]) for row in rows]
