"""For the three administrators: what each may look after, and the configuration in force; each sees only their own part."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get

from core.kernel.procedure import ProcedureSpec, StageSpec
from core.problems import Refused
from core.web.guards import may
from core.web.i18n import gettext as _
from core.web.navigation import ADMIN
from core.web.services import services_of
from core.web.views.records import values_of
from core.web.visit import Needs, SignedIn, visit_of

AnyRequest = Request[Any, Any, Any]


@get("/admin", opt={"access": SignedIn()})
async def home(request: AnyRequest) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    actor = visit.actor
    if not any(may(services, actor, *needed) for needed in ADMIN):
        raise Refused(
            "管理页只供系统、安全、审计管理员使用。", hint="需要开通账号或调整配置，请联系本区管理员"
        )
    sections = []
    if may(services, actor, "account", "manage") or may(services, actor, "account", "grant"):
        sections.append((f"{visit.base}/admin/accounts", _("账号"), _("谁有什么岗位、管哪个地区")))
    if may(services, actor, "audit", "view"):
        sections.append(
            (f"{visit.base}/admin/audit", _("访问日志"), _("谁登录、谁授权、谁看过敏感信息、为什么"))
        )
    if may(services, actor, "config", "view"):
        sections.append((f"{visit.base}/admin/config", _("本区配置"), _("流程、期限、参数")))
        sections.append(
            (f"{visit.base}/admin/config/five-haves", _("五有判定表"), _("什么车、房、存款要说明"))
        )
        sections.append((f"{visit.base}/admin/papers", _("文书模板"), _("用本区自己的 Word 版式打印文书")))
    if may(services, actor, "plugin", "manage"):
        sections.append((f"{visit.base}/admin/plugins", _("插件"), _("启用了哪些、给了哪些岗位什么权限")))
    return services.renderer.page(request, "admin/home.html", sections=sections)


class StageLine(msgspec.Struct, frozen=True):
    label: str
    deadline: str
    next: tuple[str, ...]


class ProcedureLines(msgspec.Struct, frozen=True):
    name: str
    label: str
    stages: tuple[StageLine, ...]


@get("/admin/config", opt={"access": Needs("config", "view")})
async def config(request: AnyRequest) -> Response[Any]:
    services, actor = services_of(request), visit_of(request).actor
    async with services.database.transaction(actor.tenant_id) as tx:
        runtime = await services.runtimes.current(tx)
    procedures = tuple(_procedure(name, spec) for name, spec in runtime.procedures.procedures.items())
    return services.renderer.page(
        request, "admin/config.html", number=runtime.number, procedures=procedures,
        settings=values_of(runtime.settings.settings, {}),
    )  # fmt: skip


def _procedure(name: str, spec: ProcedureSpec) -> ProcedureLines:
    def deadline(stage: StageSpec) -> str:
        limit = stage.deadline
        if limit is None:
            return "—"
        days = (
            _("{n} 个工作日", n=limit.working_days)
            if limit.working_days is not None
            else _("{n} 天", n=limit.calendar_days)
        )
        return f"{days}（{limit.law}）" if limit.law else days

    return ProcedureLines(
        name, spec.label,
        tuple(
            StageLine(s.label, deadline(s), tuple(dict.fromkeys(spec.stages[t].label for t in s.next.values())))
            for s in spec.stages.values()
        ),
    )  # fmt: skip


HANDLERS = (home, config)
