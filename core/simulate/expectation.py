"""What a household should get, worked out a second time and on purpose without `core.rules`.

Short because it knows only what the made-up households have: wages, crops, rents, basic pensions, support by grown-up
children, documented medical costs. Follows domain §3 and §7; where it and the system differ, one of them is wrong.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from core.simulate.household import Household, Member

LIVING_TOGETHER = ("together", "studying_away")


@dataclass(frozen=True, slots=True)
class Step:
    """One category: below `ratio` of the standard, with labour capacity up to the limits (None: any)."""

    category: str
    amount: Decimal
    ratio: Fraction
    labour_total: Fraction | None = None
    labour_index: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """A district's terms as far as the made-up households need them; the defaults are parameter set P1."""

    standard: Decimal = Decimal(5580)
    marginal: Fraction = Fraction(3, 2)
    mode: str = "tier"
    smallest: Decimal = Decimal("0.01")
    employment_cost: Fraction = Fraction(1, 5)
    pension_exempt: bool = True
    crops: Mapping[str, Decimal] = field(
        default_factory=lambda: {"grain": Decimal(100), "cash": Decimal(200)}
    )
    support: tuple[Fraction, Fraction, int] | None = (Fraction(1, 2), Fraction(2, 5), 3)
    steps: tuple[Step, ...] = (
        Step("一类", Decimal(465), Fraction(1, 2), labour_total=Fraction(0)),
        Step("二类", Decimal(442), Fraction(7, 10), labour_index=Fraction(1, 4)),
        Step("三类", Decimal(89), Fraction(17, 20)),
        Step("四类", Decimal(62), Fraction(1)),
    )


@dataclass(frozen=True, slots=True)
class Expected:
    """`amount` is yuan per month for the household, 0 where it is not entitled."""

    entitled: bool
    category: str
    amount: Decimal
    persons: int
    total: Decimal
    gap: Decimal
    marginal: bool


def expect(household: Household, terms: Terms, accepted: date) -> Expected:
    """By income alone; what findings on assets change is the caller's to know."""
    together = [m for m in household.members if m.living in LIVING_TOGETHER]
    persons = len(together)
    total = _fen(max(_income(household, terms, accepted), Fraction(0)))
    bar = Fraction(terms.standard) * persons
    labour = sum((_labour(m, accepted) for m in together), Fraction(0))
    gap = _fen(max(bar - Fraction(total), Fraction(0)) / 12)
    if not Fraction(total) < bar:
        near = Fraction(total) < bar * terms.marginal
        return Expected(False, "", Decimal("0.00"), persons, total, gap, near)
    step = next((s for s in terms.steps if _fits(s, Fraction(total) / bar, labour, persons)), None)
    if terms.mode == "gap" or step is None:
        amount, category = gap, step.category if step else "补差"
    else:
        amount, category = _fen(Fraction(step.amount) * persons), step.category
    return Expected(True, category, max(amount, terms.smallest), persons, total, gap, False)


def _income(household: Household, terms: Terms, accepted: date) -> Fraction:
    total = Fraction(0)
    for item in household.income:
        if item.kind == "basic_pension" and terms.pension_exempt:
            continue
        keep = 1 - terms.employment_cost if item.kind == "wages" else Fraction(1)
        total += Fraction(item.amount) * keep
    for plot in household.plots:
        per_mu = terms.crops[plot.crop] if plot.rent is None else plot.rent
        total += Fraction(plot.mu) * Fraction(per_mu)
    total += _support(household, terms)
    return total - sum((Fraction(m.amount) for m in household.medical if m.documented), Fraction(0))


def _support(household: Household, terms: Terms) -> Fraction:
    if terms.support is None:
        return Fraction(0)
    few, many, from_children = terms.support
    owed = Fraction(0)
    for supporter in household.supporters:
        if not supporter.consent or supporter.per_capita is None:
            continue
        over = max(Fraction(supporter.per_capita) - Fraction(terms.standard), Fraction(0))
        for k in supporter.supports:
            rate = many if (household.members[k].children or 0) >= from_children else few
            owed += over * rate / supporter.persons_supported
    return owed


def _labour(member: Member, day: date) -> Fraction:
    severe = member.disability is not None and member.disability[1] <= 2
    if not 18 <= member.person.age(day) < 60 or member.student or severe:
        return Fraction(0)
    return {"full": Fraction(1), "half": Fraction(1, 2)}.get(member.labour, Fraction(0))


def _fits(step: Step, ratio: Fraction, labour: Fraction, persons: int) -> bool:
    if not ratio < step.ratio:
        return False
    if step.labour_total is not None and labour > step.labour_total:
        return False
    return step.labour_index is None or labour / persons <= step.labour_index


def _fen(value: Fraction) -> Decimal:
    """Half up to the fen, for amounts that are not negative."""
    return Decimal(int(value * 100 + Fraction(1, 2))).scaleb(-2)


def read_terms(path: Path, day: date) -> Terms:
    """The terms in force on a day, from a district's `rules.toml`. Raises ValueError for what is not understood here."""
    sets = [
        s for s in tomllib.loads(path.read_text(), parse_float=Decimal)["sets"] if s["effective_from"] <= day
    ]
    if not sets:
        raise ValueError(f"{path}: no parameter set is in force on {day}")
    return terms_of(max(sets, key=lambda s: s["effective_from"]))


def terms_of(one: Mapping[str, Any]) -> Terms:
    """The terms a parameter set (as parsed TOML) states, with the documented defaults."""
    income, support = one.get("income", {}), one.get("support")
    if income.get("imputed_wage", {}).get("rule", "none") != "none":
        raise ValueError("the expectation does not know imputed wages")
    rates = None if support is None else (
        Fraction(support.get("few_children_rate", Decimal("0.50"))),
        Fraction(support.get("many_children_rate", Decimal("0.40"))),
        int(support.get("many_from", 3)),
    )  # fmt: skip
    return Terms(
        standard=Decimal(one["standard"]),
        marginal=Fraction(one.get("marginal_ratio", Decimal("1.5"))),
        mode=one["mode"],
        smallest=Decimal(one.get("smallest_amount", Decimal("0.01"))),
        employment_cost=Fraction(income.get("employment_cost", Decimal("0.20"))),
        pension_exempt=bool(income.get("basic_pension_exempt", True)),
        crops={c["code"]: Decimal(c["per_mu"]) for c in income.get("crops", ())},
        support=rates,
        steps=tuple(_step(t) for t in one.get("tiers", ())),
    )


def _step(tier: Mapping[str, Any]) -> Step:
    ratio = str(tier["ratio"]).split("<")
    if len(ratio) != 2 or ratio[1].startswith("="):
        raise ValueError(f"a ratio such as '< 0.5' is expected, not {tier['ratio']!r}")
    return Step(
        tier["category"], Decimal(tier["amount"]), Fraction(ratio[1].strip()), _limit(tier, "labour_total"),
        _limit(tier, "labour_index"),
    )  # fmt: skip


def _limit(tier: Mapping[str, Any], name: str) -> Fraction | None:
    text = str(tier.get(name, "-")).strip()
    if text == "-":
        return None
    if text.startswith("<") and not text.startswith("<="):
        raise ValueError(f"only '<= …', a number or '-' is understood here, not {text!r}")
    return Fraction(text.removeprefix("<=").strip())
