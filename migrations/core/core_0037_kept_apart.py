"""Namesakes of one group are kept apart on a village's list, and a mark that was taken back is remembered."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "core_0037_kept_apart"
VERSION = "1.38.0"
DESCRIPTION = "publicity: namesakes kept apart, marks taken back"

OLD = "publicity_household_tenant_id_area_code_group_name_head_key"
NEW = "publicity_household_apart_key"

FORWARDS = [
    "ALTER TABLE publicity_household ADD COLUMN apart text NOT NULL DEFAULT ''",
    f"ALTER TABLE publicity_household DROP CONSTRAINT {OLD}",
    f"ALTER TABLE publicity_household ADD CONSTRAINT {NEW} UNIQUE (tenant_id, area_code, group_name, head, apart)",
    *tenant_table(
        "publicity_taken_back",
        """
        id uuid NOT NULL,
        area_code text NOT NULL CHECK (area_code ~ '^[0-9]{12}$'),
        household_id uuid NOT NULL,
        how text NOT NULL CHECK (how IN ('meeting', 'visit', 'broadcast')),
        told_on date NOT NULL,
        told_by uuid,
        reason text NOT NULL,
        by uuid NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, household_id) REFERENCES publicity_household (tenant_id, id)
        """,
        append_only=True,
        indexes=["(tenant_id, area_code, at DESC)"],
    ),
]
BACKWARDS = [
    *drop_table("publicity_taken_back"),
    f"ALTER TABLE publicity_household DROP CONSTRAINT {NEW}",
    "ALTER TABLE publicity_household DROP COLUMN apart",
    f"ALTER TABLE publicity_household ADD CONSTRAINT {OLD} UNIQUE (tenant_id, area_code, group_name, head)",
]


async def forwards() -> MigrationManager:
    return migration(ID, "core", DESCRIPTION, FORWARDS, BACKWARDS)
