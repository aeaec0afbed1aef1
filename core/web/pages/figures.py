"""The district in figures, each number leading to the cases behind it."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get

from core.clock import local_date
from core.complaints import figures as complaint_figures
from core.documents.word import versions
from core.web import plugin_parts
from core.web.guards import may
from core.web.pages.place import townships
from core.web.reading import lenient_query
from core.web.services import services_of
from core.web.views import overview as figures
from core.web.views.rolls import RollsQuery, rolls
from core.web.views.scope import within
from core.web.visit import Needs, visit_of

AnyRequest = Request[Any, Any, Any]


@get("/overview", opt={"access": Needs("overview", "view")})
async def overview(request: AnyRequest) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    actor, wanted = visit.actor, lenient_query(request, figures.OverviewQuery)
    async with services.database.transaction(actor.tenant_id) as tx:
        runtime = await services.runtimes.current(tx)
        areas = within(services.authorizer.areas_where(actor, "overview", "view"), wanted.area)
        found = await figures.overview(tx, runtime, local_date(services.clock()), wanted, areas)
        choices = await townships(tx, visit.district.code)
        scope = await plugin_parts.scope_in(request, tx)
        complaints = await complaint_figures.figures(tx, local_date(services.clock()), areas)
    area = wanted.area.ljust(12, "0") if wanted.area else ""
    numbers, silent = await plugin_parts.indicators(request, scope, area)
    return services.renderer.page(
        request, "figures/overview.html", o=found, current=msgspec.to_builtins(wanted), townships=choices,
        numbers=numbers, silent=silent, complaints=complaints, may_list=may(services, actor, "case", "view"),
    )  # fmt: skip


@get("/overview/households", opt={"access": Needs("case", "view")})
async def households(request: AnyRequest) -> Response[Any]:
    """Who is behind the figures; only where the person may see cases."""
    services, visit = services_of(request), visit_of(request)
    actor, wanted = visit.actor, lenient_query(request, RollsQuery)
    async with services.database.transaction(actor.tenant_id) as tx:
        areas = within(services.authorizer.areas_where(actor, "case", "view"), wanted.area)
        found = await rolls(tx, local_date(services.clock()), wanted, areas)
        choices = await townships(tx, visit.district.code)
        in_word = "payroll" in await versions.in_force(tx, local_date(services.clock()))
    current = {k: str(v) for k, v in msgspec.to_builtins(wanted).items() if v}
    return services.renderer.page(
        request,
        "figures/households.html",
        roll_in_word=in_word,
        listing=found,
        wanted=wanted,
        current=current,
        townships=choices,
    )


HANDLERS = (overview, households)
