"""The registry fields of the twelve sources (after MZ/T 072/073-2024), and how a delivered value becomes one of ours.

Departments write headings in Chinese or by code, money with thousands separators, dates in three ways. `normalise`
accepts what is unmistakable and names every cell that is not; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Literal

from core.sdk.verification import Source

Kind = Literal["text", "money", "number", "date", "yes_no", "choice"]


@dataclass(frozen=True, slots=True)
class Field:
    """One registry field. `choices` maps our code to the Chinese word; either is accepted."""

    key: str
    label: str
    kind: Kind = "text"
    required: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CellProblem:
    """`column` is the heading as people know it; `message` says what would be right."""

    column: str
    message: str


IDENTITY = (
    Field("id_number", "公民身份号码"),
    Field("name", "姓名", required=True),
    Field("birth_date", "出生日期", "date"),
    Field("area_code", "地区代码"),
)
"""Whose record it is: the first columns of every delivery."""

_VEHICLE = {
    "car": "汽车", "motorcycle": "摩托车", "farm_machine": "大型农机具", "vessel": "船舶", "other": "其他机动车",
}  # fmt: skip
_HOUSE = {
    "self_built": "自建房", "commercial": "商品房", "resettlement": "搬迁安置房", "policy": "政策性住房", "shop": "商铺",
}  # fmt: skip
_ROLE = {
    "owner": "业主", "legal_representative": "法定代表人", "shareholder": "股东", "cooperative_member": "合作社社员",
}  # fmt: skip

_DISABILITIES = {
    "visual": "视力残疾", "hearing": "听力残疾", "speech": "言语残疾", "limb": "肢体残疾", "intellectual": "智力残疾",
    "mental": "精神残疾", "multiple": "多重残疾",
}  # fmt: skip
"""GB/T 26341. Departments write it in words of their own as well, so it stays a text."""

FIELDS: dict[Source, tuple[Field, ...]] = {
    Source.HOUSEHOLD_REGISTRATION: (
        Field("status", "户籍状态", "choice", True, {"normal": "正常", "deceased": "死亡", "moved_out": "迁出"}),
        Field("died_on", "死亡日期", "date"),
        Field("household_number", "户号"),
    ),
    Source.MARRIAGE: (
        Field(
            "status", "婚姻状况", "choice", True,
            {"single": "未婚", "married": "已婚", "divorced": "离婚", "widowed": "丧偶"},
        ),
        Field("registered_on", "登记日期", "date"),
        Field("spouse_name", "配偶姓名"),
    ),
    Source.VEHICLES: (
        Field("reference", "号牌号码", required=True),
        Field("kind", "车辆类型", "choice", True, _VEHICLE),
        Field("value", "评估价值", "money"),
        Field("disability_aid", "残疾人代步车", "yes_no"),
        Field("first_registered", "初次登记日期", "date"),
        Field("inspected_until", "检验有效期止", "date"),
        Field("insured_until", "交强险有效期止", "date"),
    ),
    Source.REAL_ESTATE: (
        Field("reference", "不动产权证号", required=True),
        Field("kind", "房屋性质", "choice", True, _HOUSE),
        Field("area", "建筑面积", "number"),
        Field("location", "坐落"),
        Field("registered_on", "登记日期", "date"),
    ),
    Source.MARKET_ENTITIES: (
        Field("reference", "统一社会信用代码", required=True),
        Field("entity_name", "名称"),
        Field("role", "身份", "choice", True, _ROLE),
        Field("status", "登记状态", "choice", False, {"open": "存续", "dormant": "停业", "closed": "注销"}),
        Field("last_filed_year", "最近年报年度", "number"),
        Field("dividends", "年分红", "money"),
        Field("profit", "年利润", "money"),
        Field("employees", "从业人数", "number"),
    ),
    Source.TAX: (
        Field("item", "税种", required=True),
        Field("taxed_income", "年应税收入", "money"),
        Field("year", "年度", "number"),
    ),
    Source.SOCIAL_INSURANCE: (
        Field("scheme", "险种", required=True),
        Field("status", "参保状态"),
        Field("employer", "参保单位"),
        Field("monthly_pension", "月养老金", "money"),
    ),
    Source.HOUSING_FUND: (
        Field("employer", "缴存单位"),
        Field("monthly_deposit", "月缴存额", "money"),
        Field("balance", "余额", "money"),
    ),
    Source.DEPOSITS: (
        Field("institution", "机构", required=True),
        Field("kind", "账户类型", "choice", False, {"bank": "银行存款", "payment_account": "支付账户"}),
        Field("balance", "余额", "money", True),
        Field("inflow", "近六个月转入", "money"),
        Field("outflow", "近六个月转出", "money"),
    ),
    Source.SECURITIES: (
        Field("institution", "机构", required=True),
        Field("kind", "类型", "choice", False, {"securities": "证券、基金", "insurance": "商业保险"}),
        Field("balance", "市值或现金价值", "money", True),
    ),
    Source.DISABILITY: (
        Field("kind", "残疾类别", required=True, choices=_DISABILITIES),
        Field("grade", "残疾等级", "number", True),
        Field("certificate", "残疾人证号"),
    ),
    Source.PAYROLL: (
        Field("employer", "单位", required=True),
        Field("kind", "编制", "choice", True, {"fiscal": "财政供养", "state_enterprise": "国有企业"}),
        Field("annual_pay", "年收入", "money"),
    ),
}  # fmt: skip

ALSO: Mapping[str, tuple[str, ...]] = {
    "id_number": ("身份证号", "身份证号码", "公民身份证号码", "证件号码", "GMSFHM", "SFZH", "ZJHM"),
    "name": ("名字", "当事人姓名", "权利人姓名", "户主姓名", "XM"),
    "birth_date": ("出生年月日", "CSRQ"),
    "area_code": ("行政区划代码", "地区编码", "XZQHDM"),
    "value": ("车辆评估价值", "车辆价值"),
    "first_registered": ("首次登记日期", "注册登记日期"),
    "inspected_until": ("检验有效期", "年检有效期止"),
    "insured_until": ("保险终止日期",),
    "area": ("面积", "房屋面积"),
    "location": ("地址", "房屋坐落"),
    "entity_name": ("企业名称", "市场主体名称", "字号名称"),
    "last_filed_year": ("最近年报年份",),
    "employer": ("单位名称", "工作单位"),
    "institution": ("开户机构", "金融机构", "银行名称"),
    "balance": ("账户余额", "当前余额", "现金价值"),
    "monthly_pension": ("月养老金额", "养老金"),
    "annual_pay": ("年工资", "年收入合计"),
    "certificate": ("残疾证号",),
    "died_on": ("去世日期",),
    "spouse_name": ("配偶",),
}
"""Headings departments' own systems use, beside the code and the label. Only what is unmistakable."""

