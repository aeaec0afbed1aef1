"""An office at work through the JSON API: everybody a case needs, and cases taken as far as a test wants.

bureau = await a_bureau(house, district)
case = await bureau.application(elderly_couple())
await bureau.take(case, "reported")            # every statutory step until the district has it
answer = await bureau.act("confirming_officer", case, "confirm")
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec

from core.clock import CHINA, local_date
from core.registry.resident_id import check_character
from core.registry.verification import Result, Source
from core.rules.facts import HouseholdFacts
from core.simulate.papers import jpeg
from core.tenancy.inheritance import merged
from core.tenancy.tenants import Tenant
from tests.builders.households import person
from tests.builders.installation import TENANTS, VILLAGE, House, Somebody

OFFICES: Mapping[str, int] = {
    "village_clerk": 12,
    "township_clerk": 9,
    "township_reviewer": 9,
    "visitor": 9,
    "verification_officer": 6,
    "district_officer": 6,
    "spot_checker": 6,
    "confirming_officer": 6,
    "observer": 12,
}
"""Each office with how many digits of the village's code its area has."""

SECOND = ("visitor", "spot_checker", "township_reviewer")
"""Offices with a second person: what they do takes two, or may not be done twice by one."""

JPEG = jpeg(Random(1))[0]
"""A whole photograph; bytes behind its end tell others from it."""
ORDER = (
    "draft", "submitted", "accepted", "investigating", "assessed", "posted", "reported", "confirmed", "active",
)  # fmt: skip


@dataclass
class Case:
    """A case as a test follows it. `people` are the register's ids by the names of the facts."""

    id: UUID
    facts: HouseholdFacts
    kind: str = "case"
    people: dict[str, str] = field(default_factory=dict)
    existing: bool = False

    @property
    def path(self) -> str:
        return f"/{self.kind}s/{self.id}"

    def form_of(self, facts: HouseholdFacts) -> Any:
        """Facts with the register's ids in place of the builders'."""
        text = json.dumps(msgspec.to_builtins(facts))
        for member in self.facts.members:
            text = text.replace(str(member.person_id), self.people[member.name])
        return json.loads(text)


