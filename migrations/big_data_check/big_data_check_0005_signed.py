"""Until when the signatures of each open case are good, so that who runs out is found without opening every file."""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "big_data_check_0005_signed"
VERSION = "1.38.0"
DESCRIPTION = "authorisations that run out"

SIGNED = """
    process_id uuid NOT NULL,
    version integer NOT NULL,
    area_code text NOT NULL,
    first_until date,
    own date[] NOT NULL,
    guarded date[] NOT NULL,
    supporters date[] NOT NULL,
    missing integer NOT NULL,
    reminded text NOT NULL DEFAULT '',
    told_at timestamptz,
    PRIMARY KEY (tenant_id, process_id),
    FOREIGN KEY (tenant_id, process_id) REFERENCES process (tenant_id, id)
"""
"""`version` is the case's when it was looked at. `own`, `guarded` (a guardian signs), `supporters`: the last day of each
signature; `missing`: members without one. `reminded`: which day the household was last reminded of, and in which of its two
ways; `told_at` is empty where its case could not take the reminder."""


async def forwards() -> MigrationManager:
    return migration(
        ID,
        "big_data_check",
        DESCRIPTION,
        [*tenant_table("big_data_check_signed", SIGNED, indexes=["(tenant_id, first_until)"])],
        [*drop_table("big_data_check_signed")],
    )
