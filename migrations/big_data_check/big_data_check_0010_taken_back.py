"""Who withdrew an authorisation, and whose rows in replies are gone; the papers of a report, one for each version."""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "big_data_check_0010_taken_back"
VERSION = "1.38.0"
DESCRIPTION = "authorisations that were withdrawn, versions of a report on paper"

OVER = "ALTER TABLE big_data_check_batch ADD COLUMN over uuid[] NOT NULL DEFAULT '{}'"
"""Queries the batch answers no more: their rows in the replies are gone."""

PAPER = """
    report_id uuid NOT NULL,
    version integer NOT NULL,
    pdf_sha256 text NOT NULL,
    PRIMARY KEY (tenant_id, report_id, version),
    FOREIGN KEY (tenant_id, report_id) REFERENCES big_data_check_report (tenant_id, id)
"""
"""A report is printed anew when a finding in it is decided; `version` 0: from before papers said what became of findings."""

KEPT = """INSERT INTO big_data_check_paper (tenant_id, report_id, version, pdf_sha256)
    SELECT tenant_id, id, 0, pdf_sha256 FROM big_data_check_report WHERE pdf_sha256 <> ''"""


async def forwards() -> MigrationManager:
    return migration(
        ID,
        "big_data_check",
        DESCRIPTION,
        [
            "ALTER TABLE big_data_check_signed ADD COLUMN withdrawn integer NOT NULL DEFAULT 0",
            OVER,
            *tenant_table("big_data_check_paper", PAPER),
            KEPT,
            "ALTER TABLE big_data_check_report DROP COLUMN pdf_sha256",
        ],
        [
            "ALTER TABLE big_data_check_report ADD COLUMN pdf_sha256 text NOT NULL DEFAULT ''",
            *drop_table("big_data_check_paper"),
            "ALTER TABLE big_data_check_batch DROP COLUMN over",
            "ALTER TABLE big_data_check_signed DROP COLUMN withdrawn",
        ],
    )
