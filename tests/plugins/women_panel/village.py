"""A village at its panel's meeting: a composed installation, a panel of eleven, households that were accepted.

async with a_house(urls, folder, keys) as (house, district):
    village = await a_village(house, district, households=2)
    session = await village.open_session(present=8)
    answer = await village.vote(village.members[0], session, village.cases[0], "agree")
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from argon2 import PasswordHasher

from core.access.passwords import Passwords
from core.clock import local_date
from core.kernel.children import Opening
from core.registry import kin
from core.registry.people import HouseholdPrivate, PersonPrivate
from core.registry.resident_id import Sex, check_character
from core.settings import Keyring
from core.storage.embedded import Urls
from core.tenancy.tenants import Tenant
from tests.builders.casework import JPEG
from tests.builders.installation import House, Somebody, an_installation
from tests.builders.village_round import formation

PANEL = 11


@dataclass
class Village:
    house: House
    district: Tenant
    area: str
    round_id: UUID
    host: Somebody
    clerk: Somebody
    observer: Somebody
    members: list[Somebody]
    cases: list[UUID] = field(default_factory=list)
    applicants: list[UUID] = field(default_factory=list)

    @property
    def api(self) -> str:
        return f"/d/{self.district.code}/api"

    @property
    def panel(self) -> str:
        return f"{self.api}/x/women_panel"

    @property
    def pages(self) -> str:
        return f"/d/{self.district.code}/x/women_panel"

    @property
    def today(self) -> date:
        return local_date(self.house.zhunbao.clock())

    async def get(self, who: Somebody, path: str) -> httpx.Response:
        return await self.house.client.get(path, headers=who.headers)

    async def post(self, who: Somebody, path: str, body: Any = None, key: str = "") -> httpx.Response:
        headers = who.headers | ({"idempotency-key": key} if key else {})
        return await self.house.client.post(path, json=body or {}, headers=headers)

    async def open_session(self, present: int | None = None) -> str:
        """A session with the first `present` members in the room, or all; its address."""
        return await self.open_session_of(self.members[:present])

    async def open_session_of(self, present: Sequence[Somebody]) -> str:
        opened = await self.post(self.host, f"{self.panel}/rounds/{self.round_id}/sessions")
        assert opened.status_code == 201, opened.text
        session = f"{self.panel}/sessions/{opened.json()['id']}"
        here = await self.attend(session, present)
        assert here.status_code == 200, here.text
        return session

    async def attend(self, session: str, present: Sequence[Somebody]) -> httpx.Response:
        return await self.post(self.host, f"{session}/attendance", {"present": [str(m.id) for m in present]})

    async def vote(
        self, who: Somebody, session: str, case: UUID, choice: str, key: str = "", **more: Any
    ) -> httpx.Response:
        return await self.post(who, f"{session}/cases/{case}/ballots", {"choice": choice, **more}, key)

    async def votes(self, session: str, case: UUID, voters: Sequence[Somebody], *choices: str) -> None:
        for who, choice in zip(voters, choices, strict=False):
            answer = await self.vote(who, session, case, choice)
            assert answer.status_code == 201, answer.text

    async def close(self, session: str, case: UUID) -> httpx.Response:
        return await self.post(self.host, f"{session}/cases/{case}/close")

    async def sign_minutes(self, session: str, *leaving: Somebody) -> str:
        """Everybody who was there signs, but for `leaving`; the digest of what was signed."""
        read = (await self.get(self.host, f"{session}/minutes")).json()
        people = {str(p.id): p for p in (self.host, self.observer, *self.members)}
        for account, _, _ in read["content"]["signers"]:
            if people[account] not in leaving:
                answer = await self.post(people[account], f"{session}/signatures", {"digest": read["digest"]})
                assert answer.status_code == 201, answer.text
        return str(read["digest"])

    async def seal_minutes(self, session: str) -> None:
        """Of a session that is over: signed by everybody, then sealed."""
        await self.sign_minutes(session)
        sealed = await self.post(self.host, f"{session}/minutes")
        assert sealed.status_code == 200, sealed.text

    async def photo(self, who: Somebody, data: bytes = b"") -> str:
        """Keep a photograph as evidence; its SHA-256."""
        files = {"file": ("photo.jpg", data or JPEG + uuid4().bytes, "image/jpeg")}
        answer = await self.house.client.post(f"{self.api}/evidence", files=files, headers=who.headers)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["sha256"])

    async def newcomer(self, name: str, role: str = "panel_member", sex: Sex = "female") -> Somebody:
        """Somebody more, known to the register."""
        person = await _person(self.house, self.district, name, sex)
        return await self.house.person(self.district, role, self.area, name=name, person_id=person)

    async def line(self, who: Somebody, session: str, case: UUID) -> dict[str, Any]:
        """A household of a session as somebody sees it."""
        cases = (await self.get(who, session)).json()["cases"]
        return next(c for c in cases if c["case_id"] == str(case))

    async def act(self, who: Somebody, path: str, action: str, form: Any) -> httpx.Response:
        version = (await self.get(who, f"{self.api}/{path}")).json()["version"]
        return await self.post(
            who, f"{self.api}/{path}/actions/{action}", {"expected_version": version, "form": form}
        )

    async def sisters(self, member: Somebody, applicant: UUID) -> None:
        assert member.actor.person_id is not None
        async with self.house.inside(self.district) as tx:
            await kin.declare(tx, [(member.actor.person_id, applicant, "sibling")], self.clerk.id)

    async def rows(self, sql: str, *more: Any) -> list[Any]:
        async with self.house.inside(self.district) as tx:
            return list(await tx.fetch(sql, tx.tenant, *more))


@asynccontextmanager
async def a_house(
    urls: Urls, folder: Path, keys: Keyring, **settings: Any
) -> AsyncIterator[tuple[House, Tenant]]:
    """An installation with one district. `settings` replace those of its panel: exactly eleven members, one villager to watch."""
    async with an_installation(urls, folder, keys) as house:
        quick = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        house.zhunbao.__dict__["passwords"] = quick  # fourteen accounts a village, none signs in by password
        values = {f"tenant.plugins.women_panel.{name}": value for name, value in settings.items()}
        values.setdefault("tenant.plugins.women_panel.observer_kinds", ["villager"])
        yield house, await house.district("620802-kongtong", values)


async def a_village(
    house: House, district: Tenant, *, households: int = 1, formed: bool = True, panel: int = PANEL
) -> Village:
    """A village of the district that no test has used yet, with its round at the panel's meeting (or forming)."""
    village = await _with_people(house, district, await _unused_area(house, district), panel)
    for n in range(households):
        await _household(village, n)
    await _stand(village, "panel_forming")
    if formed:
        await form_panel(village)
    return village


