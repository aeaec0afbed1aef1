"""People, households and their kin as stored: identity only; what a household earns or owns is on its case file.

`private` columns hold encrypted JSON (AES-GCM, per-tenant key); an ID number is found by its blind index.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import msgspec

from core.registry.resident_id import Sex
from core.storage.crypto import FieldCipher
from core.storage.database import Transaction

if TYPE_CHECKING:
    from asyncpg import Record


class PersonPrivate(msgspec.Struct, frozen=True):
    """What is stored encrypted of a person (PIPL 28)."""

    id_number: str
    birth_date: date
    sex: Sex
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    id: UUID
    name: str
    private: PersonPrivate


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a household with the relation to the applicant (GB/T 4761 terms in Chinese, `本人` the applicant).

    `claimed`: the household says who this is, and nobody has seen a paper yet: `person` holds what was typed, not what the
    register knows under that ID number.
    """

    person: Person
    relation: str
    claimed: bool = False


class Claim(msgspec.Struct, frozen=True):
    """A member as the household named them, stored encrypted until `confirm_members`."""

    name: str
    private: PersonPrivate


class HouseholdPrivate(msgspec.Struct, frozen=True):
    address: str = ""
    bank_account: str = ""


@dataclass(frozen=True, slots=True)
class Household:
    """`area_code` is the village (12 digits); `group_name` the villagers' group that may be posted."""

    id: UUID
    area_code: str
    group_name: str
    applicant_id: UUID
    members: tuple[Member, ...]
    private: HouseholdPrivate

    @property
    def applicant(self) -> Member:
        return next(m for m in self.members if m.person.id == self.applicant_id)

    @property
    def person_ids(self) -> frozenset[UUID]:
        return frozenset(m.person.id for m in self.members)


def sort_key(name: str) -> str:
    """Pinyin, so that PostgreSQL's C collation lists Chinese names the way people expect."""
    # loaded here, where names are sorted: its dictionary of phrases takes a second
    from pypinyin import lazy_pinyin

    return " ".join(lazy_pinyin(name)).lower()


