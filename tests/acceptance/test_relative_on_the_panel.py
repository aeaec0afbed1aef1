"""Acceptance case 2 of domain §7: the applicant's sister sits on the panel; its "no" does not end a case."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.builders.casework import Bureau, Case, renamed
from tests.builders.households import family_with_relative_on_panel
from tests.builders.village_round import VillageRound, a_round

pytestmark = pytest.mark.anyio
D = Decimal


async def voted(village: VillageRound, session: str, case: Case, choices: str) -> dict[str, Any]:
    """The eligible members in the room vote: y, n, and a for abstaining."""
    words = {"y": "agree", "n": "disagree", "a": "abstain"}
    for member, choice in zip(village.members[1:9], choices, strict=True):
        answer = await village.vote(session, case, member, words[choice])
        assert answer.status_code == 201, answer.text
    return await village.count(session, case)


async def test_the_sister_has_no_ballot_and_a_failed_ballot_ends_nothing(bureau: Bureau) -> None:
    village = await a_round(bureau)
    sister = village.members[0]
    passing = await village.application(family_with_relative_on_panel(), sister)
    failing = await village.application(renamed(family_with_relative_on_panel(), "乙"), sister)
    await village.form_panel()

    session = await village.meet(village.members[:9])
    for choice in ("agree", "disagree"):
        assert (await village.vote(session, passing, sister, choice)).status_code == 403
    shape = {"roster": 11, "eligible_roster": 10, "quorum": 7, "present": 8, "needed": 6}
    found = await voted(village, session, passing, "yyyyyyna")
    assert found.items() >= (shape | {"agree": 6, "disagree": 1, "abstain": 1, "result": "passed"}).items()
    found = await voted(village, session, failing, "yyyyynnn")
    assert found.items() >= (shape | {"agree": 5, "disagree": 3, "abstain": 0, "result": "failed"}).items()
    await village.adjourn(session)

    cases = [passing, failing]
    await village.visit(cases)
    for case, differs in ((passing, False), (failing, True)):
        read = await bureau.read(case)
        decision = read["decision"]
        assert (decision["category"], D(str(decision["amount"]))) == ("三类", D("356.00"))
        assert (decision["other"]["mode"], D(str(decision["other"]["amount"]))) == ("gap", D("1260.00"))
        page = await bureau.house.client.get(
            f"/d/{bureau.district.code}/cases/{case.id}", headers=bureau.staff["township_reviewer"].headers
        )
        assert page.status_code == 200
        assert "1,260.00" in page.text, "the divergence is shown"
        assert ("评议结果与核算不一致" in page.text) is differs
    await village.post_village_list()
    await village.review(cases)
    opinions = [step for step in (await bureau.read(failing))["journal"] if step["action"] == "give_opinion"]
    assert "与民主评议结果不一致" in opinions[0]["basis"]
    await village.verify(cases)
    await village.hang_second_list()
    await village.end_second_list()
    await village.draw()
    await village.decide(cases)
    async with bureau.house.inside(bureau.district) as tx:
        paid = await tx.fetch("SELECT process_id, amount FROM benefit")
    assert {(row["process_id"], row["amount"]) for row in paid} == {
        (passing.id, D("356.00")),
        (failing.id, D("356.00")),
    }
