"""Where nothing is posted again after an objection (Lingtai), the list stays up: a later objection still holds the case (57号 19)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from uuid import uuid4

import pytest

from core.access.authorizer import Actor, Grant
from core.settings import Keyring
from core.storage.embedded import Urls
from tests.builders.casework import Bureau, Case, a_bureau, renamed, start_on
from tests.builders.households import elderly_couple
from tests.builders.installation import an_installation
from tests.builders.steps import REASON, forms_of
from tests.integration.complaints.speaking import lines

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def lingtai(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Bureau]:
    folder = tmp_path_factory.mktemp("installation")
    start_on(folder, date(2026, 3, 2))
    async with an_installation(database_urls, folder, keys) as house:
        yield await a_bureau(house, await house.district("620822-lingtai"))


async def the_panel_said(bureau: Bureau, case: Case) -> None:
    """As the panel's plugin files it: nobody may type a result in."""
    panel = Actor(bureau.district.id, uuid4(), "评议", (Grant("service", "620822000000"),), is_service=True)
    form = forms_of(bureau, case)["record_ballot_result"][0]
    async with bureau.house.inside(bureau.district) as tx:
        engine = bureau.house.zhunbao.engine
        await engine.act_in(tx, panel, case.id, "record_ballot_result", form, expected_version=None)


async def reported_after_an_objection(bureau: Bureau, suffix: str) -> tuple[Case, str]:
    """One objection was answered and the case is with the district; its list still hangs, at this address."""
    case = await bureau.application(renamed(elderly_couple(), suffix))
    await bureau.take(case, "investigating")
    await bureau.investigate(case)
    await bureau.do("township_clerk", case, "complete_investigation")
    await the_panel_said(bureau, case)
    await bureau.do("township_clerk", case, "prepare_worksheet")
    await bureau.take(case, "posted")
    await bureau.do("village_clerk", case, "start_posting", {"photos": [bureau.photo]})
    first = {"channel": "phone", "content": "这家儿子有工资"}
    await bureau.do("observer", case, "record_objection", first)
    await bureau.do("visitor", case, "record_reinvestigation", {"findings": "走访了单位，情况不属实"})
    answer = {"well_founded": False, "reply": "经查不属实，维持"}
    await bureau.do("township_reviewer", case, "answer_objection", answer)
    await bureau.do("township_reviewer", case, "give_opinion", await bureau.opinion(case))
    async with bureau.house.inside(bureau.district) as tx:
        token = await tx.fetchval("SELECT token FROM posting WHERE process_id = $1", case.id)
    return case, str(token)


async def test_a_second_objection_holds_the_decision_until_the_register_has_answered_it(
    lingtai: Bureau,
) -> None:
    bureau = lingtai
    case, token = await reported_after_an_objection(bureau, "甲")
    assert (await bureau.read(case))["state"] == "reported"
    form = {"entry": 1, "content": "这家上个月刚买了一辆小汽车。"}
    told = await bureau.house.client.post(bureau.url(f"/p/postings/{token}/object"), json=form)
    assert told.status_code == 201, told.text
    await bureau.house.work_off()
    bureau.house.later(days=8)
    for step, words, typed in (("confirm", "确认", {}), ("deny", "不予确认", REASON)):
        refused = await bureau.act("confirming_officer", case, step, typed)
        assert refused.status_code == 403, refused.text
        for said in (f"“{words}”", told.json()["number"], "投诉举报", "退回", "57号 19"):
            assert said in refused.text, (step, said)
    offered = {a["name"]: a for a in (await bureau.read(case))["actions"]}
    assert not offered["confirm"]["open"], "the page says so before the button is pressed"
    assert offered["return_case"]["open"], "where the objection is right, the case goes back"
    [line] = await lines(bureau, "township_reviewer")
    reply = {"outcome": "unfounded", "reply": "经查车是邻居的，不属实。"}
    answered = await bureau.post("township_reviewer", f"/complaints/{line['id']}/reply", reply)
    assert answered.status_code in (200, 201), answered.text
    await bureau.do("confirming_officer", case, "confirm")
