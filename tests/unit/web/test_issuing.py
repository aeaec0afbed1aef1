"""Which body a paper names: the township accepts and proposes, the district decides; where that is delegated, the township (57号 2)."""

from __future__ import annotations

import pytest

from core.web.views.papers.issuing import BODIES, Body, Issuing, township_body, village_body
from core.web.views.papers.notices import KINDS
from core.web.views.papers.sheets import FORMS

HERE = Issuing("平凉市崆峒区民政局", "崆峒区", "崆峒镇", "水桥村村委会")


def test_every_paper_has_a_body_that_issues_it() -> None:
    assert set(BODIES) == {
        *KINDS,
        *FORMS,
        "worksheet",
        "receipt",
        "village_list",
        "statutory",
        "long_term",
        "payroll",
    }


@pytest.mark.parametrize(
    "kind",
    ["acceptance", "supplement", "lapse", "non_cooperation", "verification", "statutory", "visit", "worksheet", "receipt"],
)  # fmt: skip
def test_what_the_township_does_the_township_signs(kind: str) -> None:
    assert HERE.of(kind) == "崆峒区崆峒镇人民政府"


@pytest.mark.parametrize(
    "kind",
    ["confirmation", "denial", "increase", "reduction", "grace", "termination", "long_term", "spot_check", "payroll"],
)  # fmt: skip
def test_what_the_district_decides_its_bureau_signs_unless_that_is_delegated(kind: str) -> None:
    assert HERE.of(kind) == "平凉市崆峒区民政局"
    delegated = Issuing("平凉市崆峒区民政局", "崆峒区", "崆峒镇", "水桥村村委会", delegated=True)
    assert delegated.of(kind) == (
        "平凉市崆峒区民政局" if kind in ("spot_check", "payroll") else "崆峒区崆峒镇人民政府"
    )


def test_the_villages_first_list_is_the_villages() -> None:
    assert BODIES["village_list"] is Body.VILLAGE
    assert HERE.of("village_list") == "崆峒镇水桥村村委会"


@pytest.mark.parametrize(
    ("area", "body"),
    [
        ("崆峒镇", "崆峒镇人民政府"), ("四十里铺镇", "四十里铺镇人民政府"), ("寨河回族乡", "寨河回族乡人民政府"),
        ("东关街道", "东关街道办事处"), ("东关街道办事处", "东关街道办事处"), ("平凉工业园区", "平凉工业园区"), ("", ""),
    ],
)  # fmt: skip
def test_a_township_is_called_as_it_signs(area: str, body: str) -> None:
    assert township_body(area) == body


@pytest.mark.parametrize(
    ("area", "body"),
    [("水桥村村委会", "水桥村村委会"), ("解放中路社区居委会", "解放中路社区居委会"), ("水桥村", "水桥村村民委员会"),
     ("城北社区", "城北社区居民委员会"), ("白杨林村民委员会", "白杨林村民委员会"), ("第二生活区", "第二生活区")],
)  # fmt: skip
def test_a_village_is_called_as_it_signs(area: str, body: str) -> None:
    assert village_body(area) == body
