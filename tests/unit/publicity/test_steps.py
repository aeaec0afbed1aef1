"""A leaflet tells the district's own procedure: its order, its panel or none, its posting again or not."""

from __future__ import annotations

import msgspec
import pytest

from core.kernel.procedure import ProcedureSet
from core.publicity.steps import steps
from core.tenancy.settings import TenantSettings
from tests.builders.bundles import DISTRICTS, resolved

KONGTONG, LINGTAI, LONGXI = DISTRICTS


def told(name: str, *, in_round: bool = False) -> list[str]:
    """The step's names, as they stand before their colon."""
    return [sentence.partition("：")[0] for sentence in said(name, in_round=in_round)]


def said(name: str, *, in_round: bool = False) -> tuple[str, ...]:
    sections = resolved(name)
    procedures = msgspec.convert(sections["procedure"], ProcedureSet)
    case = procedures.procedures[procedures.for_case(in_round=in_round)]
    round_ = procedures.procedures[str(procedures.round)] if in_round else None
    return steps(msgspec.convert(sections["tenant"], TenantSettings), case, round_)


def test_a_single_application_is_told_in_the_order_of_its_procedure() -> None:
    straight = ["自愿申请", "受理", "入户调查", "信息核对"]
    assert told(KONGTONG) == [*straight, "乡镇审核", "张榜公示", "审核确认"], (
        "no panel judges a single one there"
    )
    assert told(LINGTAI) == [*straight, "民主评议", "乡镇审核", "张榜公示", "审核确认"]


def test_a_round_is_told_in_the_order_the_village_goes_through_it() -> None:
    assert told(KONGTONG, in_round=True) == [
        "动员大会", "自愿申请", "受理", "民主评议", "入户调查", "村级公示", "乡镇审核", "信息核对", "张榜公示", "审核确认",
    ]  # fmt: skip
    longxi = told(LONGXI, in_round=True)
    assert longxi.index("信息核对") < longxi.index("民主评议"), "it checks before the panel"
    assert "村级公示" not in longxi


def test_days_posting_again_and_who_decides_are_the_districts() -> None:
    kongtong, lingtai, longxi = (" ".join(said(name)) for name in DISTRICTS)
    assert "再公示一次" in kongtong
    assert "不再重复公示" in lingtai
    assert "5 个工作日内受理" in kongtong
    assert "3 个工作日内受理" in longxi
    assert "由区县民政局确认" in kongtong
    assert "由乡镇确认" in longxi


@pytest.mark.parametrize("name", DISTRICTS)
def test_nothing_is_told_twice(name: str) -> None:
    assert len(set(told(name))) == len(told(name))
