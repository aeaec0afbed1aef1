"""By when a complaint was to be answered when it came, and when it first was: raised or reviewed, it gets another last day."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration

ID = "core_0034_first_due"
VERSION = "1.38.0"
DESCRIPTION = "complaints: the first last day and the first answer"

# Forced row-level security lets no migration see a district's rows: earlier ones get theirs when they next change, and
# until then `due` and `answered_at` say the same (`core.complaints.figures`).
FORWARDS = [
    "ALTER TABLE complaint ADD COLUMN first_due date, ADD COLUMN first_answered_at timestamptz",
]
BACKWARDS = ["ALTER TABLE complaint DROP COLUMN first_due, DROP COLUMN first_answered_at"]


async def forwards() -> MigrationManager:
    return migration(ID, "core", DESCRIPTION, FORWARDS, BACKWARDS)
