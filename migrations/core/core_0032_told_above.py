"""Who applies or receives in which district of a province: keyed marks in the province's own rows, and what a household told it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "core_0032_told_above"
VERSION = "1.38.0"
DESCRIPTION = "applying or receiving elsewhere in the province"

# `tenant_id` is the province's. A mark is an HMAC of an ID number under the province's key, and nothing else of anybody;
# `household` is the district's id for it, so that what it told before can be taken back.
FORWARDS = [
    *tenant_table(
        "mark_elsewhere",
        """
        mark bytea NOT NULL CHECK (octet_length(mark) = 32),
        district_id uuid NOT NULL REFERENCES tenant (id),
        household uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('applying', 'receiving')),
        until_month date,
        PRIMARY KEY (tenant_id, mark, district_id, household)
        """,
        indexes=[
            "(tenant_id, district_id, household)",
            "(tenant_id, until_month) WHERE until_month IS NOT NULL",
        ],
    ),
    # What the province's marks say of a household; NULL: nothing was ever told, the worker catches up.
    "ALTER TABLE household ADD COLUMN told_above text",
    "CREATE INDEX ON household (tenant_id, id) WHERE told_above IS NULL",
]
BACKWARDS = ["ALTER TABLE household DROP COLUMN told_above", *drop_table("mark_elsewhere")]


async def forwards() -> MigrationManager:
    return migration(ID, "core", DESCRIPTION, FORWARDS, BACKWARDS)
