"""What a household types is kept page by page: for another day, another phone, and nobody else."""

from __future__ import annotations

import pytest

from tests.builders.casework import Bureau
from tests.builders.installation import VILLAGE
from tests.builders.villagers import COUPLE, OTHER_PHONE, PHONE, Villager, opening, submission, villager
from tests.integration.web.browsing import words

pytestmark = pytest.mark.anyio


@pytest.fixture
def bureau(phones_bureau: Bureau) -> Bureau:
    return phones_bureau


async def test_every_page_is_kept_as_typed_and_gone_on_with_on_another_phone(bureau: Bureau) -> None:
    me = await villager(bureau, PHONE)
    await me.browser.post(
        "/cases/new", {"_page": "0", "_next": "1", "for_other": "false", "area_code": VILLAGE}
    )
    wrong = await me.browser.post(
        "/cases/new",
        {"_page": "1", "_next": "1", "_saved": await stamp(me), "for_other": "false", "area_code": VILLAGE,
         "members-0-name": "马德福", "members-0-id_number": "620802195001010012", "members-0-relation": "本人"},
    )  # fmt: skip
    assert "最后一位按前面算应当是 1，您填的是 2" in wrong.text
    async with bureau.house.inside(bureau.district) as tx:
        await tx.execute("DELETE FROM session")
        body = bytes(await tx.fetchval("SELECT body FROM typed_draft"))
        await tx.execute("DELETE FROM sign_in_attempt")
    assert "马德福".encode() not in body
    later = await villager(bureau, PHONE)
    assert "有一份没填完" in await later.browser.see("/my")
    page = (await later.browser.get("/cases/new")).text
    assert 'value="马德福"' in page
    assert 'value="620802195001010012"' in page, "kept as typed, wrong as it is"
    await later.browser.post("/my/put-away", {})
    assert "有一份没填完" not in await later.browser.see("/my")


async def stamp(somebody: Villager) -> str:
    return str((await somebody.get("/cases/new/typed")).json()["stamp"])


async def test_what_was_typed_on_another_phone_meanwhile_is_not_written_over_unasked(bureau: Bureau) -> None:
    me = await villager(bureau, PHONE)
    case = (await me.post("/cases", opening(*COUPLE))).json()["process_id"]
    content = {"reason": "第一部手机填的"}
    first = (await me.post(f"/cases/{case}/typed", {"content": content, "page": 2})).json()["stamp"]
    newer = await me.post(
        f"/cases/{case}/typed", {"content": {"reason": "第二部手机填的"}, "page": 3, "after": first}
    )
    form = {"_page": "0", "_next": "1", "_saved": first, "_version": "1", "reason": "第一部手机又填的"}
    both = await me.browser.post(f"/cases/{case}/do/submit", form)
    assert both.status_code == 409
    assert "您在别处也填了这份申请" in words(both.text)
    assert 'value="第一部手机又填的"' in both.text
    kept = (await me.get(f"/cases/{case}/typed")).json()
    assert kept["content"] == {"reason": "第二部手机填的"}
    over = form | {"_saved": newer.json()["stamp"], "_here": "1"}
    assert (await me.browser.post(f"/cases/{case}/do/submit", over)).status_code == 200
    assert (await me.get(f"/cases/{case}/typed")).json()["content"]["reason"] == "第一部手机又填的"


async def test_drafts_are_each_ones_own(bureau: Bureau) -> None:
    me, other = await villager(bureau, PHONE), await villager(bureau, OTHER_PHONE)
    case = (await me.post("/cases", opening(*COUPLE))).json()["process_id"]
    await me.post(f"/cases/{case}/typed", {"content": {"reason": "私事"}})
    assert (await other.get(f"/cases/{case}/typed")).status_code == 404
    assert (await other.post(f"/cases/{case}/typed", {"content": {}})).status_code == 404
    assert (await other.get("/cases/new/typed")).json() == {"content": {}, "page": 0, "stamp": ""}
    await me.post(f"/cases/{case}/actions/submit", await submission(me, case))
    late = await me.post(f"/cases/{case}/typed", {"content": {}})
    assert late.status_code == 409
    async with bureau.house.inside(bureau.district) as tx:
        assert await tx.fetchval("SELECT count(*) FROM typed_draft") == 0
