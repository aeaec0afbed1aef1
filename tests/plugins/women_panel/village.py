"""A village at its panel's meeting: a composed installation, a panel of eleven, households that were accepted.

async with a_village(urls, folder, keys, households=2) as village:
    session = await village.open_session(present=8)
    answer = await village.vote(village.members[0], session, village.cases[0], "agree")
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from core.clock import local_date
from core.kernel.children import Opening
from core.registry import kin
from core.registry.people import HouseholdPrivate, PersonPrivate
from core.registry.resident_id import check_character
from core.settings import Keyring
from core.storage.embedded import Urls
from core.tenancy.tenants import Tenant
from tests.builders.installation import TOWNSHIP, VILLAGE, House, Somebody, an_installation

PANEL = 11


@dataclass
class Village:
    house: House
    district: Tenant
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

    async def open_session(self, present: int = PANEL) -> str:
        """A session with the first `present` members in the room; its address."""
        opened = await self.post(self.host, f"{self.panel}/rounds/{self.round_id}/sessions")
        assert opened.status_code == 201, opened.text
        session = f"{self.panel}/sessions/{opened.json()['id']}"
        here = await self.attend(session, self.members[:present])
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
async def a_village(
    urls: Urls, folder: Path, keys: Keyring, *, households: int = 1, formed: bool = True, **settings: Any
) -> AsyncIterator[Village]:
    """`settings` replace those of the panel; the district's own ask for exactly eleven members."""
    async with an_installation(urls, folder, keys) as house:
        values = {f"tenant.plugins.women_panel.{name}": value for name, value in settings.items()}
        district = await house.district("620802-kongtong", values)
        village = await _with_people(house, district)
        for n in range(households):
            await _household(village, n)
        await _stand(village, "panel_forming")
        if formed:
            answer = await form_panel(village, village.members)
            assert answer.status_code in (200, 201), answer.text
        yield village


async def form_panel(village: Village, members: Sequence[Somebody]) -> httpx.Response:
    form = {
        "members": [str(m.id) for m in members], "observers": [str(village.observer.id)], "attendance": 60,
    }  # fmt: skip
    return await village.act(village.host, f"rounds/{village.round_id}", "form_panel", form)


async def _with_people(house: House, district: Tenant) -> Village:
    clerk = await house.person(district, "township_clerk", TOWNSHIP, name="乡镇经办")
    host = await house.person(district, "panel_host", VILLAGE, name="主持人")
    observer = await house.person(district, "observer", VILLAGE, name="监督员")
    members = []
    for n in range(PANEL):
        person = await _person(house, district, f"成员{n + 1}", 100 + n)
        members.append(
            await house.person(district, "panel_member", VILLAGE, name=f"成员{n + 1}", person_id=person)
        )
    async with house.inside(district) as tx:
        opened = await house.zhunbao.engine.open_in(tx, clerk.actor, Opening("round", VILLAGE, "水桥村"))
    return Village(house, district, opened.process_id, host, clerk, observer, members)


async def _household(village: Village, n: int) -> None:
    house, name = village.house, f"申请人{n + 1}"
    applicant = await _person(house, village.district, name, 500 + n)
    async with house.inside(village.district) as tx:
        household = await house.zhunbao.registry.put_household(
            tx, VILLAGE, "一组", [(applicant, "本人")], HouseholdPrivate("水桥村1号", "6222000011112222")
        )
        opening = Opening("case", VILLAGE, name, subject_id=household, parent_id=village.round_id)
        opened = await house.zhunbao.engine.open_in(tx, village.clerk.actor, opening)
    village.cases.append(opened.process_id)
    village.applicants.append(applicant)


async def _person(house: House, district: Tenant, name: str, n: int) -> UUID:
    number = f"62080219{50 + n % 40}0101{n:03d}"
    private = PersonPrivate(number + check_character(number), date(1950 + n % 40, 1, 1), "female")
    async with house.inside(district) as tx:
        return await house.zhunbao.registry.put_person(tx, name, private)


async def _stand(village: Village, state: str) -> None:
    """Cases accepted, round at `state`: what comes before is others' business and takes forty acts."""
    async with village.house.inside(village.district) as tx:
        await tx.execute(
            "UPDATE process SET state = 'accepted' WHERE tenant_id = $1 AND kind = 'case'", tx.tenant
        )
        await tx.execute(
            "UPDATE process SET state = $3 WHERE tenant_id = $1 AND id = $2",
            tx.tenant,
            village.round_id,
            state,
        )
