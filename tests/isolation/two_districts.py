"""Two districts on one installation: one with a village round in full swing, one whose people try to look into it.

Everything of the first that could leak carries MARK in its name; `ids` are what exists there, by route parameter.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx
from litestar.routes import HTTPRoute

from core.web.csrf import token_for
from core.web.views.papers.genuine import seal_of
from core.web.views.papers.printing import papers_of
from tests.api.prepared import a_complaint
from tests.builders.casework import Bureau, Case, a_bureau, renamed
from tests.builders.households import elderly_couple, family_with_vehicle
from tests.builders.installation import House, Somebody
from tests.builders.steps import forms_of
from tests.builders.village_round import a_round

MARK = "秘密"
PHONE = "13900007777"
OFFICES = (
    "village_clerk", "panel_member", "panel_host", "observer", "visitor", "township_clerk", "township_reviewer",
    "verification_officer", "district_officer", "spot_checker", "confirming_officer",
)  # fmt: skip
NOTHING = UUID(int=7)
"""Where a route names what this district has none of."""
_PARAMETER = re.compile(r"\{(\w+):(\w+)\}")
_REQUEST_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{16}(?![0-9a-f])")
_HIDDEN = re.compile(r'(name="_(?:csrf|key)"\s+value=|name="csrf-token"\s+content=)"[^"]*"')
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z?|\d\d:\d\d")


@dataclass
class Door:
    """A route with one method, and how to fill in its path."""

    path: str
    method: str
    parameters: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def about(self) -> str:
        return "round" if "/rounds/" in self.path else "case"

    def at(self, district: str, ids: dict[str, Any]) -> str:
        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name == "district":
                return district
            return str(ids.get(self.about if name == "process_id" else name, NOTHING))

        return _PARAMETER.sub(value, self.path)


@dataclass
class Answer:
    """What matters of a response, without what differs at every request."""

    status: int
    body: str
    location: str
    kind: str

    @classmethod
    def of(cls, response: httpx.Response, ids: dict[str, Any]) -> Answer:
        text = response.text if "pdf" not in response.headers.get("content-type", "") else "pdf"
        if response.content.startswith(b"PK"):
            text = _packed(response.content)
        location = response.headers.get("location", "")
        for value in sorted(map(str, ids.values()), key=len, reverse=True):
            if len(value) > 8:
                text, location = text.replace(value, "ID"), location.replace(value, "ID")
        text = _TIME.sub("T", _HIDDEN.sub("H", _REQUEST_ID.sub("R", text)))
        return cls(response.status_code, text, location, response.headers.get("content-type", ""))


def _packed(data: bytes) -> str:
    """What an office file holds, without when it was made."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [
            (one.filename, one.CRC) for one in archive.infolist() if not one.filename.endswith("core.xml")
        ]
    return str(sorted(parts))


@dataclass
class Districts:
    house: House
    victim: Bureau
    other: Bureau
    ids: dict[str, Any]
    jack: Somebody
    administrators: list[Somebody]
    case: Case
    own: Case
    forms: dict[str, Any] = field(default_factory=dict)

    @property
    def nowhere(self) -> dict[str, Any]:
        """The same parameters with values that exist in no district."""
        made = {name: uuid4() if isinstance(value, UUID) else value for name, value in self.ids.items()}
        return made | {"sha256": uuid4().hex * 2, "token": "A" * len(self.ids["token"])}

    def doors(self) -> list[Door]:
        return [
            Door(route.path, method, tuple(m[1] for m in _PARAMETER.finditer(route.path)))
            for route in self.house.zhunbao.litestar.routes
            if isinstance(route, HTTPRoute)
            for method in sorted(route.methods - {"OPTIONS", "HEAD"})
        ]

    def body_of(self, door: Door) -> dict[str, Any]:
        """JSON a program might send there: for a step its filled-in form, else nothing."""
        action = door.path.rpartition("/actions/")[2]
        if "/actions/" in door.path:
            return {"expected_version": 1, "form": self.forms.get(action, {})}
        return {"choice": "agree"} if door.path.endswith("ballots") else {}

    async def ask(
        self,
        door: Door,
        address: str,
        ids: dict[str, Any],
        headers: dict[str, str] | None = None,
        csrf: str = "",
    ) -> Answer:
        """One request; the other district's people send what a browser or a program would."""
        more: dict[str, Any] = {}
        if door.method == "POST":
            api = "/api/" in door.path
            more = (
                {"json": self.body_of(door)}
                if api
                else {"data": {"_csrf": csrf, "_version": "1", "_confirmed": "1"}}
            )
        response = await self.house.client.request(door.method, address, headers=headers or {}, **more)
        self.house.client.cookies.clear()
        assert MARK not in response.text, f"{door} gave away: {address}"
        assert PHONE not in response.text, f"{door} gave away: {address}"
        assert response.status_code < 500, f"{door} → {response.status_code}"
        return Answer.of(response, ids)

    async def as_other(self, who: Somebody, door: Door, ids: dict[str, Any]) -> Answer:
        """Somebody of the other district, in their own district, with these ids."""
        address = door.at(self.other.district.code, ids)
        return await self.ask(door, address, ids, who.headers, token_for(who.token))


