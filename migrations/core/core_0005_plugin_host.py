"""How plugins fare in each district: open circuits, and the failures behind them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import tenant_table

ID = "core_0005_plugin_host"
VERSION = "1.38.0"
DESCRIPTION = "plugin circuits and failures"

STATEMENTS = [
    *tenant_table(
        "plugin_circuit",
        """
        plugin text NOT NULL,
        failures integer NOT NULL,
        opened_at timestamptz,
        retry_at timestamptz,
        PRIMARY KEY (tenant_id, plugin)
        """,
    ),
    *tenant_table(
        "plugin_failure",
        """
        id uuid NOT NULL,
        plugin text NOT NULL,
        hook text NOT NULL,
        kind text NOT NULL,
        detail text NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id)
        """,
        append_only=True,
        indexes=["(tenant_id, plugin, at DESC)"],
    ),
]


async def forwards() -> MigrationManager:
    return migration(ID, "core", DESCRIPTION, STATEMENTS)
