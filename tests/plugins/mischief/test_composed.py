"""The composed installation with a plugin that raises, hangs and lies: what citizens and officers see, hook by hook.

`transition_vetoes` fails closed, `process_events` comes again, `case_panels` and `indicators` leave a placeholder,
`notification_channels` falls away, `public_question` gives way to core's own, `jobs` come again; the failure is on the district's plugin page; the circuit opens
for that district alone.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from core.commands.progress import said, work_of
from core.plugin_host.calling import FailureKind
from core.plugin_host.discovery import discover
from core.sdk import SDK_VERSION
from core.settings import Keyring
from core.storage.embedded import Urls
from tests.builders.casework import Bureau, Case, a_bureau, renamed
from tests.builders.households import elderly_couple
from tests.builders.installation import House, an_installation
from tests.integration.web.browsing import Browser
from tests.plugins.mischief import hooks
from tests.plugins.mischief.manifest import plugin
from tests.plugins.mischief.tricks import planned

pytestmark = pytest.mark.anyio

MISCHIEVOUS, QUIET = "620802", "620822"
ENABLED = {"tenant.plugins.mischief": {}, "tenant.public_challenge": True}


@dataclass
class Scene:
    """Two districts with the same plugins: one where mischief is planned, and its neighbour."""

    house: House
    bureau: Bureau
    neighbour: Bureau
    households: int = 0

    async def case(self, bureau: Bureau | None = None) -> Case:
        self.households += 1
        facts = renamed(elderly_couple(), "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"[self.households])
        return await (bureau or self.bureau).application(facts)

    async def submit(self, case: Case, bureau: Bureau | None = None) -> Any:
        office = bureau or self.bureau
        return await office.act("township_clerk", case, "submit", office.submission(case))

    async def page(self, path: str, office: str = "township_clerk") -> str:
        return await Browser(self.house, self.bureau.district, self.bureau.staff[office]).see(path)

    async def administrator(self, bureau: Bureau) -> Browser:
        area = bureau.district.code.ljust(12, "0")
        somebody = await self.house.person(bureau.district, "system_admin", area)
        return Browser(self.house, bureau.district, somebody)

    async def well_again(self) -> None:
        """The circuit is closed, as after a cooldown."""
        await self.house.zhunbao.host.settle()
        for district in (self.bureau.district, self.neighbour.district):
            await self.house.zhunbao.host.circuits.reset(district.id, "mischief")


@pytest.fixture(scope="module")
async def both(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Scene]:
    plugins = [*discover(SDK_VERSION), plugin]
    async with an_installation(
        database_urls, tmp_path_factory.mktemp("house"), keys, plugins=plugins
    ) as house:
        first = await house.district("620802-kongtong", ENABLED)
        second = await house.district("620822-lingtai", ENABLED)
        yield Scene(house, await a_bureau(house, first), await a_bureau(house, second))


@pytest.fixture
async def scene(both: Scene) -> Scene:
    await both.well_again()
    return both


# --- vetoes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trick", "said"),
    [
        ("raise", "“捣乱插件”出错了，这一步现在不能办；刚才的操作没有改动任何内容。"),
        ("lie", "“捣乱插件”给出的结果无法使用，这一步现在不能办；刚才的操作没有改动任何内容。"),
        ("exit", "“捣乱插件”出错了，这一步现在不能办；刚才的操作没有改动任何内容。"),
        ("hang", "“捣乱插件”没有按时回应，这一步现在不能办；刚才的操作没有改动任何内容。"),
    ],
)
async def test_a_veto_that_fails_refuses_the_step_with_a_clear_message(
    scene: Scene, trick: str, said: str
) -> None:
    case = await scene.case()
    before = await scene.bureau.read(case)
    with planned(MISCHIEVOUS, "transition_vetoes", trick):
        answer = await scene.submit(case)
    assert (answer.status_code, answer.json()["detail"]) == (403, said)
    assert answer.json()["hint"] == "请过几分钟再试；仍然不行，请联系系统管理员到“插件”页查看。"
    after = await scene.bureau.read(case)
    assert (after["state"], after["version"]) == (before["state"], before["version"])
    assert (await scene.submit(case)).status_code == 200, "and goes on as if nothing had been"


async def test_a_neighbour_with_the_same_plugin_notices_nothing(scene: Scene) -> None:
    case = await scene.case(scene.neighbour)
    with planned(MISCHIEVOUS, "transition_vetoes", "raise"):
        assert (await scene.submit(case, scene.neighbour)).status_code == 200


# --- events and jobs -----------------------------------------------------------------------------------------------


async def test_an_event_that_failed_comes_again_until_it_is_taken_and_keeps_nobody_waiting(
    scene: Scene,
) -> None:
    hooks.HEARD.clear()
    case = await scene.case()
    await scene.bureau.take(case, "accepted")
    with planned(MISCHIEVOUS, "process_events", "raise", times=2):
        await scene.house.work_off()
    accepted = [event for event in hooks.HEARD if event.process_id == case.id and event.action == "accept"]
    assert len(accepted) == 1
    async with scene.house.inside(scene.bureau.district) as tx:
        told = await tx.fetchval("SELECT count(*) FROM sms_notice_message WHERE process_id = $1", case.id)
        assert told == 1
        failures = await scene.house.zhunbao.host.circuits.recent_failures(tx, "mischief", 2)
    assert [(f.hook, f.kind) for f in failures] == [("process_events", FailureKind.RAISED)] * 2


async def test_a_job_that_failed_comes_again(scene: Scene) -> None:
    hooks.RAN.clear()
    async with scene.house.inside(scene.bureau.district) as tx:
        scope = await scene.house.zhunbao.runtimes.scope(tx)
        await scope.platform("mischief").enqueue(tx, "work", {})
    with planned(MISCHIEVOUS, "jobs", "raise", times=1):
        await scene.house.work_off()
    assert hooks.RAN == [MISCHIEVOUS]


# --- pages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trick", "said"),
    [
        ("raise", "“捣乱插件”出错了"),
        ("lie", "“捣乱插件”给出的结果无法使用"),
        ("hang", "“捣乱插件”没有按时回应"),
    ],
)
async def test_a_panel_that_fails_leaves_a_placeholder_and_the_others(
    scene: Scene, trick: str, said: str
) -> None:
    case = await scene.case()
    with planned(MISCHIEVOUS, "case_panels", trick):
        shown = await scene.page(f"/cases/{case.id}")
    assert said in shown
    assert "这一件的其他内容不受影响" in shown
    assert "短信通知" in shown
    assert said not in await scene.page(f"/cases/{case.id}")


@pytest.mark.parametrize("trick", ["raise", "lie"])
async def test_numbers_that_fail_leave_the_overview_standing(scene: Scene, trick: str) -> None:
    assert "捣乱的数" in await scene.page("/overview", "district_officer")
    with planned(MISCHIEVOUS, "indicators", trick):
        shown = await scene.page("/overview", "district_officer")
    assert "捣乱的数" not in shown
    assert "“捣乱插件”" in shown
    assert "短信没有送达" in shown


@pytest.mark.parametrize("trick", ["raise", "lie"])
async def test_what_stands_above_the_work_list_may_fail_and_the_list_stands(scene: Scene, trick: str) -> None:
    assert "捣乱的事" in await scene.page("/work", "district_officer")
    with planned(MISCHIEVOUS, "work_items", trick):
        shown = await scene.page("/work", "district_officer")
    assert "捣乱的事" not in shown
    assert "“捣乱插件”" in shown
    assert "我要办的" in shown


@pytest.mark.parametrize("trick", ["raise", "lie"])
async def test_work_under_way_that_cannot_be_told_is_said_so_in_the_terminal(
    scene: Scene, trick: str
) -> None:
    z = scene.house.zhunbao
    assert "捣乱的活" in said(await work_of(z, MISCHIEVOUS))
    with planned(MISCHIEVOUS, "long_work", trick):
        shown = said(await work_of(z, MISCHIEVOUS))
    assert "捣乱的活" not in shown
    assert "“捣乱插件”" in shown


@pytest.mark.parametrize("trick", ["raise", "lie"])
async def test_a_route_that_fails_is_an_error_without_its_text(scene: Scene, trick: str) -> None:
    assert (await scene.bureau.get("township_clerk", "/x/mischief/answer")).json() == {"well": "behaved"}
    with planned(MISCHIEVOUS, "routes", trick):
        answer = await scene.bureau.get("township_clerk", "/x/mischief/answer")
    assert answer.status_code == 500
    assert "王秀英" not in answer.text


# --- channels ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trick", ["raise", "lie"])
async def test_a_channel_that_fails_falls_away(scene: Scene, trick: str) -> None:
    host = scene.house.zhunbao.host
    async with scene.house.inside(scene.bureau.district) as tx:
        scope = await scene.house.zhunbao.runtimes.scope(tx)
    with planned(MISCHIEVOUS, "notification_channels", trick):
        outcome = await host.dispatch("notification_channels", scope)
    assert [f.plugin for f in outcome.failures] == ["mischief"]
    assert "mischief" not in [offer.plugin for offer in outcome.offers]


# --- the small question --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trick", ["raise", "lie", "hang"])
async def test_a_question_that_fails_gives_way_to_our_own(scene: Scene, trick: str) -> None:
    async def asked() -> str:
        answer = await scene.house.client.get(scene.bureau.url("/p/challenge"))
        return str(answer.json()["question"])

    assert await asked() == "捣乱的小题？"
    with planned(MISCHIEVOUS, "public_question", trick):
        assert re.fullmatch(r"[一二三四五六七八九]加[一二三四五六七八九]等于几？", await asked())


# --- what the administrator sees -----------------------------------------------------------------------------------


async def test_the_failure_is_on_the_districts_plugin_page_without_its_text(scene: Scene) -> None:
    case = await scene.case()
    with planned(MISCHIEVOUS, "case_panels", "raise"):
        await scene.page(f"/cases/{case.id}")
    await scene.house.zhunbao.host.settle()
    shown = await (await scene.administrator(scene.bureau)).see("/admin/plugins")
    assert "捣乱插件：最近的错误" in shown
    assert "case_panels" in shown
    assert "ValueError at tricks.py" in shown
    assert "连续出错 1 次" in shown
    assert "王秀英" not in shown
    assert "最近的错误" not in await (await scene.administrator(scene.neighbour)).see("/admin/plugins")


async def test_the_circuit_opens_for_that_district_alone_and_can_be_closed_by_hand(scene: Scene) -> None:
    case, theirs = await scene.case(), await scene.case(scene.neighbour)
    with planned(MISCHIEVOUS, "case_panels", "raise"):
        for _ in range(5):
            await scene.page(f"/cases/{case.id}")
            await scene.house.zhunbao.host.settle()
    assert "“捣乱插件”因多次出错已暂停" in await scene.page(f"/cases/{case.id}")
    refused = await scene.submit(case)
    assert refused.status_code == 403, "a paused plugin cannot say that it has no objection"
    assert refused.json()["detail"].startswith("“捣乱插件”因多次出错已暂停，这一步现在不能办")
    assert (await scene.submit(theirs, scene.neighbour)).status_code == 200
    browser = await scene.administrator(scene.bureau)
    assert "已暂停" in await browser.see("/admin/plugins")
    assert (await browser.post("/admin/plugins/mischief/resume", {})).status_code == 303
    assert (await scene.submit(case)).status_code == 200
    assert (await browser.post("/admin/plugins/nobody/resume", {})).status_code == 404


async def test_only_the_system_administrator_closes_a_circuit(scene: Scene) -> None:
    clerk = Browser(scene.house, scene.bureau.district, scene.bureau.staff["township_clerk"])
    assert (await clerk.post("/admin/plugins/mischief/resume", {})).status_code == 403
