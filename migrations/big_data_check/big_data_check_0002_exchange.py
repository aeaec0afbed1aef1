"""Batch requests and their replies in parts and versions, rows left out, how often a source may be asked, report PDFs."""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "big_data_check_0002_exchange"
VERSION = "1.38.0"
DESCRIPTION = "batch requests, parts and versions of deliveries, pace of sources, report PDFs"

BATCH = """
    id uuid NOT NULL,
    number text NOT NULL,
    source text NOT NULL,
    made_at timestamptz NOT NULL,
    made_by uuid NOT NULL,
    queries uuid[] NOT NULL,
    object_sha256 text NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, number)
"""
"""What was handed to a department to be looked up: `queries` by id; the file itself lies encrypted in the object store."""

PACE = """
    source text NOT NULL,
    free_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, source)
"""
"""When a source may next be asked, by the machine's clock: kept here because several workers ask at the same time."""

DELIVERY = """ALTER TABLE big_data_check_delivery
    ADD COLUMN batch text NOT NULL DEFAULT '',
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD COLUMN part integer NOT NULL DEFAULT 1,
    ADD COLUMN parts integer NOT NULL DEFAULT 1,
    ADD COLUMN object_sha256 text NOT NULL DEFAULT '',
    ADD COLUMN sender text NOT NULL DEFAULT '',
    ADD COLUMN left_out integer NOT NULL DEFAULT 0,
    ADD COLUMN left_out_unknown integer NOT NULL DEFAULT 0,
    ADD COLUMN left_out_why text NOT NULL DEFAULT ''"""
"""`left_out_unknown`: rows left out in which nobody can be recognised, so that nobody's absence means "no record"."""

SERIES = """CREATE UNIQUE INDEX big_data_check_delivery_series
    ON big_data_check_delivery (tenant_id, source, batch, as_of, areas, version, part)"""

REPORT = "ALTER TABLE big_data_check_report ADD COLUMN pdf_sha256 text NOT NULL DEFAULT ''"


async def forwards() -> MigrationManager:
    return migration(
        ID,
        "big_data_check",
        DESCRIPTION,
        [
            *tenant_table("big_data_check_batch", BATCH, indexes=["(tenant_id, source, made_at)"]),
            *tenant_table("big_data_check_pace", PACE),
            DELIVERY,
            SERIES,
            REPORT,
        ],
        [
            "ALTER TABLE big_data_check_report DROP COLUMN pdf_sha256",
            "DROP INDEX big_data_check_delivery_series",
            """ALTER TABLE big_data_check_delivery DROP COLUMN batch, DROP COLUMN version, DROP COLUMN part,
               DROP COLUMN parts, DROP COLUMN object_sha256, DROP COLUMN sender, DROP COLUMN left_out,
               DROP COLUMN left_out_unknown, DROP COLUMN left_out_why""",
            *drop_table("big_data_check_pace"),
            *drop_table("big_data_check_batch"),
        ],
    )
