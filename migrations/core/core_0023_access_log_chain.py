"""The access log's chain: one link for each of its rows, in the order they were sealed."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "core_0023_access_log_chain"
VERSION = "1.38.0"
DESCRIPTION = "hash chain over the access log"

FORWARDS = tenant_table(
    "access_log_link",
    """
    seq bigint NOT NULL CHECK (seq > 0),
    entry_id uuid NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (tenant_id, seq),
    UNIQUE (tenant_id, entry_id)
    """,
    append_only=True,
)


async def forwards() -> MigrationManager:
    return migration(ID, "core", DESCRIPTION, FORWARDS, drop_table("access_log_link"))
