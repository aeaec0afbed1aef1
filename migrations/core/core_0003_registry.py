"""Whom it is about: people, households, kinship, the rolls, and the list of evidence."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import tenant_table

ID = "core_0003_registry"
VERSION = "1.38.0"
DESCRIPTION = "people, households, kinship, benefits, evidence"

STATEMENTS = [
    *tenant_table(
        "person",
        """
        id uuid NOT NULL,
        name text NOT NULL,
        name_key text NOT NULL,
        id_number_index bytea NOT NULL,
        private bytea NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, id_number_index)
        """,
        indexes=["(tenant_id, name_key)"],
    ),
    *tenant_table(
        "household",
        """
        id uuid NOT NULL,
        area_code text NOT NULL CHECK (area_code ~ '^[0-9]{12}$'),
        group_name text NOT NULL,
        applicant_id uuid NOT NULL,
        private bytea NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, applicant_id) REFERENCES person (tenant_id, id)
        """,
        indexes=["(tenant_id, area_code)", "(tenant_id, applicant_id)"],
    ),
    *tenant_table(
        "household_member",
        """
        household_id uuid NOT NULL,
        person_id uuid NOT NULL,
        relation text NOT NULL,
        position integer NOT NULL,
        PRIMARY KEY (tenant_id, household_id, person_id),
        FOREIGN KEY (tenant_id, household_id) REFERENCES household (tenant_id, id) ON DELETE CASCADE,
        FOREIGN KEY (tenant_id, person_id) REFERENCES person (tenant_id, id)
        """,
        indexes=["(tenant_id, person_id)"],
    ),
    *tenant_table(
        "kinship",
        """
        person_a uuid NOT NULL,
        person_b uuid NOT NULL,
        relation text NOT NULL CHECK (relation IN ('spouse', 'parent', 'sibling')),
        declared_by uuid NOT NULL,
        PRIMARY KEY (tenant_id, person_a, person_b, relation),
        CHECK (person_a <> person_b),
        FOREIGN KEY (tenant_id, person_a) REFERENCES person (tenant_id, id),
        FOREIGN KEY (tenant_id, person_b) REFERENCES person (tenant_id, id)
        """,
        indexes=["(tenant_id, person_b)"],
    ),
    # Rows are closed, never removed; a household has one running entry at most.
    *tenant_table(
        "benefit",
        """
        id uuid NOT NULL,
        household_id uuid NOT NULL,
        process_id uuid,
        area_code text NOT NULL CHECK (area_code ~ '^[0-9]{12}$'),
        category text NOT NULL,
        mode text NOT NULL,
        amount numeric(12, 2) NOT NULL CHECK (amount >= 0),
        persons integer NOT NULL CHECK (persons > 0),
        from_month date NOT NULL,
        until_month date,
        origin text NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, household_id) REFERENCES household (tenant_id, id)
        """,
        deletable=False,
        indexes=[
            "UNIQUE (tenant_id, household_id) WHERE until_month IS NULL",
            "(tenant_id, household_id, from_month DESC)",
            "(tenant_id, area_code, from_month)",
            "(tenant_id, process_id)",
        ],
    ),
    *tenant_table(
        "evidence",
        """
        sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
        media_type text NOT NULL,
        size bigint NOT NULL CHECK (size > 0),
        uploaded_by uuid NOT NULL,
        uploaded_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, sha256)
        """,
        append_only=True,
    ),
]


async def forwards() -> MigrationManager:
    return migration(ID, "core", DESCRIPTION, STATEMENTS)
