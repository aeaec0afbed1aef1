"""What happens in a session beside the votes, signed minutes, and the comprehensive appraisal. All but the open meeting append-only.

Times stand here for arrivals, pauses and notes; none for votes, which the voters' and ballots' tables keep apart.
"""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "women_panel_0003_meeting"
VERSION = "1.38.0"
DESCRIPTION = "session events, signatures, sealed minutes, comprehensive appraisal"

EVENT = """
    session_id uuid NOT NULL,
    seq integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('arrived', 'left', 'code', 'code_wrong', 'paused', 'resumed', 'note', 'sheet')),
    at timestamptz NOT NULL,
    by_account uuid NOT NULL,
    account_id uuid,
    sealed bytea,
    PRIMARY KEY (tenant_id, session_id, seq),
    FOREIGN KEY (tenant_id, session_id) REFERENCES women_panel_session (tenant_id, id)
"""

SIGNATURE = """
    subject_id uuid NOT NULL,
    account_id uuid NOT NULL,
    digest text NOT NULL,
    signed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, subject_id, account_id, digest)
"""

MINUTES = """
    subject_id uuid NOT NULL,
    round_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('session', 'appraisal')),
    digest text NOT NULL,
    sha256 text NOT NULL,
    sealed_at timestamptz NOT NULL,
    sealed_by uuid NOT NULL,
    PRIMARY KEY (tenant_id, subject_id),
    FOREIGN KEY (tenant_id, round_id) REFERENCES process (tenant_id, id)
"""

APPRAISAL = """
    id uuid NOT NULL,
    round_id uuid NOT NULL,
    number integer NOT NULL,
    area_code text NOT NULL,
    place text NOT NULL,
    opened_at timestamptz NOT NULL,
    opened_by uuid NOT NULL,
    closed_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, round_id, number),
    FOREIGN KEY (tenant_id, round_id) REFERENCES process (tenant_id, id)
"""

PARTICIPANT = """
    appraisal_id uuid NOT NULL,
    place integer NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    account_id uuid,
    PRIMARY KEY (tenant_id, appraisal_id, place),
    FOREIGN KEY (tenant_id, appraisal_id) REFERENCES women_panel_appraisal (tenant_id, id)
"""

OPINION = """
    appraisal_id uuid NOT NULL,
    case_id uuid NOT NULL,
    seq integer NOT NULL,
    stance text NOT NULL CHECK (stance IN ('include', 'exclude', 'unclear')),
    sealed bytea NOT NULL,
    at timestamptz NOT NULL,
    by_account uuid NOT NULL,
    PRIMARY KEY (tenant_id, appraisal_id, case_id, seq),
    FOREIGN KEY (tenant_id, appraisal_id) REFERENCES women_panel_appraisal (tenant_id, id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES process (tenant_id, id)
"""


async def forwards() -> MigrationManager:
    statements = [
        "ALTER TABLE women_panel_session ADD COLUMN paused boolean NOT NULL DEFAULT false",
        *tenant_table("women_panel_event", EVENT, append_only=True),
        *tenant_table("women_panel_signature", SIGNATURE, append_only=True),
        *tenant_table("women_panel_minutes", MINUTES, append_only=True, indexes=["(tenant_id, round_id)"]),
        *tenant_table(
            "women_panel_appraisal",
            APPRAISAL,
            indexes=["UNIQUE (tenant_id, round_id) WHERE closed_at IS NULL"],
        ),
        *tenant_table("women_panel_participant", PARTICIPANT, append_only=True),
        *tenant_table("women_panel_opinion", OPINION, append_only=True),
    ]
    backwards = [
        *drop_table("women_panel_opinion"),
        *drop_table("women_panel_participant"),
        *drop_table("women_panel_appraisal"),
        *drop_table("women_panel_minutes"),
        *drop_table("women_panel_signature"),
        *drop_table("women_panel_event"),
        "ALTER TABLE women_panel_session DROP COLUMN paused",
    ]
    return migration(ID, "women_panel", DESCRIPTION, statements, backwards)
