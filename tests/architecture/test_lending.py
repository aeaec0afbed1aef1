"""Only one module sees a transaction as another tenant's: the marks districts of a province share."""

from __future__ import annotations

import ast

from tests.architecture.sources import PRODUCT, Source, sources

ALLOWED = {"core/registry/elsewhere.py"}


def borrows(source: Source) -> bool:
    return any(isinstance(n, ast.Attribute) and n.attr == "lent" for n in ast.walk(source.tree))


def test_a_transaction_is_lent_to_one_module_alone() -> None:
    found = {source.name for source in sources(*PRODUCT) if borrows(source)}
    assert found - {"core/storage/transaction.py"} == ALLOWED


def test_only_two_modules_set_the_tenant() -> None:
    naming = {
        s.name
        for s in sources(*PRODUCT)
        if "SET LOCAL app.tenant_id = '{" in s.text or "set_config('app.tenant_id'" in s.text
    }
    assert naming == {"core/storage/database.py", "core/storage/transaction.py"}
