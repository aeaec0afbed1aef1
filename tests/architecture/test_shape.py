"""Modules and functions stay small enough to read, are named for what they do, and say what they are for."""

from __future__ import annotations

import ast

from tests.architecture.sources import EVERYTHING, PRODUCT, FunctionNode, Source, sources

LONGEST_FILE = 320
LONGEST_FUNCTION = 50
CATCH_ALL = frozenset(
    {"utils", "util", "helpers", "helper", "common", "misc", "base", "tools", "stuff", "shared"}
)

# Longer, and why that reads better than two halves. Empty is right.
LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}


def length(function: FunctionNode) -> int:
    """Lines from `def` to the end, without the docstring."""
    documented = ast.get_docstring(function) is not None
    docstring = function.body[0] if documented else None
    spent = (docstring.end_lineno or 0) - docstring.lineno + 1 if docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - spent


def long_functions(source: Source) -> list[str]:
    return [
        f"{source.name}:{function.lineno} {function.name} ({length(function)} lines)"
        for function in source.functions()
        if length(function) > LONGEST_FUNCTION and f"{source.name}:{function.name}" not in LONG_FUNCTIONS
    ]


def test_no_file_is_longer_than_can_be_read_at_one_go() -> None:
    long = [
        f"{source.name} ({source.lines} lines)"
        for source in sources(*EVERYTHING)
        if source.lines > LONGEST_FILE and source.name not in LONG_FILES
    ]
    assert long == []


def test_no_function_is_longer_than_a_screen() -> None:
    assert [line for source in sources(*EVERYTHING) for line in long_functions(source)] == []


def test_exceptions_to_length_are_still_needed() -> None:
    by_name = {source.name: source for source in sources(*EVERYTHING)}
    assert [name for name in LONG_FILES if by_name[name].lines <= LONGEST_FILE] == []
    measured = {
        f"{source.name}:{function.name}": length(function)
        for source in by_name.values()
        for function in source.functions()
    }
    assert [name for name in LONG_FUNCTIONS if measured.get(name, 0) <= LONGEST_FUNCTION] == []


def test_no_module_is_a_catch_all() -> None:
    found = [
        source.name
        for source in sources(*EVERYTHING)
        if CATCH_ALL & set(source.name.removesuffix(".py").split("/"))
    ]
    assert found == []


def test_every_module_says_what_it_is_for() -> None:
    """Empty `__init__` files need not."""
    silent = [
        source.name
        for source in sources(*PRODUCT, "migrations", "bench")
        if source.text.strip() and not ast.get_docstring(source.tree)
    ]
    assert silent == []


def test_only_commands_print_to_the_terminal() -> None:
    printing = [
        f"{source.name}:{node.lineno}"
        for source in sources(*PRODUCT)
        if not source.name.startswith(("core/cli.py", "core/commands/"))
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printing == []


def test_the_length_of_a_function_leaves_out_its_docstring() -> None:
    tree = ast.parse('def f():\n    """One\n\n    Two.\n    """\n    return 1\n')
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    assert length(function) == 2
