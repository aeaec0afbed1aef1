"""The main menu: what this person may open, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.kernel.gate import PARTY_ROLES
from core.web.guards import may
from core.web.i18n import gettext as _

if TYPE_CHECKING:
    from core.web.services import WebServices
    from core.web.visit import Visit


@dataclass(frozen=True, slots=True)
class MenuItem:
    href: str
    label: str
    icon: str


def is_household(actor: Any) -> bool:
    """Only applicant or helper: they see their own application and no lists."""
    roles = {grant.role for grant in actor.grants}
    return bool(roles) and roles <= PARTY_ROLES


def sees_work(services: WebServices, actor: Any) -> bool:
    """Whether cases or rounds are any of this person's business: not of administrators', nor of the province's."""
    return may(services, actor, "case", "view") or may(services, actor, "round", "view")


def home_of(services: WebServices, visit: Visit) -> str:
    """Where somebody signed in begins."""
    if is_household(visit.actor):
        return f"{visit.base}/my"
    if page := _home_with_plugin(services, visit):
        return page
    if sees_work(services, visit.actor) or not visit.actor.grants:
        return f"{visit.base}/work"
    return (
        f"{visit.base}/overview" if may(services, visit.actor, "overview", "view") else f"{visit.base}/admin"
    )


def _home_with_plugin(services: WebServices, visit: Visit) -> str:
    """The plugin's page on which somebody with only these roles starts; empty: none."""
    roles = {grant.role for grant in visit.actor.grants}
    if services.plugin_host is None or not roles:
        return ""
    offers = services.plugin_host.collect("menu_items", visit.plugins).offers
    found = (f"{visit.base}/x/{o.plugin}{o.value.path}" for o in offers if roles <= o.value.home_of)
    return next(found, "")


def navigation(services: WebServices, visit: Visit) -> tuple[MenuItem, ...]:
    if visit.session is None:
        return ()
    actor, base = visit.session.actor, visit.base
    if is_household(actor):
        return (MenuItem(f"{base}/my", _("我的申请"), "home"), *_of_plugins(services, visit))
    items = []
    if sees_work(services, actor):
        items += [
            MenuItem(f"{base}/work", _("工作台"), "list-check"),
            MenuItem(f"{base}/rounds", _("整村认定"), "building-community"),
            MenuItem(f"{base}/cases", _("全部事项"), "clipboard-list"),
        ]
    if may(services, actor, "case", "view"):
        items.append(MenuItem(f"{base}/postings", _("公示"), "file-text"))
    items += _of_plugins(services, visit)
    if may(services, actor, "publicity", "view"):
        items.append(MenuItem(f"{base}/publicity", _("政策宣传"), "speakerphone"))
    if may(services, actor, "complaint", "handle"):
        items.append(MenuItem(f"{base}/complaints", _("投诉举报"), "message-report"))
    elif may(services, actor, "complaint", "register"):
        items.append(MenuItem(f"{base}/complaints/new", _("登记投诉举报"), "message-report"))
    if may(services, actor, "overview", "view"):
        items.append(MenuItem(f"{base}/overview", _("全区概览"), "chart-bar"))
    if any(may(services, actor, *needed) for needed in ADMIN):
        items.append(MenuItem(f"{base}/admin", _("管理"), "settings"))
    return tuple(items)


def _of_plugins(services: WebServices, visit: Visit) -> list[MenuItem]:
    """Lines of the plugins this district uses, for those who hold what they need."""
    if services.plugin_host is None:
        return []
    return [
        MenuItem(f"{visit.base}/x/{offer.plugin}{offer.value.path}", offer.value.label, offer.value.icon)
        for offer in services.plugin_host.collect("menu_items", visit.plugins).offers
        if may(services, visit.actor, offer.value.needs.object, offer.value.needs.action)
    ]


ADMIN = (
    ("account", "manage"), ("account", "grant"), ("config", "view"), ("plugin", "manage"), ("audit", "view"),
)  # fmt: skip
