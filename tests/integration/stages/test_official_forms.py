"""Official forms (domain §8): each is there when its step was taken, says what is on file, and masks what it must."""

from __future__ import annotations

import io
import re
from decimal import Decimal

import httpx
import msgspec
import pytest
from pypdf import PdfReader

from core.documents.papers import Paper
from core.web.pages import payment_rolls
from core.web.views.papers import issuing
from core.web.views.papers.genuine import seal_of
from core.web.views.papers.printing import papers_of
from core.web.views.papers.sheets import FORMS
from tests.builders.casework import Bureau, Case, renamed
from tests.builders.households import family_with_employed_son, family_with_vehicle, marginal_family
from tests.builders.installation import Somebody
from tests.builders.steps import forms_of
from tests.builders.village_round import VillageRound, a_round

pytestmark = pytest.mark.anyio

REASON = {"reason": "经核实家庭收入情况已经变化"}


async def text_of(bureau: Bureau, case: Case, kind: str, who: str | Somebody = "township_clerk") -> str:
    address = f"/d/{bureau.district.code}/cases/{case.id}/papers/{kind}"
    answer = await bureau.house.client.get(address, headers=bureau.who(who).headers)
    assert answer.status_code == 200, f"{kind}: {answer.text}"
    return read(answer.content)


def read(pdf: bytes) -> str:
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


async def offered(bureau: Bureau, case: Case, who: str = "township_clerk") -> set[str]:
    page = (await bureau.house.client.get(
        f"/d/{bureau.district.code}/cases/{case.id}", headers=bureau.staff[who].headers
    )).text  # fmt: skip
    return {kind for kind in FORMS if f'/papers/{kind}"' in page}


async def test_what_a_household_signs_can_be_printed_from_the_day_it_applied(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(renamed(family_with_vehicle(), "签")), "submitted")
    assert await offered(bureau, case) == {"application", "pledge", "authorisation"}
    application = await text_of(bureau, case, "application")
    for member in case.facts.members:
        assert member.name in application
    assert "62,000.00" in application
    assert "愿意退回" in await text_of(bureau, case, "pledge")
    authorisation = await text_of(bureau, case, "authorisation")
    assert "银行存款" in authorisation
    for member in case.facts.members:
        assert member.name in authorisation


async def test_no_form_shows_a_whole_id_number(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(renamed(marginal_family(), "码")), "reported")
    page = await bureau.read(case, "township_clerk")
    for kind in await offered(bureau, case):
        text = await text_of(bureau, case, kind)
        assert "********" in text, kind
        assert not [word for word in text.split("*") if word.isdigit() and len(word) > 12], (
            kind,
            page["number"],
        )


async def test_the_confirmation_sheet_tells_what_each_level_found(bureau: Bureau) -> None:
    case = await bureau.application(renamed(family_with_employed_son(employed=False), "审"))
    await bureau.take(case, "active")
    assert {"visit", "relatives", "review"} <= await offered(bureau, case)
    review = await text_of(bureau, case, "review")
    for part in ("收入核算", "经济状况核对", "乡镇初审意见", "建议确认", "公示", "予以确认", "1,326.00元"):
        assert part in review, part
    assert "另一名调查人" in await text_of(bureau, case, "visit")


async def test_a_grace_period_has_its_sheet(bureau: Bureau) -> None:
    case = await bureau.application(renamed(family_with_employed_son(employed=False), "退"))
    await bureau.take(case, "active")
    await bureau.do("township_clerk", case, "start_review", {"cause": "change"})
    await bureau.do(
        "visitor", case, "record_visit", bureau.visit(case, renamed(family_with_employed_son(), "退"))
    )
    await bureau.do("township_clerk", case, "prepare_worksheet")
    await bureau.do("township_reviewer", case, "conclude_review", REASON | {"outcome": "propose_stop"})
    await bureau.do("township_clerk", case, "record_hearing", forms_of(bureau, case)["record_hearing"][0])
    await bureau.do("confirming_officer", case, "decide_grace", REASON)
    sheet = await text_of(bureau, case, "grace_sheet")
    for part in ("渐退期审批表", "6,080.00元", "1,326.00元", "7,956.00元", "家庭的意见"):
        assert part in sheet, part


async def test_a_household_prints_its_own_papers_and_not_the_offices(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(renamed(marginal_family(), "己")), "reported")
    me = await bureau.house.person(
        bureau.district, "applicant", bureau.village, name="本人", person_id=next(iter(case.people.values()))
    )
    assert "申请书" in await text_of(bureau, case, "application", me)
    for kind in ("review", "relatives", "visit"):
        address = f"/d/{bureau.district.code}/cases/{case.id}/papers/{kind}"
        assert (await bureau.house.client.get(address, headers=me.headers)).status_code == 404, kind


