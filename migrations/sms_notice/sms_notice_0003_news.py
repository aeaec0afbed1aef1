"""News of complaints go through the outbox, of nobody and about no case; what their phones answer is kept from officers."""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration

ID = "sms_notice_0003_news"
VERSION = "1.38.0"
DESCRIPTION = "news of complaints in the outbox"

NAMED = ("person_id", "process_id")

STATEMENTS = [
    *(f"ALTER TABLE sms_notice_message ALTER COLUMN {column} DROP NOT NULL" for column in NAMED),
    """ALTER TABLE sms_notice_message ADD CONSTRAINT sms_notice_message_of_somebody
       CHECK ((person_id IS NULL) = (process_id IS NULL) AND (process_id IS NULL) = (area_code = ''))""",
    "ALTER TABLE sms_notice_reply ADD COLUMN confidential boolean NOT NULL DEFAULT false",
]

BACKWARDS = [
    "ALTER TABLE sms_notice_reply DROP COLUMN confidential",
    "ALTER TABLE sms_notice_message DROP CONSTRAINT sms_notice_message_of_somebody",
    "DELETE FROM sms_notice_message WHERE process_id IS NULL",
    *(f"ALTER TABLE sms_notice_message ALTER COLUMN {column} SET NOT NULL" for column in NAMED),
]


async def forwards() -> MigrationManager:
    return migration(ID, "sms_notice", DESCRIPTION, STATEMENTS, BACKWARDS)
