"""The district's rules for the "five haves" (五有), as data; what they find is in `five_haves.py` (domain §3).

Each part is a decision table: `rows`, from the top, the first that matches counts. `look_at` asks the household to explain,
`let_off` does not, and neither does an item that no row matches. Cells are DMN unary tests; what nobody knows is looked at
and never let off (`core.rules.tables`). The thresholds most districts use have a short form, which is turned into the same
rows (`five_haves_tables.py`):

    vehicle = { at_least = 50000 }

    [[sets.five_haves.vehicle.rows]]
    outcome = "let_off"
    disability_aid = "true"
    [[sets.five_haves.vehicle.rows]]
    kind = '"car","other"'
    value = ">= 30000"
    label = "家里有三万元以上的汽车"
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from core.rules.assets import VehicleKind
from core.rules.five_haves_columns import FACTS, FiveHave
from core.rules.values import Labelled, money, titled

BASIS = "57号 14"


class Outcome(Labelled):
    LOOK_AT = "look_at", "要说明"
    LET_OFF = "let_off", "不算"


def _cell(kind: FiveHave, name: str) -> Meta:
    return titled(next(f.label for f in FACTS[kind] if f.name == name))


class HaveRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row. `label` is said to the household in place of the limit; empty: the limit itself is said."""

    outcome: Annotated[Outcome, titled("结果")] = Outcome.LOOK_AT
    label: Annotated[str, Meta(title="对群众怎么说", max_length=120)] = ""
    law: Annotated[str, Meta(title="依据", min_length=1, max_length=60)] = BASIS


class VehicleRow(HaveRow, frozen=True, forbid_unknown_fields=True):
    kind: Annotated[str, _cell(FiveHave.VEHICLE, "kind")] = "-"
    value: Annotated[str, _cell(FiveHave.VEHICLE, "value")] = "-"
    value_months: Annotated[str, _cell(FiveHave.VEHICLE, "value_months")] = "-"
    disability_aid: Annotated[str, _cell(FiveHave.VEHICLE, "disability_aid")] = "-"


class DepositRow(HaveRow, frozen=True, forbid_unknown_fields=True):
    total: Annotated[str, _cell(FiveHave.DEPOSITS, "total")] = "-"
    per_person: Annotated[str, _cell(FiveHave.DEPOSITS, "per_person")] = "-"
    per_person_months: Annotated[str, _cell(FiveHave.DEPOSITS, "per_person_months")] = "-"
    persons: Annotated[str, _cell(FiveHave.DEPOSITS, "persons")] = "-"


class HouseRow(HaveRow, frozen=True, forbid_unknown_fields=True):
    kind: Annotated[str, _cell(FiveHave.HOUSING, "kind")] = "-"
    area: Annotated[str, _cell(FiveHave.HOUSING, "area")] = "-"
    area_per_person: Annotated[str, _cell(FiveHave.HOUSING, "area_per_person")] = "-"


class EntityRow(HaveRow, frozen=True, forbid_unknown_fields=True):
    role: Annotated[str, _cell(FiveHave.ENTITY, "role")] = "-"
    dormant: Annotated[str, _cell(FiveHave.ENTITY, "dormant")] = "-"
    dividends: Annotated[str, _cell(FiveHave.ENTITY, "dividends")] = "-"
    profit: Annotated[str, _cell(FiveHave.ENTITY, "profit")] = "-"
    profit_months: Annotated[str, _cell(FiveHave.ENTITY, "profit_months")] = "-"
    employees: Annotated[str, _cell(FiveHave.ENTITY, "employees")] = "-"


class PayrollRow(HaveRow, frozen=True, forbid_unknown_fields=True):
    who: Annotated[str, _cell(FiveHave.PAYROLL, "who")] = "-"
    kind: Annotated[str, _cell(FiveHave.PAYROLL, "kind")] = "-"
    annual_pay: Annotated[str, _cell(FiveHave.PAYROLL, "annual_pay")] = "-"


class VehicleRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Per vehicle or machine. `rows`, or exactly one of: `at_least` (≥), `more_than` (>), `any_of` (these kinds, whatever
    they are worth)."""

    at_least: Annotated[Decimal | None, money("单辆（台）价值达到")] = None
    more_than: Annotated[Decimal | None, money("单辆（台）价值超过")] = None
    any_of: Annotated[tuple[VehicleKind, ...], titled("有这些车辆就算")] = ()
    disability_aid_exempt: Annotated[bool, titled("残疾人代步车不算")] = False
    rows: Annotated[tuple[VehicleRow, ...], titled("判定表")] = ()


class DepositRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All members together. `rows`, or exactly one of: household total ≥ yuan; total / n > so many months of the standard."""

    household_at_least: Annotated[Decimal | None, money("全家合计达到")] = None
    per_person_months: Annotated[int | None, titled("人均超过月标准的多少倍", unit="个月")] = None
    rows: Annotated[tuple[DepositRow, ...], titled("判定表")] = ()


class HousingRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`rows`, or: bought commercial housing; none where all dwellings together are under `small_per_person` m² a person."""

    commercial: Annotated[bool, titled("购买的商品房算")] = True
    shops: Annotated[bool, titled("商铺算")] = False
    small_per_person: Annotated[Decimal | None, titled("人均面积低于多少不算", unit="平方米")] = None
    rows: Annotated[tuple[HouseRow, ...], titled("判定表")] = ()


class EntityRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`rows`, or: `any`: owner, legal representative or shareholder. `dividends`: those who really had dividends.
    `profit`: average monthly profit above `profit_months` monthly standards, or with employees."""

    when: Annotated[Literal["any", "dividends", "profit"], titled("何种情况算")] = "any"
    profit_months: Annotated[Decimal, titled("月均利润超过月标准的多少倍")] = Decimal(2)
    rows: Annotated[tuple[EntityRow, ...], titled("判定表")] = ()


class PayrollRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`rows`, or: fiscally paid members and/or consenting supporters; a stable state-enterprise job from so much a year."""

    members: Annotated[bool, titled("共同生活的家庭成员")] = True
    supporters: Annotated[bool, titled("赡养人（须本人同意核对）")] = False
    state_enterprise_at_least: Annotated[Decimal | None, money("国有企业稳定就业年收入达到")] = None
    rows: Annotated[tuple[PayrollRow, ...], titled("判定表")] = ()


Rule = VehicleRule | DepositRule | HousingRule | EntityRule | PayrollRule


class FiveHaves(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What raises a finding; a part left out is not looked at. The defaults are Gansu's of 2019."""

    vehicle: VehicleRule | None = VehicleRule(at_least=Decimal(50000))
    deposits: DepositRule | None = DepositRule(household_at_least=Decimal(30000))
    housing: HousingRule | None = HousingRule()
    entity: EntityRule | None = EntityRule()
    payroll: PayrollRule | None = PayrollRule()

    def of(self, kind: FiveHave) -> Rule | None:
        rule: Rule | None = getattr(self, kind.value)
        return rule