@dataclass
class Bureau:
    """A district's people, by office. `photo` is the hash of an uploaded photograph."""

    house: House
    district: Tenant
    staff: dict[str, Somebody]
    photo: str
    village: str = VILLAGE

    # --- asking ----------------------------------------------------------------------------------------------------

    def url(self, path: str) -> str:
        return f"/d/{self.district.code}/api{path}"

    def who(self, somebody: str | Somebody) -> Somebody:
        return self.staff[somebody] if isinstance(somebody, str) else somebody

    async def get(self, somebody: str | Somebody, path: str) -> httpx.Response:
        return await self.house.client.get(self.url(path), headers=self.who(somebody).headers)

    async def post(self, somebody: str | Somebody, path: str, body: Any, key: str = "") -> httpx.Response:
        headers = self.who(somebody).headers | ({"idempotency-key": key} if key else {})
        return await self.house.client.post(self.url(path), json=body, headers=headers)

    async def read(self, case: Case, somebody: str | Somebody = "confirming_officer") -> Any:
        """The case as somebody sees it."""
        answer = await self.get(somebody, case.path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def act(
        self,
        somebody: str | Somebody,
        case: Case,
        action: str,
        form: Mapping[str, Any] | None = None,
        *,
        version: int | None = None,
        key: str = "",
    ) -> httpx.Response:
        """One step at the version on file now, unless said otherwise."""
        if version is None:
            version = int((await self.read(case))["version"])
        body = {"expected_version": version, "form": dict(form or {})}
        return await self.post(somebody, f"{case.path}/actions/{action}", body, key)

    async def do(
        self, somebody: str | Somebody, case: Case, action: str, form: Mapping[str, Any] | None = None
    ) -> Any:
        """One step that must be let through; the receipt."""
        answer = await self.act(somebody, case, action, form)
        assert answer.status_code == 200, f"{action}: {answer.status_code} {answer.text}"
        return answer.json()

    # --- the calendar ----------------------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        return local_date(self.house.zhunbao.clock())

    def on(self, day: date) -> None:
        """Let the time go on until `day` has come."""
        self.house.later(days=(day - self.today).days)

    # --- steps -----------------------------------------------------------------------------------------------------

    async def application(
        self, facts: HouseholdFacts, *, by: str | Somebody = "township_clerk", **more: Any
    ) -> Case:
        """A household's case, opened by the township's clerk from paper."""
        members = [
            {"name": m.name, "relation": m.relation, "id_number": number}
            for m, number in zip(facts.members, id_numbers(facts), strict=True)
        ]
        form = {"area_code": self.village, "members": members, "group_name": "三组", **more}
        answer = await self.post(by, "/cases", form)
        assert answer.status_code == 201, answer.text
        return await self.named(Case(UUID(answer.json()["process_id"]), facts))

    async def named(self, case: Case) -> Case:
        listed = (await self.get("township_clerk", f"{case.path}/members")).json()
        case.people = {m["name"]: m["person_id"] for m in listed}
        return case

    def submission(self, case: Case) -> dict[str, Any]:
        return {
            "facts": case.form_of(case.facts),
            "pledge": True,
            "authorisations": [
                {"person_id": p, "signed_on": self.today.isoformat(), "guardian": case.facts.applicant.name}
                for p in case.people.values()
            ],
            "reason": "家庭生活困难，申请最低生活保障",
        }

    def visit(self, case: Case, facts: HouseholdFacts | None = None) -> dict[str, Any]:
        return {
            "second_investigator": str(self.staff["visitor 2"].id),
            "interviewee": case.facts.applicant.name,
            "facts": case.form_of(facts or case.facts),
            "photos": [self.photo],
            "signatures": [self.photo],
        }

    def report(self, case: Case, **more: Any) -> dict[str, Any]:
        """Every authorised person at every source, nothing found."""
        results = [
            {"person_id": p, "source": source.value, "result": Result.NO_HIT.value}
            for p in case.people.values()
            for source in Source
        ]
        return {
            "number": "HD-1",
            "authorisation_number": "SQ-1",
            "queried_at": datetime.combine(self.today, time(1), UTC).isoformat(),
            "as_of": self.today.isoformat(),
            "valid_until": (self.today + timedelta(days=180)).isoformat(),
            "results": results,
            **more,
        }

    def spot_check(self, agrees: bool = True) -> dict[str, Any]:
        return {
            "second_checker": str(self.staff["spot_checker 2"].id),
            "agrees": agrees,
            "findings": "入户查看，与上报情况一致" if agrees else "入户查看，与上报情况不一致",
            "photos": [self.photo],
        }

    async def take(self, case: Case, state: str) -> Case:
        """On the straight way to `state`, from wherever it stands on it; approves what the worksheet approves."""
        while (now := (await self.read(case))["state"]) != state:
            await self.onwards(case, now)
        return case

    async def investigate(
        self, case: Case, facts: HouseholdFacts | None = None, report: Mapping[str, Any] | None = None
    ) -> None:
        """Visit, verification and worksheet; the investigation stays open."""
        await self.do("visitor", case, "record_visit", self.visit(case, facts))
        await self.do("township_clerk", case, "request_verification")
        await self.do("verification_officer", case, "file_verification_report", report or self.report(case))
        await self.do("township_clerk", case, "prepare_worksheet")

    async def onwards(self, case: Case, state: str) -> None:
        """The plain step that leads on from `state`."""
        photos = {"photos": [self.photo]}
        match state:
            case "draft":
                await self.do("township_clerk", case, "submit", self.submission(case))
            case "submitted":
                await self.do("township_clerk", case, "accept")
            case "accepted":
                await self.do("township_clerk", case, "declare_relatives", {"none": True})
                await self.do("township_clerk", case, "start_investigation")
            case "investigating":
                await self.investigate(case)
                await self.do("township_clerk", case, "complete_investigation")
            case "assessed":
                await self.do("township_reviewer", case, "give_opinion", await self.opinion(case))
            case "posted":
                await self.do("village_clerk", case, "start_posting", photos)
                self.house.later(days=8)
                await self.do("village_clerk", case, "end_posting", photos)
            case "reported":
                await self.do("confirming_officer", case, "confirm")
            case "confirmed":
                await self.do("township_clerk", case, "publish")
            case _:
                raise AssertionError(f"no straight way on from {state}")

    async def opinion(self, case: Case) -> dict[str, Any]:
        eligible = (await self.read(case))["decision"]["status"] == "eligible"
        return {"opinion": "approve" if eligible else "deny", "reason": "按入户核实和核算结果提出意见"}


async def a_bureau(house: House, district: Tenant, offices: Sequence[str] = tuple(OFFICES)) -> Bureau:
    """A district with everybody in place for its first village."""
    async with house.zhunbao.database.platform() as tx:
        village = await tx.fetchval(
            "SELECT min(code) FROM area WHERE starts_with(code, $1) AND level = 'village'", district.code
        )
    areas = {office: village[: OFFICES[office]].ljust(12, "0") for office in offices}
    staff = {office: await house.person(district, office, area) for office, area in areas.items()}
    for office in (o for o in SECOND if o in staff):
        staff[f"{office} 2"] = await house.person(district, office, areas[office], name=f"{office} 2")
    bureau = Bureau(house, district, staff, "", village)
    bureau.photo = await upload(bureau, next(iter(staff.values())), JPEG + uuid4().bytes)
    return bureau


async def upload(bureau: Bureau, by: Somebody, data: bytes) -> str:
    """Keep a photograph or paper; its SHA-256."""
    files = {"file": ("photo.jpg", data, "image/jpeg")}
    answer = await bureau.house.client.post(bureau.url("/evidence"), files=files, headers=by.headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["sha256"])


def id_numbers(facts: HouseholdFacts) -> list[str]:
    """A valid resident ID for every member: born on the right day, told apart by whom the facts are about."""
    found = []
    for member in facts.members:
        place, order = divmod(
            int.from_bytes(hashlib.sha256(member.person_id.bytes).digest()[:4], "big"), 1000
        )
        body = f"62{place % 10000:04d}{member.birth_date:%Y%m%d}{order:03d}"
        found.append(body + check_character(body))
    return found


def start_on(folder: Path, day: date) -> None:
    """The installation's clock begins at nine o'clock in the morning of `day` in China; it only goes forward."""
    wanted = datetime.combine(day, time(9), CHINA)
    (folder / "clock").write_text(str((wanted - datetime.now(UTC)).total_seconds()))


def p1_rules(**changes: Any) -> list[dict[str, Any]]:
    """The province's parameter set P1 as a bundle's `rules.sets`, with values replaced."""
    text = (TENANTS / "62-gansu" / "rules.toml").read_text()
    [rules] = tomllib.loads(text, parse_float=Decimal)["sets"]
    return [merged(rules, changes)]


def renamed(facts: HouseholdFacts, suffix: str) -> HouseholdFacts:
    """The same household of other people: every member's name ends in `suffix`."""
    text = json.dumps(msgspec.to_builtins(facts), ensure_ascii=False)
    for member in facts.members:
        text = text.replace(str(member.person_id), str(person(member.name + suffix)))
        text = text.replace(f'"{member.name}"', f'"{member.name}{suffix}"')
    return msgspec.json.decode(text, type=HouseholdFacts)
