"""Several channels per district: by which one a message went, what of the month's cap it holds, what people answered.

A budget row is a month of a district, locked by whoever reserves; a circuit row a channel of a district.
"""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "sms_notice_0002_channels"
VERSION = "1.38.0"
DESCRIPTION = "channels, budget, replies, addresses"

COLUMNS = (
    "channel text NOT NULL DEFAULT ''",
    "reserved date",
    "begun_at timestamptz",
    "heard_at timestamptz",
    "read_at timestamptz",
)

BUDGET = """
    month date NOT NULL,
    spent integer NOT NULL CHECK (spent >= 0),
    PRIMARY KEY (tenant_id, month)
"""

CIRCUIT = """
    channel text NOT NULL,
    failures integer NOT NULL,
    opened_at timestamptz,
    retry_at timestamptz,
    PRIMARY KEY (tenant_id, channel)
"""

REPLY = """
    id uuid NOT NULL,
    source bytea NOT NULL,
    kind text NOT NULL CHECK (kind IN ('question', 'opt_out', 'opt_in')),
    phone bytea NOT NULL,
    phone_index bytea NOT NULL,
    body bytea NOT NULL,
    message_id uuid,
    process_id uuid,
    area_code text NOT NULL,
    received_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'done')),
    done_at timestamptz,
    done_by uuid,
    note bytea,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, source)
"""

MAIL = """
    person_id uuid NOT NULL,
    address bytea NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, person_id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES person (tenant_id, id)
"""

STATEMENTS = [
    *(f"ALTER TABLE sms_notice_message ADD COLUMN {column}" for column in COLUMNS),
    "CREATE INDEX sms_notice_message_person ON sms_notice_message (tenant_id, person_id, created_at DESC)",
    "CREATE INDEX sms_notice_message_phone ON sms_notice_message (tenant_id, phone_index, created_at DESC)",
    *tenant_table("sms_notice_budget", BUDGET),
    *tenant_table("sms_notice_circuit", CIRCUIT),
    *tenant_table(
        "sms_notice_reply",
        REPLY,
        indexes=["(tenant_id, state, received_at DESC)", "(tenant_id, phone_index, received_at)"],
    ),
    *tenant_table("sms_notice_mail", MAIL),
]

BACKWARDS = [
    *drop_table("sms_notice_mail"),
    *drop_table("sms_notice_reply"),
    *drop_table("sms_notice_circuit"),
    *drop_table("sms_notice_budget"),
    "DROP INDEX sms_notice_message_phone",
    "DROP INDEX sms_notice_message_person",
    *(f"ALTER TABLE sms_notice_message DROP COLUMN {column.split()[0]}" for column in reversed(COLUMNS)),
]


async def forwards() -> MigrationManager:
    return migration(ID, "sms_notice", DESCRIPTION, STATEMENTS, BACKWARDS)
