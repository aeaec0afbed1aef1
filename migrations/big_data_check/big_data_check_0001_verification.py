"""Requests for verification, what every source said of every person, delivered files, reports, and who looked."""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "big_data_check_0001_verification"
VERSION = "1.38.0"
DESCRIPTION = "verification requests, queries, deliveries, reports"

REQUEST = """
    id uuid NOT NULL,
    process_id uuid NOT NULL,
    seq integer NOT NULL,
    number integer NOT NULL,
    case_number text NOT NULL,
    title text NOT NULL,
    area_code text NOT NULL,
    authorisation text NOT NULL,
    purpose text NOT NULL,
    asked_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('asking', 'waiting', 'answered', 'closed')),
    rounds integer NOT NULL DEFAULT 0,
    next_at timestamptz,
    open_findings integer NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, process_id, seq),
    UNIQUE (tenant_id, process_id, number),
    FOREIGN KEY (tenant_id, process_id) REFERENCES process (tenant_id, id)
"""
"""`state`: asking → waiting (a source is silent) ⇄ answered; closed when a later request takes its place or the case ends."""

QUERY = """
    id uuid NOT NULL,
    request_id uuid NOT NULL,
    person_id uuid NOT NULL,
    source text NOT NULL,
    place integer NOT NULL,
    state text NOT NULL CHECK (state IN ('due', 'later', 'answered')),
    result text NOT NULL CHECK (result IN ('hit', 'no_hit', 'no_data', 'unavailable')),
    as_of date,
    reason text NOT NULL DEFAULT '',
    note text NOT NULL DEFAULT '',
    noted_by uuid,
    noted_at timestamptz,
    ticket text NOT NULL DEFAULT '',
    attempts integer NOT NULL DEFAULT 0,
    asked_at timestamptz,
    answered_at timestamptz,
    leased_until timestamptz,
    sealed bytea,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, request_id, person_id, source),
    FOREIGN KEY (tenant_id, request_id) REFERENCES big_data_check_request (tenant_id, id)
"""
"""`sealed` holds the records found, encrypted; `reason` is the source's word, `note` the officer's or the district's."""

REPORT = """
    id uuid NOT NULL,
    request_id uuid NOT NULL,
    attempt integer NOT NULL,
    number text NOT NULL,
    made_at timestamptz NOT NULL,
    made_by uuid,
    filed_seq integer,
    findings integer NOT NULL,
    unanswered integer NOT NULL,
    digest bytea NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, request_id, attempt),
    UNIQUE (tenant_id, number),
    FOREIGN KEY (tenant_id, request_id) REFERENCES big_data_check_request (tenant_id, id)
"""
"""`filed_seq` is the case's journal row; NULL while the case cannot take it. `made_by` NULL: the plugin's own service."""

DELIVERY = """
    id uuid NOT NULL,
    source text NOT NULL,
    as_of date NOT NULL,
    sha256 text NOT NULL,
    rows integer NOT NULL,
    areas text[] NOT NULL,
    taken_at timestamptz NOT NULL,
    taken_by uuid NOT NULL,
    forgotten_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, source, sha256, as_of)
"""

RECORD = """
    delivery_id uuid NOT NULL,
    place integer NOT NULL,
    fingerprint bytea NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (tenant_id, delivery_id, place),
    FOREIGN KEY (tenant_id, delivery_id) REFERENCES big_data_check_delivery (tenant_id, id)
"""
"""`fingerprint` is the keyed digest of the ID number, or of the name where no number can be read."""

CIRCUIT = """
    source text NOT NULL,
    failures integer NOT NULL,
    open_until timestamptz,
    PRIMARY KEY (tenant_id, source)
"""

LOG = """
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL CHECK (event IN ('asked', 'answered', 'looked', 'noted', 'delivered')),
    actor_id uuid,
    process_id uuid,
    request_id uuid,
    person_id uuid,
    source text NOT NULL DEFAULT '',
    purpose text NOT NULL,
    outcome text NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, id)
"""
"""Who asked for, got, or looked at whose data, for which case and purpose (SAL 70(6)). `actor_id` NULL: the service."""

TABLES = ("request", "query", "report", "delivery", "record", "circuit", "log")


async def forwards() -> MigrationManager:
    return migration(
        ID,
        "big_data_check",
        DESCRIPTION,
        [
            *tenant_table(
                "big_data_check_request",
                REQUEST,
                indexes=["(tenant_id, state, next_at)", "(tenant_id, area_code)"],
            ),
            *tenant_table("big_data_check_query", QUERY, indexes=["(tenant_id, source, result)"]),
            *tenant_table("big_data_check_report", REPORT),
            *tenant_table("big_data_check_delivery", DELIVERY, indexes=["(tenant_id, source, as_of)"]),
            *tenant_table("big_data_check_record", RECORD, indexes=["(tenant_id, delivery_id, fingerprint)"]),
            *tenant_table("big_data_check_circuit", CIRCUIT),
            *tenant_table(
                "big_data_check_log", LOG, append_only=True, indexes=["(tenant_id, process_id, at)"]
            ),
        ],
        [statement for table in reversed(TABLES) for statement in drop_table(f"big_data_check_{table}")],
    )
