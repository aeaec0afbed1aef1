"""Three records that are not what they seem, from the finding to its end: told, explained with evidence, cleared by an officer
with the reason of its own kind, and shown so wherever the finding stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from plugins.big_data_check.findings import TRAPS, Trap
from tests.builders.casework import Case, renamed
from tests.builders.households import family_with_vehicle
from tests.plugins.big_data_check.office import Office

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Seeming:
    """A record in a registry, and what the household says to it."""

    mark: str
    trap: Trap
    kind: str
    registered: dict[str, Any]
    explained: str
    cause: str


SEEMING = (
    Seeming(
        "卖", Trap.SOLD_NOT_TRANSFERRED, "vehicle",
        {"vehicles": {"reference": "甘L77777", "value": "62000", "insured_until": "2024-01-01"}},
        "车去年卖给了邻村，一直没有过户", "车辆已卖、未过户",
    ),
    Seeming(
        "停", Trap.DORMANT_ENTITY, "entity",
        {"market_entities": {"reference": "91620802MA7777777X", "role": "owner", "status": "dormant"}},
        "小卖部五年前就关了，没去注销", "企业已停业、未注销",
    ),
    Seeming(
        "过", Trap.PASS_THROUGH_DEPOSIT, "deposits",
        {"deposits": {"balance": "35000", "kind": "bank", "inflow": "34000", "outflow": "34000"}},
        "替村里收的合作医疗费，第二天就交了", "过账资金，不属于本人",
    ),
)  # fmt: skip


def words(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def with_nothing(mark: str) -> Any:
    facts = family_with_vehicle()
    return renamed(msgspec.structs.replace(facts, assets=type(facts.assets)()), mark)


async def told_and_explained(office: Office, case: Case, seeming: Seeming) -> Any:
    """The finding of the one report, after its notice was served and the household has explained it with a paper."""
    bureau = office.bureau
    [report] = (await office.newest(case))["reports"]
    [finding] = report["findings"]
    assert finding["kind"] == seeming.kind
    assert TRAPS[seeming.trap] in finding["item"]
    await bureau.do("township_clerk", case, "prepare_worksheet")
    receipt = await bureau.do("township_clerk", case, "complete_investigation")
    assert receipt["state"] == "verification_notice"
    await bureau.house.work_off()
    await bureau.do("township_clerk", case, "serve_verification_notice", {"served_by": "in_person"})
    explained = {"explanation": seeming.explained, "papers": [bureau.photo]}
    await bureau.do("township_clerk", case, "contest_finding", explained)
    return finding


@pytest.mark.parametrize("seeming", SEEMING, ids=[s.trap.value for s in SEEMING])
async def test_what_is_not_what_it_seems_is_cleared_by_its_own_reason_and_shown_so(
    office: Office, seeming: Seeming
) -> None:
    facts, bureau = with_nothing(seeming.mark), office.bureau
    office.register(facts, f"陈建军{seeming.mark}", **seeming.registered)
    case = await office.investigated(facts)
    finding = await told_and_explained(office, case, seeming)
    at = f"/cases/{case.id}"
    assert "还没有处理" in words((await office.page(office.officer, at)).text)
    resolution = {
        "finding": finding["id"], "status": "cleared", "code": seeming.trap.value, "reason": f"看了凭证，{seeming.explained}",
    }  # fmt: skip
    without_evidence = await bureau.act("verification_officer", case, "resolve_finding", resolution)
    assert without_evidence.status_code == 422
    resolution["papers"] = [bureau.photo]
    await bureau.do("verification_officer", case, "resolve_finding", resolution)

    for page in (at, f"{at}/report", f"{at}/comparison"):
        shown = words((await office.page(office.officer, page)).text)
        assert "疑点已排除" in shown, page
        assert seeming.cause in shown, page
        assert re.search(rf"看了凭证，{seeming.explained}\W{{0,3}}verification_officer", shown), page
    [decision] = (await office.verification(case))["decisions"]
    assert (decision["status"], decision["code"], decision["cause"]) == (
        "cleared",
        seeming.trap.value,
        seeming.cause,
    )
    journal = await office.rows(
        "SELECT basis FROM journal WHERE tenant_id = $1 AND process_id = $2 AND action = 'resolve_finding'",
        case.id,
    )
    assert next(row["basis"] for row in journal).endswith(seeming.cause)

    await bureau.do("verification_officer", case, "complete_recheck")
    await bureau.house.work_off()
    assert (await office.newest(case))["open_findings"] == 0
    await bureau.do("township_clerk", case, "prepare_worksheet")
    await bureau.take(case, "active")
