"""The panel's tables: sessions, who sits in them, what is on their agenda, who voted, and the sealed votes.

`women_panel_voter` says who voted and never how; `women_panel_ballot` says how and never who or when. Nothing joins the
two but the household: no time, no order, no common key.
"""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "women_panel_0001_panel"
VERSION = "1.38.0"
DESCRIPTION = "appraisal panel: sessions, members, agenda, voters, sealed ballots"

SESSION = """
    id uuid NOT NULL,
    round_id uuid NOT NULL,
    number integer NOT NULL,
    area_code text NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'closed')),
    seed text NOT NULL,
    config text NOT NULL,
    opened_at timestamptz NOT NULL,
    opened_by uuid NOT NULL,
    closed_at timestamptz,
    closed_by uuid,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, round_id, number),
    FOREIGN KEY (tenant_id, round_id) REFERENCES process (tenant_id, id)
"""

MEMBER = """
    session_id uuid NOT NULL,
    account_id uuid NOT NULL,
    present boolean NOT NULL DEFAULT false,
    removed_at timestamptz,
    removed_reason text NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, session_id, account_id),
    FOREIGN KEY (tenant_id, session_id) REFERENCES women_panel_session (tenant_id, id)
"""

CASE = """
    session_id uuid NOT NULL,
    case_id uuid NOT NULL,
    number text NOT NULL,
    place integer NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'closed', 'deferred')),
    attempt integer NOT NULL DEFAULT 1,
    tally text NOT NULL DEFAULT '',
    reasons text NOT NULL DEFAULT '',
    filed boolean NOT NULL DEFAULT false,
    closed_at timestamptz,
    closed_by uuid,
    PRIMARY KEY (tenant_id, session_id, case_id),
    UNIQUE (tenant_id, session_id, place),
    CHECK ((state = 'closed') = (tally <> '')),
    FOREIGN KEY (tenant_id, session_id) REFERENCES women_panel_session (tenant_id, id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES process (tenant_id, id)
"""

RECUSAL = """
    session_id uuid NOT NULL,
    case_id uuid NOT NULL,
    account_id uuid NOT NULL,
    origin text NOT NULL CHECK (origin IN ('kinship', 'declared')),
    PRIMARY KEY (tenant_id, session_id, case_id, account_id),
    FOREIGN KEY (tenant_id, session_id, case_id) REFERENCES women_panel_case (tenant_id, session_id, case_id),
    FOREIGN KEY (tenant_id, session_id, account_id) REFERENCES women_panel_member (tenant_id, session_id, account_id)
"""

VOTER = """
    session_id uuid NOT NULL,
    case_id uuid NOT NULL,
    attempt integer NOT NULL,
    account_id uuid NOT NULL,
    voted_on date NOT NULL,
    request bytea,
    PRIMARY KEY (tenant_id, session_id, case_id, attempt, account_id),
    FOREIGN KEY (tenant_id, session_id, case_id) REFERENCES women_panel_case (tenant_id, session_id, case_id),
    FOREIGN KEY (tenant_id, session_id, account_id) REFERENCES women_panel_member (tenant_id, session_id, account_id)
"""

BALLOT = """
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    case_id uuid NOT NULL,
    attempt integer NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, session_id, case_id) REFERENCES women_panel_case (tenant_id, session_id, case_id)
"""


async def forwards() -> MigrationManager:
    statements = [
        *tenant_table(
            "women_panel_session", SESSION, indexes=["UNIQUE (tenant_id, round_id) WHERE state = 'open'"]
        ),
        *tenant_table("women_panel_member", MEMBER, indexes=["(tenant_id, account_id)"]),
        *tenant_table(
            "women_panel_case",
            CASE,
            indexes=["(tenant_id, case_id)", "UNIQUE (tenant_id, case_id) WHERE state = 'open'"],
        ),
        *tenant_table("women_panel_recusal", RECUSAL),
        *tenant_table("women_panel_voter", VOTER),
        *tenant_table("women_panel_ballot", BALLOT, indexes=["(tenant_id, session_id, case_id, attempt)"]),
    ]
    tables = ("ballot", "voter", "recusal", "case", "member", "session")
    backwards = [statement for table in tables for statement in drop_table(f"women_panel_{table}")]
    return migration(ID, "women_panel", DESCRIPTION, statements, backwards)
