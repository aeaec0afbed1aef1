"""What a meeting without phones prints: its sign-in sheet, and slips of which none can be told from another."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pypdf import PdfReader

from core.settings import Keyring
from core.storage.embedded import Urls
from core.tenancy.tenants import Tenant
from tests.builders.installation import House
from tests.plugins.women_panel.village import Village, a_house, a_village

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def place(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[tuple[House, Tenant]]:
    async with a_house(database_urls, tmp_path_factory.mktemp("papers"), keys, paper_ballots=True) as made:
        yield made


@pytest.fixture
async def village(place: tuple[House, Tenant]) -> Village:
    return await a_village(*place)


def words(pdf: httpx.Response) -> str:
    assert pdf.headers["content-type"] == "application/pdf", pdf.text
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.content)).pages).split())


def pages_of(village: Village, session: str) -> str:
    return f"{village.pages}/sessions/{session.rpartition('/')[2]}"


async def test_the_sign_in_sheet_names_every_member_and_observer_with_a_line_to_sign(
    village: Village,
) -> None:
    session = await village.open_session()
    sheet = await village.get(village.host, f"{pages_of(village, session)}/attendance.pdf")
    said = words(sheet)
    assert "民主评议会签到表" in said
    assert all(m.actor.name in said for m in village.members)
    assert village.observer.actor.name in said
    member = await village.get(village.members[0], f"{pages_of(village, session)}/attendance.pdf")
    assert member.status_code == 403


async def test_there_are_as_many_slips_as_members_who_vote_on_the_household_and_no_name_of_theirs(
    village: Village,
) -> None:
    await village.sisters(village.members[0], village.applicants[0])
    session, case = await village.open_session(), village.cases[0]
    slips = f"{pages_of(village, session)}/cases/{case}/slips.pdf"
    early = await village.get(village.host, slips)
    assert early.status_code == 409
    assert "请先在主持人页面" in early.text
    await village.post(village.host, f"{session}/cases/{case}/paper")
    said = words(await village.get(village.host, slips))
    assert said.count("民主评议表决票") == len(village.members) - 1
    assert said.count("不同意") == said.count("弃权") == len(village.members) - 1
    assert not [m.actor.name for m in village.members if m.actor.name in said]
    one, *others = said.split("民主评议表决票")[1:]
    assert set(others) == {one}


async def test_a_score_form_s_slip_has_a_line_for_each_criterion(
    fresh_urls: Urls, tmp_path: Path, keys: Keyring
) -> None:
    scored = {"ballot": "score", "criteria": ["家里困难的程度=3", "劳动力=1"], "paper_ballots": True}
    async with a_house(fresh_urls, tmp_path, keys, **scored) as place:
        village = await a_village(*place)
        session, case = await village.open_session(), village.cases[0]
        await village.post(village.host, f"{session}/cases/{case}/paper")
        said = words(await village.get(village.host, f"{pages_of(village, session)}/cases/{case}/slips.pdf"))
        assert said.count("民主评议打分表") == said.count("家里困难的程度") == len(village.members)
        assert "每一项打0到10分" in said
