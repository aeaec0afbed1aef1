"""The plugin's own pages in core's: `case_panels`, `menu_items`, `indicators`; and its manifest."""

from __future__ import annotations

import pytest

from core.clock import local_date
from plugins.sms_notice.listing import prefix
from tests.builders.casework import Case
from tests.plugins.sms_notice.scene import PHONE, Scene

pytestmark = pytest.mark.anyio


async def told(scene: Scene) -> Case:
    case = await scene.accepted()
    await scene.deliver(await scene.last_event(case))
    return case


async def panels(scene: Scene, case: Case, office: str) -> list[str]:
    zhunbao, actor = scene.house.zhunbao, scene.bureau.staff[office].actor
    async with scene.house.inside(scene.district) as tx:
        situation = await zhunbao.situations.load(tx, scene.bureau.staff["district_officer"].actor, case.id)
    outcome = await zhunbao.host.dispatch(
        "case_panels", await scene.scope(), only="sms_notice", process=situation.view.process, actor=actor
    )
    assert outcome.failures == ()
    return [offer.value.title for offer in outcome.offers]


async def test_a_case_shows_its_notices_to_those_who_may_see_messages(scene: Scene) -> None:
    case = await told(scene)
    assert await panels(scene, case, "township_clerk") == ["短信通知"]
    assert await panels(scene, case, "visitor") == []


async def test_the_panel_stands_on_the_cases_page(scene: Scene) -> None:
    case = await told(scene)
    token = scene.bureau.staff["township_clerk"].token
    shown = await scene.house.client.get(
        f"/d/{scene.district.code}/cases/{case.id}", headers={"authorization": f"Bearer {token}"}
    )
    assert shown.status_code == 200
    assert "短信通知" in shown.text
    assert "等待发送" in shown.text
    assert PHONE not in shown.text.split("短信通知", 1)[1].split("</section>")[0]


async def test_the_menu_has_a_line_for_those_who_may_see_messages(scene: Scene) -> None:
    item, mine = [
        o.value for o in scene.house.zhunbao.host.collect("menu_items").offers if o.plugin == "sms_notice"
    ]
    assert (item.path, item.label, item.needs.object, item.needs.action) == (
        "/messages",
        "短信通知",
        "sms",
        "view",
    )
    assert (mine.path, mine.label, mine.needs.action) == ("/mine", "我的通知", "mine")


async def test_the_overview_counts_what_did_not_arrive(scene: Scene) -> None:
    scene.gateway.faults(refuse=[PHONE])
    await scene.send(await scene.one_queued())
    host = scene.house.zhunbao.host
    numbers = {}
    for area in ("", "620802000000", "620802001000", "620802002000"):
        outcome = await host.dispatch("indicators", await scene.scope(), only="sms_notice", area_code=area)
        offer, letters = outcome.offers
        numbers[area] = offer.value.value
        assert (letters.value.label, letters.value.value) == ("来信等待答复", 0)
    assert numbers == {"": 1, "620802000000": 1, "620802001000": 1, "620802002000": 0}
    assert offer.value.href == "/d/620802/x/sms_notice/messages?state=failed"
    assert local_date((await scene.only()).created_at).year == 2026


@pytest.mark.parametrize(
    ("area", "covers"),
    [("", ""), ("620802000000", "620802"), ("620802001000", "620802001"), ("620802001001",) * 2],
)
def test_an_area_covers_what_lies_below_it(area: str, covers: str) -> None:
    assert prefix(area) == covers
