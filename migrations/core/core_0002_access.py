"""Accounts, their roles and sessions, what happened to them, and a district's own policy lines."""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, tenant_table

ID = "core_0002_access"
VERSION = "1.38.0"
DESCRIPTION = "accounts, grants, sessions, access log, policy"

OF_ACCOUNT = "FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)"

ACCOUNT = """
id uuid NOT NULL,
username text NOT NULL,
name text NOT NULL,
person_id uuid,
status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
password text,
password_changed_at timestamptz,
must_change text NOT NULL DEFAULT '',
totp bytea,
totp_step bigint NOT NULL DEFAULT 0,
phone bytea,
phone_index bytea,
created_at timestamptz NOT NULL,
created_by uuid,
PRIMARY KEY (tenant_id, id),
UNIQUE (tenant_id, username),
UNIQUE (tenant_id, phone_index)
"""

GRANT = f"""
account_id uuid NOT NULL,
role text NOT NULL,
area_code text NOT NULL CHECK (area_code ~ '^[0-9]{{12}}$'),
granted_by uuid,
granted_at timestamptz NOT NULL,
until timestamptz,
reason text NOT NULL DEFAULT '',
PRIMARY KEY (tenant_id, account_id, role, area_code),
{OF_ACCOUNT}
"""

SESSION = f"""
token_hash bytea NOT NULL,
account_id uuid NOT NULL,
address text NOT NULL,
created_at timestamptz NOT NULL,
last_seen_at timestamptz NOT NULL,
expires_at timestamptz NOT NULL,
PRIMARY KEY (tenant_id, token_hash),
{OF_ACCOUNT}
"""

TICKET = f"""
token_hash bytea NOT NULL,
account_id uuid NOT NULL,
expires_at timestamptz NOT NULL,
PRIMARY KEY (tenant_id, token_hash),
{OF_ACCOUNT}
"""

PHONE_CODE = f"""
account_id uuid NOT NULL,
code_index bytea NOT NULL,
expires_at timestamptz NOT NULL,
PRIMARY KEY (tenant_id, account_id),
{OF_ACCOUNT}
"""

PASSWORD_HISTORY = f"""
account_id uuid NOT NULL,
at timestamptz NOT NULL,
password text NOT NULL,
PRIMARY KEY (tenant_id, account_id, at),
{OF_ACCOUNT}
"""

ATTEMPT = """
key bytea NOT NULL,
failures integer NOT NULL,
since timestamptz NOT NULL,
locked_until timestamptz,
PRIMARY KEY (tenant_id, key)
"""

ACCESS_LOG = """
id uuid NOT NULL,
at timestamptz NOT NULL,
event text NOT NULL,
account_id uuid,
target_id uuid,
process_id uuid,
purpose text NOT NULL DEFAULT '',
fields text[] NOT NULL DEFAULT '{}',
address text NOT NULL DEFAULT '',
note text NOT NULL DEFAULT '',
PRIMARY KEY (tenant_id, id)
"""

POLICY_VERSION = """
version bigint NOT NULL,
changed_at timestamptz NOT NULL,
changed_by uuid,
PRIMARY KEY (tenant_id)
"""

POLICY_LINE = """
version bigint NOT NULL,
role text NOT NULL,
object text NOT NULL,
action text NOT NULL,
effect text NOT NULL CHECK (effect IN ('allow', 'deny')),
PRIMARY KEY (tenant_id, version, role, object, action, effect)
"""

FORWARDS = [
    *tenant_table("account", ACCOUNT, indexes=["(tenant_id, person_id)"]),
    *tenant_table("account_grant", GRANT, indexes=["(tenant_id, role, area_code)"]),
    *tenant_table("session", SESSION, indexes=["(tenant_id, account_id)", "(tenant_id, expires_at)"]),
    *tenant_table("sign_in_ticket", TICKET),
    *tenant_table("phone_code", PHONE_CODE),
    *tenant_table("password_history", PASSWORD_HISTORY),
    *tenant_table("sign_in_attempt", ATTEMPT),
    *tenant_table(
        "access_log",
        ACCESS_LOG,
        append_only=True,
        indexes=["(tenant_id, at)", "(tenant_id, account_id, at)", "(tenant_id, process_id, at)"],
    ),
    *tenant_table("policy_version", POLICY_VERSION),
    *tenant_table("policy_line", POLICY_LINE, append_only=True),
]
TABLES = (
    "policy_line", "policy_version", "access_log", "sign_in_attempt", "password_history", "phone_code",
    "sign_in_ticket", "session", "account_grant", "account",
)  # fmt: skip
BACKWARDS = [statement for table in TABLES for statement in drop_table(table)]


async def forwards() -> MigrationManager:
    return migration(ID, "core", DESCRIPTION, FORWARDS, BACKWARDS)
