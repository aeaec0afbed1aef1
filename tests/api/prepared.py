"""A district in the middle of its work, with everything an address can name: cases in every state, a round at its vote,
text messages, a verification request; and people of every office, a household among them.

prepared = await a_prepared_district(house)
prepared.ids("/api/cases/{process_id}")            # what may stand for each parameter of an address
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from core.complaints.forms import PublicComplaintForm
from core.complaints.intake import Intake
from core.jobs.deliveries import Deliveries
from core.registry import receipts
from core.rules.facts import HouseholdFacts
from core.settings import Keyring
from core.storage.embedded import Urls
from core.tenancy.tenants import Tenant
from plugins.sms_notice import replies
from tests.builders.casework import Bureau, Case, a_bureau, id_numbers, renamed, start_on
from tests.builders.households import elderly_couple
from tests.builders.installation import ADMINISTRATORS, House, Somebody, an_installation
from tests.builders.village_round import VillageRound, a_round

BEGIN = date(2026, 8, 10)
PHONE = "13800000001"
STATES = ("draft", "submitted", "accepted", "investigating", "assessed", "posted", "reported", "active")
NUMERALS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"


@dataclass
class Prepared:
    """`cases` by the state they stand in; `spares` are accounts nobody needs, to be disabled by whoever may."""

    bureau: Bureau
    round: VillageRound
    voting: Case
    session: str
    cases: dict[str, Case]
    household: Somebody
    spares: Sequence[Somebody] = ()
    administrators: Mapping[str, Somebody] = field(default_factory=dict)
    rechecks: Sequence[str] = ()
    messages: Sequence[str] = ()
    letters: Sequence[str] = ()
    requests: Sequence[str] = ()
    postings: Sequence[str] = ()
    complaints: Sequence[str] = ()
    receipts: Sequence[str] = ()

    @property
    def house(self) -> House:
        return self.bureau.house

    @property
    def district(self) -> Tenant:
        return self.bureau.district

    @property
    def base(self) -> str:
        return f"/d/{self.district.code}"

    @property
    def people(self) -> dict[str, Somebody | None]:
        """Who asks: one of every office, a panel member, the household, and nobody."""
        staff = {name: who for name, who in self.bureau.staff.items() if not name.endswith(" 2")}
        return {
            "nobody": None, **staff, "panel_member": self.round.members[0], "household": self.household,
            **self.administrators,
        }  # fmt: skip

    def ids(self, path: str) -> dict[str, list[str]]:
        """Real values for the parameters of an address, so that its handler is entered."""
        rounds, cases = [str(self.round.round.id)], [str(case.id) for case in self.cases.values()]
        voting = [str(self.voting.id)]
        return {
            "district": [self.district.code], "round_id": rounds, "sha256": [self.bureau.photo],
            "process_id": rounds if "/rounds/" in path else [*cases, *voting],
            "case_id": voting if "women_panel" in path else [str(self.cases["investigating"].id), *cases],
            "session_id": [self.session.rpartition("/")[2]], "message_id": [*self.messages],
            "request_id": [*self.requests], "account_id": [str(spare.id) for spare in self.spares],
            "notice": ["accepted", "visit"], "token": [*self.postings], "kind": ["acceptance", "posting"] if "/admin/" in path else ["decision", "acceptance"],
            "seal": ["A" * 24], "have": ["vehicle", "deposits"], "number": ["F620802-202609-20260907"], "code": [*self.receipts], "run_id": [*self.rechecks], "letter_id": [*self.letters],
            "complaint_id": [*self.complaints], "position": ["0"], "area_code": [self.bureau.village],
            **{name: [str(UUID(int=7))] for name in ("batch_id", "intake_id", "appraisal_id")},
        }  # fmt: skip


@asynccontextmanager
async def a_busy_district(urls: Urls, folder: Path, keys: Keyring) -> AsyncIterator[Prepared]:
    start_on(folder, BEGIN)
    async with an_installation(urls, folder, keys) as house:
        yield await a_prepared_district(house)


async def a_prepared_district(
    house: House,
    states: Sequence[str] = STATES,
    *,
    office: Callable[[Bureau], Bureau] = lambda b: b,
    mark: str = "",
    values: Mapping[str, Any] | None = None,
) -> Prepared:
    """Some seconds of work. The round first: whoever is paid when it closes has to be listed in it.

    `office` may stand in for the bureau; every household's names end in `mark`. `values` replace settings.
    """
    district = await house.district(values=values)
    bureau = office(await a_bureau(house, district))
    village = await a_round(bureau)
    voting = await village.application(named(f"村{mark}"), **with_phone(named(f"村{mark}")))
    await village.form_panel()
    session = await village.meet(village.members[:9])
    cases = {state: await _case(bureau, f"{NUMERALS[n]}{mark}", state) for n, state in enumerate(states)}
    await _ask_for_verification(bureau, cases)
    made = Prepared(bureau, village, voting, session, cases, await _party(bureau, cases))
    async with house.inside(district) as tx:
        made.receipts = [await receipts.code_of(tx, house.zhunbao.cipher, cases[states[-1]].id)]
    made.rechecks = [await _a_recheck(bureau)]
    made.spares = [
        await house.person(district, "observer", bureau.village, name=f"备用{n}") for n in range(4)
    ]
    made.administrators = {
        role: await house.person(district, role) for role in (*ADMINISTRATORS, "province_operator")
    }
    await deliver_events(bureau)
    made.complaints = [await a_complaint(bureau, f"{NUMERALS[0]}{mark}")]
    await _an_answer(bureau)
    async with house.inside(district) as tx:
        made.letters = [str(r["id"]) for r in await tx.fetch("SELECT id FROM sms_notice_reply LIMIT 9")]
        made.messages = [str(r["id"]) for r in await tx.fetch("SELECT id FROM sms_notice_message LIMIT 9")]
        made.requests = [
            str(r["id"]) for r in await tx.fetch("SELECT id FROM big_data_check_request LIMIT 9")
        ]
        made.postings = [r["token"] for r in await tx.fetch("SELECT token FROM posting LIMIT 9")]
    return made


async def a_complaint(bureau: Bureau, whom: str) -> str:
    """One that came on line, with a name; its id."""
    form = PublicComplaintForm(
        about="household", area_code=bureau.village, content=f"反映{whom}有小汽车", whom=whom, name=whom
    )
    z = bureau.house.zhunbao
    receipt = await Intake(z.complaints).complain(bureau.district.id, form, whom)
    async with bureau.house.inside(bureau.district) as tx:
        return str(await tx.fetchval("SELECT id FROM complaint WHERE number = $1", receipt.number))


def named(suffix: str) -> HouseholdFacts:
    return renamed(elderly_couple(), suffix)


def with_phone(facts: HouseholdFacts, phone: str = PHONE) -> dict[str, Any]:
    """The members of an application whose applicant can be sent text messages."""
    members = [
        {"name": m.name, "relation": m.relation, "id_number": number}
        for m, number in zip(facts.members, id_numbers(facts), strict=True)
    ]
    members[0]["phone"] = phone
    return {"members": members}


async def _case(bureau: Bureau, suffix: str, state: str) -> Case:
    facts = named(suffix)
    return await bureau.take(await bureau.application(facts, **with_phone(facts)), state)


async def _ask_for_verification(bureau: Bureau, cases: Mapping[str, Case]) -> None:
    if case := cases.get("investigating"):
        await bureau.do("visitor", case, "record_visit", bureau.visit(case))
        await bureau.do("township_clerk", case, "request_verification")


async def _a_recheck(bureau: Bureau) -> str:
    """Of everyone on the rolls, queued; its id."""
    started = await bureau.post("verification_officer", "/x/big_data_check/bulk", {})
    assert started.status_code < 300, started.text
    return str(started.json()["id"])


async def _an_answer(bureau: Bureau) -> None:
    """A text that somebody who was sent a notice wrote back."""
    z = bureau.house.zhunbao
    async with bureau.house.inside(bureau.district) as tx:
        context = z.host.context(await z.runtimes.scope(tx), "sms_notice")
        assert await replies.take(tx, context, PHONE, "什么时候来我家？", "kannel")


async def _party(bureau: Bureau, cases: Mapping[str, Case]) -> Somebody:
    """The applicant of a case, with an account of their own."""
    case = cases.get("active") or next(iter(cases.values()))
    name = case.facts.applicant.name
    return await bureau.house.person(
        bureau.district, "applicant", bureau.village, name=name, person_id=UUID(case.people[name])
    )


async def deliver_events(bureau: Bureau) -> None:
    """What the worker would tell the plugins; nothing is sent anywhere, so that no outside is needed."""
    z = bureau.house.zhunbao
    deliveries = Deliveries(z.database, z.host, z.runtimes.scope)
    async with bureau.house.inside(bureau.district) as tx:
        queued = await tx.fetch(
            "SELECT convert_from(payload, 'utf8') AS sent FROM pgqueuer WHERE entrypoint = 'process_event' ORDER BY id"
        )
        plugins = z.host.implementers("process_events", await z.runtimes.scope(tx))
    for row in queued:
        for plugin in plugins:
            await deliveries.deliver_event({**msgspec.json.decode(row["sent"]), "plugin": plugin})
