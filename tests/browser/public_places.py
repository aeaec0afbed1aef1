"""Every page that needs no sign-in, found from the application's own routes, with where it is looked at.

A new public route is in none of the tables below, and the tests say so until somebody says how it is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.web.visit import Public
from tests.api.contract import handlers, plain
from tests.api.prepared import Prepared
from tests.isolation.two_districts import seal_of_acceptance

NOT_PAGES: Mapping[str, str] = {
    "/static/{name}": "a file",
    "/schema": "for programs",
    "/healthz": "for programs",
    "/robots.txt": "for programs",
    "/d/{district}/p/postings/{token}/qr.svg": "a picture, within the notice",
    "/d/{district}/sign-in/sso": "leads to the identity provider",
    "/d/{district}/sign-in/sso/back": "comes from the identity provider",
    "/d/{district}/demo/phones": "in a demo with its gateway only, looked at by test_demo_phones.py",
}
"""Public addresses that show no page, and why."""

MORE: Mapping[str, tuple[str, ...]] = {
    "/d/{district}/sign-in": ("", "?way=phone"),
    "/d/{district}/p/postings": ("", "?area=620802001&page=1"),
}
"""Pages that look different by their query."""

PAPER = "/d/{district}/p/papers/{process_id}/{kind}/{seal}"
"""Looked at twice: with a seal of ours, and with one that is not, which answers 404 and says so."""

ROLL = "/d/{district}/p/rolls/{number}/{seal}"
"""Looked at with a seal that is not ours; the page with one of ours is the papers'."""


@dataclass(frozen=True)
class Place:
    """One public page at one address, as a path from the installation's root."""

    path: str
    address: str
    status: int = 200


def routes(prepared: Prepared) -> Iterator[str]:
    """Public GET routes outside the API and the plugins' own API."""
    for path, method, handler in handlers(prepared.house.zhunbao.litestar):
        if method == "GET" and isinstance(handler.opt.get("access"), Public) and "/api" not in path:
            yield plain(path)


async def places(prepared: Prepared) -> list[Place]:
    """Raises KeyError for a public page with a parameter nobody gives a value for."""
    case = prepared.cases["active"]
    seal = await seal_of_acceptance(prepared.bureau, case)
    found = []
    for path in sorted(set(routes(prepared)) - set(NOT_PAGES)):
        known = {name: values[0] for name, values in prepared.ids(path).items() if values}
        for query in MORE.get(path, ("",)):
            found.append(
                Place(f"{path}{query}", path.format_map(known) + query, 404 if path in (PAPER, ROLL) else 200)
            )
    ours = f"{prepared.base}/p/papers/{case.id}/acceptance/{seal}"
    return [*found, Place(f"{PAPER} (ours)", ours)]
