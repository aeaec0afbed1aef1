"""A district's rules as effective-dated parameter sets: the `rules` section of its configuration (`rules.toml`).

Everything domain §3 lists as varying that concerns money and assets is here (panel, spot check, order of verification
and posting belong to the tenant's settings, the procedure and the panel plugin). Example, parameter set P1:

    [[sets]]
    id = "P1"
    label = "2026年农村低保"
    effective_from = 2026-01-01
    standard = 5580                        # 元/人·年
    marginal_ratio = 1.5                   # 低保边缘：标准的倍数
    mode = "tier"                          # "tier" 分档 | "gap" 补差
    smallest_amount = 0.01                 # 最低发放金额（元/户·月）
    verification_months = 6                # 核对报告有效期

    [[sets.tiers]]                         # 从上到下，第一个符合的生效；gap 模式可以不写
    category = "一类"
    amount = 465                           # 元/人·月
    ratio = "< 0.50"                       # 人均收入/标准
    labour_total = "0"                     # 劳动系数合计
    [[sets.tiers]]
    category = "二类"
    amount = 442
    ratio = "< 0.70"
    labour_index = "<= 0.25"               # 人均劳动系数
    [[sets.tiers]]
    category = "三类"
    amount = 89
    ratio = "< 0.85"
    [[sets.tiers]]
    category = "四类"
    amount = 62
    ratio = "< 1"                          # 最后一类必须 < 1，且不限劳动系数

    [sets.income]
    employment_cost = 0.20                 # 必要就业成本占工资的比例
    basic_pension_exempt = true            # 基础养老金不计入
    # basic_pension_exempt_from = 2021-01-01
    # basic_pension_exempt_until = 2025-12-31
    local_exclusions = []                  # 设区的市级以上政府规定不计入的收入，写名称

    [sets.income.imputed_wage]
    rule = "none"                          # "none" | "coefficient" 最低工资×劳动系数 | "age" 按年龄的百分比
    # monthly = 1800
    # bands = [{ from_age = 18, until_age = 49, percent = 100 }, { from_age = 50, until_age = 59, percent = 50 }]

    [[sets.income.crops]]
    code = "grain"
    label = "粮食"
    per_mu = 100                           # 元/亩·年，净收入
    [[sets.income.crops]]
    code = "cash"
    label = "经济作物"
    per_mu = 200

    [sets.support]                         # 赡养费；整段去掉就是不推算
    few_children_rate = 0.50               # 子女不超过 2 个
    many_children_rate = 0.40              # 子女 many_from 个及以上
    many_from = 3

    [sets.five_haves]                      # 写出来的部分覆盖默认（甘肃 2019）
    vehicle = { at_least = 50000 }         # 或 { more_than = 80000 } 或 { any_of = ["car"], disability_aid_exempt = true }
    deposits = { household_at_least = 30000 }   # 或 { per_person_months = 24 }
    housing = { commercial = true, shops = false }   # small_per_person = 15
    entity = { when = "any" }              # 或 "dividends"，或 "profit" 加 profit_months = 2
    payroll = { members = true, supporters = false } # state_enterprise_at_least = 30000
    # 每一段都可以不用简写，写成判定表（core/rules/five_haves_rules.py）：
    # vehicle = { rows = [{ outcome = "let_off", disability_aid = "true" }, { kind = '"car"', value = ">= 30000" }] }

    [sets.grace]
    months = 6                             # 0–6
    percent = 100

    [sets.review]
    with_labour_months = 6                 # 最长 6
    otherwise_months = 12                  # 最长 12
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from core.problems import FieldError
from core.rules import five_haves_tables, tiers
from core.rules.five_haves_rules import FiveHaves
from core.rules.tiers import Tier
from core.rules.values import Labelled, money, titled, wrong_number


class Mode(Labelled):
    """How the allowance is computed (57号 23)."""

    TIER = "tier", "分档"
    GAP = "gap", "补差"


class AgeBand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ages `from_age` to `until_age`, both included, count with `percent` of the monthly wage."""

    from_age: Annotated[int, Meta(title="从几岁", ge=0, le=150)]
    until_age: Annotated[int, Meta(title="到几岁", ge=0, le=150)]
    percent: Annotated[int, Meta(title="百分比", ge=0, le=100)]


class ImputedWage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Wages reckoned for members who could work but earn nothing of their own: minimum wage × coefficient, or by age."""

    rule: Annotated[Literal["none", "coefficient", "age"], titled("推算办法")] = "none"
    monthly: Annotated[Decimal, money("月最低工资")] = Decimal(0)
    bands: Annotated[tuple[AgeBand, ...], titled("年龄段")] = ()


class Crop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Net income per mu and year."""

    code: Annotated[str, Meta(title="代码", pattern="^[a-z][a-z0-9_]*$")]
    label: Annotated[str, Meta(title="作物", min_length=1)]
    per_mu: Annotated[Decimal, money("每亩年净收入")]


class IncomeRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How income is reckoned. The basic pension is a dated switch, looked at on the day of acceptance."""

    employment_cost: Annotated[Decimal, titled("必要就业成本占工资的比例")] = Decimal("0.20")
    basic_pension_exempt: Annotated[bool, titled("基础养老金不计入")] = True
    basic_pension_exempt_from: Annotated[date | None, titled("从哪天起不计入")] = None
    basic_pension_exempt_until: Annotated[date | None, titled("到哪天止不计入")] = None
    local_exclusions: Annotated[tuple[str, ...], titled("当地规定不计入的收入")] = ()
    imputed_wage: Annotated[ImputedWage, titled("推算工资")] = ImputedWage()
    crops: Annotated[tuple[Crop, ...], titled("作物")] = ()

    def basic_pension_exempt_on(self, day: date) -> bool:
        since, until = self.basic_pension_exempt_from, self.basic_pension_exempt_until
        return (
            self.basic_pension_exempt and (since is None or since <= day) and (until is None or day <= until)
        )

    def crop(self, code: str) -> Crop | None:
        return next((c for c in self.crops if c.code == code), None)


class SupportRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """(supporter's per-capita income − standard) × rate ÷ persons supported; the rate by the supported person's children."""

    few_children_rate: Annotated[Decimal, titled("子女少时的比例")] = Decimal("0.50")
    many_children_rate: Annotated[Decimal, titled("子女多时的比例")] = Decimal("0.40")
    many_from: Annotated[int, Meta(title="几个子女起算多", ge=1, le=30)] = 3

    def rate(self, children: int) -> Decimal:
        return self.many_children_rate if children >= self.many_from else self.few_children_rate


class GraceRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Gradual exit after employment (57号 33; 83号 一（三）): at most 6 months; 0 means none is given."""

    months: Annotated[int, titled("渐退期月数", unit="个月")] = 6
    percent: Annotated[int, titled("渐退期发放比例", unit="%")] = 100


class ReviewRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """57号 31: half-yearly where somebody can work, else yearly; shorter is allowed, longer is not."""

    with_labour_months: Annotated[int, titled("有劳动能力的几个月核查一次", unit="个月")] = 6
    otherwise_months: Annotated[int, titled("其他的几个月核查一次", unit="个月")] = 12


class ParameterSet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One dated version of a district's rules. See the module's example for every key."""

    id: Annotated[str, Meta(title="编号", min_length=1, max_length=40)]
    label: Annotated[str, Meta(title="名称", min_length=1, max_length=80)]
    effective_from: Annotated[date, titled("从哪天起施行")]
    standard: Annotated[Decimal, money("低保标准（每人每年）")]
    mode: Annotated[Mode, titled("计发方式")]
    tiers: Annotated[tuple[Tier, ...], titled("类别")] = ()
    marginal_ratio: Annotated[Decimal, titled("低保边缘为标准的几倍")] = Decimal("1.5")
    smallest_amount: Annotated[Decimal, money("最低发放金额（每户每月）")] = Decimal("0.01")
    verification_months: Annotated[int, titled("核对报告有效期", unit="个月")] = 6
    income: Annotated[IncomeRules, titled("收入核算")] = IncomeRules()
    support: Annotated[SupportRule | None, titled("赡养费")] = None
    five_haves: Annotated[FiveHaves, titled("五有")] = FiveHaves()
    grace: Annotated[GraceRule, titled("渐退")] = GraceRule()
    review: Annotated[ReviewRule, titled("定期核查")] = ReviewRule()
    source: Annotated[str, titled("文件依据")] = ""

    @property
    def monthly_standard(self) -> Fraction:
        """Exact; yuan per person."""
        return Fraction(self.standard) / 12


class RuleBook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The `rules` section: all parameter sets of a district, oldest first."""

    sets: tuple[ParameterSet, ...]

    def at(self, day: date) -> ParameterSet:
        """The set in force on `day`. Raises LookupError when the first one starts later."""
        found = [s for s in self.sets if s.effective_from <= day]
        if not found:
            first = min((s.effective_from for s in self.sets), default=None)
            raise LookupError(f"{day} 没有施行中的规则；最早的从 {first} 起。")
        return max(found, key=lambda s: s.effective_from)

    def named(self, set_id: str) -> ParameterSet | None:
        return next((s for s in self.sets if s.id == set_id), None)


def problems_of(book: RuleBook) -> tuple[FieldError, ...]:
    """Everything wrong with a rule book, all at once; `field` is the path in rules.toml (`sets.0.grace.months`)."""
    found: list[FieldError] = []
    if not book.sets:
        found.append(FieldError("sets", "至少要有一套参数。"))
    for k, one in enumerate(book.sets):
        earlier = book.sets[:k]
        if any(e.id == one.id for e in earlier):
            found.append(FieldError(f"sets.{k}.id", f"编号“{one.id}”重复了。"))
        if any(e.effective_from == one.effective_from for e in earlier):
            found.append(
                FieldError(f"sets.{k}.effective_from", f"已经有一套参数从 {one.effective_from} 起施行。")
            )
        elif any(e.effective_from > one.effective_from for e in earlier):
            found.append(FieldError(f"sets.{k}.effective_from", "请按施行日期从早到晚排列。"))
        found.extend(problems_of_set(one, f"sets.{k}"))
    return tuple(found)


def problems_of_set(one: ParameterSet, path: str) -> Iterable[FieldError]:
    """Everything wrong with one set."""
    yield from _number(one.standard, f"{path}.standard", minimum=Decimal("0.01"))
    yield from _number(one.smallest_amount, f"{path}.smallest_amount", minimum=Decimal("0.01"))
    yield from _number(
        one.marginal_ratio, f"{path}.marginal_ratio", minimum=Decimal(1), maximum=Decimal(3), places=4
    )
    if one.mode is Mode.TIER and not one.tiers:
        yield FieldError(f"{path}.tiers", "分档发放要写各类别。")
    yield from tiers.problems_of(one.tiers, f"{path}.tiers")
    yield from _of_income(one.income, f"{path}.income")
    if one.support is not None:
        for name, rate in (
            ("few_children_rate", one.support.few_children_rate),
            ("many_children_rate", one.support.many_children_rate),
        ):
            yield from _number(rate, f"{path}.support.{name}", maximum=Decimal(1), places=4)
    yield from five_haves_tables.problems_of(one.five_haves, f"{path}.five_haves")
    law = "57号 33；83号 一（三）"
    yield from _between(
        one.grace.months, 0, 6, f"{path}.grace.months", f"渐退期原则上不超过 6 个月（{law}）。"
    )
    yield from _between(one.grace.percent, 1, 100, f"{path}.grace.percent", "发放比例在 1 到 100 之间。")
    review = "有劳动能力的至少每半年核查一次，其他的至少每年一次（57号 31）。"
    yield from _between(one.review.with_labour_months, 1, 6, f"{path}.review.with_labour_months", review)
    yield from _between(one.review.otherwise_months, 1, 12, f"{path}.review.otherwise_months", review)
    yield from _between(
        one.verification_months, 1, 12, f"{path}.verification_months", "核对报告的有效期在 1 到 12 个月之间。"
    )


def _of_income(rules: IncomeRules, path: str) -> Iterable[FieldError]:
    yield from _number(rules.employment_cost, f"{path}.employment_cost", maximum=Decimal(1), places=4)
    since, until = rules.basic_pension_exempt_from, rules.basic_pension_exempt_until
    if since is not None and until is not None and since > until:
        yield FieldError(f"{path}.basic_pension_exempt_until", "结束日期不能早于开始日期。")
    codes = [c.code for c in rules.crops]
    for k, crop in enumerate(rules.crops):
        if codes.index(crop.code) < k:
            yield FieldError(f"{path}.crops.{k}.code", f"作物代码“{crop.code}”重复了。")
        yield from _number(crop.per_mu, f"{path}.crops.{k}.per_mu")
    yield from _of_imputed(rules.imputed_wage, f"{path}.imputed_wage")


def _of_imputed(rule: ImputedWage, path: str) -> Iterable[FieldError]:
    if rule.rule == "none":
        return
    yield from _number(rule.monthly, f"{path}.monthly", minimum=Decimal("0.01"))
    if rule.rule == "age" and not rule.bands:
        yield FieldError(f"{path}.bands", "按年龄推算要写年龄段。")
    for k, band in enumerate(rule.bands):
        if band.from_age > band.until_age:
            yield FieldError(f"{path}.bands.{k}", "起始年龄不能大于终止年龄。")
        if any(band.from_age <= b.until_age and b.from_age <= band.until_age for b in rule.bands[:k]):
            yield FieldError(f"{path}.bands.{k}", "年龄段和前面的重叠了。")


def _number(
    value: Decimal,
    path: str,
    *,
    minimum: Decimal = Decimal(0),
    maximum: Decimal | None = None,
    places: int = 2,
) -> Iterable[FieldError]:
    limits = {} if maximum is None else {"maximum": maximum}
    if wrong := wrong_number(value, minimum=minimum, places=places, **limits):
        yield FieldError(path, wrong)


def _between(value: int, low: int, high: int, path: str, message: str) -> Iterable[FieldError]:
    if not low <= value <= high:
        yield FieldError(path, message)
