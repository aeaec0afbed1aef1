"""Acceptance case 5 of domain §7 through the JSON API: hearing, grace at the frozen amount, end, remedies."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest
from pypdf import PdfReader

from core.rules.facts import HouseholdFacts, IncomeKind
from tests.builders.casework import Bureau, Case, renamed
from tests.builders.households import AHousehold, family_with_employed_son

pytestmark = pytest.mark.anyio
D = Decimal

HEARD = {"present": "冯玉兰、何刚", "said": "儿子刚找到工作，希望缓一缓"}
WHY = {"reason": "儿子就业后人均收入超过保障标准"}


async def rolls(bureau: Bureau, case: Case) -> list[tuple[object, ...]]:
    async with bureau.house.inside(bureau.district) as tx:
        rows = await tx.fetch(
            """SELECT amount, from_month, until_month FROM benefit b JOIN process p ON p.subject_id = b.household_id
               WHERE p.id = $1 ORDER BY from_month""",
            case.id,
        )
    return [tuple(row) for row in rows]


async def reviewed(bureau: Bureau, case: Case, facts: HouseholdFacts) -> None:
    """A review with a new visit, report and worksheet, concluded with the proposal to stop."""
    await bureau.do("township_clerk", case, "start_review", {"cause": "change"})
    await bureau.investigate(case, facts)
    form = {"outcome": "propose_stop", "reason": "重新核算后人均收入超过保障标准"}
    refused = await bureau.act("township_reviewer", case, "conclude_review", form | {"outcome": "keep"})
    assert (refused.status_code, "拟停发" in refused.text) == (422, True)
    receipt = await bureau.do("township_reviewer", case, "conclude_review", form)
    assert receipt["state"] == "hearing"


async def heard(bureau: Bureau, case: Case) -> None:
    await bureau.do("township_clerk", case, "record_hearing", HEARD | {"signed": [bureau.photo]})


async def paper(bureau: Bureau, case: Case, kind: str) -> str:
    address = f"/d/{bureau.district.code}/cases/{case.id}/papers/{kind}"
    answer = await bureau.house.client.get(address, headers=bureau.staff["township_clerk"].headers)
    assert answer.status_code == 200, answer.text
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)


async def test_an_employed_son_leads_to_grace_at_1326_until_march_and_the_end_on_the_first_of_april(
    bureau: Bureau,
) -> None:
    case = await bureau.application(family_with_employed_son(employed=False))
    await bureau.take(case, "active")
    assert await rolls(bureau, case) == [(D("1326.00"), date(2026, 9, 1), None)]

    bureau.on(date(2026, 9, 10))
    await reviewed(bureau, case, family_with_employed_son())
    for action in ("decide_termination", "decide_grace", "decide_reduction"):
        refused = await bureau.act("confirming_officer", case, action, WHY)
        assert (refused.status_code, "社会救助法 48" in refused.text) == (403, True), action
    assert await rolls(bureau, case) == [(D("1326.00"), date(2026, 9, 1), None)], "nothing changes unheard"

    await heard(bureau, case)
    await bureau.do("confirming_officer", case, "decide_grace", WHY)
    assert await rolls(bureau, case) == [(D("1326.00"), date(2026, 9, 1), date(2027, 4, 1))]
    text = "".join((await paper(bureau, case, "grace")).split())
    for expected in ("2026年10月", "2027年3月", "1,326.00", "7,956.00", "2027年4月", "行政复议", "行政诉讼"):
        assert expected in text, expected

    bureau.on(date(2027, 3, 31))
    assert (await bureau.act("confirming_officer", case, "end_grace")).status_code == 403
    bureau.on(date(2027, 4, 1))
    receipt = await bureau.do("confirming_officer", case, "end_grace")
    assert receipt["state"] == "terminated"
    text = "".join((await paper(bureau, case, "termination")).split())
    for expected in ("2027年4月", "低保边缘", "行政复议", "行政诉讼"):
        assert expected in text, expected
    postings = (await bureau.house.client.get(bureau.url("/postings"))).json()
    assert not [e for p in postings for e in p["entries"] if e["applicant"] == "冯玉兰"]


async def test_an_inheritance_gives_no_grace(bureau: Bureau) -> None:
    poor = renamed(family_with_employed_son(employed=False), "继")
    case = await bureau.take(await bureau.application(poor), "active")
    rich = AHousehold(family_with_employed_son(employed=False)).with_income(
        IncomeKind.OTHER, 18240, "何刚", basis="继承"
    )
    await reviewed(bureau, case, renamed(rich.facts, "继"))
    await heard(bureau, case)
    refused = await bureau.act("confirming_officer", case, "decide_grace", WHY)
    assert (refused.status_code, "新就业" in refused.text) == (403, True)
    receipt = await bureau.do("confirming_officer", case, "decide_termination", WHY)
    assert receipt["state"] == "terminated"
    assert "行政复议" in "".join((await paper(bureau, case, "termination")).split())
