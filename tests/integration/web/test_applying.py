"""A villager applies by phone: kept page by page, nothing learnt of others, a receipt whose code shows how it goes."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from core.registry.people import PersonPrivate
from tests.builders.casework import Bureau, Case, renamed
from tests.builders.households import elderly_couple
from tests.builders.villagers import (
    COUPLE,
    OTHER_PHONE,
    OWN,
    PHONE,
    WIFE,
    handed_in,
    opening,
    submission,
    villager,
)
from tests.integration.web.browsing import Browser, words

pytestmark = pytest.mark.anyio


@pytest.fixture
def bureau(phones_bureau: Bureau) -> Bureau:
    return phones_bureau


async def test_a_villager_without_an_account_applies_and_has_a_receipt_that_shows_how_it_goes(
    bureau: Bureau,
) -> None:
    me = await villager(bureau, PHONE)
    case = await handed_in(me, *COUPLE)
    receipt = (await me.get(f"/my/{case}/receipt")).json()
    assert re.fullmatch(r"([A-Z2-7]{5}-){3}[A-Z2-7]{5}", receipt["code"])
    assert receipt["address"].endswith(f"/d/620802/s/{receipt['code'].replace('-', '')}")
    page = await Browser(bureau.house, bureau.district).see(f"/s/{receipt['code']}")
    assert "申请已经收到，乡镇正在看材料齐不齐。" in page
    assert "我们最晚在2026年9月14日前告诉您受理了没有、还缺什么。" in page
    assert receipt["number"] in page
    for hidden in ("马德福", "李秀英", OWN, "年老多病", PHONE):
        assert hidden not in page, hidden
    paper = await me.browser.get(f"/my/{case}/receipt.pdf")
    assert paper.content.startswith(b"%PDF-")
    shown = await me.browser.see(f"/my/{case}")
    assert "申请已经收到" in shown


async def test_each_stage_is_told_in_words_with_the_day_the_office_has_to_keep(bureau: Bureau) -> None:
    me = await villager(bureau, PHONE)
    case = Case(id_of(await handed_in(me, *COUPLE)), elderly_couple())
    code = (await me.get(f"/my/{case.id}/receipt")).json()["code"]
    anybody = Browser(bureau.house, bureau.district)
    await bureau.do("township_clerk", case, "request_supplement", {"items": ["李秀英的病历复印件"]})
    page = await anybody.see(f"/s/{code}")
    assert "要请您办的 请在2026年9月20日前补齐：" in page
    assert "李秀英的病历复印件" in page
    await me.post(
        f"/cases/{case.id}/actions/supply", {"expected_version": 3, "form": {"papers": [bureau.photo]}}
    )
    await bureau.do("township_clerk", case, "accept")
    page = await anybody.see(f"/s/{code}")
    assert "已经受理，正在安排上门调查。" in page
    due = (await bureau.read(case))["deadlines"][-1]["due"]
    said = f"{int(due[:4])}年{int(due[5:7])}月{int(due[8:])}日"
    assert f"我们最晚在{said}前给您结果。" in page
    bureau.house.later(days=90)
    assert "已经晚了，对不起" in await anybody.see(f"/s/{code}")


def id_of(case: str) -> Any:
    from uuid import UUID

    return UUID(case)


async def test_a_lost_receipt_is_replaced_by_the_applicant_or_the_clerk_and_opens_nothing_more(
    bureau: Bureau,
) -> None:
    me = await villager(bureau, PHONE)
    case = await handed_in(me, *COUPLE)
    first = (await me.get(f"/my/{case}/receipt")).json()["code"]
    second = (await me.post(f"/my/{case}/receipt", {})).json()["code"]
    third = (await bureau.post("township_clerk", f"/my/{case}/receipt", {})).json()["code"]
    assert len({first, second, third}) == 3
    anybody = Browser(bureau.house, bureau.district)
    for old in (first, second):
        assert "没有这个回执码" in await anybody.see(f"/s/{old}", 404)
    assert "申请已经收到" in await anybody.see(f"/s/{third.lower()}")
    assert (await bureau.get("visitor", f"/my/{case}/receipt")).status_code == 403


async def test_a_code_that_opens_nothing_tells_nothing_and_may_be_tried_forty_times(bureau: Bureau) -> None:
    me = await villager(bureau, PHONE)
    case = await handed_in(me, *COUPLE)
    right = (await me.get(f"/my/{case}/receipt")).json()["code"].replace("-", "")
    slip = ("A" if right[0] != "A" else "B") + right[1:]
    anybody = Browser(bureau.house, bureau.district)
    wrong = [(await anybody.get(f"/s/{code}")) for code in (slip, "ZZZZZZZZZZZZZZZZZZZZ", "not a code")]
    assert {w.status_code for w in wrong} == {404}
    assert len({re.sub(r'value="[^"]*"', "", words(w.text)) for w in wrong}) == 1
    for _ in range(10):
        assert (await anybody.get(f"/s/{right}")).status_code == 200
    answers = [(await anybody.get("/s/ZZZZZZZZZZZZZZZZZZZZ")).status_code for _ in range(40)]
    assert answers[-1] == 429
    assert (await anybody.get(f"/s/{right}")).status_code == 429


async def test_a_wrong_code_does_the_same_work_whether_it_is_nearly_right_or_made_up(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Same statements, same order: what time tells apart would have to be in the statements."""
    from core.storage.transaction import Transaction

    me = await villager(bureau, PHONE)
    right = (await me.get(f"/my/{await handed_in(me, *COUPLE)}/receipt")).json()["code"].replace("-", "")
    asked: list[str] = []
    for name in ("fetchval", "fetchrow", "fetch", "execute"):
        original = getattr(Transaction, name)

        async def noted(self: Any, sql: str, *args: object, _original: Any = original) -> Any:
            asked.append(sql)
            return await _original(self, sql, *args)

        monkeypatch.setattr(Transaction, name, noted)
    anybody, found = Browser(bureau.house, bureau.district), []
    for code in (("A" if right[0] != "A" else "B") + right[1:], "Z" * 20):
        asked.clear()
        await anybody.get(f"/s/{code}")
        found.append(tuple(asked))
    assert found[0] == found[1]
    assert found[0]


