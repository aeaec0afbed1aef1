"""Batch files that come in pieces: where each stands, its pieces, and rows put aside until the file is taken."""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "big_data_check_0004_intake"
VERSION = "1.38.0"
DESCRIPTION = "batch files in pieces, checked in the background"

INTAKE = """
    id uuid NOT NULL,
    source text NOT NULL,
    as_of date NOT NULL,
    manifest jsonb NOT NULL,
    signature text NOT NULL,
    size bigint NOT NULL CHECK (size > 0),
    received bigint NOT NULL DEFAULT 0,
    pieces integer NOT NULL DEFAULT 0,
    made_at timestamptz NOT NULL,
    made_by uuid NOT NULL,
    seen_at timestamptz NOT NULL,
    finished_at timestamptz,
    state text NOT NULL
        CHECK (state IN ('receiving', 'queued', 'checking', 'deciding', 'taken', 'refused', 'cancelled')),
    step text NOT NULL DEFAULT '',
    done bigint NOT NULL DEFAULT 0,
    seconds_left double precision,
    good bigint NOT NULL DEFAULT 0,
    faulty bigint NOT NULL DEFAULT 0,
    unknown bigint NOT NULL DEFAULT 0,
    stop boolean NOT NULL DEFAULT false,
    reason text NOT NULL DEFAULT '',
    why text NOT NULL DEFAULT '',
    sender text NOT NULL DEFAULT '',
    requests integer NOT NULL DEFAULT 0,
    sealed bytea,
    cleared boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, id)
"""
"""`done` rows have been looked at, `good` of them put aside; `unknown`: faulty ones that nobody can be recognised in.
`sealed`: what is wrong with which row and column. `why`: the officer's reason to keep the good rows. `cleared`: pieces and,
unless it was taken, rows are gone."""

PIECE = """
    intake_id uuid NOT NULL,
    place integer NOT NULL,
    object_sha256 text NOT NULL,
    sha256 bytea NOT NULL,
    PRIMARY KEY (tenant_id, intake_id, place),
    FOREIGN KEY (tenant_id, intake_id) REFERENCES big_data_check_intake (tenant_id, id)
"""
"""`object_sha256` is the encrypted piece in the object store; `sha256` a keyed digest of its plain bytes, to know it again."""

STAGED = "ALTER TABLE big_data_check_delivery ADD COLUMN staged boolean NOT NULL DEFAULT false"
"""While true the delivery answers nobody."""


async def forwards() -> MigrationManager:
    return migration(
        ID,
        "big_data_check",
        DESCRIPTION,
        [
            *tenant_table("big_data_check_intake", INTAKE, indexes=["(tenant_id, made_at DESC)"]),
            *tenant_table("big_data_check_piece", PIECE),
            STAGED,
        ],
        [
            "ALTER TABLE big_data_check_delivery DROP COLUMN staged",
            *drop_table("big_data_check_piece"),
            *drop_table("big_data_check_intake"),
        ],
    )
