"""The API as it describes itself: the schema's operations, and every route of the application beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from core.app import Zhunbao, build
from core.settings import Keyring, Settings

METHODS = ("get", "post", "put", "patch", "delete")


@lru_cache(maxsize=1)
def described() -> tuple[Zhunbao, dict[str, Any]]:
    """The installation with all plugins as composed, connected to nothing, and its schema."""
    settings = Settings(
        data=Path("/nowhere"), database_url="postgresql://nobody@localhost/none",
        owner_url="postgresql://nobody@localhost/none", keys=Keyring.generate(), secure_cookies=False, demo=True,
    )  # fmt: skip
    zhunbao = build(settings)
    return zhunbao, msgspec.json.decode(zhunbao.litestar.state.schema)


@dataclass(frozen=True)
class Operation:
    path: str
    method: str
    described: dict[str, Any]

    @property
    def label(self) -> str:
        return f"{self.method.upper()} {self.path}"


def operations(schema: dict[str, Any]) -> Iterator[Operation]:
    for path, item in schema["paths"].items():
        for method in METHODS:
            if method in item:
                yield Operation(path, method, item[method])


def plain(path: str) -> str:
    """Litestar's path as the schema writes it."""
    return re.sub(r":\w+\}", "}", path)


def handlers(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """(path, method, handler) of every route, Litestar's own OPTIONS answers left out.

    In an order of its own: Litestar keeps a route's handlers in a set, and the processes of one test run
    must collect the same tests in the same order.
    """
    found = {
        (route.path, method): handler
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        for method in handler.http_methods - {"OPTIONS", "HEAD"}
    }
    for path, method in sorted(found):
        yield path, method, found[path, method]