async def test_typing_a_neighbours_id_number_tells_nothing_of_them_and_changes_nothing(
    bureau: Bureau,
) -> None:
    """Known or unknown, with a case or on the rolls: the same answer, and the register is left alone."""
    known = await bureau.take(await bureau.application(elderly_couple()), "submitted")
    number = (await _numbers(bureau, known))[0]
    me, other = await villager(bureau, PHONE), await villager(bureau, OTHER_PHONE)
    mine = await me.post("/cases", opening(("王老五", number, "本人")))
    theirs = await other.post("/cases", opening(("王老五", OWN, "本人")))
    same = [{k: v for k, v in a.json().items() if k not in ("process_id", "number")} for a in (mine, theirs)]
    assert mine.status_code == theirs.status_code == 201
    assert same[0] == same[1]
    case = mine.json()["process_id"]
    pages = [await me.browser.see(p) for p in ("/my", f"/my/{case}", f"/cases/{case}/do/submit")]
    members = (await me.get(f"/cases/{case}/members")).text
    assert "王老五" in members
    assert "马德福" not in " ".join(pages) + members
    assert (await me.get(f"/cases/{known.id}")).status_code == 404
    listed = (await bureau.get("township_clerk", f"{known.path}/members")).json()
    assert listed[0]["name"] == "马德福"


async def test_who_is_known_here_learns_no_more_of_a_neighbour_than_a_stranger_does(bureau: Bureau) -> None:
    """Applying, on the rolls, known without either, or unknown: one answer, and no number of a case."""
    applying = await bureau.take(await bureau.application(elderly_couple()), "submitted")
    receiving = await bureau.take(await bureau.application(renamed(elderly_couple(), "乙")), "active")
    mine = await bureau.take(await bureau.application(renamed(elderly_couple(), "丙")), "submitted")
    neighbours = [(await _numbers(bureau, case))[0] for case in (applying, receiving)]
    wife = (await _numbers(bureau, applying))[1]
    own = (await _numbers(bureau, mine))[0]
    async with bureau.house.inside(bureau.district) as tx:
        await bureau.house.zhunbao.registry.put_person(
            tx, "马德福丙", PersonPrivate(own, date(1951, 1, 1), "male", PHONE)
        )
    me = await villager(bureau, PHONE)
    assert (await me.post("/my/household", {"id_number": own})).json() == {"recognised": True}
    for number in (*neighbours, wife, WIFE):
        alone = await me.post("/cases", opening(("王老五", number, "本人")))
        assert (alone.status_code, alone.json()["detail"]) == (403, "您只能为自己家申请。")
        with_me = await me.post("/cases", opening(("王老五", number, "本人"), ("马德福丙", own, "配偶")))
        assert with_me.status_code == 201, with_me.text
        case = with_me.json()
        assert "马德福" not in (await me.get(f"/cases/{case['process_id']}/members")).text.replace(
            "马德福丙", ""
        )
        second = await me.post("/cases", opening(("王老五", number, "本人"), ("马德福丙", own, "配偶")))
        assert second.status_code == 409, "one's own open application at a time"
        assert case["number"] in second.text
        await withdraw(bureau, case["process_id"])
    again = await me.post("/cases", opening(("马德福丙", own, "本人")))
    assert again.status_code == 409, "of one's own household one is told"


async def withdraw(bureau: Bureau, case: str) -> None:
    """The next one may begin."""
    async with bureau.house.inside(bureau.district) as tx:
        await tx.execute(
            "UPDATE process SET ended = true WHERE tenant_id = $1 AND id = $2", tx.tenant, id_of(case)
        )


async def _numbers(bureau: Bureau, case: Case) -> list[str]:
    looked = await bureau.post("township_clerk", f"{case.path}/private", {"purpose": "核对身份证号"})
    return [m["id_number"] for m in looked.json()["members"]]


