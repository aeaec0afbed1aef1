"""What templates and the calls that render them say of one another, read from their source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jinja2
from jinja2 import meta, nodes

from core.web.assets import Assets
from core.web.rendering import TEMPLATES, Renderer

WEB = Path(TEMPLATES).parent
SURROUNDINGS = frozenset(
    {
        "tenant", "base", "actor", "csrf", "large", "path", "here", "request_id", "today", "fragment", "new_key", "menu",
        "version", "language", "supervision_phone",
    }
)  # fmt: skip
"""What `Renderer.page` adds to every page."""


@cache
def environment() -> jinja2.Environment:
    return Renderer(Assets.load()).environment


def names() -> list[str]:
    return sorted(str(p.relative_to(TEMPLATES)) for p in Path(TEMPLATES).rglob("*.html"))


def source(name: str) -> str:
    return (TEMPLATES / name).read_text("utf-8")


@dataclass(frozen=True)
class Rendering:
    """One call of `renderer.page(request, "x.html", …)`. `given` are its keyword names; `more`: it also unpacks a mapping."""

    where: str
    template: str
    given: frozenset[str]
    more: bool


def renderings() -> Iterator[Rendering]:
    for file in sorted(WEB.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                yield from _rendering(f"{file.relative_to(WEB)}:{node.lineno}", node)


def _rendering(where: str, call: ast.Call) -> Iterator[Rendering]:
    """Pages are rendered by `page`, parts by `part`; a module's own wrapper adds what it knows itself."""
    function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    literal = [a.value for a in call.args if isinstance(a, ast.Constant) and str(a.value).endswith(".html")]
    if function in ("page", "part", "_render", "_public") and literal:
        keywords = [k.arg for k in call.keywords]
        yield Rendering(
            where, literal[0], frozenset(k for k in keywords if k), function != "page" or None in keywords
        )


def references(name: str) -> set[str]:
    """Templates this one extends, includes or imports, by literal name."""
    tree = environment().parse(source(name))
    found: set[str] = set()
    for node in tree.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
        found |= {c.value for c in node.template.find_all(nodes.Const) if str(c.value).endswith(".html")}
        if isinstance(node.template, nodes.Const):
            found.add(node.template.value)
    return found


def wanted(name: str) -> set[str]:
    """Every variable a page asks for, its parents' and includes' too, less what these set or import themselves."""
    asked: set[str] = set()
    own: set[str] = set()
    ahead, seen = [name], set()
    while ahead:
        one = ahead.pop()
        if one in seen:
            continue
        seen.add(one)
        tree = environment().parse(source(one))
        asked |= set(meta.find_undeclared_variables(tree))
        own |= {n.name for n in tree.find_all(nodes.Name) if n.ctx == "store"}
        own |= {n.target for n in tree.find_all(nodes.Import)}
        ahead += references(one) - {"ui.html", "forms.html"}
    return asked - own - set(environment().globals) - SURROUNDINGS
