"""Who may sign in to a demo: one account for every office, with a password everybody may know."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from core.access.accounts import NewAccount
from core.access.credentials import store_password
from core.access.roles import ADMINISTRATORS, role_label
from core.access.sessions import actor_of
from core.app import DEMO_ACCOUNTS, Zhunbao
from core.clock import system_clock
from core.registry import kin
from core.registry.people import PersonPrivate
from core.registry.resident_id import Sex, check_character
from core.storage.transaction import Transaction
from core.tenancy.tenants import Tenant

RELATED = "clerk"
"""Whose brother or sister has applied."""

PASSWORD = "Pingan-Jiahe-88"  # noqa: S105 - a demo's, printed on its sign-in page


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """`area` counts digits: 6 the district, 9 a township, 12 a village."""

    username: str
    name: str
    role: str
    area: int
    born: str = ""
    number: int = 0

    @property
    def id_number(self) -> str:
        """A made-up but valid one; who has none is not on the register."""
        body = f"620802{self.born}{self.number:03d}"
        return body + check_character(body)


OFFICES = (
    DemoAccount("village", "马春梅", "village_clerk", 12, "19850412", 24),
    DemoAccount("observer", "何建平", "observer", 12),
    DemoAccount("visitor", "赵明", "visitor", 9),
    DemoAccount("visitor2", "孙丽", "visitor", 9),
    DemoAccount("clerk", "李红霞", "township_clerk", 9, "19881103", 42),
    DemoAccount("reviewer", "王志强", "township_reviewer", 9, "19790726", 51),
    DemoAccount("check", "周敏", "verification_officer", 6),
    DemoAccount("officer", "杨晓东", "district_officer", 6, "19820219", 33),
    DemoAccount("sampler", "吴涛", "spot_checker", 6),
    DemoAccount("sampler2", "郑洁", "spot_checker", 6),
    DemoAccount("confirm", "冯国梁", "confirming_officer", 6),
)
ADMINS = {
    "system_admin": ("system", "陈刚"),
    "security_admin": ("security", "刘洋"),
    "audit_admin": ("audit", "黄静"),
}


async def hire(z: Zhunbao, district: Tenant, village: str) -> None:
    """Make the accounts and note them for the sign-in page."""
    accounts = z.accounts
    people = [(role, NewAccount(username, name)) for role, (username, name) in ADMINS.items()]
    async with z.database.transaction(district.id) as tx:
        made = await accounts.first_administrators(tx, district.code.ljust(12, "0"), people)
        for created in made.values():
            await store_password(tx, created.id, await z.passwords.hash(PASSWORD), system_clock())
        system = await actor_of(tx, made["system_admin"].id, system_clock(), z.policies)
        security = await actor_of(tx, made["security_admin"].id, system_clock(), z.policies)
        assert system is not None
        assert security is not None
        for one in OFFICES:
            new = NewAccount(one.username, one.name, await _person(z, tx, one))
            account = await accounts.create_account(tx, system, new, password=PASSWORD, must_change=False)
            await accounts.grant(tx, security, account.id, one.role, village[: one.area].ljust(12, "0"))


async def _person(z: Zhunbao, tx: Transaction, one: DemoAccount) -> UUID | None:
    if not one.born:
        return None
    sex: Sex = "male" if one.number % 2 else "female"
    private = PersonPrivate(one.id_number, datetime.strptime(one.born, "%Y%m%d").date(), sex)
    return await z.registry.put_person(tx, one.name, private)


async def relate(z: Zhunbao, district: Tenant, village: str) -> None:
    """Make the township's clerk the sister of an applicant under investigation: recusal has somebody to show."""
    async with z.database.transaction(district.id) as tx:
        clerk = await tx.fetchrow(
            "SELECT id, person_id FROM account WHERE tenant_id = $1 AND username = $2", tx.tenant, RELATED
        )
        applicant = await tx.fetchval(
            """SELECT h.applicant_id FROM process p
               JOIN household h ON h.tenant_id = p.tenant_id AND h.id = p.subject_id
               WHERE p.tenant_id = $1 AND p.kind = 'case' AND p.area_code = $2 AND NOT p.ended
               ORDER BY p.number LIMIT 1""",
            tx.tenant,
            village,
        )
        if clerk is None or clerk["person_id"] is None or applicant is None:
            return
        if not await kin.around(tx, [clerk["person_id"]], 1):
            await kin.declare(tx, [(clerk["person_id"], applicant, "sibling")], clerk["id"])


def note(folder: Path, district: Tenant) -> None:
    """What the sign-in page and the terminal show of a district: office, username, password."""
    listed = [(role_label(one.role), one.username, PASSWORD) for one in OFFICES]
    listed += [(role_label(role), ADMINS[role][0], PASSWORD) for role in sorted(ADMINISTRATORS)]
    (folder / DEMO_ACCOUNTS).write_text(json.dumps({district.code: listed}, ensure_ascii=False), "utf-8")


def listed() -> list[tuple[str, str]]:
    """(office, username), for the terminal."""
    found = [(role_label(one.role), one.username) for one in OFFICES]
    return [*found, *((role_label(role), username) for role, (username, _) in ADMINS.items())]
