"""The district's plugins for its system administrator: what is enabled, what went wrong lately, what is paused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from core.access.permissions import PROCESSES
from core.access.roles import role_label
from core.kernel.stage import StageCatalogue
from core.plugin_host.circuit import Circuit, PastFailure
from core.plugin_host.manifest import Plugin
from core.plugin_host.outcome import FAILURES
from core.problems import NotFound
from core.web.i18n import gettext as _
from core.web.services import services_of
from core.web.visit import Needs, visit_of

AnyRequest = Request[Any, Any, Any]

_MANAGE = Needs("plugin", "manage")
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class PluginLine:
    """One installed plugin as the page shows it. `circuit` is there while failures count; `failures` newest first."""

    plugin: Plugin
    enabled: bool
    grants: tuple[str, ...]
    circuit: Circuit | None
    failures: Sequence[PastFailure]


@get("/admin/plugins", opt={"access": _MANAGE})
async def plugins(request: AnyRequest) -> Response[Any]:
    services, actor = services_of(request), visit_of(request).actor
    host, listed = services.plugin_host, []
    async with services.database.transaction(actor.tenant_id) as tx:
        settings = (await services.runtimes.current(tx)).settings.settings
        if host is not None:
            circuits = {circuit.plugin: circuit for circuit in await host.circuits.circuits(tx)}
            for plugin in host.plugins.values():
                failures = await host.circuits.recent_failures(tx, plugin.name, _SHOWN)
                grants = _grants(plugin, services.catalogue)
                enabled = plugin.name in settings.plugins
                listed.append(PluginLine(plugin, enabled, grants, circuits.get(plugin.name), failures))
    return services.renderer.page(
        request, "admin/plugins.html", plugins=listed, kinds=FAILURES, now=services.clock()
    )


@post("/admin/plugins/{name:str}/resume", opt={"access": _MANAGE})
async def resume(request: AnyRequest, name: FromPath[str]) -> Redirect:
    """Let a paused plugin be called again now."""
    services, visit = services_of(request), visit_of(request)
    if services.plugin_host is None or name not in services.plugin_host.plugins:
        raise NotFound("没有安装这个插件")
    await services.plugin_host.circuits.reset(visit.actor.tenant_id, name)
    return Redirect(f"{visit.base}/admin/plugins", status_code=303)


def _grants(plugin: Plugin, catalogue: StageCatalogue) -> tuple[str, ...]:
    """One sentence for each role: what it may, and what it may not."""
    found: dict[str, list[str]] = {}
    for line in plugin.grants:
        role, object_, action, effect = (part.strip() for part in line.split(","))
        may = _("不得") if effect == "deny" else _("可以")
        found.setdefault(f"{role_label(role)}{may}", []).append(_what(object_, action, catalogue))
    return tuple(f"{who}{'、'.join(dict.fromkeys(things))}" for who, things in found.items())


def _what(object_: str, action: str, catalogue: StageCatalogue) -> str:
    """A step by its own name; of a plugin's own permissions the common ones by their verb."""
    if object_ in PROCESSES:
        labels = (a.label for stage in catalogue.types.values() for a in stage.actions if a.name == action)
        return next((f"“{label}”" for label in labels), action)
    verbs = {
        "view": _("查看"), "edit": _("修改"), "send": _("发送"), "mine": _("看自己的"), "vote": _("投票"),
        "host": _("主持"), "observe": _("监督"), "enter": _("录入"), "appraise": _("组织评议"),
        "compare": _("比对"), "note": _("说明"), "deliver": _("提交文件"), "bulk": _("批量复核"), "manage": _("管理"),
    }  # fmt: skip
    return verbs.get(action, action)


HANDLERS = (plugins, resume)
