"""The published vocabulary of the "five haves" tables: what a district's rows may ask of an item, kind by kind.

    vehicle    种类 价值 价值相当于几个月的标准 残疾人代步车      each vehicle or machine
    housing    种类 面积 全家人均住房面积                         each house of the household
    entity     身份 长期停业 年分红 年利润 月均利润 雇工          each registered market entity
    payroll    谁 种类 年收入                                     each post
    deposits   全家合计 人均 人均相当于几个月的标准 人口          once for the household

Money is yuan, areas are m², "months" are monthly standards (standard / 12). Never a district's to decide: mere members of
a cooperative are not looked at (domain §3), supporters outside the household only with their consent (SAL 41).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.rules.assets import EntityRole, HouseKind, PayrollKind, VehicleKind
from core.rules.tables import Column
from core.rules.unary import Kind
from core.rules.values import Labelled


class FiveHave(Labelled):
    VEHICLE = "vehicle", "有车辆或大型农机具"
    PAYROLL = "payroll", "有财政供养等稳定就业人员"
    HOUSING = "housing", "有购买的商品房"
    ENTITY = "entity", "有市场主体"
    DEPOSITS = "deposits", "有大额存款"


class Who(Labelled):
    """Whose post it is."""

    MEMBER = "member", "共同生活的家庭成员"
    SUPPORTER = "supporter", "赡养人（本人同意核对的）"


class Unit(StrEnum):
    """What a number counts."""

    YUAN = "yuan"
    MONTHS = "months"
    """Monthly standards."""
    AREA = "area"
    COUNT = "count"
    NONE = ""


class Scale(StrEnum):
    """What a limit is for: the item itself, one of twelve months of its yearly figure, one head of the household."""

    NONE = ""
    YEAR = "year"
    HEAD = "head"


PLACES = {Unit.YUAN: 2, Unit.MONTHS: 4, Unit.AREA: 2, Unit.COUNT: 0, Unit.NONE: 0}
"""Decimals a bound may have."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A column. `base` is the figure behind it (several columns may put one figure in different units); `figure` is its
    word in a sentence; `said` stands before a limit in a sentence; `words` are the values of a text column."""

    name: str
    label: str
    kind: Kind = Kind.NUMBER
    unit: Unit = Unit.NONE
    optional: bool = False
    domain: str = "-"
    base: str = ""
    figure: str = ""
    said: str = ""
    scale: Scale = Scale.NONE
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def column(self) -> Column:
        return Column(
            self.name, self.label, self.kind, tuple(self.words), self.domain, self.optional, enforced=False
        )


def _words(kind: type[Labelled], *but: Labelled) -> Mapping[str, str]:
    return {one.value: one.label for one in kind if one not in but}


def _text(name: str, label: str, words: Mapping[str, str]) -> Fact:
    return Fact(name, label, Kind.TEXT, words=words)


def _number(
    name: str, label: str, unit: Unit, base: str = "", figure: str = "", said: str = "", **more: object
) -> Fact:
    optional, domain = bool(more.get("optional", True)), str(more.get("domain", ">= 0"))
    scale = Scale(str(more.get("scale", "")))
    return Fact(name, label, Kind.NUMBER, unit, optional, domain, base or name, figure, said, scale)


FACTS: Mapping[FiveHave, tuple[Fact, ...]] = {
    FiveHave.VEHICLE: (
        _text("kind", "种类", _words(VehicleKind)),
        _number("value", "价值", Unit.YUAN, "value", "价值"),
        _number("value_months", "价值相当于几个月的低保标准", Unit.MONTHS, "value", "价值"),
        Fact("disability_aid", "残疾人代步车", Kind.BOOLEAN),
    ),
    FiveHave.PAYROLL: (
        _text("who", "谁", _words(Who)),
        _text("kind", "种类", _words(PayrollKind)),
        _number("annual_pay", "年收入", Unit.YUAN, "annual_pay", "年收入"),
    ),
    FiveHave.HOUSING: (
        _text("kind", "种类", _words(HouseKind)),
        _number("area", "面积", Unit.AREA, "area", "面积"),
        _number("area_per_person", "全家人均住房面积", Unit.AREA, "area_per_person", "全家人均住房", "人均"),
    ),
    FiveHave.ENTITY: (
        _text("role", "身份", _words(EntityRole, EntityRole.COOPERATIVE_MEMBER)),
        Fact("dormant", "长期停业", Kind.BOOLEAN),
        _number("dividends", "年分红", Unit.YUAN, "dividends", "年分红"),
        _number("profit", "年利润", Unit.YUAN, "profit", "年利润", domain="-"),
        _number("profit_months", "月均利润相当于几个月的低保标准", Unit.MONTHS, "profit", "年利润", "月均", domain="-", scale="year"),
        _number("employees", "雇工人数", Unit.COUNT, "employees", "雇工"),
    ),
    FiveHave.DEPOSITS: (
        _number("total", "全家合计", Unit.YUAN, "total", optional=False),
        _number("per_person", "人均", Unit.YUAN, "total", said="人均", optional=False, scale="head"),
        _number("per_person_months", "人均相当于几个月的低保标准", Unit.MONTHS, "total", said="人均", optional=False, scale="head"),
        _number("persons", "家庭人口", Unit.COUNT, "persons", optional=False, domain=">= 1"),
    ),
}  # fmt: skip
"""Deposits are always known: an account without a balance is no account on file."""
