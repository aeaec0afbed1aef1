"""Re-checks of everyone on the rolls, and what each of them gave a person to look at."""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "big_data_check_0003_bulk"
VERSION = "1.38.0"
DESCRIPTION = "bulk re-checks and their alerts"

RUN = """
    id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'gathering', 'computing', 'filing', 'done', 'failed', 'cancelled')),
    cause text NOT NULL CHECK (cause IN ('schedule', 'officer')),
    asked_at timestamptz NOT NULL,
    asked_by uuid,
    seen_at timestamptz NOT NULL,
    finished_at timestamptz,
    step text NOT NULL DEFAULT '',
    done bigint NOT NULL DEFAULT 0,
    total bigint NOT NULL DEFAULT 0,
    seconds_left double precision,
    stop boolean NOT NULL DEFAULT false,
    persons integer NOT NULL DEFAULT 0,
    rows bigint NOT NULL DEFAULT 0,
    problems jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (tenant_id, id)
"""
"""`seen_at`: when the worker last said that it is at it. `problems` name sources and counts, never people."""

ALERT = """
    id uuid NOT NULL,
    run_id uuid NOT NULL,
    process_id uuid NOT NULL,
    person_id uuid,
    area_code text NOT NULL,
    kind text NOT NULL,
    namesake boolean NOT NULL,
    mark bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('filed', 'known', 'waiting', 'failed')),
    reason text NOT NULL DEFAULT '',
    seq integer,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, mark),
    FOREIGN KEY (tenant_id, run_id) REFERENCES big_data_check_bulk_run (tenant_id, id),
    FOREIGN KEY (tenant_id, process_id) REFERENCES process (tenant_id, id)
"""
"""`mark` is a keyed digest of person (or household), kind and item: the same thing is said once. No value is kept."""


async def forwards() -> MigrationManager:
    return migration(
        ID,
        "big_data_check",
        DESCRIPTION,
        [
            *tenant_table(
                "big_data_check_bulk_run", RUN, indexes=["(tenant_id, asked_at DESC)", ONE_AT_A_TIME]
            ),
            *tenant_table(
                "big_data_check_bulk_alert",
                ALERT,
                indexes=["(tenant_id, run_id)", "(tenant_id, process_id, state)"],
            ),
        ],
        [*drop_table("big_data_check_bulk_alert"), *drop_table("big_data_check_bulk_run")],
    )


ONE_AT_A_TIME = "UNIQUE (tenant_id) WHERE state IN ('queued', 'gathering', 'computing', 'filing')"
