"""The district's thresholds for the "five haves" (五有), as data; what they find is in `five_haves.py` (domain §3)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from core.problems import FieldError
from core.rules.assets import VehicleKind
from core.rules.values import money, titled, wrong_number


class VehicleRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Per vehicle or machine. Exactly one of: `at_least` (≥), `more_than` (>), `any_of` (these kinds, whatever they are worth)."""

    at_least: Annotated[Decimal | None, money("单辆（台）价值达到")] = None
    more_than: Annotated[Decimal | None, money("单辆（台）价值超过")] = None
    any_of: Annotated[tuple[VehicleKind, ...], titled("有这些车辆就算")] = ()
    disability_aid_exempt: Annotated[bool, titled("残疾人代步车不算")] = False

    @property
    def limit(self) -> Decimal | None:
        return self.at_least if self.at_least is not None else self.more_than

    def over(self, value: Decimal) -> bool:
        if self.at_least is not None:
            return value >= self.at_least
        return self.more_than is not None and value > self.more_than


class DepositRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All members together. Exactly one of: household total ≥ yuan; total / n > so many months of the standard."""

    household_at_least: Annotated[Decimal | None, money("全家合计达到")] = None
    per_person_months: Annotated[int | None, titled("人均超过月标准的多少倍", unit="个月")] = None


class HousingRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bought commercial housing; none where all dwellings together are under `small_per_person` m² a person."""

    commercial: Annotated[bool, titled("购买的商品房算")] = True
    shops: Annotated[bool, titled("商铺算")] = False
    small_per_person: Annotated[Decimal | None, titled("人均面积低于多少不算", unit="平方米")] = None


class EntityRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`any`: owner, legal representative or shareholder. `dividends`: those who really had dividends.
    `profit`: average monthly profit above `profit_months` monthly standards, or with employees."""

    when: Annotated[Literal["any", "dividends", "profit"], titled("何种情况算")] = "any"
    profit_months: Annotated[Decimal, titled("月均利润超过月标准的多少倍")] = Decimal(2)


class PayrollRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Fiscally paid members and/or consenting supporters; a stable state-enterprise job from so much a year."""

    members: Annotated[bool, titled("共同生活的家庭成员")] = True
    supporters: Annotated[bool, titled("赡养人（须本人同意核对）")] = False
    state_enterprise_at_least: Annotated[Decimal | None, money("国有企业稳定就业年收入达到")] = None


class FiveHaves(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What raises a finding; a part left out is not looked at. The defaults are Gansu's of 2019."""

    vehicle: VehicleRule | None = VehicleRule(at_least=Decimal(50000))
    deposits: DepositRule | None = DepositRule(household_at_least=Decimal(30000))
    housing: HousingRule | None = HousingRule()
    entity: EntityRule | None = EntityRule()
    payroll: PayrollRule | None = PayrollRule()


def problems_of(rules: FiveHaves, path: str) -> Iterable[FieldError]:
    """Every threshold that is missing, doubled or impossible."""
    if (v := rules.vehicle) is not None:
        if sum((v.at_least is not None, v.more_than is not None, bool(v.any_of))) != 1:
            yield FieldError(f"{path}.vehicle", "at_least、more_than、any_of 三项要写且只写一项。")
        yield from _amount(v.at_least, f"{path}.vehicle.at_least")
        yield from _amount(v.more_than, f"{path}.vehicle.more_than")
    if (d := rules.deposits) is not None:
        if (d.household_at_least is None) == (d.per_person_months is None):
            yield FieldError(f"{path}.deposits", "household_at_least 和 per_person_months 要写且只写一项。")
        yield from _amount(d.household_at_least, f"{path}.deposits.household_at_least")
        if d.per_person_months is not None and not 1 <= d.per_person_months <= 120:
            yield FieldError(f"{path}.deposits.per_person_months", "请填 1 到 120 个月。")
    if (h := rules.housing) is not None:
        if not (h.commercial or h.shops):
            yield FieldError(f"{path}.housing", "commercial 和 shops 至少要有一项算；都不算请整段去掉。")
        yield from _amount(h.small_per_person, f"{path}.housing.small_per_person")
    if rules.entity is not None:
        yield from _amount(rules.entity.profit_months, f"{path}.entity.profit_months")
    if (p := rules.payroll) is not None:
        yield from _amount(p.state_enterprise_at_least, f"{path}.payroll.state_enterprise_at_least")
        if not (p.members or p.supporters):
            yield FieldError(f"{path}.payroll", "members 和 supporters 至少要有一项算；都不算请整段去掉。")


def _amount(value: Decimal | None, path: str) -> Iterable[FieldError]:
    if value is not None and (wrong := wrong_number(value, minimum=Decimal("0.01"))):
        yield FieldError(path, wrong)
