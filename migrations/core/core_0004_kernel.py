"""Where every case and round stands, what was filed and done, what is posted; and the queue of background jobs."""

from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.storage.migrations import migration
from core.storage.schema import APP_ROLE, tenant_table

ID = "core_0004_kernel"
VERSION = "1.38.0"
DESCRIPTION = "processes, records, journal, postings, job queue"

# Records of the first act are filed before their process: the check waits for the end of the transaction.
OF_PROCESS = """FOREIGN KEY (tenant_id, process_id) REFERENCES process (tenant_id, id)
        DEFERRABLE INITIALLY DEFERRED"""

PROCESS = tenant_table(
    "process",
    """
    id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('case', 'round')),
    procedure text NOT NULL,
    config_number integer NOT NULL,
    state text NOT NULL,
    version integer NOT NULL,
    area_code text NOT NULL CHECK (area_code ~ '^[0-9]{12}$'),
    number text NOT NULL,
    title text NOT NULL,
    opened_at timestamptz NOT NULL,
    opened_by uuid NOT NULL,
    entered_on date NOT NULL,
    subject_id uuid,
    parent_id uuid,
    accepted_on date,
    stage_due date,
    total_due date,
    uncertain_years integer[] NOT NULL,
    marks text[] NOT NULL,
    ended boolean NOT NULL,
    head bytea NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, number),
    FOREIGN KEY (tenant_id, config_number) REFERENCES config_version (tenant_id, number),
    FOREIGN KEY (tenant_id, subject_id) REFERENCES household (tenant_id, id),
    FOREIGN KEY (tenant_id, parent_id) REFERENCES process (tenant_id, id)
    """,
    deletable=False,
    indexes=[
        "(tenant_id, procedure, state) WHERE NOT ended",
        "(tenant_id, area_code) WHERE NOT ended",
        "(tenant_id, (least(stage_due, total_due)), number) WHERE NOT ended",
        "(tenant_id, entered_on DESC, number DESC) WHERE ended",
        "(tenant_id, parent_id, number) WHERE parent_id IS NOT NULL",
        "(tenant_id, subject_id) WHERE subject_id IS NOT NULL",
        "(tenant_id, opened_by)",
        "(tenant_id, kind, area_code)",
    ],
)

FILED = [
    *tenant_table(
        "process_record",
        f"""
        process_id uuid NOT NULL,
        seq integer NOT NULL CHECK (seq > 0),
        position integer NOT NULL,
        kind text NOT NULL,
        at timestamptz NOT NULL,
        by uuid NOT NULL,
        body bytea NOT NULL,
        PRIMARY KEY (tenant_id, process_id, seq, position),
        {OF_PROCESS}
        """,
        append_only=True,
    ),
    *tenant_table(
        "process_duty",
        f"""
        process_id uuid NOT NULL,
        seq integer NOT NULL CHECK (seq > 0),
        account_id uuid NOT NULL,
        duty text NOT NULL,
        PRIMARY KEY (tenant_id, process_id, seq, account_id, duty),
        {OF_PROCESS}
        """,
        append_only=True,
    ),
    *tenant_table(
        "journal",
        f"""
        process_id uuid NOT NULL,
        seq integer NOT NULL CHECK (seq > 0),
        at timestamptz NOT NULL,
        actor_id uuid NOT NULL,
        action text NOT NULL,
        from_state text NOT NULL,
        to_state text NOT NULL,
        basis text NOT NULL,
        digests text[] NOT NULL,
        evidence text[] NOT NULL,
        previous bytea NOT NULL,
        hash bytea NOT NULL CHECK (octet_length(hash) = 32),
        PRIMARY KEY (tenant_id, process_id, seq),
        {OF_PROCESS}
        """,
        append_only=True,
        indexes=["(tenant_id, at)"],
    ),
    *tenant_table(
        "journal_root",
        """
        day date NOT NULL,
        root bytea NOT NULL CHECK (octet_length(root) = 32),
        processes integer NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, day)
        """,
        append_only=True,
    ),
    *tenant_table(
        "idempotency",
        """
        account_id uuid NOT NULL,
        key text NOT NULL,
        asked bytea NOT NULL,
        answer bytea NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, account_id, key)
        """,
        append_only=True,
    ),
]

KEPT_BESIDE = [
    *tenant_table(
        "numbering",
        """
        series text NOT NULL,
        value integer NOT NULL,
        PRIMARY KEY (tenant_id, series)
        """,
        deletable=False,
    ),
    *tenant_table(
        "case_summary",
        f"""
        process_id uuid NOT NULL,
        applicant text NOT NULL,
        group_name text NOT NULL,
        persons integer NOT NULL,
        existing boolean NOT NULL,
        eligible boolean,
        category text NOT NULL,
        amount numeric(12, 2),
        ballot text NOT NULL,
        variance boolean NOT NULL,
        visited boolean NOT NULL,
        findings_open integer NOT NULL,
        findings_upheld integer NOT NULL,
        last_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, process_id),
        {OF_PROCESS}
        """,
    ),
    *tenant_table(
        "posting",
        f"""
        id uuid NOT NULL,
        process_id uuid NOT NULL,
        kind text NOT NULL,
        area_code text NOT NULL CHECK (area_code ~ '^[0-9]{{12}}$'),
        token text NOT NULL,
        starts_on date NOT NULL,
        ends_on date NOT NULL,
        taken_down_on date,
        entries jsonb NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, token),
        {OF_PROCESS}
        """,
        deletable=False,
        indexes=["(tenant_id, process_id)", "(tenant_id, starts_on DESC) WHERE taken_down_on IS NULL"],
    ),
    """ALTER TABLE benefit ADD FOREIGN KEY (tenant_id, process_id) REFERENCES process (tenant_id, id)
       DEFERRABLE INITIALLY DEFERRED""",
]

# The queue is PgQueuer's own schema. Its rows carry ids only and belong to the installation, not to a tenant.
QUEUE_TABLES = ("pgqueuer", "pgqueuer_log", "pgqueuer_schedules", "pgqueuer_statistics")
QUEUE = [
    QueryBuilderEnvironment().build_install_query(create_schema=False),
    *(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {APP_ROLE}" for table in QUEUE_TABLES),
    *(f"GRANT USAGE ON SEQUENCE {table}_id_seq TO {APP_ROLE}" for table in QUEUE_TABLES),
    "CREATE INDEX ON pgqueuer ((headers ->> 'tenant')) WHERE status IN ('queued', 'failed')",
]


async def forwards() -> MigrationManager:
    return migration(ID, "core", DESCRIPTION, [*PROCESS, *FILED, *KEPT_BESIDE, *QUEUE])
