"""The district in figures, each number leading to the cases behind it."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get

from core.clock import local_date
from core.web.reading import lenient_query
from core.web.services import services_of
from core.web.views import overview as figures
from core.web.visit import Needs, visit_of

AnyRequest = Request[Any, Any, Any]


@get("/overview", opt={"access": Needs("overview", "view")})
async def overview(request: AnyRequest) -> Response[Any]:
    services, actor = services_of(request), visit_of(request).actor
    wanted = lenient_query(request, figures.OverviewQuery)
    async with services.database.transaction(actor.tenant_id) as tx:
        runtime = await services.runtimes.current(tx)
        found = await figures.overview(tx, runtime, local_date(services.clock()), wanted)
    return services.renderer.page(
        request, "figures/overview.html", o=found, current=msgspec.to_builtins(wanted)
    )


HANDLERS = (overview,)
