"""What PostgreSQL's catalogue says about our tables: the rules every tenant's table must keep, read and not trusted.

The migrations ask after every plugin's migration, `zhunbao plugin check` asks for vendors, a test asks for us.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.storage.schema import APP_ROLE, OWNER_ROLE, TENANT
from core.storage.transaction import Transaction

PLATFORM_TABLES = frozenset(
    {
        "area",
        "code_count",
        "migration",
        "pgqueuer",
        "pgqueuer_log",
        "pgqueuer_schedules",
        "pgqueuer_statistics",
        "tenant",
    }
)
"""Tables that hold no tenant's rows. Everything else is a tenant's table and keeps all the rules.

`code_count` is read across districts on purpose: keyed digests and numbers of a day, nothing that names anybody.
"""

_QUEUE = "pgqueuer"

_TABLES = """
SELECT c.oid, c.relname, c.relrowsecurity AS secured, c.relforcerowsecurity AS forced,
       pg_get_userbyid(c.relowner) AS owner, c.relkind,
       (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum LIMIT 1) AS first_column
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY c.relname
"""
_POLICIES = """
SELECT p.polname, p.polcmd, p.polpermissive, pg_get_expr(p.polqual, p.polrelid) AS sees,
       pg_get_expr(p.polwithcheck, p.polrelid) AS writes
FROM pg_policy p WHERE p.polrelid = $1
"""
_KEYS = """
SELECT c.conname, c.contype,
       (SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY AS k (num, n)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num) AS columns,
       (SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest(c.confkey) WITH ORDINALITY AS k (num, n)
        JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.num) AS target_columns,
       c.confrelid::regclass::text AS target
FROM pg_constraint c WHERE c.conrelid = $1 AND c.contype IN ('p', 'u', 'f')
"""
_INDEXES = """
SELECT c.relname, (SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = i.indkey[0])
       AS first_column
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = $1
"""
_EXTRAS = """
SELECT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = $1 AND NOT tgisinternal) AS triggers,
       EXISTS (SELECT FROM pg_attribute WHERE attrelid = $1 AND attidentity <> '') AS identity,
       has_table_privilege($2, $1, 'TRUNCATE') AS truncates,
       has_table_privilege($2, $1, 'TRIGGER') OR has_table_privilege($2, $1, 'REFERENCES') AS meddles
"""


async def violations(tx: Transaction, platform: Iterable[str] = PLATFORM_TABLES) -> list[str]:
    """Every rule that any table breaks, one sentence each, naming the table; empty when all keep them."""
    allowed = frozenset(platform)
    found: list[str] = []
    for table in await tx.fetch(_TABLES):
        name = table["relname"]
        if name not in allowed:
            found += [f"{name}: {problem}" for problem in await _of_table(tx, table["oid"], dict(table))]
        elif not name.startswith(_QUEUE) and (await _extras(tx, table["oid"]))["triggers"]:
            found.append(f"{name}: has triggers")
        if table["owner"] != OWNER_ROLE:
            found.append(f"{name}: is owned by {table['owner']}, not by {OWNER_ROLE}")
    return found


async def _of_table(tx: Transaction, oid: int, table: dict[str, object]) -> list[str]:
    if table["relkind"] not in (b"r", b"p", "r", "p"):
        return ["is a view or foreign table, which row-level security does not reach"]
    found = []
    if table["first_column"] != "tenant_id":
        found.append("its first column is not tenant_id")
    if not (table["secured"] and table["forced"]):
        found.append("row-level security is not forced")
    found += await _policies(tx, oid)
    found += await _keys(tx, oid)
    for index in await tx.fetch(_INDEXES, oid):
        if index["first_column"] != "tenant_id":
            found.append(f"index {index['relname']} does not start with tenant_id")
    extras = await _extras(tx, oid)
    told = {"triggers": "has triggers", "identity": "has an identity column",
            "truncates": "the application may TRUNCATE it", "meddles": "the application may add triggers or references"}  # fmt: skip
    return found + [text for key, text in told.items() if extras[key]]


async def _policies(tx: Transaction, oid: int) -> list[str]:
    """Exactly one policy, for all commands, reading and writing by the transaction's tenant."""
    policies = await tx.fetch(_POLICIES, oid)
    if len(policies) != 1:
        return [f"has {len(policies)} policies instead of one"]
    policy = policies[0]
    wanted = _plain(f"tenant_id = {TENANT}")
    said = {_plain(policy["sees"]), _plain(policy["writes"])}
    if policy["polcmd"] not in (b"*", "*") or said != {wanted}:
        return [f"policy {policy['polname']} is not the tenant's"]
    return []


async def _keys(tx: Transaction, oid: int) -> list[str]:
    rows = await tx.fetch(_KEYS, oid)
    found = []
    if not any(row["contype"] in (b"p", "p") for row in rows):
        found.append("has no primary key")
    for row in rows:
        if row["contype"] in (b"f", "f"):
            if row["target"] in PLATFORM_TABLES:
                continue
            if row["columns"][0] != "tenant_id" or row["target_columns"][0] != "tenant_id":
                found.append(f"foreign key {row['conname']} does not go by tenant_id")
        elif row["columns"][0] != "tenant_id":
            found.append(f"key {row['conname']} does not start with tenant_id")
    return found


async def _extras(tx: Transaction, oid: int) -> dict[str, bool]:
    row = await tx.fetchrow(_EXTRAS, oid, APP_ROLE)
    assert row is not None
    return dict(row)


def _plain(expression: str | None) -> str:
    """An expression without the casts, brackets and spaces that PostgreSQL adds when it prints one."""
    return re.sub(r"::text|[()\s]", "", expression or "").lower()