class Registry:
    """Reads and writes people and households of one tenant, always inside the caller's transaction."""

    def __init__(self, cipher: FieldCipher) -> None:
        self._cipher = cipher

    def id_index(self, tenant: UUID, id_number: str) -> bytes:
        return self._cipher.blind_index(tenant, "person.id_number", id_number)

    async def find_person(self, tx: Transaction, id_number: str) -> UUID | None:
        assert tx.tenant is not None
        found: UUID | None = await tx.fetchval(
            "SELECT id FROM person WHERE tenant_id = $1 AND id_number_index = $2",
            tx.tenant,
            self.id_index(tx.tenant, id_number),
        )
        return found

    async def put_person(self, tx: Transaction, name: str, private: PersonPrivate) -> UUID:
        """The person with this ID number, created or brought up to date; one person per number and tenant.

        Without a phone they keep the one that is known: notices go there.
        """
        assert tx.tenant is not None
        existing = await self.find_person(tx, private.id_number)
        person_id = existing or uuid4()
        if existing is not None and not private.phone:
            known = (await self.people(tx, [existing]))[existing].private
            private = msgspec.structs.replace(private, phone=known.phone)
        body = self._cipher.encrypt(tx.tenant, msgspec.json.encode(private), person_id.bytes)
        found: UUID = await tx.fetchval(
            """INSERT INTO person (tenant_id, id, name, name_key, id_number_index, private)
               VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (tenant_id, id) DO UPDATE
                   SET name = excluded.name, name_key = excluded.name_key, private = excluded.private
               RETURNING id""",
            tx.tenant,
            person_id,
            name,
            sort_key(name),
            self.id_index(tx.tenant, private.id_number),
            body,
        )
        return found

    async def people(self, tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, Person]:
        assert tx.tenant is not None
        rows = await tx.fetch(
            "SELECT id, name, private FROM person WHERE tenant_id = $1 AND id = ANY($2)", tx.tenant, list(ids)
        )
        return {row["id"]: self._person(tx.tenant, row["id"], row["name"], row["private"]) for row in rows}

    def _person(self, tenant: UUID, person_id: UUID, name: str, body: bytes) -> Person:
        plain = self._cipher.decrypt(tenant, body, person_id.bytes)
        return Person(person_id, name, msgspec.json.decode(plain, type=PersonPrivate))

    async def put_household(
        self,
        tx: Transaction,
        area_code: str,
        group_name: str,
        members: Sequence[tuple[UUID, str]],
        private: HouseholdPrivate,
        household_id: UUID | None = None,
        claims: Mapping[UUID, Claim] | None = None,
    ) -> UUID:
        """Create a household, or replace its members and address. The first member is the applicant.

        `claims`: members, by id, whom the household itself named.
        """
        assert tx.tenant is not None
        household = household_id or uuid4()
        body = self._cipher.encrypt(tx.tenant, msgspec.json.encode(private), household.bytes)
        await tx.execute(
            """INSERT INTO household (tenant_id, id, area_code, group_name, applicant_id, private)
               VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (tenant_id, id) DO UPDATE SET area_code = excluded.area_code,
                   group_name = excluded.group_name, applicant_id = excluded.applicant_id,
                   private = excluded.private""",
            tx.tenant,
            household,
            area_code,
            group_name,
            members[0][0],
            body,
        )
        await tx.execute(
            "DELETE FROM household_member WHERE tenant_id = $1 AND household_id = $2", tx.tenant, household
        )
        await tx.execute(
            """INSERT INTO household_member (tenant_id, household_id, person_id, relation, position, claimed)
               SELECT $1, $2, p, r, n, c FROM unnest($3::uuid[], $4::text[], $5::bytea[])
                   WITH ORDINALITY AS m (p, r, c, n)""",
            tx.tenant,
            household,
            [person for person, _ in members],
            [relation for _, relation in members],
            [self._sealed(tx.tenant, household, p, (claims or {}).get(p)) for p, _ in members],
        )
        return household

    async def confirm_members(self, tx: Transaction, household: Household) -> tuple[str, ...]:
        """Papers were seen: the register takes over what was claimed. The names of those it was about."""
        claimed = [m.person for m in household.members if m.claimed]
        for person in claimed:
            await self.put_person(tx, person.name, person.private)
        await tx.execute(
            "UPDATE household_member SET claimed = NULL WHERE tenant_id = $1 AND household_id = $2",
            tx.tenant,
            household.id,
        )
        return tuple(person.name for person in claimed)

    def _sealed(self, tenant: UUID, household: UUID, person: UUID, claim: Claim | None) -> bytes | None:
        if claim is None:
            return None
        return self._cipher.encrypt(tenant, msgspec.json.encode(claim), household.bytes + person.bytes)

    def _member(self, tenant: UUID, household: UUID, row: Record) -> Member:
        if row["claimed"] is None:
            return Member(self._person(tenant, row["id"], row["name"], row["private"]), row["relation"])
        plain = self._cipher.decrypt(tenant, row["claimed"], household.bytes + row["id"].bytes)
        claim = msgspec.json.decode(plain, type=Claim)
        return Member(Person(row["id"], claim.name, claim.private), row["relation"], claimed=True)

    async def member_ids(self, tx: Transaction, household_id: UUID) -> frozenset[UUID]:
        """Who belongs to a household, without reading anything of them."""
        rows = await tx.fetch(
            "SELECT person_id FROM household_member WHERE tenant_id = $1 AND household_id = $2",
            tx.tenant,
            household_id,
        )
        return frozenset(row["person_id"] for row in rows)

    async def household(self, tx: Transaction, household_id: UUID) -> Household | None:
        return (await self.households(tx, [household_id])).get(household_id)

    async def households(self, tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, Household]:
        """By their ids; those that are none are left out."""
        assert tx.tenant is not None
        rows = await tx.fetch(
            """SELECT h.id AS household_id, h.area_code, h.group_name, h.applicant_id, h.private AS household_private,
                      m.relation, m.claimed, p.id, p.name, p.private
               FROM household h
               JOIN household_member m ON m.tenant_id = h.tenant_id AND m.household_id = h.id
               JOIN person p ON p.tenant_id = m.tenant_id AND p.id = m.person_id
               WHERE h.tenant_id = $1 AND h.id = ANY ($2) ORDER BY h.id, m.position""",
            tx.tenant,
            list(ids),
        )
        grouped = groupby(rows, key=itemgetter("household_id"))
        return {household_id: self._household(tx.tenant, household_id, [*of]) for household_id, of in grouped}

    def _household(self, tenant: UUID, household_id: UUID, rows: Sequence[Record]) -> Household:
        first = rows[0]
        plain = self._cipher.decrypt(tenant, first["household_private"], household_id.bytes)
        return Household(
            household_id,
            first["area_code"],
            first["group_name"],
            first["applicant_id"],
            tuple(self._member(tenant, household_id, row) for row in rows),
            msgspec.json.decode(plain, type=HouseholdPrivate),
        )
