"""Codes on a phone are kept in one place: `phone_proof` holds those of people with an account as well."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "core_0028_one_phone_code"
VERSION = "1.38.0"
DESCRIPTION = "one place for codes on a phone"

# A code lasts minutes: whoever waits for one across the migration asks for another.
BACKWARDS = tenant_table(
    "phone_code",
    """
    account_id uuid NOT NULL,
    code_index bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, account_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
    """,
)


async def forwards() -> MigrationManager:
    return migration(ID, "core", DESCRIPTION, drop_table("phone_code"), BACKWARDS)
