"""A village round through the JSON API, step by step: the office of a `Bureau` with a panel of eleven.

village = await a_round(bureau, panel=sisters)
case = await village.application(family)           # accepted, relatives declared
await village.panel_meets(); session = await village.session(present); …
await village.until("final_review", cases)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import httpx

from core.registry.people import PersonPrivate
from core.registry.resident_id import check_character
from core.rules.facts import HouseholdFacts
from tests.builders.casework import Bureau, Case
from tests.builders.installation import Somebody

SIZE = 11


@dataclass
class VillageRound:
    """One round and its panel. `round` is a process like a case, for `bureau.do`."""

    bureau: Bureau
    round: Case
    members: list[Somebody]
    watchers: Sequence[Somebody]
    """A villager who has not applied, and watches."""

    async def do(self, somebody: str | Somebody, action: str, form: Mapping[str, Any] | None = None) -> Any:
        return await self.bureau.do(somebody, self.round, action, form)

    async def state(self) -> str:
        return str((await self.bureau.read(self.round))["state"])

    async def open_applications(self) -> None:
        photo = self.bureau.photo
        form = {
            "held_on": self.bureau.today.isoformat(), "place": "村委会", "agenda": ["讲解政策"], "households": 40,
            "households_total": 60, "photos": [photo],
        }  # fmt: skip
        await self.do("village_clerk", "record_mobilisation", form)
        await self.do("township_clerk", "open_applications")

    async def application(
        self, facts: HouseholdFacts, sister: Somebody | None = None, **household: Any
    ) -> Case:
        """A household's case in this round, accepted, with the applicant's sister declared where there is one."""
        bureau = self.bureau
        case = await bureau.application(facts, round=str(self.round.id), **household)
        await bureau.take(case, "accepted")
        form: dict[str, Any] = {"none": True}
        if sister is not None:
            line = {
                "member": case.people[facts.applicant.name], "relative": sister.actor.name, "relation": "sibling",
                "position": "妇女评议小组成员", "account": str(sister.id),
            }  # fmt: skip
            form = {"relatives": [line]}
        await bureau.do("township_clerk", case, "declare_relatives", form)
        return case

    async def form_panel(self) -> None:
        """Applications end; the eleven are nominated, elected, declare that they are nobody's kin, and are registered."""
        await self.do("township_clerk", "close_applications")
        for action, form in formation(self.members, self.watchers, self.bureau.today):
            await self.do("panel_host", action, form)

    # --- the panel -------------------------------------------------------------------------------------------------

    async def post(self, somebody: str | Somebody, path: str, body: Any = None) -> httpx.Response:
        return await self.bureau.post(somebody, f"/x/women_panel{path}", body or {})

    async def meet(self, present: Sequence[Somebody]) -> str:
        """A session with these members in the room; its path."""
        opened = await self.post("panel_host", f"/rounds/{self.round.id}/sessions")
        assert opened.status_code == 201, opened.text
        path = f"/sessions/{opened.json()['id']}"
        here = await self.post("panel_host", f"{path}/attendance", {"present": [str(m.id) for m in present]})
        assert here.status_code == 200, here.text
        return path

    async def vote(self, session: str, case: Case, who: Somebody, choice: str) -> httpx.Response:
        return await self.post(who, f"{session}/cases/{case.id}/ballots", {"choice": choice})

    async def count(self, session: str, case: Case) -> dict[str, Any]:
        closed = await self.post("panel_host", f"{session}/cases/{case.id}/close")
        assert closed.status_code == 200, closed.text
        found: dict[str, Any] = closed.json()
        return found

    async def adjourn(self, session: str) -> None:
        """The session ends and its minutes are signed and sealed; so does the panel's meeting."""
        closed = await self.post("panel_host", f"{session}/close")
        assert closed.status_code == 200, closed.text
        sealed = await self.post("panel_host", f"{session}/minutes", {"papers": [self.bureau.photo]})
        assert sealed.status_code == 200, sealed.text
        await self.do("panel_host", "close_appraisal")

    # --- from the visits on ----------------------------------------------------------------------------------------

    async def visit(self, cases: Sequence[Case]) -> None:
        """Everybody is visited by two and reckoned; the village deliberates."""
        bureau = self.bureau
        for case in cases:
            await bureau.do("township_clerk", case, "start_investigation")
            await bureau.do("visitor", case, "record_visit", bureau.visit(case))
            await bureau.do("township_clerk", case, "prepare_worksheet")
            await bureau.do("township_clerk", case, "complete_investigation")
        await self.do("township_clerk", "complete_visits")
        await self.weigh(cases)

    async def weigh(self, cases: Sequence[Case]) -> None:
        """The comprehensive appraisal: an opinion on every household, signed on paper."""
        takers = [{"name": name, "role": "村民代表"} for name in ("李建国", "王秀英", "赵满仓")]
        opened = await self.post(
            "township_clerk",
            f"/rounds/{self.round.id}/appraisals",
            {"place": "村委会", "participants": takers},
        )
        assert opened.status_code == 201, opened.text
        held = f"/appraisals/{opened.json()['id']}"
        for case in cases:
            form = {"case_id": str(case.id), "stance": "include", "reason": "逐户议过，没有不同意见"}
            given = await self.post("township_clerk", f"{held}/opinions", form)
            assert given.status_code == 200, given.text
        end = {"notes": "逐户议过", "papers": [self.bureau.photo]}
        closed = await self.post("township_clerk", f"{held}/close", end)
        assert closed.status_code == 200, closed.text

    async def post_village_list(self) -> None:
        await self._post("village_posting")

    async def review(self, cases: Sequence[Case]) -> None:
        for case in cases:
            await self.bureau.do("township_reviewer", case, "give_opinion", await self.bureau.opinion(case))
        await self.do("township_reviewer", "complete_review")

    async def verify(self, cases: Sequence[Case]) -> None:
        """Every source is asked and has answered that it holds nothing."""
        bureau = self.bureau
        for case in cases:
            await bureau.do("township_clerk", case, "request_verification")
            await bureau.do("verification_officer", case, "file_verification_report", bureau.report(case))
            await bureau.do("township_clerk", case, "prepare_worksheet")
            await bureau.do("township_clerk", case, "complete_investigation")
        await self.do("verification_officer", "complete_verification")

    async def hang_second_list(self) -> None:
        await self.do("village_clerk", "start_second_posting", {"photos": [self.bureau.photo]})

    async def end_second_list(self) -> None:
        self.bureau.house.later(days=8)
        await self.do("village_clerk", "end_second_posting", {"photos": [self.bureau.photo]})

    async def draw(self) -> None:
        await self.do("district_officer", "draw_sample")

    async def decide(self, cases: Sequence[Case]) -> None:
        """Who must be visited is visited; every household is confirmed and published; the round ends."""
        bureau = self.bureau
        for case in cases:
            marks = set((await bureau.read(case))["marks"])
            if marks & {"relative_flag", "complaint", "drawn"}:
                await bureau.do("district_officer", case, "send_to_spot_check")
                await bureau.do("spot_checker", case, "record_spot_check", bureau.spot_check())
            await bureau.do("confirming_officer", case, "confirm")
            await bureau.do("township_clerk", case, "publish")
        await self.do("district_officer", "complete_round")

    async def _post(self, kind: str) -> None:
        photos = {"photos": [self.bureau.photo]}
        await self.do("village_clerk", f"start_{kind}", photos)
        self.bureau.house.later(days=8)
        await self.do("village_clerk", f"end_{kind}", photos)