async def test_the_clerk_sees_who_was_only_claimed_and_a_second_application_is_not_accepted(
    bureau: Bureau,
) -> None:
    first = await bureau.take(await bureau.application(elderly_couple()), "submitted")
    number = (await _numbers(bureau, first))[0]
    me = await villager(bureau, PHONE)
    second = Case(id_of(await handed_in(me, ("王老五", number, "本人"))), elderly_couple())
    clerk = Browser(bureau.house, bureau.district, bureau.staff["township_clerk"])
    page = await clerk.see(f"/cases/{second.id}")
    assert "家庭自己在手机上填的，受理前请核对身份证件：" in page
    assert "王老五的身份证号以前登记的姓名是马德福" in page
    refused = await bureau.act("township_clerk", second, "accept")
    assert refused.status_code == 403
    assert "另有一件申请正在办理" in refused.json()["detail"]
    assert (await bureau.act("township_clerk", first, "accept")).status_code == 200, (
        "a stranger's claim blocks nobody"
    )


async def test_who_is_on_the_rolls_already_is_not_accepted_a_second_time(bureau: Bureau) -> None:
    first = await bureau.take(await bureau.application(elderly_couple()), "active")
    number = (await _numbers(bureau, first))[1]
    second = Case(
        id_of(await handed_in(await villager(bureau, PHONE), ("李秀英", number, "本人"))), elderly_couple()
    )
    refused = await bureau.act("township_clerk", second, "accept")
    assert refused.status_code == 403
    assert "李秀英已在另一户享受低保" in refused.json()["detail"]


async def test_accepting_puts_the_claimed_on_the_register_and_makes_the_account_the_applicants(
    bureau: Bureau,
) -> None:
    me = await villager(bureau, PHONE)
    case = Case(id_of(await handed_in(me, *COUPLE)), elderly_couple())
    await bureau.do("township_clerk", case, "accept")
    assert "受理前请核对身份证件" not in await Browser(
        bureau.house, bureau.district, bureau.staff["township_clerk"]
    ).see(f"/cases/{case.id}")
    async with bureau.house.inside(bureau.district) as tx:
        person = await bureau.house.zhunbao.registry.find_person(tx, OWN)
        bound = await tx.fetchval("SELECT person_id FROM account WHERE username LIKE 'phone-%'")
    assert bound == person is not None
    again = await me.post("/cases", opening(*COUPLE))
    assert again.status_code == 409
    assert "已经有一件正在办理" in again.json()["detail"]


async def test_whose_phone_and_id_number_are_registered_together_is_told_of_their_own_case(
    bureau: Bureau,
) -> None:
    facts = elderly_couple()
    case = await bureau.application(facts)
    numbers = await _numbers(bureau, case)
    async with bureau.house.inside(bureau.district) as tx:
        await bureau.house.zhunbao.registry.put_person(
            tx, "马德福", PersonPrivate(numbers[0], date(1951, 1, 1), "male", PHONE)
        )
    stranger, owner = await villager(bureau, OTHER_PHONE), await villager(bureau, PHONE)
    answers = [(await stranger.post("/my/household", {"id_number": n})).json() for n in (numbers[0], OWN)]
    assert answers == [{"recognised": False}] * 2
    assert (await owner.post("/my/household", {"id_number": numbers[1]})).json() == {"recognised": False}
    assert (await owner.post("/my/household", {"id_number": numbers[0]})).json() == {"recognised": True}
    assert "马德福" in await owner.browser.see("/my")
    tries = [(await stranger.post("/my/household", {"id_number": OWN})).status_code for _ in range(4)]
    assert tries[-1] == 429


async def test_somebody_elses_application_needs_their_signed_mandate_and_a_cadre_is_flagged(
    bureau: Bureau,
) -> None:
    me = await villager(bureau, PHONE)
    opened = (await me.post("/cases", opening(*COUPLE, for_other=True))).json()
    without = await submission(me, opened["process_id"])
    refused = await me.post(f"/cases/{opened['process_id']}/actions/submit", without)
    assert refused.status_code == 422
    assert "签了字的委托书" in refused.text
    sent = await me.post(
        f"/cases/{opened['process_id']}/actions/submit",
        await submission(me, opened["process_id"], for_other=True),
    )
    assert sent.status_code == 200, sent.text
    page = await Browser(bureau.house, bureau.district, bureau.staff["township_clerk"]).see(
        f"/cases/{opened['process_id']}"
    )
    for shown in ("代办", "干部代办", "赵会计", "村会计"):
        assert shown in page
    again = await me.post("/cases", opening(("王老五", "620802201503030037", "本人")))
    assert again.status_code == 201, "one's own household is not the one helped"


async def test_two_households_of_ones_own_are_one_too_many(bureau: Bureau) -> None:
    me = await villager(bureau, PHONE)
    await handed_in(me, *COUPLE)
    again = await me.post("/cases", opening(("王老五", "620802201503030037", "本人")))
    assert again.status_code == 409
    assert "替别人家申请" in again.json()["hint"]
