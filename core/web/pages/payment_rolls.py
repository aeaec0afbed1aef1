"""The month's payment roll: drawn up by those who see the cases, numbered and sealed; checked by whoever holds it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.params import FromPath

from core.clock import local_date
from core.documents import issued
from core.documents.papers import SheetPaper
from core.documents.typeset import typeset
from core.problems import Refused
from core.storage.database import Transaction
from core.web import word_forms
from core.web.addresses import public_address
from core.web.pages.place import district_settings
from core.web.public_gate import admit_lookup
from core.web.reading import lenient_query
from core.web.services import services_of
from core.web.views.overview import first_of
from core.web.views.papers.genuine import as_issued, with_code
from core.web.views.papers.issuing import issuing_at
from core.web.views.papers.payroll import (
    RollNumber,
    content_of_roll,
    figures,
    payment_roll,
    read_number,
    roll_number,
    seal_of_roll,
    subject_of_roll,
)
from core.web.views.papers.printing import file_name, file_stem
from core.web.views.rolls import RollsPage, RollsQuery, rolls
from core.web.views.scope import area_names, within
from core.web.visit import Needs, Public, visit_of

AnyRequest = Request[Any, Any, Any]

MOST = 10_000
"""Households of one roll; an area of more is paid township by township."""


@get("/export/payment-roll.pdf", opt={"access": Needs("case", "view"), "file": True})
async def payments(request: AnyRequest) -> Response[bytes]:
    """Everybody paid in the month, to sign and to hand to the paying office; whatever else the list was filtered by.

    With `?as=word` in the district's own layout. Raises NotFound where it has none, Refused for more than one roll holds.
    """
    services, visit = services_of(request), visit_of(request)
    wanted, today = lenient_query(request, RollsQuery), local_date(services.clock())
    areas = within(services.authorizer.areas_where(visit.actor, "case", "view"), wanted.area)
    in_word = request.query_params.get("as") == "word"
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        number = roll_number(areas, first_of(wanted.month, today), today)
        roll, found = await _roll(request, tx, number)
        if found.total > MOST:
            raise Refused(
                f"这个范围有 {found.total} 户，一份花名册最多 {MOST} 户。", hint="请选一个乡镇，分开打印"
            )
        template = await word_forms.template_of(tx, "payroll", today) if in_word else None
        content = content_of_roll(services.cipher, visit.district.id, roll)
        seal = seal_of_roll(services.cipher, visit.district.id, roll)
        made = issued.issue(seal, subject_of_roll(number), roll, services.clock(), figures(found), content)
        await issued.keep(tx, [made])
    address = f"{public_address(request)}{visit.base}/p/rolls/{number}/{seal}"
    if template is not None:
        return await word_forms.print_word(template, "payroll", roll, address, file_stem(roll))
    data = await typeset(with_code(roll, address), services.clock())
    headers = {"content-disposition": f"inline; filename*=UTF-8''{quote(file_name(roll))}"}
    return Response(data, media_type="application/pdf", headers=headers)


async def _roll(request: AnyRequest, tx: Transaction, number: RollNumber) -> tuple[SheetPaper, RollsPage]:
    wanted = RollsQuery(month=f"{number.month:%Y-%m}")
    found = await rolls(tx, number.drawn_up, wanted, list(number.areas), size=MOST)
    settings = await district_settings(request, tx)
    places = [area.ljust(12, "0") for area in number.areas]
    names = await area_names(tx, set(places))
    office = (await issuing_at(tx, settings, places[0] if places else "0" * 12)).of("payroll")
    return payment_roll(found, office, "、".join(names[place] for place in places), number), found


@get("/p/rolls/{number:str}/{seal:str}", opt={"access": Public()})
async def genuine(request: AnyRequest, number: FromPath[str], seal: FromPath[str]) -> Response[Any]:
    """Whoever holds a roll may ask whether it is the office's and what it summed up to. Names nobody.

    Nothing is drawn up again for it: the answer is what was kept when the roll was issued.
    """
    services, visit = services_of(request), visit_of(request)
    await admit_lookup(request)
    read = read_number(number)
    async with services.database.transaction(visit.district.id) as tx:
        settings = await district_settings(request, tx)
        found = await issued.find(tx, seal, subject_of_roll(read)) if read is not None else None
        if found is not None and found.number != number:
            found = None
        paper = as_issued(found, replaced=await issued.replaced(tx, found)) if found else None
    return services.renderer.page(
        request, "public/genuine.html", status=200 if paper else 404, paper=paper, phone=settings.supervision_phone,
        office=settings.office_name,
    )  # fmt: skip


HANDLERS = (payments, genuine)
