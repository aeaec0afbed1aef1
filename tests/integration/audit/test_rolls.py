"""What is paid is what was decided: an entry of the rolls set by hand is found beside its decision."""

from __future__ import annotations

import pytest

from core.kernel.audit import Discrepancy
from core.stages.rolls_audit import verify_rolls
from tests.builders.steps import forms_of
from tests.integration.audit.conftest import Archive

pytestmark = pytest.mark.anyio


async def checked(archive: Archive) -> list[Discrepancy]:
    house = archive.bureau.house
    async with house.inside(archive.bureau.district) as tx:
        found = [d async for d in verify_rolls(tx, house.zhunbao.records, house.zhunbao.catalogue)]
    return [d for d in found if d.number == archive.number]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE benefit SET amount = amount + 100 WHERE process_id = $1",
        "UPDATE benefit SET category = '四类' WHERE process_id = $1",
        "UPDATE benefit SET from_month = from_month - interval '1 month' WHERE process_id = $1",
    ],
)
async def test_an_entry_changed_by_hand_is_found_at_its_decision(archive: Archive, change: str) -> None:
    assert await checked(archive) == []
    await archive.alter(change, archive.case.id)
    found = await checked(archive)
    assert {d.seq for d in found} == {await archive.seq_of("confirm")}
    assert any("没有这样的决定" in d.what for d in found)


async def test_an_entry_taken_away_is_found(archive: Archive) -> None:
    await archive.alter("DELETE FROM benefit WHERE process_id = $1", archive.case.id)
    [found] = await checked(archive)
    assert (found.seq, "发放名册上没有" in found.what) == (await archive.seq_of("confirm"), True)


async def test_a_review_a_hearing_and_an_end_are_followed_and_an_end_undone_is_found(
    archive: Archive,
) -> None:
    bureau, case = archive.bureau, archive.case
    forms = forms_of(bureau, case)
    await bureau.do("township_clerk", case, "start_review", {"cause": "due"})
    await bureau.do("visitor", case, "record_visit", forms["record_visit"][1])
    await bureau.do("township_clerk", case, "prepare_worksheet")
    await bureau.do("township_reviewer", case, "conclude_review", forms["conclude_review"][3])
    await bureau.do("township_clerk", case, "record_hearing", forms["record_hearing"][0])
    await bureau.do("confirming_officer", case, "decide_termination", {"reason": "收入超过标准"})
    assert await checked(archive) == []
    await archive.alter("UPDATE benefit SET until_month = NULL WHERE process_id = $1", case.id)
    [found] = await checked(archive)
    assert (found.seq, "还在发" in found.what) == (await archive.seq_of("decide_termination"), True)
