"""The sentences pages say: every `_("…")` in templates and in the code of pages."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jinja2 import nodes

from tests.unit.web.templates import WEB, environment, names, source


def in_templates() -> Iterator[tuple[str, str]]:
    for name in names():
        for call in environment().parse(source(name)).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "_":
                assert isinstance(call.args[0], nodes.Const), f"{name}:{call.lineno}: not a literal"
                yield name, call.args[0].value


def in_code() -> Iterator[tuple[str, str]]:
    for file in sorted(WEB.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("_", "gettext")
            ):
                where = f"{file.relative_to(WEB)}:{node.lineno}"
                if isinstance(node.args[0], ast.Constant):
                    yield where, node.args[0].value
                elif file.name != "i18n.py":
                    raise AssertionError(f"{where}: not a literal")


def all_messages() -> dict[str, str]:
    """{sentence: where it is said first}."""
    found: dict[str, str] = {}
    for where, message in (*in_templates(), *in_code()):
        found.setdefault(message, where)
    return found