async def a_round(bureau: Bureau) -> VillageRound:
    """A round that takes applications, and eleven villagers who will be its panel."""
    house, district = bureau.house, bureau.district
    bureau.staff["panel_host"] = await house.person(district, "panel_host", bureau.village, name="主持人")
    members = []
    for n in range(SIZE):
        person = await villager(bureau, f"组员{n + 1}", 700 + n)
        members.append(
            await house.person(
                district, "panel_member", bureau.village, name=f"组员{n + 1}", person_id=person
            )
        )
    opened = await bureau.post("township_clerk", "/rounds", {"area_code": bureau.village})
    assert opened.status_code == 201, opened.text
    watchers = [
        await house.person(
            district, "observer", bureau.village, name=name, person_id=await villager(bureau, name, 790 + n)
        )
        for n, name in enumerate(("村民代表", "组长", "乡镇干部"))
    ]
    made = VillageRound(bureau, Case(UUID(opened.json()["process_id"]), None, "round"), members, watchers)  # type: ignore[arg-type]
    await made.open_applications()
    return made


def formation(
    members: Sequence[Somebody], watchers: Sequence[Somebody], day: date, **more: Any
) -> list[tuple[str, dict[str, Any]]]:
    """The steps by which these members become the panel, in order: action and form. `more` goes into the election.

    `watchers`: a villager who did not apply, then one of a village group, then one of the township; or fewer.
    """
    names = {m.actor.name: m for m in members}
    held = {"held_on": day.isoformat(), "place": "村委会", "seats": len(members)}
    election = held | {
        "chair": "主持人", "tellers": "监票人、计票人", "entitled": 100, "attended": 60, "issued": 60, "valid": 58,
        "votes": [{"name": name, "votes": 50 - n} for n, name in enumerate(names)],
        "observers": [
            {"account": str(who.id), "kind": kind}
            for who, kind in zip(watchers, ("villager", "group", "township"), strict=False)
        ],
    }  # fmt: skip
    nominees = [
        {"name": name, "nominated_by": "一组", "answer": "accepted", "account": str(m.id)}
        for name, m in names.items()
    ]
    accounts = [str(m.id) for m in members]
    return [
        ("announce_election", held | {"nominate_until": day.isoformat()}),
        ("nominate", {"nominees": nominees}),
        ("record_election", election | more),
        ("declare_member_kin", {"declared": accounts}),
        ("form_panel", {"members": accounts, "observers": [str(w.id) for w in watchers], "attendance": 60}),
    ]


async def villager(bureau: Bureau, name: str, number: int) -> UUID:
    """Somebody on the register who belongs to no household yet."""
    body = f"6208021970010{number % 9 + 1}{number:03d}"
    private = PersonPrivate(body + check_character(body), date(1970, 1, number % 9 + 1), "female")
    async with bureau.house.inside(bureau.district) as tx:
        return await bureau.house.zhunbao.registry.put_person(tx, name, private)
