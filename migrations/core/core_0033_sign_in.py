"""Who signed in at which meeting, household by household."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "core_0033_sign_in"
VERSION = "1.38.0"
DESCRIPTION = "sign-in at mobilisation meetings"

FORWARDS = tenant_table(
    "publicity_sign_in",
    """
    area_code text NOT NULL CHECK (area_code ~ '^[0-9]{12}$'),
    held_on date NOT NULL,
    household_id uuid NOT NULL,
    by uuid NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, area_code, held_on, household_id),
    FOREIGN KEY (tenant_id, household_id) REFERENCES publicity_household (tenant_id, id)
    """,
    indexes=["(tenant_id, household_id)"],
)


async def forwards() -> MigrationManager:
    return migration(ID, "core", DESCRIPTION, FORWARDS, drop_table("publicity_sign_in"))
