"""Lists as Excel, with the filters of the page they stand on and no more than the person sees there."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get

from core.clock import local_date
from core.web.i18n import gettext as _
from core.web.reading import lenient_query
from core.web.services import services_of
from core.web.views.rolls import RollsQuery, rolls
from core.web.views.scope import within
from core.web.views.worklist import ListQuery, listing
from core.web.visit import Needs, SignedIn, visit_of
from core.web.workbook import download, workbook

AnyRequest = Request[Any, Any, Any]

MOST = 10_000
"""Rows of one file; whoever needs more narrows it down."""


@get("/export/cases.xlsx", opt={"access": SignedIn(), "file": True})
async def cases(request: AnyRequest) -> Response[bytes]:
    services, actor = services_of(request), visit_of(request).actor
    wanted = msgspec.structs.replace(lenient_query(request, ListQuery), page=1)
    today = local_date(services.clock())
    async with services.database.transaction(actor.tenant_id) as tx:
        found = await listing(tx, services, actor, today, wanted, size=MOST)
    heads = (
        _("编号"), _("申请人"), _("人"), _("环节"), _("地区"), _("村民小组"), _("期限"), _("说明"),
    )  # fmt: skip
    rows = (
        (r.number, r.title, r.persons, r.state_label, r.area, r.group_name, r.due, r.due_text)
        for r in found.rows
    )
    title = f"{_('全部事项')} {today}"
    return download(title, workbook(_("全部事项"), heads, rows))


@get("/export/households.xlsx", opt={"access": Needs("case", "view"), "file": True})
async def households(request: AnyRequest) -> Response[bytes]:
    services, actor = services_of(request), visit_of(request).actor
    wanted = msgspec.structs.replace(lenient_query(request, RollsQuery), page=1)
    async with services.database.transaction(actor.tenant_id) as tx:
        areas = within(services.authorizer.areas_where(actor, "case", "view"), wanted.area)
        found = await rolls(tx, local_date(services.clock()), wanted, areas, size=MOST)
    heads = (
        _("申请人"), _("地区"), _("村民小组"), _("类别"), _("人"), _("上月（元）"), _("本月（元）"),
    )  # fmt: skip
    rows = (
        (r.applicant, r.area, r.group_name, r.category, r.persons, r.before, r.amount) for r in found.rows
    )
    title = f"{_('在册家庭')} {found.month:%Y-%m}"
    return download(title, workbook(_("在册家庭"), heads, rows))


HANDLERS = (cases, households)