async def form_panel(village: Village) -> None:
    """Its members are nominated, elected, declare that they are nobody's kin, and are registered."""
    for action, form in formation(village.members, [village.observer], village.today):
        answer = await village.act(village.host, f"rounds/{village.round_id}", action, form)
        assert answer.status_code == 200, (action, answer.text)


async def register(village: Village, members: Sequence[Somebody]) -> httpx.Response:
    """The last step alone, with whatever members."""
    form = {
        "members": [str(m.id) for m in members], "observers": [str(village.observer.id)], "attendance": 60,
    }  # fmt: skip
    return await village.act(village.host, f"rounds/{village.round_id}", "form_panel", form)


async def _unused_area(house: House, district: Tenant) -> str:
    async with house.inside(district) as tx:
        found: str = await tx.fetchval(
            """SELECT code FROM area WHERE starts_with(code, $2) AND right(code, 3) <> '000'
               AND NOT EXISTS (SELECT FROM process WHERE tenant_id = $1 AND area_code = code) ORDER BY code LIMIT 1""",
            tx.tenant,
            district.code,
        )
    return found


async def _with_people(house: House, district: Tenant, area: str, panel: int) -> Village:
    clerk = await house.person(district, "township_clerk", f"{area[:9]}000", name="乡镇经办")
    host = await house.person(district, "panel_host", area, name="主持人")
    watcher = await _person(house, district, "监督员")
    observer = await house.person(district, "observer", area, name="监督员", person_id=watcher)
    members = []
    for n in range(panel):
        person = await _person(house, district, f"成员{n + 1}")
        members.append(
            await house.person(district, "panel_member", area, name=f"成员{n + 1}", person_id=person)
        )
    async with house.inside(district) as tx:
        opened = await house.zhunbao.engine.open_in(tx, clerk.actor, Opening("round", area, "水桥村"))
    return Village(house, district, area, opened.process_id, host, clerk, observer, members)


async def _household(village: Village, n: int) -> None:
    house, name = village.house, f"申请人{n + 1}"
    applicant = await _person(house, village.district, name)
    async with house.inside(village.district) as tx:
        household = await house.zhunbao.registry.put_household(
            tx, village.area, "一组", [(applicant, "本人")], HouseholdPrivate("水桥村1号", "6222000011112222")
        )
        opening = Opening("case", village.area, name, subject_id=household, parent_id=village.round_id)
        opened = await house.zhunbao.engine.open_in(tx, village.clerk.actor, opening)
    village.cases.append(opened.process_id)
    village.applicants.append(applicant)


_serial = itertools.count()


async def _person(house: House, district: Tenant, name: str, sex: Sex = "female") -> UUID:
    """Somebody with an ID number of their own."""
    n = next(_serial)
    born = date(1940 + n // 450, 1, 1)
    number = f"620802{born:%Y%m%d}{100 + n % 450 * 2 + (sex == 'male')}"
    private = PersonPrivate(number + check_character(number), born, sex)
    async with house.inside(district) as tx:
        return await house.zhunbao.registry.put_person(tx, name, private)


async def _stand(village: Village, state: str) -> None:
    """Cases accepted, round at `state`: what comes before is others' business and takes forty acts."""
    async with village.house.inside(village.district) as tx:
        await tx.execute(
            "UPDATE process SET state = 'accepted' WHERE tenant_id = $1 AND parent_id = $2",
            tx.tenant,
            village.round_id,
        )
        await tx.execute(
            "UPDATE process SET state = $3 WHERE tenant_id = $1 AND id = $2",
            tx.tenant,
            village.round_id,
            state,
        )
