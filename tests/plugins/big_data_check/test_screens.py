"""Every page of the plugin in a browser, on the phone and at the desk; and a file that an officer sends in pieces."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import msgspec
import pytest
from playwright.async_api import Browser, Page, Route, expect

from core.sdk.verification import Source
from core.settings import Keyring
from core.storage.embedded import Urls
from plugins.big_data_check import delivery_pages
from plugins.big_data_check.intake import checking, pages, sending
from tests.browser.looking import cut
from tests.browser.serving import DESK, PHONE, Desk, browsers, findings, overflow, shoot
from tests.builders.casework import Case, id_numbers
from tests.builders.households import elderly_couple
from tests.plugins.big_data_check.bulk.test_bulk_office import deliver as into_inbox
from tests.plugins.big_data_check.files import csv_of, manifest_of
from tests.plugins.big_data_check.large_files import SMALL, announced, cars, next_version, piece, sent
from tests.plugins.big_data_check.office import Office, an_office
from tests.plugins.big_data_check.test_files_and_notes import SETTINGS, deliver, row, without_car

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

WRONG = row("620802195101010019", "别人", value="很贵")


@pytest.fixture(scope="module")
async def county(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Office]:
    """Forms take two pieces at once; everything larger goes in pieces of a thousand bytes."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (sending, checking, pages, delivery_pages):
            patch.setattr(module, "PIECE", SMALL)
        patch.setattr(delivery_pages, "AT_ONCE", 2 * SMALL)
        async with an_office(
            database_urls, tmp_path_factory.mktemp("county"), keys, values=SETTINGS
        ) as office:
            yield office


@pytest.fixture(scope="module")
async def desk(county: Office, browser: Browser) -> AsyncIterator[Desk]:
    async with browsers(browser, county.bureau.house, county.bureau) as opened:
        yield opened


async def _case(county: Office) -> Case:
    """A car nobody declared: a finding, a difference, and blanks to explain."""
    facts = without_car("屏")
    data = csv_of(row(id_numbers(facts)[0], facts.members[0].name))
    assert (await deliver(county, data, 1)).status_code == 200
    return await county.investigated(facts)


async def _intakes(county: Office) -> dict[str, str]:
    """Large files that are over, and one of which a piece has come: {name: its id}."""
    begun = str((await announced(county, data := csv_of(*cars(70)), 70)).json()["id"])
    await piece(county, begun, 0, data[:SMALL])
    taken = await sent(county, csv_of(*cars(60)), 60)
    short = await sent(county, csv_of(*cars(70)), 71)
    stopped = await sent(county, csv_of(*cars(60)), 60, check=False)
    await county.post(county.officer, f"/intakes/{stopped}/stop")
    await county.bureau.house.work_off()
    return {"begun": begun, "taken": taken, "short": short, "stopped": stopped}


async def _run(county: Office) -> str:
    """A re-check that raised something."""
    paid = await county.bureau.take(await county.bureau.application(elderly_couple()), "active")
    died = {"id_number": id_numbers(paid.facts)[1], "status": "deceased", "died_on": date(2026, 7, 1)}
    into_inbox(county, Source.HOUSEHOLD_REGISTRATION, [died])
    done = (await county.post(county.officer, "/bulk")).json()["id"]
    await county.bureau.house.work_off()
    return f"/bulk/{done}"


async def _scene(county: Office) -> dict[str, str]:
    """Something in every state; what is queued is so last, since the worker would take it. {name: address}"""
    intakes, run = await _intakes(county), await _run(county)
    file = f"/cases/{(await _case(county)).id}"
    intakes["wrong"] = await sent(county, csv_of(*cars(60, WRONG, WRONG)), 62)
    intakes["waiting"] = await sent(county, csv_of(*cars(61)), 61, check=False)
    queued = (await county.post(county.officer, "/bulk")).json()["id"]
    return {
        **{f"intake-{name}": f"/intakes/{intake}" for name, intake in intakes.items()},
        "bulk": "/bulk", "bulk-done": run, "bulk-open": f"/bulk/{queued}", "list": "/?tab=all",
        "empty": "/?tab=findings&page=9", "case": file, "comparison": f"{file}/comparison", "report": f"{file}/report",
        "deliveries": "/deliveries", "panel": f"../..{file}",
    }  # fmt: skip


