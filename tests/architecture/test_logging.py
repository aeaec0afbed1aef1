"""Logs carry ids, never what a person told us: no field that may hold personal data is an argument of a log call."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import PRODUCT, Source, sources

LEVELS = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})
LOGGERS = frozenset({"log", "logger", "logging", "_log", "_logger"})
PERSONAL = frozenset(
    {
        "address", "answers", "applicant", "bank_account", "birth_date", "body", "complainant", "disability", "facts",
        "family_name", "form", "full_name", "given_name", "household", "id_number", "illness", "income", "member",
        "members", "message_text", "password", "payload", "person", "phone", "phone_number", "raw", "record",
        "records", "recipient", "resident_id", "secret", "token",
    }
)  # fmt: skip


def log_calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS:
            owner = node.func.value
            name = (
                owner.id
                if isinstance(owner, ast.Name)
                else owner.attr
                if isinstance(owner, ast.Attribute)
                else ""
            )
            if name in LOGGERS:
                yield node


def personal(call: ast.Call) -> set[str]:
    """The suspicious names in a call's arguments; an id of a person (`person.id`, `person_id`) is none."""
    found: set[str] = set()
    harmless: set[int] = set()
    for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
        for node in ast.walk(argument):
            if isinstance(node, ast.Attribute):
                if node.attr == "id":
                    harmless.update(map(id, ast.walk(node.value)))
                elif node.attr in PERSONAL:
                    found.add(node.attr)
            elif isinstance(node, ast.Name) and node.id in PERSONAL and id(node) not in harmless:
                found.add(node.id)
            elif isinstance(node, ast.Constant) and node.value in PERSONAL:
                found.add(str(node.value))
    return found


def leaks(source: Source) -> list[str]:
    return [
        f"{source.name}:{call.lineno} {', '.join(sorted(personal(call)))}"
        for call in log_calls(source.tree)
        if personal(call)
    ]


def test_no_log_call_carries_what_a_person_told_us() -> None:
    assert [leak for source in sources(*PRODUCT) for leak in leaks(source)] == []


@pytest.mark.parametrize(
    "call",
    [
        'log.info("saved %s", form)',
        'self.log.warning("refused", extra={"id_number": value})',
        'logger.error(f"no answer for {case.applicant}")',
    ],
)
def test_a_log_call_with_personal_data_would_be_found(call: str) -> None:
    assert [personal(found) for found in log_calls(ast.parse(call))] != [set()]


def test_the_id_of_a_person_may_be_logged() -> None:
    calls = list(log_calls(ast.parse('log.info("saved %s %s", person.id, case_id)')))
    assert [personal(call) for call in calls] == [set()]