async def two_districts(house: House) -> Districts:
    """Kongtong with a round whose panel meets and a case gone to verification; Longxi beside it, equally busy."""
    victim = await a_bureau(house, await house.district("620802-kongtong"))
    village = await a_round(victim)
    case = await village.application(
        renamed(elderly_couple(), MARK), group_name=f"{MARK}组", address=f"{MARK}巷7号"
    )
    await village.form_panel()
    session = await village.meet(village.members)
    single = await victim.application(
        renamed(family_with_vehicle(), MARK), address=f"{MARK}巷8号", bank_account="6222020000007777"
    )
    await victim.take(single, "investigating")
    await victim.investigate(single)
    posted = await victim.take(await victim.application(renamed(elderly_couple(), f"{MARK}丙")), "posted")
    await victim.do("village_clerk", posted, "start_posting", {"photos": [victim.photo]})
    await house.work_off()
    await a_complaint(victim, f"{MARK}甲")
    longxi = await house.district("621122-longxi", {"tenant.plugins.sms_notice": {}})
    other = await a_bureau(house, longxi)
    area = longxi.code.ljust(12, "0")
    jack = await house.somebody(longxi, [(office, area) for office in OFFICES], name="外人")
    own = await other.application(renamed(elderly_couple(), "陇西"))
    names = ("system_admin", "security_admin", "audit_admin")
    made = Districts(
        house, victim, other, await _ids(victim, village.round.id, single, session.rpartition("/")[2]), jack,
        [await house.administrator(longxi, name) for name in names], case, own,
    )  # fmt: skip
    made.forms = {action: forms[0] for action, forms in forms_of(victim, single).items()}
    return made


async def _ids(bureau: Bureau, round_id: UUID, single: Case, session: str) -> dict[str, Any]:
    async with bureau.house.inside(bureau.district) as tx:

        async def first(sql: str) -> Any:
            return await tx.fetchval(sql)

        return {
            "case": single.id, "case_id": single.id, "round": round_id, "round_id": round_id,
            "session_id": UUID(session), "sha256": bureau.photo, "kind": "acceptance",
            "seal": await seal_of_acceptance(bureau, single), "notice": "accepted", "number": "F620802-202609-20260907",
            "name": "confirm", "have": "vehicle", "code": "A" * 20, "account_id": bureau.staff["confirming_officer"].id,
            "token": await first("SELECT token FROM posting LIMIT 1"),
            "request_id": await first("SELECT id FROM big_data_check_request LIMIT 1") or uuid4(),
            "complaint_id": await first("SELECT id FROM complaint LIMIT 1"), "position": "0", "area_code": bureau.village,
            "message_id": await first("SELECT id FROM sms_notice_message LIMIT 1") or uuid4(),
            **{name: uuid4() for name in ("batch_id", "run_id", "intake_id", "letter_id", "appraisal_id")},
        }  # fmt: skip


async def seal_of_acceptance(bureau: Bureau, case: Case) -> str:
    """What the QR code of the case's acceptance notice carries."""
    async with bureau.house.inside(bureau.district) as tx:
        situation = await bureau.house.zhunbao.situations.load(
            tx, bureau.staff["township_clerk"].actor, case.id
        )
        paper = (await papers_of(tx, situation))["acceptance"]
    return seal_of(bureau.house.zhunbao.cipher, bureau.district.id, case.id, "acceptance", paper)
