"""What is posted for everybody: name, number, amount; group and category on the board — and nothing else of any household (57号 24).

Every field of every member is filled with something to be found again; page, notice, PDF and API are searched for it.
"""

from __future__ import annotations

import io
import re
from typing import Any

import msgspec
import pytest
from pypdf import PdfReader

from core.rules.facts import HouseholdFacts, IncomeKind
from tests.builders.casework import Bureau, Case, id_numbers, renamed
from tests.builders.households import (
    AHousehold,
    elderly_couple,
    family_with_relative_on_panel,
    marginal_family,
)
from tests.builders.village_round import VillageRound, a_round

pytestmark = pytest.mark.anyio

ACCOUNT = "6222021234567890123"
PHONE = "13912345678"
ADDRESS = "水桥村槐树巷19号"
OBJECTOR, REPORTER = "贾异议", "甄举报"
SAID = ("儿子在兰州买了房", "有人看见他家开车")
ALLOWED = {"applicant", "persons", "amount"}
AROUND = {"token", "kind", "label", "area", "area_code", "starts_on", "ends_on", "entries", "days"}


def with_everything(facts: HouseholdFacts) -> HouseholdFacts:
    """All that is never posted, without changing who is entitled to what."""
    applicant = facts.applicant.name
    return (
        AHousehold(facts)
        .with_income(IncomeKind.FAMILY_PLANNING, 1357, applicant, basis="计生奖励一年")
        .with_deposit(applicant, 8642)
        .with_vehicle(applicant, "甘L86420", 4321)
        .with_medical_cost(applicant, 246)
        .facts
    )


def forbidden(facts: HouseholdFacts) -> set[str]:
    """Every value of a household that must not be found anywhere."""
    others = {m.name for m in facts.members} - {facts.applicant.name}
    births = {m.birth_date.isoformat() for m in facts.members}
    disabled = {m.disability.kind.label for m in facts.members if m.disability}
    amounts = {f"{line.amount:.2f}" for line in facts.income} | {
        f"{line.amount:,.2f}" for line in facts.income
    }
    return {
        *others, *births, *disabled, *amounts, *id_numbers(facts), *(s.name for s in facts.supporters), ACCOUNT, PHONE,
        ADDRESS, "86420", "8642.00", "8,642", "4321", "1357", "计生奖励", "残疾", "慢性病", "重特大", "低保边缘", "劳动能力",
        "核对", OBJECTOR, REPORTER, *SAID, "回避", "评议",
    }  # fmt: skip


async def open_documents(bureau: Bureau) -> dict[str, str]:
    """Everything anybody can read without signing in or on the village's board, as text, by address."""
    client, base = bureau.house.client, f"/d/{bureau.district.code}"
    clerk = bureau.staff["township_clerk"].headers
    found: dict[str, str] = {}
    listed = await client.get(f"{base}/api/postings")
    assert listed.status_code == 200
    found["api"] = listed.text
    addresses = [f"{base}/p/postings"]
    for posting in listed.json():
        assert set(posting) <= AROUND
        assert all(set(entry) <= ALLOWED for entry in posting["entries"])
        addresses.append(f"{base}/p/postings/{posting['token']}")
        one = f"{base}/postings/{posting['token']}"
        addresses += [f"{one}/notice", f"{one}/notice?projector=1"]
        pdf = await client.get(f"{one}/notice.pdf", headers=clerk)
        assert pdf.headers["content-type"] == "application/pdf"
        pages = PdfReader(io.BytesIO(pdf.content)).pages
        found[f"{one}/notice.pdf"] = "".join(page.extract_text() for page in pages)
        found[f"{one}/notice.pdf as bytes"] = pdf.content.decode("latin-1")
    for address in addresses:
        page = await client.get(address, headers=clerk if "/notice" in address else {})
        assert page.status_code == 200, address
        assert "noindex" in page.headers["x-robots-tag"]
        found[address] = page.text
    return found


def searched(documents: dict[str, str], households: list[HouseholdFacts], posted: list[str]) -> None:
    """Nothing forbidden is anywhere, in whatever way it is broken into lines; what is posted is in every document."""
    for address, text in documents.items():
        joined = re.sub(r"\s+", "", text)
        for facts in households:
            for value in forbidden(facts):
                assert value not in text, f"{value} stands in {address}"
                assert re.sub(r"\s+", "", value) not in joined, f"{value} stands in {address}"
    for name in posted:
        assert any(
            name in re.sub(r"\s+", "", text)
            for where, text in documents.items()
            if where.endswith("notice.pdf")
        )
        assert name in documents["api"]


async def household(village: VillageRound, facts: HouseholdFacts) -> Case:
    sent = {"address": ADDRESS, "bank_account": ACCOUNT, "group_name": "七组"}
    return await village.application(facts, **sent)


