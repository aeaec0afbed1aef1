"""Acceptance cases 1, 3 and 4 of domain §7, through the JSON API, to the fen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from core.rules.facts import HouseholdFacts
from tests.builders.casework import Bureau, Case, a_bureau, p1_rules, renamed
from tests.builders.households import (
    elderly_couple,
    family_with_vehicle,
    marginal_family,
)

pytestmark = pytest.mark.anyio
D = Decimal


def money(found: Any) -> Decimal:
    return Decimal(str(found))


async def decided(bureau: Bureau, case: Case) -> dict[str, Any]:
    found: dict[str, Any] = (await bureau.read(case))["decision"]
    return found


async def posted(bureau: Bureau, applicant: str) -> list[dict[str, Any]]:
    """What anybody reads of a household, without signing in."""
    answer = await bureau.house.client.get(bureau.url("/postings"))
    assert answer.status_code == 200
    return [
        {"kind": posting["kind"], **entry}
        for posting in answer.json()
        for entry in posting["entries"]
        if entry["applicant"] == applicant
    ]


async def worksheet(bureau: Bureau, facts: HouseholdFacts) -> Case:
    """A household investigated and reckoned, nothing decided."""
    case = await bureau.take(await bureau.application(facts), "investigating")
    await bureau.investigate(case)
    return case


# --- 1 Elderly couple -------------------------------------------------------------------------------------------------


async def test_the_elderly_couple_receives_930_a_month_from_the_month_after_the_decision(
    bureau: Bureau,
) -> None:
    case = await bureau.take(await bureau.application(elderly_couple()), "reported")
    found = await decided(bureau, case)
    assert (found["category"], money(found["amount"])) == ("一类", D("930.00"))
    assert [money(share["amount"]) for share in found["shares"]] == [D("465.00"), D("465.00")]
    assert (found["other"]["mode"], money(found["other"]["amount"])) == ("gap", D("754.17"))

    decided_on = bureau.today
    await bureau.take(case, "active")
    async with bureau.house.inside(bureau.district) as tx:
        rolls = await tx.fetch(
            "SELECT category, mode, amount, persons, from_month FROM benefit WHERE process_id = $1", case.id
        )
    next_month = date(decided_on.year, decided_on.month + 1, 1)
    assert [tuple(r) for r in rolls] == [("一类", "tier", D("930.00"), 2, next_month)]
    shown = await posted(bureau, "马德福")
    assert [(e["kind"], e["persons"], money(e["amount"])) for e in shown] == [("long_term", 2, D("930.00"))]


async def test_without_the_daughters_consent_nothing_is_imputed_and_the_sheet_says_unverified(
    bureau: Bureau,
) -> None:
    case = await worksheet(bureau, renamed(elderly_couple(daughter_consents=False), "女"))
    assert money((await decided(bureau, case))["amount"]) == D("930.00")
    page = await bureau.house.client.get(
        f"/d/{bureau.district.code}/cases/{case.id}", headers=bureau.staff["township_reviewer"].headers
    )
    assert page.status_code == 200
    assert "社会救助法 41" in page.text
    assert "855" not in page.text
    await bureau.do("township_clerk", case, "withdraw", {"reason": "本人不愿再办", "signed": [bureau.photo]})


async def test_a_gap_district_where_the_pension_counts_pays_the_couple_534_17(bureau: Bureau) -> None:
    rules = p1_rules(mode="gap", income={"basic_pension_exempt": False})
    longxi = await bureau.house.district("621122-longxi", {"rules.sets": rules})
    elsewhere = await a_bureau(bureau.house, longxi)
    case = await elsewhere.take(await elsewhere.application(renamed(elderly_couple(), "陇")), "reported")
    found = await decided(elsewhere, case)
    assert (found["mode"], found["category"], money(found["amount"])) == ("gap", "一类", D("534.17"))
    assert (found["other"]["mode"], money(found["other"]["amount"])) == ("tier", D("930.00"))
    assert [money(share["amount"]) for share in found["shares"]] == [D("267.09"), D("267.08")]

    refused = await elsewhere.act("township_reviewer", case, "confirm")
    assert (refused.status_code, "审核" in refused.text) == (403, True), "delegated, yet to another person"
    await elsewhere.do("township_reviewer 2", case, "confirm")
    await elsewhere.take(case, "active")
    async with elsewhere.house.inside(longxi) as tx:
        assert await tx.fetchval("SELECT amount FROM benefit WHERE process_id = $1", case.id) == D("534.17")


# --- 3 Five-have hit, then objection ----------------------------------------------------------------------------------


async def with_vehicle_told(bureau: Bureau, name: str) -> Case:
    """The family of case 3 up to where it has explained; `name` sets it apart from other tests' families."""
    case = await bureau.application(renamed(family_with_vehicle(), name))
    await bureau.take(case, "investigating")
    await bureau.investigate(case)
    found = await decided(bureau, case)
    assert (found["status"], found["category"], money(found["amount"])) == ("suspended", "", D("0"))
    assert [r["code"] for r in found["reasons"]] == ["suspected_asset"]
    receipt = await bureau.do("township_clerk", case, "complete_investigation")
    assert receipt["state"] == "verification_notice", "a hit is told, never decided"
    await bureau.do("township_clerk", case, "serve_verification_notice", {"served_by": "in_person"})
    await bureau.do("township_clerk", case, "contest_finding", {"explanation": "车去年卖了，一直没有过户"})
    return case


