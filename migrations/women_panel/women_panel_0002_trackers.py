"""Ballots sealed on phones, published records, paper ballots entered by two.

A voter's row remembers nothing of the request any more: what tells a repeated request is sealed within the ballot.
"""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "women_panel_0002_trackers"
VERSION = "1.38.0"
DESCRIPTION = "session ballot keys, published records, paper entries"

PAPER = """
    session_id uuid NOT NULL,
    case_id uuid NOT NULL,
    attempt integer NOT NULL,
    look integer NOT NULL CHECK (look > 0),
    entered_by uuid NOT NULL,
    entered_on date NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (tenant_id, session_id, case_id, attempt, look),
    UNIQUE (tenant_id, session_id, case_id, attempt, entered_by),
    FOREIGN KEY (tenant_id, session_id, case_id) REFERENCES women_panel_case (tenant_id, session_id, case_id)
"""


async def forwards() -> MigrationManager:
    statements = [
        "ALTER TABLE women_panel_voter DROP COLUMN request",
        "ALTER TABLE women_panel_session ADD COLUMN ballot_public bytea, ADD COLUMN ballot_private bytea",
        "ALTER TABLE women_panel_case ADD COLUMN on_paper boolean NOT NULL DEFAULT false, "
        "ADD COLUMN published text NOT NULL DEFAULT '', ADD COLUMN summary_photo text NOT NULL DEFAULT ''",
        *tenant_table("women_panel_paper", PAPER),
    ]
    backwards = [
        *drop_table("women_panel_paper"),
        "ALTER TABLE women_panel_case DROP COLUMN on_paper, DROP COLUMN published, DROP COLUMN summary_photo",
        "ALTER TABLE women_panel_session DROP COLUMN ballot_public, DROP COLUMN ballot_private",
        "ALTER TABLE women_panel_voter ADD COLUMN request bytea",
    ]
    return migration(ID, "women_panel", DESCRIPTION, statements, backwards)
