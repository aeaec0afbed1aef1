"""Evidence, postings, figures, areas and colleagues over the API."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from msgspec import Meta

from core.clock import local_date
from core.problems import FieldError, Invalid, NotFound
from core.registry import evidence
from core.web.api.answers import AccountAnswer, AreaAnswer, EvidenceAnswer
from core.web.caching import conditional
from core.web.pages.place import district_settings
from core.web.reading import query, sent_form, store
from core.web.services import services_of
from core.web.views import overview as figures
from core.web.views import postings
from core.web.views.casefile import evidence_of
from core.web.views.scope import significant, within
from core.web.visit import Needs, Public, SignedIn, visit_of

AnyRequest = Request[Any, Any, Any]


class AreaQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    under: Annotated[str, Meta(title="上级地区", pattern="^([0-9]{2,12})?$")] = ""
    q: Annotated[str, Meta(title="名称", max_length=40)] = ""


class AccountQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    q: Annotated[str, Meta(title="姓名", max_length=40)] = ""
    role: Annotated[str, Meta(title="岗位", max_length=40)] = ""


@post("/evidence", opt={"access": SignedIn(), "upload": True, "answer": EvidenceAnswer})
async def upload(request: AnyRequest) -> EvidenceAnswer:
    """Upload one photograph (JPEG, PNG) or PDF as multipart field `file`; answers its SHA-256, to be put into forms."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    sent = (await sent_form(request)).get("file") if kind == "multipart/form-data" else None
    if not isinstance(sent, UploadFile):
        raise Invalid("没有收到文件", fields=(FieldError("file", "请选择照片或 PDF"),))
    return EvidenceAnswer(await store(request, await sent.read()))


@get("/cases/{process_id:uuid}/evidence/{sha256:str}", opt={"access": SignedIn(), "file": True})
async def download(request: AnyRequest, process_id: FromPath[UUID], sha256: FromPath[str]) -> Response[bytes]:
    """A photograph or paper of a file one may see."""
    return await serve_evidence(request, process_id, sha256)


async def serve_evidence(request: AnyRequest, process_id: UUID, sha256: str) -> Response[bytes]:
    """The bytes, for those who may see the step they were filed with. Raises NotFound."""
    services, actor = services_of(request), visit_of(request).actor
    async with services.database.transaction(actor.tenant_id) as tx:
        await evidence_of(tx, services, actor, process_id, sha256)
        found = await evidence.get(tx, sha256)
    data = await services.objects.get(actor.tenant_id, sha256)
    headers = {"cache-control": "private, max-age=3600", "content-disposition": "inline"}
    return Response(data, media_type=found.media_type, headers=headers)


@get(
    "/postings",
    opt={
        "access": Public(),
        "query": postings.PostingQuery,
        "answer": tuple[postings.PublicPosting, ...],
    },
)
async def public_postings(request: AnyRequest) -> Response[Any]:
    """What is posted today, with what the district puts on line and nothing else; 500 on a page, running ones first."""
    services, wanted = services_of(request), query(request, postings.PostingQuery)
    async with services.database.transaction(visit_of(request).district.id) as tx:
        fields = (await district_settings(request, tx)).online_fields
        today = local_date(services.clock())
        found = await postings.standing(tx, today, fields, wanted, postings.API_PAGE_SIZE)
    past_the_end = wanted.page > found.page
    return conditional(request, msgspec.json.encode(() if past_the_end else found.rows), "application/json")


@get(
    "/overview",
    opt={"access": Needs("overview", "view"), "query": figures.OverviewQuery, "answer": figures.Overview},
)
async def overview(request: AnyRequest) -> figures.Overview:
    """The district in figures."""
    services, actor = services_of(request), visit_of(request).actor
    wanted = query(request, figures.OverviewQuery)
    async with services.database.transaction(actor.tenant_id) as tx:
        runtime = await services.runtimes.current(tx)
        areas = within(services.authorizer.areas_where(actor, "overview", "view"), wanted.area)
        return await figures.overview(tx, runtime, local_date(services.clock()), wanted, areas)


@get("/areas", opt={"access": SignedIn(), "query": AreaQuery, "answer": tuple[AreaAnswer, ...]})
async def areas(request: AnyRequest) -> tuple[AreaAnswer, ...]:
    """Townships and villages of the district, by name or below another area; at most 300."""
    services, visit = services_of(request), visit_of(request)
    wanted = query(request, AreaQuery)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        rows = await tx.fetch(
            """SELECT code, name, level, coalesce(parent_code, '') AS parent_code FROM area
               WHERE starts_with(code, $1) AND starts_with(code, $2) AND strpos(name, $3) > 0
               ORDER BY code LIMIT 300""",
            significant(visit.district.code.ljust(12, "0")),
            significant(wanted.under.ljust(12, "0")) if wanted.under else "",
            wanted.q,
        )
    return tuple(AreaAnswer(**dict(row)) for row in rows)


@get("/accounts", opt={"access": SignedIn(), "query": AccountQuery, "answer": tuple[AccountAnswer, ...]})
async def accounts(request: AnyRequest) -> tuple[AccountAnswer, ...]:
    """Colleagues to choose from (a second investigator); for officers only, names only, at most 50."""
    services, actor = services_of(request), visit_of(request).actor
    wanted = query(request, AccountQuery)
    if not {g.role for g in actor.grants} - {"applicant", "helper"}:
        raise NotFound("没有可选的人员")
    async with services.database.transaction(actor.tenant_id) as tx:
        rows = await tx.fetch(
            """SELECT DISTINCT a.id, a.name FROM account a
               JOIN account_grant g ON g.tenant_id = a.tenant_id AND g.account_id = a.id
               WHERE a.tenant_id = $1 AND a.status = 'active' AND strpos(a.name, $2) > 0
                 AND ($3 = '' OR g.role = $3) AND g.role NOT IN ('applicant', 'helper')
               ORDER BY a.name LIMIT 50""",
            actor.tenant_id,
            wanted.q,
            wanted.role,
        )
    return tuple(AccountAnswer(row["id"], row["name"]) for row in rows)


HANDLERS = (upload, download, public_postings, overview, areas, accounts)
