"""Small things several pages share."""

from __future__ import annotations

from typing import Any

from litestar import Request

from core.storage.database import Transaction
from core.web.services import services_of
from core.web.views.scope import significant
from core.web.visit import visit_of

AnyRequest = Request[Any, Any, Any]


async def district_settings(request: AnyRequest, tx: Transaction | None = None) -> Any:
    """The district's `TenantSettings` now in force (office name, supervision phone …)."""
    services = services_of(request)
    if tx is not None:
        return (await services.runtimes.current(tx)).settings.settings
    async with services.database.transaction(visit_of(request).district.id) as own:
        return (await services.runtimes.current(own)).settings.settings


async def townships(tx: Transaction, code: str) -> list[tuple[str, str]]:
    """Filter choices: the district's townships, by their significant digits."""
    rows = await tx.fetch(
        """SELECT code, name FROM area WHERE starts_with(code, $1) AND right(code, 3) = '000'
           AND right(code, 6) <> '000000' ORDER BY code LIMIT 200""",
        significant(code.ljust(12, "0")),
    )
    return [(significant(row["code"]), row["name"]) for row in rows]
