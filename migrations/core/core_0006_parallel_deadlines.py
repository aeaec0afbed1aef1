"""A task that runs beside a case's stage has a deadline of its own, and lists are sorted by whichever comes first."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration

ID = "core_0006_parallel_deadlines"
VERSION = "1.38.0"
DESCRIPTION = "deadlines of tasks beside the stage"

STATEMENTS = [
    "ALTER TABLE process ADD COLUMN task text NOT NULL DEFAULT '', ADD COLUMN task_due date",
    """CREATE INDEX process_first_due ON process
       (tenant_id, (least(stage_due, total_due, task_due)), number) WHERE NOT ended""",
]


async def forwards() -> MigrationManager:
    return migration(ID, "core", DESCRIPTION, STATEMENTS)
