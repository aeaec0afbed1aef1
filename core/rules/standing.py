"""What a worksheet alone says: category, amount and the row that fired; before findings, hearings and people."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import msgspec

from core.rules.parameters import Mode, ParameterSet
from core.rules.tables import Fired
from core.rules.tiers import BELOW_STANDARD, COLUMNS, LABOUR_INDEX, LABOUR_TOTAL, RATIO, tier_table
from core.rules.values import fen, say, say_yuan
from core.rules.worksheet import Totals, Worksheet

GAP_ROW = "gap"


class Pay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An amount by one mode: yuan per household and month."""

    mode: Mode
    amount: Decimal
    formula: str


class Standing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Income below the standard or not. `row` is the tier that fired (or `gap`); `other` the mode not paid."""

    eligible: bool
    category: str = ""
    pay: Pay | None = None
    other: Pay | None = None
    row: str = ""
    reason: str = ""
    law: str = BELOW_STANDARD


def standing(sheet: Worksheet, params: ParameterSet) -> Standing | None:
    """By income alone; None while the worksheet is incomplete."""
    t = sheet.totals
    if t is None:
        return None
    if not t.below(1):
        text = f"人均年收入 {say_yuan(t.per_capita)} 元，不低于低保标准 {say(t.standard)} 元。"
        return Standing(False, reason=text)
    fired = tier_of(t, params)
    pays = {Mode.GAP: _gap(t, params)}
    if fired is not None:
        pays[Mode.TIER] = _tier(fired, t, params)
    paid = pays.pop(params.mode)
    return Standing(
        eligible=True,
        category=str(fired.outputs["category"]) if fired else Mode.GAP.label,
        pay=paid,
        other=next(iter(pays.values()), None),
        row=fired.row if fired else GAP_ROW,
        reason=_why(t, params, fired),
        law=fired.law if fired else BELOW_STANDARD,
    )


def tier_of(t: Totals, params: ParameterSet) -> Fired | None:
    """The tier that fires; None where the district has no tiers or income is not below the standard."""
    if not params.tiers or not t.below(1):
        return None
    facts = {
        RATIO.fact: t.exact_ratio,
        LABOUR_TOTAL.fact: t.labour_total,
        LABOUR_INDEX.fact: t.exact_labour_index,
    }
    (fired,) = tier_table(params.tiers).evaluate(facts)
    return fired


def _at_least(amount: Decimal, params: ParameterSet) -> Decimal:
    return max(amount, params.smallest_amount)


def _gap(t: Totals, params: ParameterSet) -> Pay:
    formula = f"（{say(t.standard)} × {t.persons} − {say_yuan(t.total)}）÷ 12"
    return Pay(Mode.GAP, _at_least(t.gap, params), formula)


def _tier(fired: Fired, t: Totals, params: ParameterSet) -> Pay:
    each = fired.outputs["amount"]
    assert isinstance(each, Decimal)
    amount = fen(Fraction(each) * t.persons)
    return Pay(Mode.TIER, _at_least(amount, params), f"每人每月 {say(each)} 元 × {t.persons} 人")


def _why(t: Totals, params: ParameterSet, fired: Fired | None) -> str:
    text = f"人均年收入 {say_yuan(t.per_capita)} 元，低于低保标准 {say(t.standard)} 元（占 {t.ratio:f}）"
    if fired is None:
        return f"{text}。"
    tier = params.tiers[int(fired.row.removeprefix("tier-")) - 1]
    conditions = [(c.label, tier.cells()[c.fact]) for c in COLUMNS]
    said = "，".join(f"{label} {cell}" for label, cell in conditions if cell != "-")
    labour = f"劳动系数合计 {say(t.labour_total)}，人均 {say(t.labour_index)}"
    return f"{text}；{labour}；符合“{fired.label}”：{said}。"
