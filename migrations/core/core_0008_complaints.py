"""Complaints and objections: the register, its papers, and what happened to each. Free text and names are encrypted."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "core_0008_complaints"
VERSION = "1.38.0"
DESCRIPTION = "complaints and objections"

OF_COMPLAINT = "FOREIGN KEY (tenant_id, complaint_id) REFERENCES complaint (tenant_id, id)"

FORWARDS = [
    # `complainant` is who reported; `body` what and about whom. `origin`: the district a province's row came from.
    *tenant_table(
        "complaint",
        """
        id uuid NOT NULL,
        number text NOT NULL,
        about text NOT NULL CHECK (about IN ('household', 'official', 'procedure', 'posting')),
        channel text NOT NULL CHECK (channel IN ('online', 'phone', 'in_person', 'letter')),
        area_code text NOT NULL CHECK (area_code ~ '^[0-9]{12}$'),
        level text NOT NULL CHECK (level IN ('township', 'district', 'province')),
        state text NOT NULL CHECK (state IN ('open', 'answered', 'passed_up')),
        named boolean NOT NULL,
        received_at timestamptz NOT NULL,
        received_by uuid,
        due date NOT NULL,
        answered_at timestamptz,
        outcome text NOT NULL DEFAULT '',
        rating smallint CHECK (rating BETWEEN 1 AND 3),
        reviewed boolean NOT NULL DEFAULT false,
        case_id uuid,
        posting_id uuid,
        accused_accounts uuid[] NOT NULL,
        accused_persons uuid[] NOT NULL,
        code_index bytea NOT NULL CHECK (octet_length(code_index) = 32),
        body bytea NOT NULL,
        complainant bytea,
        reply bytea,
        origin text NOT NULL DEFAULT '',
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, number),
        UNIQUE (tenant_id, code_index),
        FOREIGN KEY (tenant_id, case_id) REFERENCES process (tenant_id, id),
        FOREIGN KEY (tenant_id, posting_id) REFERENCES posting (tenant_id, id)
        """,
        deletable=False,
        indexes=[
            "(tenant_id, due) WHERE state = 'open'",
            "(tenant_id, received_at DESC)",
            "(tenant_id, case_id) WHERE case_id IS NOT NULL",
            "(tenant_id, posting_id) WHERE posting_id IS NOT NULL",
        ],
    ),
    # The object is the encrypted file: no route but the register's own can show it.
    *tenant_table(
        "complaint_paper",
        f"""
        complaint_id uuid NOT NULL,
        position integer NOT NULL,
        sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{{64}}$'),
        media_type text NOT NULL,
        PRIMARY KEY (tenant_id, complaint_id, position),
        {OF_COMPLAINT}
        """,
        append_only=True,
    ),
    *tenant_table(
        "complaint_event",
        f"""
        complaint_id uuid NOT NULL,
        seq integer NOT NULL CHECK (seq > 0),
        at timestamptz NOT NULL,
        kind text NOT NULL,
        by uuid,
        note text NOT NULL DEFAULT '',
        PRIMARY KEY (tenant_id, complaint_id, seq),
        {OF_COMPLAINT}
        """,
        append_only=True,
    ),
]  # fmt: skip
BACKWARDS = [
    statement
    for table in ("complaint_event", "complaint_paper", "complaint")
    for statement in drop_table(table)
]


async def forwards() -> MigrationManager:
    return migration(ID, "core", DESCRIPTION, FORWARDS, BACKWARDS)
