"""Publicity: nobody in a village is left out, and what is handed out is what the rules say today."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from datetime import date

import pytest
from pypdf import PdfReader

from core.publicity import sheet
from core.settings import Keyring
from core.storage.embedded import Urls
from core.web.csrf import token_for
from core.web.visit import COOKIE
from core.web.workbook import workbook
from tests.builders.casework import Bureau, a_bureau, start_on
from tests.builders.installation import OTHER_VILLAGE, an_installation

pytestmark = pytest.mark.anyio

LIST = [
    ("一组", "马德福", "", "动员大会", None), ("一组", "李秀英", "", "", None), ("二组", "王得贵", "", "", None),
]  # fmt: skip


@pytest.fixture(scope="module")
async def bureau(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Bureau]:
    folder = tmp_path_factory.mktemp("installation")
    start_on(folder, date(2026, 3, 2))
    async with an_installation(database_urls, folder, keys) as house:
        yield await a_bureau(house, await house.district("620802-kongtong"))


async def test_a_list_is_brought_in_followed_up_and_exported_until_nobody_is_left(bureau: Bureau) -> None:
    clerk, base = bureau.staff["village_clerk"], f"/d/{bureau.district.code}/publicity/{bureau.village}"
    cookie = {"cookie": f"{COOKIE}={clerk.token}", "sec-fetch-site": "same-origin"}
    own, client = {"_csrf": token_for(clerk.token)}, bureau.house.client
    file = {"file": ("名单.xlsx", workbook("名单", sheet.HEADS, LIST))}
    sent = await client.post(f"{base}/households", data=own, files=file, headers=cookie)
    assert sent.status_code == 303, sent.text
    [numbers] = (await bureau.get("district_officer", "/publicity")).json()
    assert (numbers["households"], numbers["meeting"], numbers["not_yet"]) == (3, 1, 2)
    left = await client.get(f"{base}/households.xlsx?left=1", headers=cookie)
    assert [h.head for h in sheet.read(left.content).households] == ["李秀英", "王得贵"]
    village = (await bureau.get("village_clerk", f"/publicity/{bureau.village}")).json()
    untold = [h["id"] for h in village["households"] if not h["how"]]
    told = {**own, "households": untold, "how": "visit", "told_on": "2026-03-02"}
    assert (await client.post(f"{base}/told", data=told, headers=cookie)).status_code == 303
    page = await client.get(base, headers=cookie)
    assert "都讲到了" in page.text
    again = [("一组", "马德福", "", "", None), ("三组", "新来的", "", "广播", None)]
    await client.post(
        f"{base}/households",
        data=own,
        files={"file": ("x.xlsx", workbook("x", sheet.HEADS, again))},
        headers=cookie,
    )
    [numbers] = (await bureau.get("district_officer", "/publicity")).json()
    assert (numbers["households"], numbers["meeting"], numbers["broadcast"], numbers["not_yet"]) == (
        4,
        1,
        1,
        0,
    )


async def test_a_survey_gives_a_percentage_and_cannot_know_more_than_it_asked(bureau: Bureau) -> None:
    path = f"/publicity/{bureau.village}/surveys"
    form = {"held_on": "2026-03-02", "asked": 10, "criteria": 9, "steps": 8, "phone": 11}
    refused = await bureau.post("township_clerk", path, form)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "phone")
    assert (await bureau.post("township_clerk", path, {**form, "phone": 7})).status_code == 200
    village = (await bureau.get("township_clerk", f"/publicity/{bureau.village}")).json()
    assert village["surveys"][0]["asked"] == 10


async def test_leaflet_and_loudspeaker_script_say_what_the_rules_say(bureau: Bureau) -> None:
    base, headers = f"/d/{bureau.district.code}", bureau.staff["village_clerk"].headers
    client = bureau.house.client
    pdf = await client.get(f"{base}/publicity/{bureau.village}/leaflet.pdf", headers=headers)
    printed = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.content)).pages)
    script = (await client.get(f"{base}/publicity/{bureau.village}/broadcast.txt", headers=headers)).text
    pdf = await client.get(f"{base}/publicity/{bureau.village}/broadcast.pdf", headers=headers)
    aloud = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.content)).pages).replace(
        "\n", ""
    )
    policy = (await client.get(f"{base}/p/policy")).text
    for text in (printed.replace("\n", ""), script, aloud, policy):
        assert "监督电话" in text
        assert "0933-8210000" in text
        assert "低保标准是每人每年" in text


async def test_a_village_is_nobody_elses_business(bureau: Bureau) -> None:
    other = f"/publicity/{OTHER_VILLAGE}"
    assert (await bureau.get("village_clerk", other)).status_code == 403
    assert (await bureau.get("spot_checker", "/publicity")).status_code == 403
    form = {"households": [{"group_name": "一组", "head": "外村人"}]}
    assert (await bureau.post("village_clerk", f"{other}/households", form)).status_code == 403
    assert (await bureau.post("observer", f"/publicity/{bureau.village}/households", form)).status_code == 403
    assert (await bureau.get("district_officer", "/publicity/nowhere")).status_code == 404
