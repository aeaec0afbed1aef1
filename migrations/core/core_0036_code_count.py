"""Codes sent to a phone are counted over all districts: by keyed digest, a day at a time."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, platform_table

ID = "core_0036_code_count"
VERSION = "1.38.0"
DESCRIPTION = "codes sent, counted over all districts"

FORWARDS = platform_table(
    "code_count",
    """
    day date NOT NULL,
    key bytea NOT NULL,
    number integer NOT NULL,
    PRIMARY KEY (day, key)
    """,
    grants="SELECT, INSERT, UPDATE, DELETE",
)


async def forwards() -> MigrationManager:
    return migration(ID, "core", DESCRIPTION, FORWARDS, drop_table("code_count"))
