"""Members as a household itself named them, until a clerk has seen their papers."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration

ID = "core_0026_claimed_members"
VERSION = "1.38.0"
DESCRIPTION = "members as claimed"

# Encrypted: name, ID number and phone as typed. What the register says of the person stays unread meanwhile.
FORWARDS = ["ALTER TABLE household_member ADD COLUMN claimed bytea"]
BACKWARDS = ["ALTER TABLE household_member DROP COLUMN claimed"]


async def forwards() -> MigrationManager:
    return migration(ID, "core", DESCRIPTION, FORWARDS, BACKWARDS)
