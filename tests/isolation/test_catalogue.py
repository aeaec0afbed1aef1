"""PostgreSQL's catalogue against our rules: no table, ours or a plugin's, may leave its tenant's rows to others."""

from __future__ import annotations

from core.storage.catalogue import violations
from core.storage.database import Database
from core.storage.embedded import Urls
from core.storage.schema import tenant_table


async def test_every_table_keeps_the_tenant_rules(database: Database) -> None:
    async with database.platform() as tx:
        assert await violations(tx) == []


async def test_the_application_owns_nothing_and_has_no_power(database: Database) -> None:
    async with database.platform() as tx:
        role = await tx.fetchrow(
            """SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
                      EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid) AS member,
                      EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid) AS owns,
                      has_schema_privilege(r.rolname, 'public', 'CREATE') AS creates
               FROM pg_roles r WHERE rolname = current_user"""
        )
    assert role is not None
    assert not any(role.values())


async def test_a_table_that_forgets_a_rule_is_named(fresh_urls: Urls) -> None:
    owner = Database(fresh_urls.owner, max_size=2)
    await owner.open()
    async with owner.platform() as tx:
        for statement in tenant_table("good", "id uuid NOT NULL, PRIMARY KEY (tenant_id, id)"):
            await tx.execute(statement)
        assert await violations(tx) == []
        for statement in (
            "CREATE TABLE bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, good_id uuid)",
            "ALTER TABLE good ADD other uuid UNIQUE",
            "ALTER TABLE good ADD seen_by uuid, ADD UNIQUE (tenant_id, seen_by)",
            "ALTER TABLE bare ADD FOREIGN KEY (good_id) REFERENCES good (other)",
            "CREATE INDEX good_by_other ON good (seen_by)",
            "ALTER TABLE good NO FORCE ROW LEVEL SECURITY",
            "CREATE POLICY everybody ON good USING (true)",
            "CREATE VIEW all_good AS SELECT * FROM good",
            "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            "CREATE TRIGGER touched BEFORE UPDATE ON good FOR EACH ROW EXECUTE FUNCTION touch()",
        ):
            await tx.execute(statement)
        found = set(await violations(tx))
    await owner.close()
    assert found == {
        "all_good: is a view or foreign table, which row-level security does not reach",
        "bare: its first column is not tenant_id",
        "bare: row-level security is not forced",
        "bare: has 0 policies instead of one",
        "bare: key bare_pkey does not start with tenant_id",
        "bare: index bare_pkey does not start with tenant_id",
        "bare: foreign key bare_good_id_fkey does not go by tenant_id",
        "bare: has an identity column",
        "good: row-level security is not forced",
        "good: has 2 policies instead of one",
        "good: key good_other_key does not start with tenant_id",
        "good: index good_other_key does not start with tenant_id",
        "good: index good_by_other does not start with tenant_id",
        "good: has triggers",
    }


async def test_a_weaker_policy_is_found(fresh_urls: Urls) -> None:
    owner = Database(fresh_urls.owner, max_size=2)
    await owner.open()
    async with owner.platform() as tx:
        for statement in tenant_table("good", "id uuid NOT NULL, PRIMARY KEY (tenant_id, id)"):
            await tx.execute(statement)
        await tx.execute("ALTER POLICY tenant ON good USING (true)")
        found = await violations(tx)
    await owner.close()
    assert found == ["good: policy tenant is not the tenant's"]
