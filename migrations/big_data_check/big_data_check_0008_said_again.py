"""What a re-check said may be said again once it was over: re-hired, bought again, back under another case."""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration

ID = "big_data_check_0008_said_again"
VERSION = "1.38.0"
DESCRIPTION = "alerts that are over"

ALERT = "big_data_check_bulk_alert"
OVER = """ALTER TABLE big_data_check_bulk_alert
    ADD COLUMN over_at timestamptz,
    ADD COLUMN sources integer NOT NULL DEFAULT 0,
    DROP CONSTRAINT big_data_check_bulk_alert_tenant_id_mark_key,
    DROP CONSTRAINT big_data_check_bulk_alert_state_check,
    ADD CONSTRAINT big_data_check_bulk_alert_state_check
        CHECK (state IN ('filed', 'known', 'waiting', 'failed', 'dropped'))"""
"""`over_at`: since when the thing is gone, or was dropped; the same mark may come up again after. `sources`: a bit for each
source (`bulk.registers.BITS`) that the person or household was compared with when it came up."""


async def forwards() -> MigrationManager:
    return migration(
        ID,
        "big_data_check",
        DESCRIPTION,
        [OVER, f"CREATE UNIQUE INDEX {ALERT}_mark ON {ALERT} (tenant_id, mark) WHERE over_at IS NULL"],
        [
            f"DROP INDEX {ALERT}_mark",
            "DELETE FROM big_data_check_bulk_alert WHERE over_at IS NOT NULL",
            f"""ALTER TABLE {ALERT} DROP COLUMN over_at, DROP COLUMN sources,
                DROP CONSTRAINT {ALERT}_state_check,
                ADD CONSTRAINT {ALERT}_state_check CHECK (state IN ('filed', 'known', 'waiting', 'failed')),
                ADD UNIQUE (tenant_id, mark)""",
        ],
    )
