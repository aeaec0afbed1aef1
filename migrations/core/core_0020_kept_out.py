"""Whom a case's file itself keeps out or lets take part, beside its summary: the work list goes by it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration

ID = "core_0020_kept_out"
VERSION = "1.38.0"
DESCRIPTION = "accounts kept out of a case by its file"

FORWARDS = [
    """ALTER TABLE case_summary ADD COLUMN named uuid[] NOT NULL DEFAULT '{}',
       ADD COLUMN excused uuid[] NOT NULL DEFAULT '{}'""",
]
BACKWARDS = ["ALTER TABLE case_summary DROP COLUMN named, DROP COLUMN excused"]


async def forwards() -> MigrationManager:
    return migration(ID, "core", DESCRIPTION, FORWARDS, BACKWARDS)
