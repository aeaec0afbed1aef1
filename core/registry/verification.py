"""What economic verification says of a household: results per person and source, suspected items, the report.

A result is never a blank: `no_data` is not "no asset", and a source that is down is never "passed".
Vocabulary after MZ/T 072-2024 and MZ/T 073-2024.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta


class Source(StrEnum):
    """The twelve sources of the provincial data platform."""

    HOUSEHOLD_REGISTRATION = "household_registration"
    MARRIAGE = "marriage"
    VEHICLES = "vehicles"
    REAL_ESTATE = "real_estate"
    MARKET_ENTITIES = "market_entities"
    TAX = "tax"
    SOCIAL_INSURANCE = "social_insurance"
    HOUSING_FUND = "housing_fund"
    DEPOSITS = "deposits"
    SECURITIES = "securities"
    DISABILITY = "disability"
    PAYROLL = "payroll"

    @property
    def label(self) -> str:
        return SOURCE_LABELS[self]


SOURCE_LABELS = {
    Source.HOUSEHOLD_REGISTRATION: "户籍和死亡",
    Source.MARRIAGE: "婚姻登记",
    Source.VEHICLES: "车辆、船舶、农机",
    Source.REAL_ESTATE: "不动产",
    Source.MARKET_ENTITIES: "市场主体",
    Source.TAX: "纳税",
    Source.SOCIAL_INSURANCE: "社会保险和养老金",
    Source.HOUSING_FUND: "住房公积金",
    Source.DEPOSITS: "银行存款和支付账户",
    Source.SECURITIES: "证券和商业保险",
    Source.DISABILITY: "残疾人登记",
    Source.PAYROLL: "财政供养",
}


class Result(StrEnum):
    """hit: a record exists, whether or not it makes a finding. unavailable: the source has not answered."""

    HIT = "hit"
    NO_HIT = "no_hit"
    NO_DATA = "no_data"
    UNAVAILABLE = "unavailable"

    @property
    def label(self) -> str:
        return RESULT_LABELS[self]


RESULT_LABELS = {
    Result.HIT: "有记录",
    Result.NO_HIT: "无记录",
    Result.NO_DATA: "来源无数据",
    Result.UNAVAILABLE: "来源未答复",
}


class FindingKind(StrEnum):
    """The "five haves"."""

    VEHICLE = "vehicle"
    PAYROLL = "payroll"
    HOUSING = "housing"
    ENTITY = "entity"
    DEPOSITS = "deposits"

    @property
    def label(self) -> str:
        return FINDING_LABELS[self]


FINDING_LABELS = {
    FindingKind.VEHICLE: "机动车或大型农机",
    FindingKind.PAYROLL: "财政供养人员",
    FindingKind.HOUSING: "商品房",
    FindingKind.ENTITY: "市场主体",
    FindingKind.DEPOSITS: "存款和金融资产",
}


class SourceResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One person at one source. `values` are the registry's fields; `note` is required for `no_data`."""

    person_id: UUID
    source: Source
    result: Result
    as_of: date | None = None
    values: dict[str, str] = {}
    note: str = ""


class Suspicion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One suspected item. `id` is stable within the report; `value` and `limit` are yuan where they are amounts."""

    id: str
    kind: FindingKind
    item: str
    person_id: UUID | None = None
    value: Decimal | None = None
    limit: Decimal | None = None
    rule: str = ""
    source: Source | None = None


class VerificationReportForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The report as it is filed. `queried_at` UTC; `valid_until` is the last day it may be used."""

    number: Annotated[str, Meta(title="报告编号", min_length=1, max_length=60)]
    authorisation_number: Annotated[str, Meta(title="授权书编号", min_length=1, max_length=60)]
    queried_at: Annotated[datetime, Meta(title="查询时间", tz=True)]
    as_of: Annotated[date, Meta(title="数据截至")]
    valid_until: Annotated[date, Meta(title="有效期至")]
    results: Annotated[tuple[SourceResult, ...], Meta(title="逐人逐源结果", min_length=1)]
    findings: Annotated[tuple[Suspicion, ...], Meta(title="疑点")] = ()
    conclusion: Annotated[str, Meta(title="结论", max_length=2000)] = ""
