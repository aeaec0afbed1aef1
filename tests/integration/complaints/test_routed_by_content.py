"""A complaint goes past whoever it speaks of in its text, and to the level above where nobody else is left to answer."""

from __future__ import annotations

import pytest

from tests.builders.casework import Bureau, renamed
from tests.builders.households import elderly_couple
from tests.builders.installation import TOWNSHIP
from tests.integration.complaints.speaking import complain, lines

pytestmark = pytest.mark.anyio

REVIEWER, OTHER = "township_reviewer", "township_reviewer 2"


async def test_an_official_spoken_of_in_the_text_does_not_see_it_and_a_colleague_does(bureau: Bureau) -> None:
    """Named in the text, not in the field for it: the field is for the household here."""
    told = await complain(bureau, content="这户有小汽车，township_reviewer是他表弟，一直照顾他。")
    assert told["level"] == "乡镇"
    assert await lines(bureau, REVIEWER, "all") == []
    plain = await complain(bureau, content="这户有小汽车，大家都知道。")
    assert [line["number"] for line in await lines(bureau, REVIEWER)] == [plain["number"]]


async def test_where_everybody_of_a_level_is_spoken_of_the_level_above_answers(bureau: Bureau) -> None:
    told = await complain(bureau, content=f"{REVIEWER} 2和{REVIEWER}都收了这户的礼，不要让他们查。")
    assert told["level"] == "区县"
    for who in (REVIEWER, OTHER):
        assert await lines(bureau, who, "all") == []
    assert [line["number"] for line in await lines(bureau, "district_officer")] == [told["number"]]


async def test_whoever_is_named_as_meant_raises_the_level_and_whoever_is_only_spoken_of_does_not(
    bureau: Bureau,
) -> None:
    spoken_of = await complain(
        bureau,
        about="official",
        where="village",
        whom="village_clerk",
        content=f"{REVIEWER}也知道这件事，没有管。",
    )
    assert spoken_of["level"] == "乡镇", "the village's official is meant: the township answers"
    assert await lines(bureau, REVIEWER, "all") == []
    assert len(await lines(bureau, OTHER)) == 1
    meant = await complain(
        bureau, about="official", where="village", whom=REVIEWER, content="上门时要烟要酒，态度很差。"
    )
    assert meant["level"] == "区县", "a township's official is meant, whatever was ticked"


async def test_namesakes_who_serve_elsewhere_keep_nobody_out(bureau: Bureau) -> None:
    elsewhere = await bureau.house.person(
        bureau.district, "township_reviewer", "620802002000", name="外镇审核员"
    )
    told = await complain(bureau, content="听说外镇审核员也是这么看的，这户不困难。")
    assert told["level"] == "乡镇"
    assert len(await lines(bureau, REVIEWER)) == 1
    assert await lines(bureau, elsewhere, "all") == [], "another township's complaint is not theirs either"


async def test_a_colleague_whose_name_stands_within_the_accused_s_name_is_no_namesake(bureau: Bureau) -> None:
    accused = await bureau.house.person(bureau.district, "township_reviewer", TOWNSHIP, name="王小明")
    colleague = await bureau.house.person(bureau.district, "township_reviewer", TOWNSHIP, name="王小")
    told = await complain(bureau, content="王小明收了这户的礼，不要让他查。")
    numbers = [line["number"] for line in await lines(bureau, colleague)]
    assert told["number"] in numbers
    assert await lines(bureau, accused, "all") == []
    of_the_colleague = await complain(bureau, content="王 小收了这户的礼，不要让他查。")
    numbers = [line["number"] for line in await lines(bureau, colleague, "all")]
    assert of_the_colleague["number"] not in numbers
    assert [line["number"] for line in await lines(bureau, accused)] == [of_the_colleague["number"]]


async def test_a_household_whose_member_s_name_stands_within_the_accused_s_is_not_meant(
    bureau: Bureau,
) -> None:
    await bureau.application(renamed(elderly_couple(), "甲"))
    case = await bureau.application(renamed(elderly_couple(), "甲乙"))
    await complain(bureau, whom=f"{case.facts.applicant.name}家")
    async with bureau.house.inside(bureau.district) as tx:
        assert await tx.fetchval("SELECT case_id FROM complaint WHERE tenant_id = $1", tx.tenant) == case.id