_YES_NO = {
    "yes": "yes",
    "no": "no",
    "是": "yes",
    "否": "no",
    "1": "yes",
    "0": "no",
    "true": "yes",
    "false": "no",
}


def label_of(source: Source, key: str) -> str:
    """The Chinese heading of a field, for pages and reports."""
    return next((f.label for f in FIELDS[source] if f.key == key), key)


def shown(source: Source, values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Heading and value of every field as people read them: choices in words, amounts in yuan."""
    return tuple((f.label, _in_words(f, values[f.key])) for f in FIELDS[source] if values.get(f.key))


def _in_words(one: Field, value: str) -> str:
    if one.kind == "money":
        return f"{Decimal(value):,.2f} 元"
    if one.kind == "yes_no":
        return {"yes": "是", "no": "否"}[value]
    return one.choices.get(value, value)


def key_of(heading: str, fields: tuple[Field, ...]) -> str | None:
    """The field a column heading means: our code, or the Chinese label, spaces forgiven."""
    wanted = "".join(heading.split()).strip("＊*")
    return next((f.key for f in fields if wanted in (f.key, f.label, *ALSO.get(f.key, ()))), None)


def normalise(
    fields: tuple[Field, ...], raw: Mapping[str, object]
) -> tuple[dict[str, str], tuple[CellProblem, ...]]:
    """Values by field key, empty ones left out, and what is wrong with the rest."""
    values: dict[str, str] = {}
    problems: list[CellProblem] = []
    for one in fields:
        cell = raw.get(one.key)
        text = "" if cell is None else str(cell).strip()
        if not text:
            if one.required:
                problems.append(CellProblem(one.label, "不能为空"))
            continue
        try:
            values[one.key] = _one(one, cell, text)
        except ValueError as wrong:
            problems.append(CellProblem(one.label, str(wrong)))
    return values, tuple(problems)


def _one(one: Field, cell: object, text: str) -> str:
    if one.kind == "choice":
        return _choice(one, text)
    return _READERS[one.kind](cell, text)


def _choice(one: Field, text: str) -> str:
    code = text if text in one.choices else {word: c for c, word in one.choices.items()}.get(text)
    if code is None:
        raise ValueError(f"只能是：{'、'.join(one.choices.values())}")
    return code


def _text(cell: object, text: str) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # Excel keeps account and certificate numbers as floats
    return text


def _money(_: object, text: str) -> str:
    number = _number(text)
    exact = number.quantize(Decimal("0.01"))
    if abs(number - exact) > Decimal("0.000001"):  # more than a spreadsheet's rounding error
        raise ValueError("金额最多两位小数")
    return f"{exact:f}"


def _plain_number(_: object, text: str) -> str:
    return f"{_number(text).normalize():f}"


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text.replace(",", "").replace("，", "").removesuffix("元"))
    except InvalidOperation:
        raise ValueError("请填数字") from None
    if not number.is_finite() or abs(number) > Decimal("999999999999.99"):
        raise ValueError("数字不在合理范围")
    return number


def _date(cell: object, text: str) -> str:
    if isinstance(cell, date):
        return (cell.date() if isinstance(cell, datetime) else cell).isoformat()
    found = re.fullmatch(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?", text)
    try:
        return date(*(int(part) for part in found.groups())).isoformat() if found else ""
    except ValueError:
        raise ValueError("没有这一天，请检查月份和日期") from None


def _day(cell: object, text: str) -> str:
    read = _date(cell, text)
    if not read:
        raise ValueError("请写成 2026-03-01 这样的日期")
    return read


def _yes_no(_: object, text: str) -> str:
    if text.lower() not in _YES_NO:
        raise ValueError("请填“是”或“否”")
    return _YES_NO[text.lower()]


_READERS: Mapping[str, Callable[[object, str], str]] = {
    "text": _text, "money": _money, "number": _plain_number, "date": _day, "yes_no": _yes_no,
}  # fmt: skip
