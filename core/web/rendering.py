"""Turning values into pages: the Jinja environment and what every template may use."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from litestar import Request, Response
from litestar.enums import MediaType
from markupsafe import Markup

from core.access.masking import Sensitive, mask
from core.clock import local_date
from core.kernel.forms import FieldSpec
from core.plugin_host.manifest import Plugin
from core.web.assets import ICONS, Assets
from core.web.csrf import token_for
from core.web.i18n import LANGUAGES, current_language, gettext, speaking
from core.web.navigation import navigation
from core.web.visit import visit_of
from core.web.words import day, day_cn, moment, plain, yuan

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGE_COOKIE, LARGE_COOKIE = "zhunbao_language", "zhunbao_large"

AnyRequest = Request[Any, Any, Any]


class Renderer:
    """Built once. `plugins` maps a plugin's name to its template folder; its templates are `{name}/…`.

    `translations` are plugins' folders of catalogues, in the order in which they are asked.
    """

    def __init__(
        self, assets: Assets, plugins: Mapping[str, Path] | None = None, translations: tuple[Path, ...] = ()
    ) -> None:
        self.assets, self.translations = assets, translations
        folders = {name: jinja2.FileSystemLoader(folder) for name, folder in (plugins or {}).items()}
        self.environment = jinja2.Environment(
            loader=jinja2.ChoiceLoader([jinja2.FileSystemLoader(TEMPLATES), jinja2.PrefixLoader(folders)]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.globals.update(
            _=gettext, asset=assets.url, icon=self._icon, query=query, LANGUAGES=LANGUAGES
        )
        self.environment.filters.update(
            day=day,
            day_cn=day_cn,
            moment=moment,
            yuan=yuan,
            plain=plain,
            choices=_choices,
            truthy=truthy,
            masked=_masked,
        )

    @classmethod
    def of(cls, plugins: Iterable[Plugin]) -> Renderer:
        """With what these plugins bring: templates, static files, translations."""
        templates = {plugin.name: plugin.templates for plugin in plugins if plugin.templates}
        static = {plugin.name: plugin.static for plugin in plugins if plugin.static}
        translations = tuple(plugin.translations for plugin in plugins if plugin.translations)
        return cls(Assets.load(static), templates, translations)

    def html(self, template: str, language: str = "zh", **values: Any) -> str:
        with speaking(language, self.translations):
            return self.environment.get_template(template).render(language=current_language(), **values)

    def page(self, request: AnyRequest, template: str, *, status: int = 200, **values: Any) -> Response[str]:
        """A whole page with navigation, page token and the person's settings (language, large print)."""
        body = self.html(
            template, request.cookies.get(LANGUAGE_COOKIE, "zh"), **self._surroundings(request), **values
        )
        return Response(body, media_type=MediaType.HTML, status_code=status)

    def framed(
        self, request: AnyRequest, template: str, values: Mapping[str, Any], *, status: int = 200
    ) -> Response[str]:
        """A page whose values come from a plugin: the frame's own names are not its to set."""
        language = request.cookies.get(LANGUAGE_COOKIE, "zh")
        body = self.html(template, language, **{**values, **self._surroundings(request)})
        return Response(body, media_type=MediaType.HTML, status_code=status)

    def part(self, request: AnyRequest, template: str, values: Mapping[str, Any]) -> Markup:
        """A part of a page, for a plugin's panel."""
        language = request.cookies.get(LANGUAGE_COOKIE, "zh")
        return Markup(self.html(template, language, **{**values, **self._surroundings(request)}))  # noqa: S704

    def _surroundings(self, request: AnyRequest) -> dict[str, Any]:
        visit = visit_of(request)
        services = request.app.state.services
        return {
            "tenant": visit.tenant,
            "base": visit.base,
            "actor": visit.session.actor if visit.session else None,
            "csrf": token_for(visit.session.token) if visit.session else "",
            "large": request.cookies.get(LARGE_COOKIE) == "1",
            "path": request.url.path,
            "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            "request_id": visit.request_id,
            "today": local_date(services.clock()),
            "fragment": request.headers.get("hx-request") == "true",
            "new_key": secrets.token_urlsafe(12),
            "menu": navigation(services, visit),
            "version": services.version,
            "supervision_phone": visit.scope.supervision_phone if visit.scope else "",
        }

    def _icon(self, name: str, label: str = "") -> Markup:
        """An icon of the sprite: decoration, unless it has a label. A plugin's unknown one becomes the plug."""
        said = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
        return Markup('<svg class="icon" {}><use href="{}#{}"></use></svg>').format(
            said, self.assets.url("icons.svg"), name if name in ICONS else "plug"
        )


def query(current: Mapping[str, Any], **changes: Any) -> str:
    """The address's query with some parameters changed: filters survive reload and can be sent to a colleague."""
    merged = {**current, **changes}
    return "?" + urlencode({k: v for k, v in merged.items() if v not in (None, "", False)}, doseq=True)


def _masked(value: str, kind: str) -> str:
    return mask(Sensitive(kind), value)


def _choices(spec: FieldSpec, options: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """What may be chosen: the type's own choices, or the people, places and findings of the page."""
    singular = {"accounts": "account", "members": "member"}.get(spec.widget, spec.widget)
    return spec.choices or options.get(spec.office or singular, options.get(singular, ()))


def truthy(value: Any) -> bool:
    """Whether a checkbox is ticked, from a decoded value or from what the form sent."""
    return value in (True, "true", "on", "1") or (isinstance(value, list) and value[-1:] == ["true"])
