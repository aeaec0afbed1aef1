"""The plugin's tables: messages to households, phones that want none, a district's own wording.

A message is one per event, person and notice, whatever happens to its delivery; phone and text are encrypted.
"""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "sms_notice_0001_messages"
VERSION = "1.38.0"
DESCRIPTION = "text notices: messages, opt-outs, wording"

MESSAGE = """
    id uuid NOT NULL,
    event_id uuid NOT NULL,
    person_id uuid NOT NULL,
    notice text NOT NULL,
    wording_version integer NOT NULL,
    process_id uuid NOT NULL,
    area_code text NOT NULL,
    phone bytea NOT NULL,
    phone_index bytea NOT NULL,
    body bytea NOT NULL,
    segments integer NOT NULL,
    state text NOT NULL
        CHECK (state IN ('queued', 'sending', 'sent', 'delivered', 'failed', 'refused', 'skipped')),
    detail text NOT NULL DEFAULT '',
    attempts integer NOT NULL DEFAULT 0,
    resends integer NOT NULL DEFAULT 0,
    reference text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    not_before timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    sent_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, event_id, person_id, notice),
    FOREIGN KEY (tenant_id, process_id) REFERENCES process (tenant_id, id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES person (tenant_id, id)
"""

OPT_OUT = """
    phone_index bytea NOT NULL,
    since timestamptz NOT NULL,
    by text NOT NULL,
    PRIMARY KEY (tenant_id, phone_index)
"""

TEMPLATE = """
    notice text NOT NULL,
    version integer NOT NULL,
    body text NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by uuid NOT NULL,
    PRIMARY KEY (tenant_id, notice, version)
"""

STATEMENTS = [
    *tenant_table(
        "sms_notice_message",
        MESSAGE,
        indexes=[
            "(tenant_id, state, not_before)",
            "(tenant_id, process_id)",
            "(tenant_id, created_at DESC, id)",
            "(tenant_id, sent_at) WHERE sent_at IS NOT NULL",
        ],
    ),
    *tenant_table("sms_notice_opt_out", OPT_OUT),
    *tenant_table("sms_notice_template", TEMPLATE, append_only=True),
]

BACKWARDS = [
    *drop_table("sms_notice_template"),
    *drop_table("sms_notice_opt_out"),
    *drop_table("sms_notice_message"),
]


async def forwards() -> MigrationManager:
    return migration(ID, "sms_notice", DESCRIPTION, STATEMENTS, BACKWARDS)
