"""What a household owns, as far as the "five haves" look at it: vehicles, houses, deposits, companies, stable posts.

`reference` identifies an item (plate, certificate, credit code); a finding on it is found again by it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from core.rules.provenance import DECLARED, Provenance
from core.rules.values import Labelled, money, titled


class VehicleKind(Labelled):
    CAR = "car", "汽车"
    MOTORCYCLE = "motorcycle", "摩托车"
    FARM_MACHINE = "farm_machine", "大型农机具"
    VESSEL = "vessel", "船舶"
    OTHER = "other", "其他机动车"


class Vehicle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`value` is the insured or assessed value; None: not known yet. `reference` (plate, engine number) identifies it."""

    owner: UUID
    reference: Annotated[str, Meta(title="号牌或编号", min_length=1, max_length=60)]
    kind: Annotated[VehicleKind, titled("种类")] = VehicleKind.CAR
    value: Annotated[Decimal | None, money("保险或评估价值")] = None
    disability_aid: Annotated[bool, titled("残疾人代步车")] = False
    provenance: Annotated[Provenance, titled("来源")] = DECLARED


class HouseKind(Labelled):
    SELF_BUILT = "self_built", "自建房"
    COMMERCIAL = "commercial", "购买的商品房"
    RESETTLEMENT = "resettlement", "搬迁安置房"
    POLICY = "policy", "政策性住房"
    SHOP = "shop", "商铺"


class House(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    owner: UUID
    reference: Annotated[str, Meta(title="不动产权证号或位置", min_length=1, max_length=120)]
    kind: Annotated[HouseKind, titled("种类")] = HouseKind.SELF_BUILT
    area: Annotated[Decimal | None, titled("面积", unit="平方米", minimum="0", places=2)] = None
    provenance: Annotated[Provenance, titled("来源")] = DECLARED


class DepositKind(Labelled):
    BANK = "bank", "银行存款"
    PAYMENT_ACCOUNT = "payment_account", "支付账户余额"
    SECURITIES = "securities", "证券、基金"
    INSURANCE = "insurance", "商业保险现金价值"


class Deposit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    owner: UUID
    amount: Annotated[Decimal, money("金额")]
    kind: Annotated[DepositKind, titled("种类")] = DepositKind.BANK
    provenance: Annotated[Provenance, titled("来源")] = DECLARED


class EntityRole(Labelled):
    OWNER = "owner", "业主"
    LEGAL_REPRESENTATIVE = "legal_representative", "法定代表人"
    SHAREHOLDER = "shareholder", "股东"
    COOPERATIVE_MEMBER = "cooperative_member", "合作社普通社员"


class Entity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A registered market entity; `reference` is the unified credit code. Yearly figures; None: not known."""

    owner: UUID
    reference: Annotated[str, Meta(title="统一社会信用代码", min_length=1, max_length=60)]
    name: Annotated[str, titled("名称")] = ""
    role: Annotated[EntityRole, titled("身份")] = EntityRole.OWNER
    dormant: Annotated[bool, titled("长期停业")] = False
    dividends: Annotated[Decimal | None, money("年实际分红")] = None
    profit: Annotated[Decimal | None, money("年利润", minimum=None)] = None
    employees: Annotated[int | None, Meta(title="雇工人数")] = None
    provenance: Annotated[Provenance, titled("来源")] = DECLARED


class PayrollKind(Labelled):
    FISCAL = "fiscal", "财政供养"
    STATE_ENTERPRISE = "state_enterprise", "国有企业稳定就业"


class Payroll(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stable post of a member, or of a legal supporter (`person` is then the supporter's `person_id`)."""

    person: UUID
    employer: Annotated[str, Meta(title="单位", min_length=1, max_length=120)]
    kind: Annotated[PayrollKind, titled("种类")] = PayrollKind.FISCAL
    amount: Annotated[Decimal | None, money("年收入")] = None
    provenance: Annotated[Provenance, titled("来源")] = DECLARED


class Assets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    vehicles: Annotated[tuple[Vehicle, ...], titled("车辆、大型农机具")] = ()
    houses: Annotated[tuple[House, ...], titled("房屋")] = ()
    deposits: Annotated[tuple[Deposit, ...], titled("存款和金融资产")] = ()
    entities: Annotated[tuple[Entity, ...], titled("市场主体")] = ()
    payroll: Annotated[tuple[Payroll, ...], titled("稳定就业")] = ()
