"""What differs is settled with a reason in the case's journal, and is open again when its values change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from core.kernel.children import Opening
from core.kernel.stage import Filed, Records
from core.sdk import Invalid, decode, platform_of
from core.sdk.verification import FindingResolution
from core.web.csrf import token_for
from plugins.big_data_check.comparison import Row
from plugins.big_data_check.confirmation import why_not
from plugins.big_data_check.differences import digest_of, item_of, lines_of, open_lines
from plugins.big_data_check.stages import DifferenceSettled, SettleForm, Verdict
from tests.builders.casework import Case, renamed
from tests.builders.households import elderly_couple, family_with_vehicle
from tests.plugins.big_data_check.office import Office, plugin_context

NOW = datetime(2026, 9, 1, tzinfo=UTC)


def car(registered: str) -> Row:
    return Row("车辆、农机", "甘L1", "王建国", "没有", None, None, registered)


def filed(*records: DifferenceSettled) -> Records:
    return Records(tuple(Filed(n, NOW, uuid4(), record) for n, record in enumerate(records)))


def said(row: Row, reason: str = "看了合同", values: str | None = None) -> DifferenceSettled:
    return DifferenceSettled(
        item_of(row), Verdict.REGISTRY, reason, digest_of(row) if values is None else values
    )


def test_a_difference_is_open_until_somebody_says_why_and_again_when_its_values_change() -> None:
    row, dearer = car("汽车 62,000.00 元"), car("汽车 90,000.00 元")
    assert len(open_lines(lines_of([row], Records()))) == 1
    assert not open_lines(lines_of([row], filed(said(row))))
    assert len(open_lines(lines_of([dearer], filed(said(row))))) == 1
    [line] = lines_of([row], filed(said(row, "第一次"), said(row, "第二次")))
    assert line.settled is not None
    assert line.settled.reason == "第二次"


def test_what_agrees_is_never_open_and_an_item_names_no_value() -> None:
    same = Row("房屋", "甘1", "王建国", "自建房", None, "自建房", None)
    assert not open_lines(lines_of([same], Records()))
    assert "62" not in item_of(car("汽车 62,000.00 元"))


def test_what_a_finding_or_the_visit_decided_with_a_reason_is_not_asked_for_again() -> None:
    dear, noted = car("汽车 62,000.00 元"), Row("调查人记录", "房屋", "全家", "2 间", None, "3 间", None)
    cleared = FindingResolution("vehicle:甘L1", "cleared", "sold_not_transferred", "有卖车协议")
    [line] = lines_of([dear], Records((Filed(1, NOW, uuid4(), cleared),)))
    assert (line.is_open, line.elsewhere) == (False, "有卖车协议")
    other = FindingResolution("vehicle:甘L12", "cleared", "sold_not_transferred", "有卖车协议")
    assert open_lines(lines_of([dear], Records((Filed(1, NOW, uuid4(), other),))))
    assert open_lines(lines_of([noted], Records()))


@pytest.mark.anyio
async def test_nobody_gives_an_opinion_or_confirms_while_a_difference_has_no_reason(office: Office) -> None:
    facts = renamed(elderly_couple(), "异")
    office.register(facts, facts.members[0].name, vehicles={"reference": "甘L30000", "value": "30000"})
    case = await office.investigated(facts)
    bureau = office.bureau
    assert (await office.newest(case))["open_findings"] == 0, "below the district's limit"
    await bureau.do("township_clerk", case, "prepare_worksheet")
    await bureau.do("township_clerk", case, "complete_investigation")
    refused = await bureau.act("township_reviewer", case, "give_opinion", await bureau.opinion(case))
    assert refused.status_code == 403
    assert "还有 1 处不一致没有写明理由（车辆、农机）" in refused.json()["detail"]
    assert "甘L30000" not in refused.text
    assert "对照页" in refused.json()["hint"]
    platform = platform_of(await plugin_context(office))
    async with platform.transaction() as tx:
        for action, held_up in (("confirm", True), ("give_opinion", True), ("publish", False)):
            assert bool(await why_not(tx, platform, case.id, action)) is held_up
    [row] = [
        r for r in (await office.get(office.officer, f"/cases/{case.id}/comparison")).json() if r["differs"]
    ]
    form = {"item": row["key"], "values": row["digest"], "verdict": "registry", "reason": "旧车，已问清楚"}
    settled = await office.post(bureau.staff["township_reviewer"], f"/cases/{case.id}/comparison", form)
    assert settled.status_code == 200, settled.text
    await bureau.take(case, "active")


async def differing(office: Office, suffix: str) -> tuple[Case, Any]:
    facts = renamed(family_with_vehicle(), suffix)
    office.register(facts, f"陈建军{suffix}", vehicles={"reference": "甘L12345", "value": "70000"})
    case = await office.investigated(facts)
    rows = (await office.get(office.officer, f"/cases/{case.id}/comparison")).json()
    return case, next(r for r in rows if r["topic"] == "车辆、农机")


@pytest.mark.anyio
async def test_an_officer_settles_a_difference_and_it_stands_in_the_journal(office: Office) -> None:
    case, row = await differing(office, "处")
    form = {
        "item": row["key"],
        "values": row["digest"],
        "verdict": "registry",
        "reason": "按车管所评估价",
    }
    path = f"/cases/{case.id}/comparison"
    short = await office.post(office.officer, path, {**form, "reason": "对"})
    assert short.status_code == 422
    assert (await office.post(office.bureau.staff["village_clerk"], path, form)).status_code == 403
    assert (await office.post(office.bureau.staff["spot_checker"], path, form)).status_code == 403
    done = await office.post(office.officer, path, form)
    assert done.status_code == 200, done.text
    [journal] = await office.rows(
        """SELECT seq, actor_id, basis FROM journal WHERE tenant_id = $1 AND process_id = $2
           AND action = 'settle_difference'""",
        case.id,
    )
    assert (journal["seq"], journal["actor_id"]) == (done.json()["seq"], office.officer.id)
    assert "甘L12345" not in journal["basis"]
    rows = (await office.get(office.officer, path)).json()
    [settled] = [r for r in rows if r["key"] == row["key"]]
    assert (settled["verdict"], settled["reason"]) == ("registry", "按车管所评估价")


def test_a_verdict_on_no_values_settles_nothing() -> None:
    row = car("汽车 62,000.00 元")
    assert open_lines(lines_of([row], filed(said(row, values=""))))
    for values in ({}, {"values": ""}, {"values": "x" * 64}):
        with pytest.raises(Invalid):
            decode(SettleForm, {"item": item_of(row), "verdict": "registry", "reason": "看了合同", **values})


@pytest.mark.anyio
async def test_only_a_difference_that_stands_there_is_settled_and_only_on_its_own_values(
    office: Office,
) -> None:
    case, row = await differing(office, "验")
    path = f"/cases/{case.id}/comparison"
    form = {"item": row["key"], "values": row["digest"], "verdict": "registry", "reason": "按车管所评估价"}
    changed = await office.post(office.officer, path, {**form, "values": "0" * 64})
    assert changed.status_code == 409
    assert "数值刚刚变了" in changed.json()["detail"]
    agreeing = next(r for r in (await office.get(office.officer, path)).json() if not r["differs"])
    for item, values in (("车辆、农机·甘L9·谁", row["digest"]), (agreeing["key"], agreeing["digest"])):
        refused = await office.post(office.officer, path, {**form, "item": item, "values": values})
        assert refused.status_code == 422, item
        assert "没有这一处不一致" in refused.text
    assert (await office.post(office.officer, path, form)).status_code == 200


@pytest.mark.anyio
async def test_the_page_takes_the_reason_beside_the_row_and_keeps_what_was_typed(office: Office) -> None:
    case, row = await differing(office, "面")
    path = f"/d/{office.bureau.district.code}/x/big_data_check/cases/{case.id}/comparison"
    client, headers = office.bureau.house.client, office.officer.headers
    form = {
        "_csrf": token_for(office.officer.token), "item": row["key"], "values": row["digest"],
        "verdict": "visited", "reason": "看",
    }  # fmt: skip
    refused = await client.post(path, data=form, headers=headers)
    assert refused.status_code == 422
    assert 'value="看"' in refused.text
    done = await client.post(path, data={**form, "reason": "实地看过，车况很差"}, headers=headers)
    assert done.status_code == 303, done.text[:300]
    shown = await client.get(done.headers["location"], headers=headers)
    assert "实地看过，车况很差" in shown.text
    assert "以入户所见为准" in shown.text


@pytest.mark.anyio
async def test_raw_amounts_reach_neither_the_panel_nor_the_village_on_any_page_of_the_case(
    office: Office,
) -> None:
    facts = renamed(elderly_couple(), "藏")
    name = facts.members[0].name
    office.register(
        facts, name, vehicles={"reference": "甘L76543", "value": "87654.32"},
        deposits=[{"institution": "藏钱银行", "balance": "43210.98"}],
    )  # fmt: skip
    case = await office.investigated(facts)
    code, client = office.bureau.district.code, office.bureau.house.client
    for who in (office.bureau.staff["village_clerk"], office.bureau.staff["observer"], office.host):
        for path in (
            f"/d/{code}/cases/{case.id}", f"/d/{code}/api/cases/{case.id}", f"/d/{code}/work",
            f"/d/{code}/x/big_data_check/cases/{case.id}", f"/d/{code}/x/big_data_check/cases/{case.id}/comparison",
            f"/d/{code}/x/big_data_check/cases/{case.id}/report", f"/d/{code}/x/big_data_check/cases/{case.id}/report.pdf",
        ):  # fmt: skip
            answer = await client.get(path, headers=who.headers)
            for secret in ("87654", "87,654", "43210", "43,210", "甘L76543", "藏钱银行"):
                assert secret not in answer.text, (who.username, path)
    seen = await office.page(office.officer, f"/cases/{case.id}")
    assert "87,654.32 元" in seen.text


@pytest.mark.anyio
async def test_the_archives_side_is_the_households_earlier_file(office: Office) -> None:
    bureau = office.bureau
    facts = renamed(elderly_couple(), "旧")
    earlier = await office.visited(facts)
    bureau.house.later(days=1)
    async with bureau.house.inside(bureau.district) as tx:
        household = await tx.fetchval("SELECT subject_id FROM process WHERE id = $1", earlier.id)
        opening = Opening("case", bureau.village, facts.applicant.name, subject_id=household)
        opened = await bureau.house.zhunbao.engine.open_in(tx, bureau.staff["township_clerk"].actor, opening)
    rows = (await office.get(office.officer, f"/cases/{opened.process_id}/comparison")).json()
    living = {r["whose"]: (r["declared"], r["archived"]) for r in rows if r["topic"] == "家庭成员"}
    assert living == {m.name: (None, "共同生活") for m in facts.members}
    first = (await office.get(office.officer, f"/cases/{earlier.id}/comparison")).json()
    assert {r["archived"] for r in first} == {None}
