"""A plugin's pages and API, as values: declared here, mounted by the platform behind its own guard, form token and renderer.

    Route("GET", "/sessions/{session_id:uuid}", Needs("panel", "view"), show_session)
    Route("POST", "/sessions/{session_id:uuid}/ballots", Needs("panel", "vote"), cast, api=True, body=BallotForm, answer=Cast)

Pages stand at `/d/{district}/x/{plugin}{path}`, API routes at `/d/{district}/api/x/{plugin}{path}`; a district that has not
enabled the plugin has neither. Paths use Litestar's `{name:uuid}`, `{name:str}`, `{name:int}`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from core.access.authorizer import Actor
from core.access.doors import Access, Needs
from core.plugin_host.payload import PluginContext
from core.problems import Unauthenticated


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a plugin's route.

    `path` holds the typed path parameters; `typed` what a page's form sent, nested as fields are (photographs as their
    SHA-256), `own` its hidden fields (`_key`, `_version`); `files` the bytes of what was sent under the names the route
    lists, as they came; `body` the decoded form of an API route. `here` is the plugin's own address in this district,
    `base` the district's; `origin` goes before them where an address is printed (`https://…`).
    """

    context: PluginContext
    visitor: Actor | None
    path: Mapping[str, Any]
    query: Mapping[str, str]
    base: str
    here: str
    typed: Mapping[str, Any] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    body: Any = None
    idempotency_key: str | None = None
    origin: str = ""

    @property
    def actor(self) -> Actor:
        """Who is signed in. Raises Unauthenticated on a public route nobody signed in for."""
        if self.visitor is None:
            raise Unauthenticated("请先登录，登录后会回到这一页")
        return self.visitor


@dataclass(frozen=True, slots=True)
class Page:
    """A template of the plugin's folder (`women_panel/session.html`), rendered within the district's frame."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Redirect:
    """To an address of this district, after a form was taken (303)."""

    to: str


@dataclass(frozen=True, slots=True)
class Json:
    """An API answer: a Struct or builtins. `status` 0: the route's own."""

    value: Any
    status: int = 0


@dataclass(frozen=True, slots=True)
class File:
    """Bytes to show or, with a `name`, to download."""

    data: bytes
    media_type: str
    name: str = ""


Reply = Page | Redirect | Json | File
Handler = Callable[[Call], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Route:
    """One address of a plugin. `access` is asked before `handler` runs; there is no default.

    `body` is the form an API POST takes (JSON, decoded with every error at once); `answer` what it gives, for the
    schema; `query` a Struct that documents its parameters. Page POSTs get their values in `Call.typed`; inputs named in
    `files` are handed over as bytes in `Call.files` and not kept (tables, manifests), all others are photographs.
    `status` is what an API route answers when all went well; `idempotent` tells that it keeps to `Call.idempotency_key`.
    """

    method: Literal["GET", "POST"]
    path: str
    access: Access
    handler: Handler
    api: bool = False
    body: type[msgspec.Struct] | None = None
    query: type[msgspec.Struct] | None = None
    answer: Any = None
    summary: str = ""
    files: tuple[str, ...] = ()
    status: int = 200
    idempotent: bool = False


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A line of the district's menu, shown to those who hold `needs`. `path` is a page of the plugin; `icon` Tabler's name.

    Who holds no role but those of `home_of` starts here after signing in, instead of on the work list.
    """

    path: str
    label: str
    icon: str
    needs: Needs
    home_of: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CasePanel:
    """A part of a case's or round's page: a template of the plugin with its values.

    `leads`: what is to be done next is here, so it stands before the page's own next steps.
    """

    title: str
    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    leads: bool = False


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A line above somebody's work list: what to do, and the plugin's page (`path`) where it is done.

    `urgent`: something is over, or others wait for it. Never personal data: who it is about stands on the page.
    """

    label: str
    path: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Indicator:
    """One number of the district's overview. `href` leads to what is behind it; empty: nowhere."""

    label: str
    value: int
    href: str = ""
    note: str = ""
