"""Papers as they were issued, by the seal in their QR code: what each says of itself, and what a payment roll summed up to."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "core_0039_issued_papers"
VERSION = "1.38.0"
DESCRIPTION = "papers as issued"

# Nobody's name and no amount of a household: title, number, office and day of the paper, and a roll's totals.
FORWARDS = tenant_table(
    "issued_paper",
    """
    seal text NOT NULL,
    subject text NOT NULL,
    title text NOT NULL,
    number text NOT NULL,
    office text NOT NULL,
    dated text NOT NULL,
    figures jsonb NOT NULL,
    content bytea NOT NULL,
    issued_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, seal)
    """,
    deletable=False,
    indexes=["(tenant_id, subject, last_at)"],
)


async def forwards() -> MigrationManager:
    return migration(ID, "core", DESCRIPTION, FORWARDS, drop_table("issued_paper"))
