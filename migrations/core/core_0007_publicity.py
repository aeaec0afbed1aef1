"""Publicity: which household was told how, and what an awareness survey found."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "core_0007_publicity"
VERSION = "1.38.0"
DESCRIPTION = "publicity coverage and surveys"

FORWARDS = [
    *tenant_table(
        "publicity_household",
        """
        id uuid NOT NULL,
        area_code text NOT NULL CHECK (area_code ~ '^[0-9]{12}$'),
        group_name text NOT NULL,
        head text NOT NULL,
        how text NOT NULL CHECK (how IN ('', 'meeting', 'visit', 'broadcast')),
        told_on date,
        told_by uuid,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, area_code, group_name, head),
        CHECK ((how = '') = (told_on IS NULL))
        """,
    ),
    *tenant_table(
        "publicity_survey",
        """
        id uuid NOT NULL,
        area_code text NOT NULL CHECK (area_code ~ '^[0-9]{12}$'),
        held_on date NOT NULL,
        asked integer NOT NULL CHECK (asked > 0),
        criteria integer NOT NULL CHECK (criteria BETWEEN 0 AND asked),
        steps integer NOT NULL CHECK (steps BETWEEN 0 AND asked),
        phone integer NOT NULL CHECK (phone BETWEEN 0 AND asked),
        by uuid NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id)
        """,
        append_only=True,
        indexes=["(tenant_id, area_code, held_on DESC)"],
    ),
]
BACKWARDS = [
    statement for table in ("publicity_survey", "publicity_household") for statement in drop_table(table)
]


async def forwards() -> MigrationManager:
    return migration(ID, "core", DESCRIPTION, FORWARDS, BACKWARDS)
