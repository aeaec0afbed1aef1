"""An e-mail address is confirmed by a code before anything is sent to it; how many codes went out is counted by the day.

Addresses on file were never confirmed and count as such. Code and address are encrypted; what is counted (a person, an
address, the district) is kept as keyed digest only.
"""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "sms_notice_0004_mail_codes"
VERSION = "1.38.0"
DESCRIPTION = "e-mail addresses confirmed by a code"

COLUMNS = (
    "confirmed_at timestamptz",
    "code_id uuid",
    "code bytea",
    "code_until timestamptz",
    "code_state text NOT NULL DEFAULT '' CHECK (code_state IN ('', 'queued', 'sent', 'refused'))",
    "tries smallint NOT NULL DEFAULT 0",
)

COUNT = """
    day date NOT NULL,
    key bytea NOT NULL,
    number integer NOT NULL,
    PRIMARY KEY (tenant_id, day, key)
"""

STATEMENTS = [
    *(f"ALTER TABLE sms_notice_mail ADD COLUMN {column}" for column in COLUMNS),
    *tenant_table("sms_notice_mail_count", COUNT),
]

BACKWARDS = [
    *drop_table("sms_notice_mail_count"),
    *(f"ALTER TABLE sms_notice_mail DROP COLUMN {column.split()[0]}" for column in reversed(COLUMNS)),
]


async def forwards() -> MigrationManager:
    return migration(ID, "sms_notice", DESCRIPTION, STATEMENTS, BACKWARDS)
