"""What leaves a trace that left none: households that withdraw under a session, slips counted three ways, sealed content."""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration

ID = "women_panel_0004_traces"
VERSION = "1.38.0"
DESCRIPTION = "withdrawn households, recounted slips, the content that sealed minutes were signed over"

STATES = ("women_panel_case", "state", ("open", "closed", "deferred"), "withdrawn")
KINDS = (
    "women_panel_event",
    "kind",
    ("arrived", "left", "code", "code_wrong", "paused", "resumed", "note", "sheet"),
    "recounted",
)


def _only(table: str, column: str, values: tuple[str, ...]) -> str:
    name, listed = f"{table}_{column}_check", ", ".join(f"'{value}'" for value in values)
    return f"ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} CHECK ({column} IN ({listed}))"


async def forwards() -> MigrationManager:
    statements = [
        *(_only(table, column, (*known, more)) for table, column, known, more in (STATES, KINDS)),
        "ALTER TABLE women_panel_minutes ADD COLUMN content bytea",
    ]
    backwards = [
        "ALTER TABLE women_panel_minutes DROP COLUMN content",
        *(_only(table, column, known) for table, column, known, _ in (STATES, KINDS)),
    ]
    return migration(ID, "women_panel", DESCRIPTION, statements, backwards)
