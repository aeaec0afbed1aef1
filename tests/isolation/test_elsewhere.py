"""One person, two districts of a province: the clerk learns the other district's name, and nobody learns anything else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from core.clock import local_date
from core.registry import benefits
from core.settings import Keyring
from core.storage.crypto import FieldCipher
from core.storage.database import Database, Transaction
from core.storage.embedded import Urls
from tests.builders import phones
from tests.builders.casework import Bureau, Case, a_bureau, id_numbers, start_on
from tests.builders.households import elderly_couple
from tests.builders.installation import House
from tests.builders.villagers import COUPLE, PHONE, handed_in, villager
from tests.integration.web.browsing import Browser

MARK = b"\x01" * 32
ROWS = """
INSERT INTO mark_elsewhere (tenant_id, mark, district_id, household, kind) VALUES ($1, $2, $3, $4, 'applying')
"""


@pytest.fixture
async def two(fresh_urls: Urls, tmp_path: Path, keys: Keyring) -> AsyncIterator[tuple[Bureau, Bureau]]:
    """Longxi, and Kongtong of the same province; villagers have phones."""
    start_on(tmp_path, date(2026, 9, 7))
    async with phones.with_phones(fresh_urls, tmp_path, keys) as house:
        kongtong = await a_bureau(house, await house.district("620802-kongtong", phones.ON))
        yield await a_bureau(house, await house.district("621122-longxi", phones.ON)), kongtong


async def accept(bureau: Bureau, case: Case) -> tuple[int, str]:
    answer = await bureau.act("township_clerk", case, "accept")
    return answer.status_code, answer.json().get("detail", "")


async def marks(house: House, bureau: Bureau) -> list[tuple[str, str]]:
    """(kind, district's name) of every mark, as the province's own transaction reads them."""
    async with house.zhunbao.database.transaction(bureau.district.parent_id or uuid4()) as tx:
        rows = await tx.fetch(
            "SELECT s.kind, t.name FROM mark_elsewhere s JOIN tenant t ON t.id = s.district_id ORDER BY 1, 2"
        )
    return [(r["kind"], r["name"]) for r in rows]


async def test_who_receives_in_one_district_is_not_accepted_in_another(two: tuple[Bureau, Bureau]) -> None:
    here, there = two
    paid = await there.take(await there.application(elderly_couple()), "active")
    assert await marks(here.house, here) == [("receiving", there.district.name)] * 2
    case = await here.take(await here.application(elderly_couple()), "submitted")
    status, why = await accept(here, case)
    assert status == 403
    name = there.district.name
    assert f"马德福（{name}）、李秀英（{name}）正在外县区享受低保" in why
    page = await Browser(here.house, here.district, here.staff["township_clerk"]).see(f"/cases/{case.id}")
    assert f"马德福（{name}）" in page
    number = (await there.read(paid))["number"]
    told = page + (await here.get("township_clerk", case.path)).text
    assert number not in told
    assert str(paid.id) not in told
    async with here.house.inside(there.district) as tx:
        household = await tx.fetchval("SELECT household_id FROM benefit")
        await benefits.end(tx, household, benefits.next_month(here.today))
        await tx.execute("UPDATE process SET ended = true")
        await here.house.zhunbao.marks.keep(tx, household)
    assert (await accept(here, case))[0] == 200, "it is paid there this month for the last time"


async def test_who_applies_in_one_district_is_accepted_in_another_once_that_is_taken_back(
    two: tuple[Bureau, Bureau],
) -> None:
    here, there = two
    first = await there.application(elderly_couple())
    case = await here.take(await here.application(elderly_couple()), "submitted")
    assert await marks(here.house, here) == [("applying", here.district.name)] * 2, (
        "a draft is no application"
    )
    await there.do("township_clerk", first, "submit", there.submission(first))
    status, why = await accept(here, case)
    assert (status, "在外县区有一件申请正在办理" in why) == (403, True)
    await there.do("township_clerk", first, "withdraw", {"reason": "在外县办理", "signed": [there.photo]})
    assert await marks(here.house, here) == [("applying", here.district.name)] * 2
    assert (await accept(here, case))[0] == 200


async def test_the_household_sees_nothing_of_it_and_what_it_claims_marks_nobody(
    two: tuple[Bureau, Bureau],
) -> None:
    """Whoever types an ID number on a phone reads the same whether its owner receives in another district or is unknown."""
    here, there = two
    paid = await there.application(elderly_couple())
    numbers = id_numbers(elderly_couple())
    await there.take(paid, "active")
    me = await villager(here, PHONE)
    strangers = await handed_in(me, ("王老五", numbers[0], "本人"))
    assert await marks(here.house, here) == [("receiving", there.district.name)] * 2
    clerk = Browser(here.house, here.district, here.staff["township_clerk"])
    assert there.district.name in await clerk.see(f"/cases/{strangers}")
    other = await villager(here, "13900007654")
    unknown = await handed_in(other, *COUPLE[:1])
    seen = []
    for who, case in ((me, strangers), (other, unknown)):
        pages = [await who.browser.see(path) for path in ("/my", f"/my/{case}")]
        answers = [(await who.get(path)).text for path in (f"/cases/{case}", f"/cases/{case}/members")]
        assert "外县区" not in "".join(pages + answers)
        assert there.district.name not in "".join(pages + answers)
        seen.append((await who.get(f"/cases/{case}")).json()["actions"])
    assert seen[0] == seen[1]


async def test_nobody_but_the_accepting_office_reads_of_it(two: tuple[Bureau, Bureau]) -> None:
    here, there = two
    await there.take(await there.application(elderly_couple()), "submitted")
    case = await here.take(await here.application(elderly_couple()), "submitted")
    for office in ("village_clerk", "visitor", "observer", "confirming_officer"):
        page = await Browser(here.house, here.district, here.staff[office]).get(f"/cases/{case.id}")
        assert there.district.name not in page.text, office
        assert there.district.name not in (await here.get(office, case.path)).text, office


async def test_of_two_districts_that_accept_at_once_one_comes_first(two: tuple[Bureau, Bureau]) -> None:
    """Both pages were opened while nothing stood anywhere; claims mark nobody until they are accepted."""
    cases = [Case(UUID(await handed_in(await villager(b, PHONE), *COUPLE)), elderly_couple()) for b in two]
    found = await asyncio.gather(*(accept(b, c) for b, c in zip(two, cases, strict=True)))
    assert sorted(status for status, _ in found) == [200, 403]
    assert "在外县区有一件申请正在办理" in max(found)[1]


async def test_households_from_before_are_told_of_by_the_worker(two: tuple[Bureau, Bureau]) -> None:
    here, there = two
    await there.take(await there.application(elderly_couple()), "accepted")
    async with here.house.inside(there.district) as tx:
        await tx.execute("UPDATE household SET told_above = NULL")
    async with here.house.zhunbao.database.transaction(there.district.parent_id or uuid4()) as tx:
        await tx.execute("DELETE FROM mark_elsewhere")
        await tx.execute(
            "INSERT INTO mark_elsewhere (tenant_id, mark, district_id, household, kind, until_month)"
            " VALUES ($1, $2, $3, $4, 'receiving', $5)",
            tx.tenant, MARK, here.district.id, uuid4(), local_date(here.house.zhunbao.clock()).replace(day=1),
        )  # fmt: skip
    await here.house.zhunbao.upkeep.told_above()
    assert await marks(here.house, here) == [("applying", there.district.name)] * 2, (
        "and what is over is gone"
    )
    async with here.house.inside(there.district) as tx:
        assert await here.house.zhunbao.marks.catch_up(tx) == 0


async def test_rolls_taken_over_are_told_and_who_is_paid_twice_is_named(two: tuple[Bureau, Bureau]) -> None:
    here, there = two
    await there.take(await there.application(elderly_couple()), "active")
    couple = elderly_couple()
    people = zip(couple.members, id_numbers(couple), strict=True)
    entry = {
        "area_code": here.village, "category": "一类", "mode": "tier", "amount": "930.00", "from_month": "2026-01-01",
        "members": [{"name": m.name, "id_number": n, "relation": m.relation} for m, n in people],
    }  # fmt: skip
    answer = await here.post("district_officer", "/rolls/import", {"entries": [entry]})
    assert answer.status_code == 201, answer.text
    assert [(p["name"], p["district"]) for p in answer.json()["also_paid"]] == [
        ("马德福", there.district.name), ("李秀英", there.district.name),
    ]  # fmt: skip
    assert len(await marks(here.house, here)) == 4


async def test_a_district_neither_reads_nor_writes_the_provinces_marks(
    database: Database, database_urls: Urls, tenant: UUID
) -> None:
    province = uuid4()
    async with database.platform() as tx:
        for one, code, kind, parent in (
            (province, "61", "province", None),
            (tenant, "610102", "district", province),
        ):
            await tx.execute(
                "INSERT INTO tenant (id, code, name, kind, parent_id, created_at) VALUES ($1, $2, $2, $3, $4, now())",
                one, code, kind, parent,
            )  # fmt: skip
    async with database.transaction(province) as tx:
        await tx.execute(ROWS, province, MARK, tenant, uuid4())
    async with database.transaction(tenant) as tx:
        assert await tx.fetch("SELECT * FROM mark_elsewhere") == []
        assert await tx.execute("DELETE FROM mark_elsewhere WHERE tenant_id = $1", province) == "DELETE 0"
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with database.transaction(tenant) as tx:
            await tx.execute(ROWS, province, MARK, tenant, uuid4())


async def test_what_is_lent_comes_back_and_a_broken_loan_stores_nothing(
    database: Database, tenant: UUID
) -> None:
    other = uuid4()

    async def seen(tx: Transaction) -> str:
        return str(await tx.fetchval("SELECT current_setting('app.tenant_id', true)"))

    async with database.transaction(tenant) as tx:
        async with tx.lent(other) as lent:
            waiting = asyncio.create_task(seen(tx))
            await asyncio.sleep(0)
            assert (await seen(lent), lent.tenant) == (str(other), other)
            with pytest.raises(RuntimeError, match="was asked for inside one of"):
                async with database.transaction(other):
                    pass
        assert await waiting == str(tenant), "the district's own statements wait"
        with pytest.raises(RuntimeError, match="over"):
            await lent.fetch("SELECT 1")
    with pytest.raises(RuntimeError, match="nothing was stored"):
        async with database.transaction(tenant) as tx:
            await tx.execute("INSERT INTO numbering (tenant_id, series, value) VALUES ($1, 'x', 1)", tenant)
            with pytest.raises(LookupError):
                async with tx.lent(other):
                    raise LookupError
            with pytest.raises(RuntimeError, match="only be undone"):
                await tx.fetch("SELECT 1")
    async with database.transaction(tenant) as tx:
        assert await tx.fetchval("SELECT count(*) FROM numbering WHERE series = 'x'") == 0


def test_a_mark_is_equal_in_a_province_and_nowhere_else(cipher: FieldCipher) -> None:
    number, one, other = "620802195001010011", uuid4(), uuid4()

    def mark(province: UUID, field: str = "elsewhere.id_number") -> bytes:
        return cipher.blind_index(province, field, number)

    assert mark(one) == mark(one)
    assert len({mark(one), mark(other), mark(one, "person.id_number")}) == 3
