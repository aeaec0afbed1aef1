"""Small things people stumble over: lists that tell lines apart, refusals that lead back, orders as people count."""

from __future__ import annotations

import pytest

from core.access.authorizer import Actor, Grant
from core.web.views.todo import tasks_of
from tests.builders.casework import Bureau
from tests.builders.households import elderly_couple, family_with_relative_on_panel
from tests.builders.installation import TOWNSHIP
from tests.integration.web.browsing import Browser

pytestmark = pytest.mark.anyio


def of(bureau: Bureau, who: str) -> Browser:
    return Browser(bureau.house, bureau.district, bureau.staff[who])


async def test_long_term_postings_are_told_apart_by_name(bureau: Bureau) -> None:
    await bureau.take(await bureau.application(elderly_couple()), "active")
    page = await Browser(bureau.house, bureau.district).see("/p/postings")
    assert "长期公示 马德福" in page


async def test_a_long_term_posting_speaks_of_no_period_and_offers_its_pdf(bureau: Bureau) -> None:
    await bureau.take(await bureau.application(elderly_couple()), "active")
    anybody = Browser(bureau.house, bureau.district)
    token = (await bureau.house.client.get(bureau.url("/postings"))).json()[0]["token"]
    assert "请在公示期内" not in await anybody.see(f"/p/postings/{token}")
    clerk = of(bureau, "village_clerk")
    assert f"/postings/{token}/notice.pdf" in (await clerk.get(f"/postings/{token}")).text
    assert "公示期内如有异议" not in await clerk.see(f"/postings/{token}/notice")


async def test_a_step_whose_turn_it_is_not_leads_back_to_the_case(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(elderly_couple()), "submitted")
    answer = await of(bureau, "township_clerk").get(f"/cases/{case.id}/do/start_investigation")
    assert answer.status_code == 409
    assert "还没有轮到" in answer.text
    assert f'href="/d/620802/cases/{case.id}"' in answer.text


async def test_categories_stand_in_the_order_of_the_tiers(bureau: Bureau) -> None:
    await bureau.take(await bureau.application(family_with_relative_on_panel()), "active")
    await bureau.take(await bureau.application(elderly_couple()), "active")
    bureau.house.later(days=31)
    page = await of(bureau, "district_officer").see("/overview")
    assert page.index("一类") < page.index("三类")


async def test_before_the_visit_nothing_declared_counts_as_a_difference(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(elderly_couple()), "investigating")
    assert "项不一致" not in await of(bureau, "township_clerk").see(f"/cases/{case.id}")


async def test_crops_are_chosen_from_the_districts_list(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(elderly_couple()), "investigating")
    form = await of(bureau, "visitor").get(f"/cases/{case.id}/do/record_visit")
    assert '<option value="grain"' in form.text


async def test_a_case_in_its_grace_period_waits_for_nobody_at_the_township(bureau: Bureau) -> None:
    clerk = bureau.staff["township_clerk"]
    services = bureau.house.zhunbao.litestar.state.services
    actor = Actor(bureau.district.id, clerk.id, "李梅", (Grant("township_clerk", TOWNSHIP),))
    async with bureau.house.inside(bureau.district) as tx:
        runtime = await services.runtimes.current(tx)
    found = {task.place for task in tasks_of(services, runtime, actor)}
    assert "application/grace" not in found
    assert "application/investigating" in found


async def test_colleagues_to_choose_from_are_named_with_their_post(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(elderly_couple()), "investigating")
    form = await of(bureau, "visitor").get(f"/cases/{case.id}/do/record_visit")
    assert "（入户调查员）" in form.text
