"""Who answered a query and for which version of a delivery; one try after a source's pause; reminders by their day."""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration

ID = "big_data_check_0009_provenance"
VERSION = "1.38.0"
DESCRIPTION = "provenance of answers, corrections while an asking runs, the single try, reminders by day"

QUERY = """ALTER TABLE big_data_check_query
    ADD COLUMN generation integer NOT NULL DEFAULT 0,
    ADD COLUMN channel text NOT NULL DEFAULT '' CHECK (channel IN ('', 'platform', 'files', 'reference', 'vendor')),
    ADD COLUMN answered_by text NOT NULL DEFAULT '',
    ADD COLUMN delivery_id uuid,
    ADD CONSTRAINT big_data_check_query_delivery FOREIGN KEY (tenant_id, delivery_id)
        REFERENCES big_data_check_delivery (tenant_id, id)"""
"""`generation` goes up when a delivery makes the query due again: what was asked before it is no answer any more.
`answered_by`: the sender, view, class or host behind the `channel`."""

CIRCUIT = "ALTER TABLE big_data_check_circuit ADD COLUMN trying_until timestamptz"
"""Until when the one try after a pause is somebody's."""

SIGNED = """ALTER TABLE big_data_check_signed
    ADD COLUMN told text[] NOT NULL DEFAULT '{}',
    ADD COLUMN try_after timestamptz"""
"""`told`: every day the household was reminded of, each with its way; `try_after`: not before, after a try that failed."""

TOLD = "UPDATE big_data_check_signed SET told = ARRAY[reminded] WHERE reminded <> '' AND told_at IS NOT NULL"
OLD = "ALTER TABLE big_data_check_signed DROP COLUMN reminded"


async def forwards() -> MigrationManager:
    return migration(
        ID,
        "big_data_check",
        DESCRIPTION,
        [QUERY, CIRCUIT, SIGNED, TOLD, OLD],
        [
            "ALTER TABLE big_data_check_signed ADD COLUMN reminded text NOT NULL DEFAULT ''",
            "UPDATE big_data_check_signed SET reminded = told[cardinality(told)] WHERE cardinality(told) > 0",
            "ALTER TABLE big_data_check_signed DROP COLUMN told, DROP COLUMN try_after",
            "ALTER TABLE big_data_check_circuit DROP COLUMN trying_until",
            """ALTER TABLE big_data_check_query DROP CONSTRAINT big_data_check_query_delivery,
               DROP COLUMN generation, DROP COLUMN channel, DROP COLUMN answered_by, DROP COLUMN delivery_id""",
        ],
    )
