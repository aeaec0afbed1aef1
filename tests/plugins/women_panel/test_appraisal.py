"""The wider group weighs sums, labour and the vote; it never sees a deposit, a plate or an account; its minutes stay."""

from __future__ import annotations

import hashlib
import io
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from core.settings import Keyring
from core.storage.embedded import Urls
from core.web.csrf import token_for
from tests.builders.casework import Case, a_bureau, renamed, start_on
from tests.builders.households import AHousehold, family_with_relative_on_panel
from tests.builders.installation import Somebody, an_installation
from tests.builders.village_round import VillageRound, a_round

pytestmark = pytest.mark.anyio

SECRETS = ("1357.91", "1,357.91", "甘L-77777", "甘L77777", "43210")
"""The deposit, the plate and the vehicle's value of the test's household: on its file, and nowhere else."""


@pytest.fixture(scope="module")
async def weighing(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[tuple[VillageRound, list[Case]]]:
    """A village at its comprehensive appraisal: one household passed, one failed although its sum is under the line."""
    folder = tmp_path_factory.mktemp("weighing")
    start_on(folder, date(2026, 8, 10))
    async with an_installation(database_urls, folder, keys) as house:
        bureau = await a_bureau(house, await house.district("620802-kongtong"))
        village = await a_round(bureau)
        facts = family_with_relative_on_panel()
        who = facts.applicant.name
        rich = AHousehold(facts).with_deposit(who, "1357.91").with_vehicle(who, "甘L-77777", 43210).facts
        sister = village.members[0]
        cases = [await village.application(rich, sister), await village.application(renamed(rich, "乙"))]
        await village.form_panel()
        session = await village.meet(village.members)
        friend = village.members[2]
        said = await village.post(friend, f"{session}/cases/{cases[1].id}/conflict")
        assert said.status_code == 200, said.text
        for case, votes in ((cases[0], "yyyyyyyyyy"), (cases[1], "nnnnnnnnnn")):
            out = sister if case is cases[0] else friend
            voters = [member for member in village.members if member is not out]
            for member, vote in zip(voters, votes, strict=True):
                cast = await village.vote(session, case, member, "agree" if vote == "y" else "disagree")
                assert cast.status_code == 201, cast.text
            await village.count(session, case)
        await village.adjourn(session)
        for case in cases:
            await bureau.do("township_clerk", case, "start_investigation")
            await bureau.do("visitor", case, "record_visit", bureau.visit(case))
            await bureau.do("township_clerk", case, "prepare_worksheet")
            await bureau.do("township_clerk", case, "complete_investigation")
        await village.do("township_clerk", "complete_visits")
        yield village, cases


async def opened(village: VillageRound) -> str:
    """An appraisal with the sister, a member, one who declared a conflict, and a villager without an account; its path."""
    taking = [
        {"name": "组员1", "role": "评议小组成员", "account": str(village.members[0].id)},
        {"name": "组员2", "role": "评议小组成员", "account": str(village.members[1].id)},
        {"name": "组员3", "role": "评议小组成员", "account": str(village.members[2].id)},
        {"name": "李建国", "role": "村委会委员"},
    ]
    form = {"place": "村委会", "participants": taking}
    answer = await village.post("township_clerk", f"/rounds/{village.round.id}/appraisals", form)
    assert answer.status_code == 201, answer.text
    return f"/appraisals/{answer.json()['id']}"


async def read(village: VillageRound, who: Somebody) -> httpx.Response:
    return await village.bureau.house.client.get(
        f"/d/{village.bureau.district.code}/api/x/women_panel/rounds/{village.round.id}/appraisal",
        headers=who.headers,
    )


async def test_a_comprehensive_appraisal_from_opening_to_sealed_minutes(
    weighing: tuple[VillageRound, list[Case]],
) -> None:
    village, cases = weighing
    await not_by_hand(village, "综合评议还没有在系统里办")
    held = await opened(village)
    shown = await sums_votes_and_disagreement_are_shown(village, cases)
    await one_opinion_a_household_with_its_reason(village, cases, held)
    page = await village.bureau.house.client.get(
        pages(village), headers=village.bureau.staff["township_clerk"].headers
    )
    minutes = await signed_sealed_and_stays(village, held)
    await what_was_signed_is_shown_whatever_happens_since(village, cases)
    bureau = village.bureau
    async with bureau.house.inside(bureau.district) as tx:
        clerk = bureau.staff["township_clerk"].actor
        file = await bureau.house.zhunbao.situations.load(tx, clerk, cases[0].id)
    assert "1357.91" in str(file.view.records), "the deposit is on the household's own file"
    for whole in (page.text, str(shown), minutes):
        assert "7,200.00" in whole
        for secret in SECRETS:
            assert secret not in whole, secret


def pages(village: VillageRound) -> str:
    return f"/d/{village.bureau.district.code}/x/women_panel/rounds/{village.round.id}/appraisal"


async def lines_for(village: VillageRound, who: Somebody) -> dict[str, Any]:
    return {line["case_id"]: line for line in (await read(village, who)).json()["lines"]}


async def sums_votes_and_disagreement_are_shown(village: VillageRound, cases: list[Case]) -> dict[str, Any]:
    """To those who take part; to kin all households but theirs; to others nothing."""
    lines = await lines_for(village, village.bureau.staff["township_clerk"])
    passed, failed = (lines[str(case.id)] for case in cases)
    assert (passed["total"], passed["labour_index"], passed["ballot"]) == ("7,200.00", "0.38", "评议通过")
    assert passed["variance"] == ""
    assert "两者不一致" in failed["variance"]
    assert passed["recused"] == ["组员1"]
    assert (await read(village, village.members[5])).status_code == 403
    assert failed["recused"] == ["组员3"]
    for member, case in ((village.members[0], cases[0]), (village.members[2], cases[1])):
        hers = (await lines_for(village, member))[str(case.id)]
        assert (hers["hidden"], hers["total"], hers["ballot"]) == (True, "", "")
    return lines


async def one_opinion_a_household_with_its_reason(
    village: VillageRound, cases: list[Case], held: str
) -> None:
    bureau = village.bureau
    early = await village.post("township_clerk", f"{held}/close", {"notes": "逐户议过，意见一致"})
    assert early.status_code == 409
    assert "还有 2 户没有评议意见" in early.text
    await not_by_hand(village, "综合评议正在进行")
    for case, stance, reason, status in (
        (cases[0], "include", "", 422),
        (cases[0], "unclear", "先放一放再说", 200),
        (cases[0], "include", "家里有病人，劳力不足", 200),
        (cases[1], "exclude", "大家认为还要再看", 200),
    ):
        form = {"case_id": str(case.id), "stance": stance, "reason": reason, "stayed_out": ["李建国"]}
        assert (await village.post("township_clerk", f"{held}/opinions", form)).status_code == status
    for who in ("组员2", "没来的人"):
        form = {"case_id": str(cases[1].id), "stance": "exclude", "reason": "再议一次", "stayed_out": [who]}
        assert (await village.post("township_clerk", f"{held}/opinions", form)).status_code == 422
    lines = await lines_for(village, bureau.staff["township_clerk"])
    assert lines[str(cases[0].id)]["recused"] == ["组员1", "李建国"]
    assert (lines[str(cases[0].id)]["stance"], lines[str(cases[0].id)]["changed"]) == ("include", 1)
    assert lines[str(cases[1].id)]["against"]


async def signed_sealed_and_stays(village: VillageRound, held: str) -> str:
    """By some on the phone, by others on paper; the round goes on with the minutes. Their text."""
    bureau = village.bureau
    clerk = bureau.staff["township_clerk"]
    digest = (await read(village, clerk)).json()["digest"]
    signed = await village.post(village.members[1], f"{held}/signatures", {"digest": digest})
    assert signed.status_code == 200, signed.text
    form: dict[str, Any] = {"notes": "逐户议过，意见一致"}
    assert "没有签名" in (await village.post("township_clerk", f"{held}/close", form)).text
    closed = await village.post("township_clerk", f"{held}/close", form | {"papers": [bureau.photo]})
    assert closed.status_code == 200, closed.text
    assert await village.state() == "village_posting"
    pdf = (await bureau.house.client.get(f"{pages(village)}.pdf", headers=clerk.headers)).content
    assert hashlib.sha256(pdf).hexdigest() == closed.json()["sha256"]
    text = "".join("".join(p.extract_text() for p in PdfReader(io.BytesIO(pdf)).pages).split())
    for part in ("综合评议记录", "家里有病人，劳力不足", "村委会委员", "手机签名", "两者不一致"):
        assert part in text, part
    journal = (await bureau.read(village.round))["journal"]
    step = next(step for step in journal if step["action"] == "complete_appraisal")
    assert closed.json()["sha256"] in step["evidence"]
    late = {"digest": digest}
    assert (await village.post(village.members[0], f"{held}/signatures", late)).status_code == 409
    return text


async def not_by_hand(village: VillageRound, why: str) -> None:
    bureau = village.bureau
    version = (await bureau.read(village.round))["version"]
    form: dict[str, Any] = {"notes": "逐户议过", "present": 15, "minutes": [bureau.photo]}
    by_hand = await bureau.post(
        "township_clerk", f"/rounds/{village.round.id}/actions/complete_appraisal",
        {"expected_version": version, "form": form},
    )  # fmt: skip
    assert (by_hand.status_code, why in by_hand.text) == (403, True), by_hand.text


async def what_was_signed_is_shown_whatever_happens_since(village: VillageRound, cases: list[Case]) -> None:
    """A household withdraws after the end: what stands on page and extract is what was signed, and by whom."""
    bureau, before = village.bureau, (await read(village, village.bureau.staff["township_clerk"])).json()
    form = {"reason": "不想办了", "signed": [bureau.photo]}
    await bureau.do("township_clerk", cases[1], "withdraw", form)
    clerk, sister = bureau.staff["township_clerk"], village.members[0]
    after = (await read(village, clerk)).json()
    assert (len(after["lines"]), after["digest"]) == (2, before["digest"])
    page = (await bureau.house.client.get(pages(village), headers=clerk.headers)).text
    assert "已签名 1 / 4" in page
    extract = (await bureau.house.client.get(f"{pages(village)}.pdf", headers=sister.headers)).content
    text = "".join("".join(p.extract_text() for p in PdfReader(io.BytesIO(extract)).pages).split())
    assert ("节录" in text, "手机签名" in text, before["digest"] in text) == (True, True, True)
    assert "大家认为还要再看" in text
    assert "家里有病人" not in text


async def test_the_page_asks_for_what_is_missing(weighing: tuple[VillageRound, list[Case]]) -> None:
    village, _ = weighing
    bureau = village.bureau
    clerk = bureau.staff["township_clerk"]
    page = f"/d/{bureau.district.code}/x/women_panel/rounds/{village.round.id}"
    late = await bureau.house.client.post(
        f"{page}/appraisals", headers=clerk.headers,
        data={"_csrf": token_for(clerk.token), "place": "村委会", "others": "李建国，村委会委员"},
    )  # fmt: skip
    assert late.status_code == 409
    assert "不在“综合评议”阶段" in late.text


async def test_disagreement_is_listed_village_by_village(weighing: tuple[VillageRound, list[Case]]) -> None:
    village, _ = weighing
    bureau = village.bureau
    clerk = bureau.staff["township_clerk"]
    base = f"/d/{bureau.district.code}"
    (line,) = (
        await bureau.house.client.get(f"{base}/api/x/women_panel/variances", headers=clerk.headers)
    ).json()
    assert (line["area_code"], line["appraised"], line["differ"]) == (bureau.village, 2, 1)
    page = await bureau.house.client.get(f"{base}/x/women_panel/variances", headers=clerk.headers)
    assert "50%" in page.text
