"""Kin and late comers: what came to light, or was declared, at the worst moment still keeps them out, and their slip uncounted."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from pypdf import PdfReader

from core.settings import Keyring
from core.storage.embedded import Urls
from core.tenancy.tenants import Tenant
from tests.builders.installation import House
from tests.plugins.women_panel.test_pages import at
from tests.plugins.women_panel.test_paper import slips
from tests.plugins.women_panel.village import Village, a_house

pytestmark = pytest.mark.anyio
YES, NO = "agree", "disagree"


@pytest.fixture(scope="module")
async def place(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[tuple[House, Tenant]]:
    async with a_house(database_urls, tmp_path_factory.mktemp("apart"), keys, paper_ballots=True) as made:
        yield made


async def text_of(village: Village, path: str) -> str:
    pdf = await village.get(village.host, path)
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.content)).pages).split())


async def test_a_host_who_is_kin_learns_no_count_by_closing_again(village: Village) -> None:
    kin = await village.house.person(
        village.district, "panel_host", village.area, name="亲戚", person_id=village.applicants[0]
    )
    session, case = await village.open_session(), village.cases[0]
    await village.votes(session, case, village.members, *[YES] * 8, *[NO] * 3)
    assert (await village.close(session, case)).status_code == 200
    again = await village.post(kin, f"{session}/cases/{case}/close")
    assert (again.status_code, "回避" in again.text) == (403, True)
    assert (await village.close(session, case)).status_code == 200, "the host reads the same tally again"


async def test_who_turns_out_to_be_kin_after_the_count_learns_no_result(village: Village) -> None:
    session, case, sister = await village.open_session(), village.cases[0], village.members[0]
    await village.votes(session, case, village.members, *[YES] * 8, *[NO] * 3)
    assert (await village.close(session, case)).status_code == 200
    assert (await village.line(sister, session, case))["result"] is not None
    await village.sisters(sister, village.applicants[0])
    line = await village.line(sister, session, case)
    assert (line["result"], line["mine"]) == (None, "voted")
    assert (await village.get(sister, f"{session}/cases/{case}/record")).status_code == 403


async def test_going_to_paper_twice_does_not_let_the_slip_of_kin_found_meanwhile_count(
    village: Village,
) -> None:
    session, case = await village.open_session(), village.cases[0]
    assert (await village.post(village.host, f"{session}/cases/{case}/paper")).status_code == 200
    for who in (village.observer, village.clerk):
        await slips(village, who, session, 10, 0)
    await village.sisters(village.members[0], village.applicants[0])
    assert (await village.post(village.host, f"{session}/cases/{case}/paper")).status_code == 200
    await village.close(session, case)
    line = await village.line(village.host, session, case)
    assert (line["state"], line["attempt"], line["result"]) == ("open", 3, None), "all over again"


async def test_whoever_declares_after_her_slip_may_be_in_the_box_makes_the_slips_void(
    village: Village,
) -> None:
    session, case = await village.open_session(), village.cases[0]
    await village.post(village.host, f"{session}/cases/{case}/paper")
    sheet = at(village, session, f"/cases/{case}/slips.pdf")
    assert "本户第2次投票" in await text_of(village, sheet)
    assert (await village.post(village.members[0], f"{session}/cases/{case}/conflict")).status_code == 200
    assert "本户第3次投票" in await text_of(village, sheet)
    page = await village.get(village.observer, at(village, session, f"/cases/{case}/paper"))
    assert "只点印着“本户第 3 次投票”的纸票" in page.text


async def test_a_member_taken_out_makes_the_slips_void_that_lie_uncounted(village: Village) -> None:
    session, case, gone = await village.open_session(), village.cases[0], village.members[0]
    await village.post(village.host, f"{session}/cases/{case}/paper")
    before = (await village.line(village.host, session, case))["attempt"]
    removal = {"account_id": str(gone.id), "reason": "搬离本村"}
    assert (await village.post(village.host, f"{session}/removals", removal)).status_code == 200
    assert (await village.line(village.host, session, case))["attempt"] == before + 1


async def test_saying_it_twice_makes_no_slips_void_that_were_given_out_since(village: Village) -> None:
    session, case, sister = await village.open_session(), village.cases[0], village.members[0]
    await village.post(village.host, f"{session}/cases/{case}/paper")
    said = [await village.post(sister, f"{session}/cases/{case}/conflict") for _ in range(2)]
    assert [answer.status_code for answer in said] == [200, 200]
    assert (await village.line(village.host, session, case))["attempt"] == 3
    removal = {"account_id": str(sister.id), "reason": "搬离本村"}
    assert (await village.post(village.host, f"{session}/removals", removal)).status_code == 200
    assert (await village.line(village.host, session, case))["attempt"] == 3, "she had no slip"


async def test_her_word_outlives_a_kinship_that_is_corrected(village: Village) -> None:
    session, case, sister = await village.open_session(), village.cases[0], village.members[0]
    await village.sisters(sister, village.applicants[0])
    await village.post(village.host, f"{session}/cases/{case}/paper")  # puts her kinship on file
    assert (await village.post(sister, f"{session}/cases/{case}/conflict")).status_code == 200
    async with village.house.inside(village.district) as tx:
        await tx.execute("DELETE FROM kinship WHERE tenant_id = $1", tx.tenant)
    await village.close(session, case)
    assert (await village.line(sister, session, case))["mine"] == "recused"


async def test_who_was_taken_out_of_the_meeting_still_signs_its_minutes(village: Village) -> None:
    session, gone = await village.open_session(), village.members[0]
    removal = {"account_id": str(gone.id), "reason": "会上提出不同意见"}
    assert (await village.post(village.host, f"{session}/removals", removal)).status_code == 200
    signers = (await village.get(village.host, f"{session}/minutes")).json()["content"]["signers"]
    assert str(gone.id) in {account for account, _, _ in signers}


async def test_her_session_is_on_her_page_however_many_villages_meet(village: Village) -> None:
    session = await village.open_session()
    async with village.house.inside(village.district) as tx:
        await tx.execute(
            """INSERT INTO women_panel_session (tenant_id, id, round_id, number, area_code, state, seed, config, opened_at, opened_by)
               SELECT tenant_id, gen_random_uuid(), round_id, 1000 + n, '620802999999', 'closed', seed, config,
                      opened_at + interval '1 hour', opened_by
               FROM women_panel_session, generate_series(1, 400) n WHERE tenant_id = $1 AND id = $2""",
            tx.tenant,
            UUID(session.rpartition("/")[2]),
        )
    await village.post(village.host, f"{session}/close")
    page = await village.get(village.members[0], f"{village.pages}/")
    assert session.rpartition("/")[2] in page.text
