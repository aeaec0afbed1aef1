"""What enabled plugins add to core's own pages: panels of a case or round, numbers of the overview.

A plugin that fails leaves a box that names it; the page itself is never its hostage.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from litestar import Request
from markupsafe import Markup

from core.kernel.process import Process
from core.plugin_host.outcome import Failure
from core.plugin_host.payload import Scope
from core.sdk.routes import CasePanel, Indicator
from core.storage.database import Transaction
from core.web.errors import stack_of
from core.web.i18n import gettext as _
from core.web.services import services_of
from core.web.views.worklist import Beside
from core.web.visit import visit_of

log = logging.getLogger(__name__)

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """A rendered panel; printed by a template as it is. `leads`: it stands before the page's own next steps."""

    body: Markup
    leads: bool = False

    def __html__(self) -> str:
        return self.body


async def scope_in(request: AnyRequest, tx: Transaction) -> Scope | None:
    """For whom plugins are asked; None in a house without plugins. Ask inside the page's transaction, dispatch after it."""
    services, known = services_of(request), visit_of(request).scope
    if services.plugin_host is None:
        return known
    await services.plugin_host.circuits.look(tx)
    return known if known is not None else await services.scope_of(tx)


async def panels(request: AnyRequest, scope: Scope | None, process: Process) -> list[Part]:
    """The rendered panels of a process, each in a card, in the order of plugin names."""
    services, visit = services_of(request), visit_of(request)
    if scope is None or services.plugin_host is None:
        return []
    outcome = await services.plugin_host.dispatch("case_panels", scope, process=process, actor=visit.actor)
    shown = [
        (offer.plugin, Part(_panel(request, offer.plugin, offer.value), offer.value.leads))
        for offer in outcome.offers
    ]
    shown += [(failure.plugin, Part(_failed(request, failure))) for failure in outcome.failures]
    return [part for __, part in sorted(shown, key=lambda one: one[0])]


def _panel(request: AnyRequest, plugin: str, panel: CasePanel) -> Markup:
    services, base = services_of(request), visit_of(request).base
    try:
        if not panel.template.startswith(f"{plugin}/"):
            raise LookupError(f"template {panel.template!r} is not the plugin's own")
        values = {**panel.values, "plugin_base": f"{base}/x/{plugin}"}
        body = services.renderer.part(request, panel.template, values)
    except Exception as error:
        log.error("a panel of plugin %s could not be rendered\n%s", plugin, stack_of(error))
        title = services.plugin_host.plugins[plugin].title if services.plugin_host else plugin
        return _placeholder(request, title, _("“{title}”的内容没有显示出来", title=title))
    return services.renderer.part(
        request, "plugin/panel.html", {"title": panel.title, "body": body, "failed": ""}
    )


def _failed(request: AnyRequest, failure: Failure) -> Markup:
    return _placeholder(request, failure.title, failure.message)


def _placeholder(request: AnyRequest, title: str, failed: str) -> Markup:
    renderer = services_of(request).renderer
    return renderer.part(request, "plugin/panel.html", {"title": title, "body": "", "failed": failed})


async def beside(request: AnyRequest, scope: Scope | None) -> tuple[Beside, ...]:
    """What waits for the visitor beside their cases, the urgent first; a plugin that fails is named."""
    visit, host = visit_of(request), services_of(request).plugin_host
    if scope is None or host is None:
        return ()
    outcome = await host.dispatch("work_items", scope, actor=visit.actor)
    found = [
        Beside(o.value.label, f"{visit.base}/x/{o.plugin}{o.value.path}", o.value.urgent)
        for o in outcome.offers
    ]
    failed = (Beside(failure.message, "", urgent=True) for failure in outcome.failures)
    return tuple(sorted((*found, *failed), key=lambda item: not item.urgent))


async def indicators(
    request: AnyRequest, scope: Scope | None, area_code: str
) -> tuple[list[Indicator], list[str]]:
    """Numbers of the plugins for an area, and sentences about those that gave none."""
    host = services_of(request).plugin_host
    if scope is None or host is None:
        return [], []
    outcome = await host.dispatch("indicators", scope, area_code=area_code)
    return [offer.value for offer in outcome.offers], [failure.message for failure in outcome.failures]