async def test_a_village_is_printed_in_one_file_with_every_household_on_a_page_of_its_own(
    bureau: Bureau,
) -> None:
    village = await a_round(bureau)
    cases = [
        await village.application(renamed(family, "村"))
        for family in (marginal_family(), family_with_vehicle())
    ]
    answer = await print_round(bureau, village, "application")
    pages = PdfReader(io.BytesIO(answer.content)).pages
    starts = [
        n for n, page in enumerate(pages) if "最低生活保障申请书" in page.extract_text().replace("\n", "")
    ]
    assert len(starts) == len(cases)
    for case in cases:
        assert case.facts.applicant.name in read(answer.content)
    assert (await print_round(bureau, village, "review")).status_code == 404, "not there yet"


async def print_round(bureau: Bureau, village: VillageRound, kind: str) -> httpx.Response:
    address = f"/d/{bureau.district.code}/rounds/{village.round.id}/papers/{kind}"
    return await bureau.house.client.get(address, headers=bureau.staff["township_clerk"].headers)


async def test_the_payment_roll_lists_who_is_paid_and_the_sum(bureau: Bureau) -> None:
    case = await bureau.application(renamed(family_with_employed_son(employed=False), "发"))
    await bureau.take(case, "active")
    month = f"{bureau.today.replace(day=1).year + bureau.today.month // 12}-{bureau.today.month % 12 + 1:02d}"
    address = f"/d/{bureau.district.code}/export/payment-roll.pdf?month={month}&area={bureau.village[:9]}"
    answer = await bureau.house.client.get(address, headers=bureau.staff["district_officer"].headers)
    text = read(answer.content)
    total, *listed = [
        Decimal(amount.replace(",", "")) for amount in re.findall(r"\d{1,3}(?:,\d{3})*\.\d{2}", text)
    ]
    assert "花名册" in text
    assert case.facts.applicant.name in text
    assert Decimal(1326) in listed
    assert total == sum(listed)
    assert f"户数{len(listed)}户" in text
    today = bureau.today
    assert f"{today.year}年{today.month}月{today.day}日" in text, "dated on the day it is drawn up"
    number = f"F{bureau.village[:9]}-{month.replace('-', '')}-{today:%Y%m%d}"
    assert number in text


