"""Tenants, the country's areas, and every version of a tenant's configuration."""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import drop_table, platform_table, tenant_table

ID = "core_0001_tenancy"
VERSION = "1.38.0"
DESCRIPTION = "tenants, areas, configuration versions"

FORWARDS = [
    *platform_table(
        "tenant",
        """id uuid PRIMARY KEY,
           code text NOT NULL UNIQUE CHECK (code ~ '^([0-9]{2}|[0-9]{6})$'),
           name text NOT NULL,
           kind text NOT NULL CHECK (kind IN ('province', 'district')),
           status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
           parent_id uuid REFERENCES tenant (id),
           created_at timestamptz NOT NULL,
           CHECK (parent_id IS NULL OR kind = 'district')""",
        grants="SELECT, INSERT, UPDATE",
        indexes=["(parent_id)"],
    ),
    # `sort_key` is pinyin: the embedded database has no Chinese collation. Prefixes are searched by `starts_with`.
    *platform_table(
        "area",
        """code text PRIMARY KEY CHECK (code ~ '^[0-9]{12}$'),
           name text NOT NULL,
           level text NOT NULL CHECK (level IN ('province', 'prefecture', 'district', 'township', 'village')),
           parent_code text CHECK (parent_code ~ '^[0-9]{12}$'),
           sort_key text NOT NULL DEFAULT ''""",
        grants="SELECT, INSERT, UPDATE",
        indexes=["(parent_code)", "(code text_pattern_ops)"],
    ),
    # Text, not jsonb: the order of stages is part of what is written. `own` is what the district wrote itself,
    # `sections` the whole, with the province's baseline of that day; `locks` are a province's.
    *tenant_table(
        "config_version",
        """number integer NOT NULL CHECK (number > 0),
           status text NOT NULL CHECK (status IN ('draft', 'scheduled', 'active', 'retired')),
           effective_from date,
           retired_from date,
           sections text NOT NULL,
           own text NOT NULL,
           locks text NOT NULL DEFAULT '{}',
           base_code text NOT NULL DEFAULT '',
           base_number integer,
           author text NOT NULL,
           reason text NOT NULL,
           created_at timestamptz NOT NULL,
           PRIMARY KEY (tenant_id, number),
           CHECK (status = 'draft' OR effective_from IS NOT NULL)""",
        indexes=[
            "UNIQUE (tenant_id) WHERE status = 'active'",
            "UNIQUE (tenant_id) WHERE status = 'scheduled'",
        ],
    ),
]
BACKWARDS = [statement for name in ("config_version", "area", "tenant") for statement in drop_table(name)]


async def forwards() -> MigrationManager:
    return migration(ID, "core", DESCRIPTION, FORWARDS, BACKWARDS)
