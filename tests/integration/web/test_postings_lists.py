"""Lists of postings: running ones first, by township and village, page by page; online less than on the board; for staff both."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from tests.builders.casework import Bureau, Case, renamed
from tests.builders.households import elderly_couple
from tests.builders.installation import OTHER_VILLAGE, VILLAGE
from tests.integration.web.browsing import Browser, words

pytestmark = pytest.mark.anyio

ENTRY = '[{"applicant": "%s", "group_name": "五组", "persons": 2, "amount": "930.00", "category": "一类"}]'
MANY = 45


async def a_running_one(bureau: Bureau, suffix: str = "") -> tuple[Case, str]:
    """A case whose statutory list hangs, and the list's token."""
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), suffix)), "posted")
    await bureau.do("village_clerk", case, "start_posting", {"photos": [bureau.photo]})
    async with bureau.house.inside(bureau.district) as tx:
        return case, await tx.fetchval("SELECT token FROM posting WHERE process_id = $1", case.id)


async def long_ago(bureau: Bureau, case: Case, area: str, count: int, *, down: bool = False) -> None:
    """`count` long-term lists of the area that began tomorrow's yesterday: newer than any running one."""
    today = bureau.today
    async with bureau.house.inside(bureau.district) as tx:
        for n in range(count):
            await tx.execute(
                """INSERT INTO posting (tenant_id, id, process_id, kind, area_code, token, starts_on, ends_on, entries, taken_down_on)
                   VALUES ($1, $2, $3, 'long_term', $4, $5, $6, '9999-12-31', $7, $8)""",
                tx.tenant, uuid4(), case.id, area, f"long-{area}-{n:03d}-{uuid4().hex[:6]}", today,
                ENTRY % f"长期{n:03d}", today - timedelta(days=n) if down else None,
            )  # fmt: skip


def tokens(page: str, base: str) -> list[str]:
    return list(dict.fromkeys(re.findall(rf'href="[^"]*/{base}/([A-Za-z0-9_-]{{8,}})"', page)))


async def test_running_lists_stand_before_the_long_term_ones_however_many_there_are(bureau: Bureau) -> None:
    case, running = await a_running_one(bureau)
    bureau.house.later(days=2)
    await long_ago(bureau, case, VILLAGE, MANY)
    anybody = Browser(bureau.house, bureau.district)
    first = await anybody.get("/p/postings")
    assert tokens(first.text, "p/postings")[0] == running
    assert f"共 {MANY + 1} " in words(first.text)
    seen, page = [], first
    while True:
        seen += tokens(page.text, "p/postings")
        onward = re.search(r'rel="next" href="([^"]+)"', page.text)
        if onward is None:
            break
        page = await anybody.get(f"/p/postings{onward[1]}".replace("&amp;", "&"))
    assert len(seen) == len(set(seen)) == MANY + 1, "paging leaves nothing out and shows nothing twice"


async def test_a_village_is_found_by_an_address_that_can_be_reloaded_and_sent_on(bureau: Bureau) -> None:
    case, running = await a_running_one(bureau)
    await long_ago(bureau, case, OTHER_VILLAGE, 3)
    anybody = Browser(bureau.house, bureau.district)
    page = await anybody.get(f"/p/postings?area={OTHER_VILLAGE}")
    assert running not in page.text
    assert len(tokens(page.text, "p/postings")) == 3
    assert re.search(rf'<option value="{OTHER_VILLAGE}" selected', page.text), (
        "the filter shows what it is set to"
    )
    township = await anybody.get(f"/p/postings?area={VILLAGE[:9]}")
    assert {running} < set(tokens(township.text, "p/postings"))
    for nonsense in ("area=x", "page=0", "page=999999", "area=620802999"):
        assert (await anybody.get(f"/p/postings?{nonsense}")).status_code == 200


async def test_staff_page_through_past_lists_and_filter_them_by_village(bureau: Bureau) -> None:
    case, running = await a_running_one(bureau)
    await long_ago(bureau, case, VILLAGE, 320, down=True)
    await long_ago(bureau, case, OTHER_VILLAGE, 2, down=True)
    clerk = Browser(bureau.house, bureau.district, bureau.staff["township_clerk"])
    past = await clerk.get("/postings?tab=past")
    assert "共 322 条" in words(past.text)
    assert running not in past.text
    last = await clerk.get("/postings?tab=past&page=13")
    assert len(tokens(last.text, "postings")) == 322 - 12 * 25
    assert "共 2 条" in words((await clerk.get(f"/postings?tab=past&area={OTHER_VILLAGE}")).text)
    now = await clerk.get("/postings")
    assert running in now.text, "what hangs now is what the page opens with"


async def test_a_clerk_finds_where_an_objection_is_entered(bureau: Bureau) -> None:
    case, running = await a_running_one(bureau)
    wanted = f"/postings/{running}/object"
    clerk = Browser(bureau.house, bureau.district, bureau.staff["village_clerk"])
    for path in ("/postings", f"/postings/{running}", f"/cases/{case.id}"):
        assert f'href="/d/620802{wanted}"' in (await clerk.get(path)).text, path
    reviewer = Browser(bureau.house, bureau.district, bureau.staff["township_reviewer"])
    assert 'href="/d/620802/postings"' in (await reviewer.get("/complaints")).text
    officer = Browser(bureau.house, bureau.district, bureau.staff["confirming_officer"])
    assert wanted not in (await officer.get(f"/postings/{running}")).text, (
        "who may not enter one is not sent there"
    )


async def test_online_shows_less_than_the_board_and_the_board_is_printed_by_staff(bureau: Bureau) -> None:
    _, running = await a_running_one(bureau)
    anybody = Browser(bureau.house, bureau.district)
    online = await anybody.see(f"/p/postings/{running}")
    assert "马德福" in online
    assert "930.00" in online
    assert "三组" not in online, "the group stays on the board (domain §5: less detail online)"
    [entry] = (await bureau.house.client.get(bureau.url("/postings"))).json()[0]["entries"]
    assert set(entry) == {"applicant", "persons", "amount"}
    clerk = Browser(bureau.house, bureau.district, bureau.staff["village_clerk"])
    assert "三组" in await clerk.see(f"/postings/{running}/notice")
    assert (await clerk.get(f"/postings/{running}/notice.pdf")).content.startswith(b"%PDF-")
    for board in (f"/postings/{running}/notice", f"/postings/{running}/notice.pdf"):
        assert (await anybody.get(board)).status_code == 303, "the board's sheet is for those who hang it"
    assert "三组" not in (await anybody.get(f"/p/postings/{running}/object")).text