async def drawn_up(bureau: Bureau) -> tuple[Paper, str]:
    """A roll as it is printed, and the path its code leads to."""
    drawn: list[Paper] = []
    real = payment_rolls.with_code

    def kept(paper: Paper, address: str) -> Paper:
        drawn.append(msgspec.structs.replace(paper, qr=address))
        return real(paper, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(payment_rolls, "with_code", kept)
        address = f"/d/{bureau.district.code}/export/payment-roll.pdf?area={bureau.village[:9]}&category=none"
        headers = bureau.staff["district_officer"].headers
        assert (await bureau.house.client.get(address, headers=headers)).status_code == 200
    [roll] = drawn
    return roll, "/d/" + roll.qr.partition("/d/")[2]


async def test_a_payment_roll_is_found_genuine_by_its_code_and_says_so_when_another_one_took_its_place(
    bureau: Bureau,
) -> None:
    await bureau.take(
        await bureau.application(renamed(family_with_employed_son(employed=False), "册")), "active"
    )
    bureau.house.later(days=31)
    roll, path = await drawn_up(bureau)
    client, today = bureau.house.client, bureau.today
    page = await client.get(path)
    assert page.status_code == 200, page.text
    for said in (roll.number, "合计", "平凉市崆峒区民政局", "现在仍是最新的一份", today.isoformat()):
        assert said in page.text, said
    assert "册" not in page.text.partition("花名册")[2].partition("出具机关")[0], "it names nobody"
    seal = path.rpartition("/")[2]
    for other in (
        path.replace(seal, "A" * 24),
        path.replace(roll.number, roll.number.replace("F62", "F63", 1)),
        path.replace(f"{today:%Y%m%d}", "20250101"),
        "/d/620802/p/rolls/x/y",
    ):
        assert (await client.get(other)).status_code == 404, other
    bureau.house.later(days=1)
    assert (await drawn_up(bureau))[1] != path
    assert "现在仍是最新的一份" in (await client.get(path)).text, "the next day's says the same"
    async with bureau.house.inside(bureau.district) as tx:
        await tx.execute("UPDATE benefit SET amount = amount + 1")
    was = (await client.get(path)).text
    assert "现在仍是最新的一份" in was, "as it was issued: nothing is drawn up again for who asks"
    _, corrected = await drawn_up(bureau)
    then = await client.get(path)
    assert (then.status_code, "此后又出了新的一份" in then.text) == (200, True)
    assert was.partition("合计")[2][:60] == then.text.partition("合计")[2][:60], (
        "it says what it summed up to"
    )
    assert "现在仍是最新的一份" in (await client.get(corrected)).text


async def test_a_public_check_of_a_roll_reads_no_household(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, path = await drawn_up(bureau)

    async def never(*_: object, **__: object) -> None:
        raise AssertionError("the roll was drawn up again")

    monkeypatch.setattr(payment_rolls, "rolls", never)
    assert (await bureau.house.client.get(path)).status_code == 200


def checking_path(bureau: Bureau, case: Case, kind: str, seal: str) -> str:
    return f"/d/{bureau.district.code}/p/papers/{case.id}/{kind}/{seal}"


async def test_a_paper_is_found_genuine_by_its_own_code_alone_and_for_as_long_as_it_is_the_latest(
    bureau: Bureau,
) -> None:
    case = await bureau.take(
        await bureau.application(renamed(family_with_employed_son(employed=False), "真")), "accepted"
    )
    seals = {}
    for kind in ("acceptance", "application"):
        async with bureau.house.inside(bureau.district) as tx:
            situation = await bureau.house.zhunbao.situations.load(
                tx, bureau.staff["township_clerk"].actor, case.id
            )
            paper = (await papers_of(tx, situation))[kind]
        seals[kind] = seal_of(bureau.house.zhunbao.cipher, bureau.district.id, case.id, kind, paper)
    page = await bureau.house.client.get(checking_path(bureau, case, "acceptance", seals["acceptance"]))
    assert "现在仍是最新的一份" in page.text
    assert case.facts.applicant.name not in page.text
    for kind, seal in (
        ("acceptance", seals["application"]),
        ("acceptance", "A" * 24),
        ("denial", seals["acceptance"]),
    ):
        page = await bureau.house.client.get(checking_path(bureau, case, kind, seal))
        assert page.status_code == 404
        assert "没有核对上" in page.text
        assert case.facts.applicant.name not in page.text


async def printed(bureau: Bureau, case: Case, kind: str) -> str:
    """Where the code of a paper leads that has just been printed."""
    await text_of(bureau, case, kind)
    async with bureau.house.inside(bureau.district) as tx:
        seal = await tx.fetchval(
            "SELECT seal FROM issued_paper WHERE tenant_id = $1 AND subject = $2 ORDER BY last_at DESC, issued_at DESC",
            *(tx.tenant, f"case:{case.id}:{kind}"),
        )
    return checking_path(bureau, case, kind, seal)


async def test_a_paper_is_ours_under_the_name_the_office_had_when_it_was_printed(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await bureau.take(
        await bureau.application(renamed(family_with_employed_son(employed=False), "名")), "accepted"
    )
    before = await printed(bureau, case, "acceptance")
    monkeypatch.setattr(issuing, "township_body", lambda name: f"{name}公共服务中心")
    page = await bureau.house.client.get(before)
    assert (page.status_code, "现在仍是最新的一份" in page.text) == (200, True)
    assert "公共服务中心" not in page.text, "the name that stands on the paper"
    after = await printed(bureau, case, "acceptance")
    assert after != before
    for path in (before, after):
        assert "现在仍是最新的一份" in (await bureau.house.client.get(path)).text


async def test_a_paper_that_a_later_one_replaced_says_so(bureau: Bureau) -> None:
    case = await bureau.take(
        await bureau.application(renamed(family_with_employed_son(employed=False), "替")), "submitted"
    )
    await bureau.do("township_clerk", case, "request_supplement", {"items": ["医疗费发票"]})
    told = await printed(bureau, case, "application")
    first = await printed(bureau, case, "supplement")
    await bureau.do("township_clerk", case, "supply", {"papers": [bureau.photo]})
    assert "现在仍是最新的一份" in (await bureau.house.client.get(first)).text
    assert "现在仍是最新的一份" in (await bureau.house.client.get(told)).text
    async with bureau.house.inside(bureau.district) as tx:
        await tx.execute(
            "UPDATE issued_paper SET dated = '2020年1月1日' WHERE subject = $1", f"case:{case.id}:supplement"
        )
    page = await bureau.house.client.get(first)
    assert (page.status_code, "此后又出了新的一份" in page.text) == (200, True)
    assert case.facts.applicant.name not in page.text


async def test_a_code_of_one_case_does_not_check_another(bureau: Bureau) -> None:
    one, other = [
        await bureau.take(
            await bureau.application(renamed(family_with_employed_son(employed=False), suffix)), "accepted"
        )
        for suffix in ("此", "彼")
    ]
    path = await printed(bureau, one, "acceptance")
    wrong = path.replace(str(one.id), str(other.id))
    assert (await bureau.house.client.get(wrong)).status_code == 404
    assert (await bureau.house.client.get(path.replace("/acceptance/", "/application/"))).status_code == 404
