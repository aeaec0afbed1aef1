"""Whatever goes wrong becomes a page, or problem details (RFC 9457): what happened, why, what now. Nowhere else."""

from __future__ import annotations

import logging
import traceback
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from core.problems import Conflict, Problem, TooMany, Unauthenticated
from core.web.i18n import gettext as _
from core.web.visit import is_api, visit_of

log = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"
_RETRY = "60"

AnyRequest = Request[Any, Any, Any]


class Detail(msgspec.Struct, frozen=True):
    field: str
    message: str


class ProblemDetails(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457, with the rule that refused, what to do, and every wrong field."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str = ""
    source: str = ""
    hint: str = ""
    errors: tuple[Detail, ...] = ()
    current: Any = None
    yours: Any = None


class Unexpected(Problem):
    """Our own fault: said so, with the number under which it can be found in the log."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    code = "unexpected"
    title = "系统出错了"


class Plain(Problem):
    """An HTTP error of the framework, in our words."""

    def __init__(self, status: HTTPStatus, title: str, detail: str, hint: str = "") -> None:
        super().__init__(detail, hint=hint)
        self.status, self.title, self.code = (
            status,
            title,
            status.phrase.lower().replace(" ", "_").replace("-", "_"),
        )


def details(problem: Problem, request_id: str) -> ProblemDetails:
    current, yours = (problem.current, problem.yours) if isinstance(problem, Conflict) else (None, None)
    return ProblemDetails(
        f"/problems/{problem.code}", problem.title, int(problem.status), problem.detail, problem.code,
        f"urn:request:{request_id}", problem.source, problem.hint,
        tuple(Detail(e.field, e.message) for e in problem.fields), current, yours,
    )  # fmt: skip


def on_problem(request: AnyRequest, problem: Problem) -> Response[Any]:
    """Problem details for the API; for pages a page, or the way to sign-in."""
    visit = visit_of(request)
    headers = {"Retry-After": _RETRY} if isinstance(problem, TooMany) else {}
    if is_api(request):
        return Response(
            details(problem, visit.request_id),
            media_type=PROBLEM_JSON,
            status_code=problem.status,
            headers=headers,
        )
    if isinstance(problem, Unauthenticated) and visit.tenant is not None:
        back = quote(request.url.path, safe="/")
        return Redirect(f"{visit.base}/sign-in?next={back}", status_code=303)
    if problem.code == "password_due":
        return Redirect(f"{visit.base}/password", status_code=303)
    if problem.code == "second_factor_due":
        return Redirect(f"{visit.base}/second-factor", status_code=303)
    renderer = request.app.state.services.renderer
    page: Response[Any] = renderer.page(request, "error.html", status=int(problem.status), problem=problem)
    page.headers.update(headers)
    return page


def on_http(request: AnyRequest, error: HTTPException) -> Response[Any]:
    response = on_problem(request, _in_words(error))
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


def on_anything(request: AnyRequest, error: Exception) -> Response[Any]:
    visit = visit_of(request)
    log.error(
        "request %s %s failed (%s)\n%s", request.method, request.url.path, visit.request_id, stack_of(error)
    )
    problem = Unexpected(
        _("没有办成，您填的内容没有保存。"),
        hint=_("请稍后再试；如果还是这样，请把编号 {id} 告诉系统管理员。", id=visit.request_id),
    )
    try:
        return on_problem(request, problem)
    except Exception as failed:
        log.error("the error page itself failed\n%s", stack_of(failed))
        return Response(
            f"{problem.title}。{problem.detail}{problem.hint}", status_code=500, media_type="text/plain"
        )


def stack_of(error: BaseException) -> str:
    """Where it happened and of what type, causes included; never an exception's text, which may hold personal data."""
    cause = error.__cause__ or error.__context__
    before = f"{stack_of(cause)}\nwhich led to\n" if cause is not None else ""
    return f"{before}{''.join(traceback.format_tb(error.__traceback__))}{type(error).__name__}"


def _in_words(error: HTTPException) -> Problem:
    status = error.status_code
    if status == HTTPStatus.NOT_FOUND:
        return Plain(
            HTTPStatus.NOT_FOUND,
            _("没有找到"),
            _("没有这个页面，网址可能有误，或者已经撤下。"),
            _("请检查网址，或回到首页重新进入。"),
        )
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return Plain(
            HTTPStatus.METHOD_NOT_ALLOWED,
            _("不能这样打开"),
            _("这个网址不接受这种请求。"),
            _("请从页面上的按钮进入。"),
        )
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return Plain(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            _("文件太大"),
            _("一次上传的内容太大。"),
            _("每个文件不超过 8 MB，一次一共不超过 11 MB；请返回上一页，少选几个或压缩后再上传。"),
        )
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return TooMany(_("请求太频繁，请过一分钟再试。"))
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Plain(
            HTTPStatus(status), _("没有办成"), _("请求的内容系统看不懂。"), _("请刷新页面后重新填写。")
        )
    return Unexpected(_("系统暂时出错了。"), hint=_("请稍后再试。"))


HANDLERS = {Problem: on_problem, HTTPException: on_http, Exception: on_anything}
