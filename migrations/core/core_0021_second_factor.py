"""Second factor set up by oneself: a secret not confirmed yet, recovery codes, sessions that must set one up first."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "core_0021_second_factor"
VERSION = "1.38.0"
DESCRIPTION = "second factor enrolment and recovery codes"

FORWARDS = [
    "ALTER TABLE account ADD COLUMN totp_pending bytea",
    "ALTER TABLE session ADD COLUMN must_enrol boolean NOT NULL DEFAULT false",
    *tenant_table(
        "recovery_code",
        """
        account_id uuid NOT NULL,
        code_index bytea NOT NULL,
        PRIMARY KEY (tenant_id, account_id, code_index),
        FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
        """,
    ),
]
BACKWARDS = [
    *drop_table("recovery_code"),
    "ALTER TABLE session DROP COLUMN must_enrol",
    "ALTER TABLE account DROP COLUMN totp_pending",
]


async def forwards() -> MigrationManager:
    return migration(ID, "core", DESCRIPTION, FORWARDS, BACKWARDS)
