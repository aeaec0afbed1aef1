"""Phones proven by a code before anybody with that phone has an account."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "core_0024_phone_proofs"
VERSION = "1.38.0"
DESCRIPTION = "phones proven by a code"

# Phone and code are kept as keyed digests only.
FORWARDS = tenant_table(
    "phone_proof",
    """
    phone_index bytea NOT NULL CHECK (octet_length(phone_index) = 32),
    code_index bytea NOT NULL CHECK (octet_length(code_index) = 32),
    expires_at timestamptz NOT NULL,
    tries smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, phone_index)
    """,
)


async def forwards() -> MigrationManager:
    return migration(ID, "core", DESCRIPTION, FORWARDS, drop_table("phone_proof"))