@pytest.mark.slow
async def test_no_page_of_verification_has_findings_or_overflow_on_phone_and_desk(
    county: Office, desk: Desk
) -> None:
    wrong: list[str] = []
    page = await desk.page(county.officer, PHONE)
    scene = await _scene(county)
    for name, path in scene.items():
        await desk.open(page, f"/x/big_data_check{path}" if path[0] == "/" else path.removeprefix("../.."))
        for size, tag in ((PHONE, "phone"), (DESK, "desk")):
            await page.set_viewport_size(size)  # type: ignore[arg-type]
            await shoot(page, f"verification-{name}-{tag}")
            said = [*await findings(page), *await cut(page)]
            if (wide := await overflow(page)) > 0:
                said.append(f"{wide} px too wide")
            wrong += [f"{name} {tag}: {one}" for one in said]
        if name == "deliveries":
            await expect(page.get_by_role("table", name="大文件").get_by_text("等您决定")).to_be_visible()
        if name == "comparison":
            await expect(page.get_by_role("button", name="写入卷宗").first).to_be_visible()
    await page.context.close()
    await county.post(county.officer, f"{scene['intake-waiting']}/stop")
    await county.post(county.officer, f"{scene['intake-wrong']}/decision", {"keep_good": False})
    assert not wrong + desk.complaints, "\n".join(wrong + desk.complaints)


async def _chosen(county: Office, desk: Desk, tmp_path: Path, data: bytes, rows: int) -> Page:
    """The deliveries page with a manifest and a file picked, not yet sent."""
    made = manifest_of(data, rows, as_of=county.bureau.today, version=await next_version(county))
    manifest, table = tmp_path / "manifest.json", tmp_path / "table.csv"
    manifest.write_bytes(msgspec.json.encode(made))
    table.write_bytes(data)
    page = await desk.page(county.officer, PHONE)
    await desk.open(page, "/x/big_data_check/deliveries")
    await page.set_input_files("#f-manifest", manifest)
    await page.set_input_files("#f-table", table)
    return page


async def test_a_file_goes_up_in_pieces_in_a_browser_and_the_officer_decides(
    county: Office, desk: Desk, tmp_path: Path
) -> None:
    rows = cars(110, WRONG)
    page = await _chosen(county, desk, tmp_path, csv_of(*rows), len(rows))
    pieces = list[str]()
    page.on("request", lambda r: pieces.append(r.url) if r.url.endswith("/pieces") else None)
    await page.get_by_role("button", name="检查并导入").click()
    await page.wait_for_url("**/intakes/*")
    assert len(pieces) == -(-len(csv_of(*rows)) // SMALL) > 3
    await county.bureau.house.work_off()
    await page.reload()
    await expect(page.get_by_text("1 行有错误")).to_be_visible()
    await page.get_by_role("button", name="只导入没有错误的行").click()
    await expect(page.locator(".error-summary")).to_contain_text("原因")
    await page.get_by_label("原因").fill("车管所下月更正")
    await page.get_by_role("button", name="只导入没有错误的行").click()
    await expect(page.locator("#progress")).to_contain_text("已用于核对")
    await expect(page.locator("#progress")).to_contain_text("1 行没有导入：车管所下月更正")
    taken = (await county.get(county.officer, "/deliveries")).json()
    assert [d["rows"] for d in taken if d["left_out"]] == [110]
    await page.context.close()


async def test_an_upload_that_is_paused_goes_on_from_where_it_stopped_and_only_with_the_same_file(
    county: Office, desk: Desk, tmp_path: Path
) -> None:
    data = csv_of(*cars(90))
    page = await _chosen(county, desk, tmp_path, data, 90)
    await page.route("**/pieces", _slowly)
    await page.get_by_role("button", name="检查并导入").click()
    await expect(page.locator("[data-status]")).to_contain_text("还剩约")
    await page.get_by_role("button", name="先停一下").click()
    await page.wait_for_url("**/intakes/*")
    await page.unroute("**/pieces")
    assert await page.locator("#progress progress").get_attribute("value") not in ("0", "100")
    other = tmp_path / "other.csv"
    other.write_bytes(data + b"\r\n")
    await page.set_input_files("#f-table", other)
    await page.get_by_role("button", name="接着传").click()
    await expect(page.locator("[data-status]")).to_contain_text("不是同一个文件")
    await page.set_input_files("#f-table", tmp_path / "table.csv")
    await page.get_by_role("button", name="接着传").click()
    await expect(page.locator("#progress")).to_contain_text("检查完没有问题才会用于核对")
    await county.bureau.house.work_off()
    await expect(page.locator("#progress")).to_contain_text("已用于核对", timeout=15000)
    await page.context.close()


async def test_a_file_that_cannot_be_taken_says_why_on_the_page_and_sends_no_piece(
    county: Office, desk: Desk, tmp_path: Path
) -> None:
    page = await _chosen(county, desk, tmp_path, csv_of(*cars(90)), 90)
    (tmp_path / "manifest.json").write_text("{}", "utf-8")
    await page.set_input_files("#f-manifest", tmp_path / "manifest.json")
    await page.get_by_role("button", name="检查并导入").click()
    await expect(page.locator("[data-status].error-text")).to_contain_text("清单")
    await shoot(page, "verification-refused-phone")
    assert page.url.endswith("/deliveries")
    assert await page.locator("[data-progress]").is_hidden()
    await expect(page.get_by_role("button", name="检查并导入")).to_be_enabled()
    await page.context.close()


async def _slowly(route: Route) -> None:
    await asyncio.sleep(0.6)
    await route.continue_()
