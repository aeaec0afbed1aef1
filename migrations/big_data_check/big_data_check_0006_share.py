"""What a province is told of its districts' re-checks: how far each is, and how many changes of each kind. Counts only."""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "big_data_check_0006_share"
VERSION = "1.38.0"
DESCRIPTION = "a province's view of its districts' re-checks"

SHARE = """
    district text NOT NULL,
    run_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'gathering', 'computing', 'filing', 'done', 'failed', 'cancelled')),
    asked_at timestamptz NOT NULL,
    told_at timestamptz NOT NULL,
    finished_at timestamptz,
    step text NOT NULL,
    done bigint NOT NULL,
    total bigint NOT NULL,
    seconds_left double precision,
    persons integer NOT NULL,
    rows bigint NOT NULL,
    unchecked integer NOT NULL,
    kinds jsonb NOT NULL,
    filed integer NOT NULL,
    waiting integer NOT NULL,
    failed integer NOT NULL,
    PRIMARY KEY (tenant_id, district, run_id)
"""
"""The tenant is the province, `district` the code of the one whose re-check it is. `told_at`: by the district's clock, so that
of two messages the later one counts. `unchecked`: sources and groups of people that could not be checked; `kinds`: alerts by
kind; `filed`, `waiting`, `failed`: what became of them."""


async def forwards() -> MigrationManager:
    return migration(
        ID,
        "big_data_check",
        DESCRIPTION,
        [*tenant_table("big_data_check_share", SHARE, indexes=["(tenant_id, asked_at DESC)"])],
        [*drop_table("big_data_check_share")],
    )
