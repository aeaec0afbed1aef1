"""A district's own Word templates for official forms: every version with the day it holds from; an empty one ends it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "core_0027_word_templates"
VERSION = "1.38.0"
DESCRIPTION = "Word templates of official forms"

FORWARDS = tenant_table(
    "word_template",
    """
    form text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    effective_from date NOT NULL,
    body bytea CHECK (octet_length(body) <= 1048576),
    saved_at timestamptz NOT NULL,
    saved_by uuid NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (tenant_id, form, version)
    """,
    append_only=True,
)


async def forwards() -> MigrationManager:
    return migration(ID, "core", DESCRIPTION, FORWARDS, drop_table("word_template"))