async def private(bureau: Bureau, case: Case) -> None:
    """Phones are registered with the members; one person on file is enough to be found again."""
    async with bureau.house.inside(bureau.district) as tx:
        registry = bureau.house.zhunbao.registry
        people = await registry.people(tx, await _ids(tx, case))
        for person in people.values():
            await registry.put_person(tx, person.name, msgspec.structs.replace(person.private, phone=PHONE))


async def _ids(tx: Any, case: Case) -> list[Any]:
    rows = await tx.fetch(
        "SELECT person_id FROM household_member m JOIN process p ON p.subject_id = m.household_id WHERE p.id = $1",
        case.id,
    )
    return [row["person_id"] for row in rows]


async def test_neither_page_nor_pdf_nor_api_shows_anything_that_is_never_posted(bureau: Bureau) -> None:
    village = await a_round(bureau)
    households = [with_everything(elderly_couple()), with_everything(family_with_relative_on_panel())]
    cases = [await household(village, facts) for facts in households]
    for case in cases:
        await private(bureau, case)
    complaint = {"channel": "phone", "content": SAID[1], "reporter": REPORTER}
    await bureau.do("observer", cases[0], "register_complaint", complaint)
    await village.form_panel()
    session = await village.meet(village.members)
    for case in cases:
        for member in village.members:
            await village.vote(session, case, member, "agree")
        await village.count(session, case)
    await village.adjourn(session)
    await village.visit(cases)

    names = [facts.applicant.name for facts in households]
    await village.do("village_clerk", "start_village_posting", {"photos": [bureau.photo]})
    searched(await open_documents(bureau), households, names)
    bureau.house.later(days=8)
    await village.do("village_clerk", "end_village_posting", {"photos": [bureau.photo]})
    assert (await bureau.house.client.get(bureau.url("/postings"))).json() == []

    await village.review(cases)
    await village.verify(cases)
    await village.hang_second_list()
    objection = {"channel": "phone", "content": SAID[0], "objector": OBJECTOR}
    searched(await open_documents(bureau), households, names)
    await bureau.do("observer", cases[1], "record_objection", objection)
    searched(await open_documents(bureau), households, [])
    await answered(bureau, cases[1])
    await village.end_second_list()
    await village.draw()
    await village.decide(cases)
    searched(await open_documents(bureau), households, names)


async def answered(bureau: Bureau, case: Case) -> None:
    """The objection is looked into, answered, and the case posted again by itself for its seven days."""
    await bureau.do("visitor", case, "record_reinvestigation", {"findings": "走访邻居，房子是他兄弟的"})
    await bureau.do(
        "township_reviewer", case, "answer_objection", {"well_founded": False, "reply": "经查不属实"}
    )
    await bureau.do("township_reviewer", case, "give_opinion", await bureau.opinion(case))
    await bureau.do("village_clerk", case, "start_posting", {"photos": [bureau.photo]})
    bureau.house.later(days=8)
    await bureau.do("village_clerk", case, "end_posting", {"photos": [bureau.photo]})


async def test_one_person_insured_alone_is_posted_as_one_and_without_a_ground(bureau: Bureau) -> None:
    facts = renamed(marginal_family(alone=True), "单")
    case = await bureau.take(await bureau.application(facts, group_name="八组"), "posted")
    await bureau.do("village_clerk", case, "start_posting", {"photos": [bureau.photo]})
    documents = await open_documents(bureau)
    posted = [e for p in msgspec.json.decode(documents["api"]) for e in p["entries"]]
    assert [e["persons"] for e in posted if e["applicant"] == facts.applicant.name] == [1]
    for text in documents.values():
        for name in {m.name for m in facts.members} - {facts.applicant.name}:
            assert name not in text
        assert "精神" not in text
        assert "残疾" not in text


async def test_a_posting_is_gone_when_its_time_is_over_and_its_address_with_it(bureau: Bureau) -> None:
    case = await bureau.take(
        await bureau.application(renamed(elderly_couple(), "满"), group_name="九组"), "posted"
    )
    await bureau.do("village_clerk", case, "start_posting", {"photos": [bureau.photo]})
    [posting] = [
        p
        for p in (await bureau.house.client.get(bureau.url("/postings"))).json()
        if p["entries"][0]["applicant"] == facts_name(case)
    ]
    one = f"/d/{bureau.district.code}/p/postings/{posting['token']}"
    assert (await bureau.house.client.get(one)).status_code == 200
    bureau.house.later(days=8)
    board = one.replace("/p/", "/")
    for address in (one, f"{one}/qr.svg", f"{board}/notice", f"{board}/notice.pdf"):
        gone = await bureau.house.client.get(address, headers=bureau.staff["township_clerk"].headers)
        assert gone.status_code == 404
        assert facts_name(case) not in gone.text
    assert facts_name(case) not in (await bureau.house.client.get(bureau.url("/postings"))).text


def facts_name(case: Case) -> str:
    return case.facts.applicant.name
