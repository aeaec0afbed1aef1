"""What a household has typed so far, page by page, and the receipts it was handed."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "core_0025_typed_drafts"
VERSION = "1.38.0"
DESCRIPTION = "typed drafts and case receipts"

FORWARDS = [
    # `about` is the case, or the account itself while there is no case yet. `stamp` changes with every save.
    *tenant_table(
        "typed_draft",
        """
        about uuid NOT NULL,
        stamp uuid NOT NULL,
        page integer NOT NULL,
        body bytea NOT NULL,
        saved_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, about)
        """,
        indexes=["(tenant_id, saved_at)"],
    ),
    # The code itself is nowhere stored: it is a keyed digest of the case and `issue`, found again by its blind index.
    *tenant_table(
        "case_receipt",
        """
        process_id uuid NOT NULL,
        issue integer NOT NULL CHECK (issue > 0),
        code_index bytea NOT NULL CHECK (octet_length(code_index) = 32),
        issued_at timestamptz NOT NULL,
        issued_by uuid NOT NULL,
        PRIMARY KEY (tenant_id, process_id),
        UNIQUE (tenant_id, code_index),
        FOREIGN KEY (tenant_id, process_id) REFERENCES process (tenant_id, id)
        """,
    ),
]
BACKWARDS = [*drop_table("case_receipt"), *drop_table("typed_draft")]


async def forwards() -> MigrationManager:
    return migration(ID, "core", DESCRIPTION, FORWARDS, BACKWARDS)
