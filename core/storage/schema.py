"""How tables are made: migrations get the statements for a tenant's table or a platform table from here.

Every tenant's table starts its primary key with `tenant_id`, is under forced row-level security, and is used by a
role that owns nothing. A migration hands over the columns and constraints; what every table must have is added
here, so that no migration can forget it (the catalogue test would find it).

    return migration(
        ID,
        "core",
        DESCRIPTION,
        tenant_table(
            "household_note",
            '''id uuid NOT NULL,
               household_id uuid NOT NULL,
               body bytea NOT NULL,
               PRIMARY KEY (tenant_id, id),
               FOREIGN KEY (tenant_id, household_id) REFERENCES household (tenant_id, id)''',
            indexes=["(tenant_id, household_id)"],
        ),
    )
"""

from __future__ import annotations

import re
from collections.abc import Sequence

OWNER_ROLE = "zhunbao_owner"
"""Owns the database and everything in it; migrations and the deletion of a tenant run as this role."""

APP_ROLE = "zhunbao_app"
"""What the application signs in as: owns nothing, no superuser, no BYPASSRLS, no TRUNCATE."""

TENANT = "nullif(current_setting('app.tenant_id', true), '')::uuid"
"""The tenant of the running transaction; NULL (no rows) outside of one."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,55}")


def tenant_table(
    name: str, body: str, *, append_only: bool = False, deletable: bool = True, indexes: Sequence[str] = ()
) -> list[str]:
    """Statements creating a table of tenants' rows.

    `body`: columns and constraints without `tenant_id`, which is added as the first column; primary key, unique
    constraints and foreign keys must start with it. `append_only`: rows can be added and read, never changed or
    removed; `deletable=False`: changed, never removed. `indexes`: what follows the table's name, such as `(tenant_id, state)` or
    `UNIQUE (tenant_id, number) WHERE ended`.
    """
    grants = "SELECT, INSERT"
    if not append_only:
        grants += ", UPDATE, DELETE" if deletable else ", UPDATE"
    return [
        f"CREATE TABLE {_checked(name)} (\ntenant_id uuid NOT NULL,\n{body.strip()}\n)",
        f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY tenant ON {name} USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})",
        *_access(name, grants),
        *_indexes(name, indexes),
    ]


def platform_table(name: str, body: str, *, grants: str = "SELECT", indexes: Sequence[str] = ()) -> list[str]:
    """Statements creating a table that holds no tenant's rows (tenant records, national area codes, figures)."""
    return [
        f"CREATE TABLE {_checked(name)} (\n{body.strip()}\n)",
        *_access(name, grants),
        *_indexes(name, indexes),
    ]


def drop_table(name: str) -> list[str]:
    """Statements for the way back of `tenant_table` and `platform_table`."""
    return [f"DROP TABLE IF EXISTS {_checked(name)}"]


def _access(name: str, grants: str) -> list[str]:
    revoke = f"REVOKE ALL ON {name} FROM PUBLIC, {APP_ROLE}"
    return [revoke, f"GRANT {grants} ON {name} TO {APP_ROLE}"] if grants else [revoke]


def _indexes(name: str, indexes: Sequence[str]) -> list[str]:
    return [
        f"CREATE UNIQUE INDEX ON {name} {index.removeprefix('UNIQUE').strip()}"
        if index.startswith("UNIQUE")
        else f"CREATE INDEX ON {name} {index}"
        for index in indexes
    ]


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"a table's name is lower case letters, digits and underscores, not {name!r}")
    return name
