"""Which person of an identity provider an account belongs to."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "core_0022_single_sign_on"
VERSION = "1.38.0"
DESCRIPTION = "accounts linked to an identity provider's subjects"

FORWARDS = tenant_table(
    "account_subject",
    """
    issuer text NOT NULL,
    subject text NOT NULL,
    account_id uuid NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, issuer, subject),
    UNIQUE (tenant_id, issuer, account_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
    """,
)


async def forwards() -> MigrationManager:
    return migration(ID, "core", DESCRIPTION, FORWARDS, drop_table("account_subject"))