async def resolved(bureau: Bureau, case: Case, status: str, code: str) -> None:
    [finding] = (await bureau.read(case))["findings"]
    form = {
        "finding": finding["id"],
        "status": status,
        "code": code,
        "reason": "看了合同和转账记录",
        "papers": [bureau.photo],
    }
    await bureau.do("verification_officer", case, "resolve_finding", form)
    await bureau.do("verification_officer", case, "complete_recheck")
    await bureau.do("township_clerk", case, "prepare_worksheet")


async def test_a_vehicle_proven_sold_is_cleared_and_the_family_receives_267(bureau: Bureau) -> None:
    case = await with_vehicle_told(bureau, "卖")
    await resolved(bureau, case, "cleared", "sold_not_transferred")
    found = await decided(bureau, case)
    assert (found["category"], money(found["amount"])) == ("三类", D("267.00"))
    assert (found["other"]["mode"], money(found["other"]["amount"])) == ("gap", D("395.00"))
    await bureau.take(case, "active")
    async with bureau.house.inside(bureau.district) as tx:
        assert await tx.fetchval("SELECT amount FROM benefit WHERE process_id = $1", case.id) == D("267.00")


@pytest.mark.parametrize(("value", "flagged"), [("49999.99", False), ("50000.00", True)])
async def test_the_vehicle_limit_flags_from_50000_yuan(bureau: Bureau, value: str, flagged: bool) -> None:
    case = await worksheet(bureau, renamed(family_with_vehicle(value), value))
    read = await bureau.read(case)
    assert [f["status"] for f in read["findings"]] == (["open"] if flagged else [])
    assert read["decision"]["status"] == ("suspended" if flagged else "eligible")


async def test_an_upheld_vehicle_is_denied_by_the_district_in_writing_within_three_working_days(
    bureau: Bureau,
) -> None:
    case = await with_vehicle_told(bureau, "用")
    await resolved(bureau, case, "upheld", "confirmed")
    await bureau.take(case, "reported")
    refused = await bureau.act("confirming_officer", case, "confirm")
    assert (refused.status_code, "财产" in refused.text) == (403, True)
    await bureau.do("confirming_officer", case, "deny", {"reason": "车辆在用，价值超过规定"})
    due = (await bureau.read(case))["deadlines"][0]
    served_by = date.fromisoformat(due["due"])
    assert 3 <= (served_by - bureau.today).days <= 10
    async with bureau.house.inside(bureau.district) as tx:
        assert await tx.fetchval("SELECT count(*) FROM benefit WHERE process_id = $1", case.id) == 0
    page = await bureau.house.client.get(
        f"/d/{bureau.district.code}/cases/{case.id}/papers/denial",
        headers=bureau.staff["township_clerk"].headers,
    )
    assert page.headers["content-type"] == "application/pdf"
    receipt = await bureau.do(
        "township_clerk", case, "serve_refusal", {"served_by": "in_person", "receipt": [bureau.photo]}
    )
    assert receipt["state"] == "refused"


# --- 4 Marginal household ---------------------------------------------------------------------------------------------


async def test_the_marginal_household_is_not_eligible_and_its_mother_may_apply_alone(bureau: Bureau) -> None:
    case = await worksheet(bureau, marginal_family())
    found = await decided(bureau, case)
    assert (found["status"], found["marginal"], money(found["amount"])) == ("ineligible", True, D("0"))
    assert [(s["name"], s["category"], money(s["amount"])) for s in found["single_entries"]] == [
        ("郑芳", "一类", D("465.00"))
    ]


async def test_the_mother_alone_receives_465_and_is_published_as_one_person_without_her_disability(
    bureau: Bureau,
) -> None:
    case = await bureau.application(renamed(marginal_family(alone=True), "独"))
    await bureau.take(case, "active")
    found = await decided(bureau, case)
    assert (found["category"], money(found["amount"]), found["persons"]) == ("一类", D("465.00"), 1)
    [shown] = await posted(bureau, "吴海独")
    assert (shown["persons"], money(shown["amount"])) == (1, D("465.00"))
    assert set(shown) == {"kind", "applicant", "persons", "amount"}, "on line stands less than on the board"


async def test_insuring_only_some_members_of_an_eligible_household_is_blocked(bureau: Bureau) -> None:
    family = renamed(msgspec.structs.replace(marginal_family(alone=True), income=()), "全")
    case = await worksheet(bureau, family)
    found = await decided(bureau, case)
    assert (found["status"], [r["code"] for r in found["reasons"]]) == ("blocked", ["whole_household"])
    await bureau.do("township_clerk", case, "complete_investigation")
    form = {"opinion": "approve", "reason": "建议只保一人"}
    assert (await bureau.act("township_reviewer", case, "give_opinion", form)).status_code == 403
