"""Rule books: the documented example, which set is in force, and every problem told at once."""

from __future__ import annotations

import textwrap
import tomllib
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from core.rules import parameters
from core.rules.five_haves_rules import (
    DepositRule,
    FiveHaves,
    HousingRule,
    PayrollRule,
    VehicleRule,
)
from core.rules.parameters import (
    AgeBand,
    Crop,
    GraceRule,
    ImputedWage,
    IncomeRules,
    Mode,
    ParameterSet,
    ReviewRule,
    RuleBook,
    SupportRule,
    problems_of,
)
from core.rules.tiers import Tier
from tests.builders.households import P1_TOML, p1

D = Decimal


def fields(*sets: ParameterSet) -> set[str]:
    return {p.field for p in problems_of(RuleBook(sets))}


def with_tiers(*tiers: Tier) -> set[str]:
    return fields(p1(tiers=tiers))


def test_the_example_in_the_docstring_is_p1() -> None:
    text = parameters.__doc__ or ""
    example = textwrap.dedent(text[text.index("    [[sets]]") :])
    documented = msgspec.convert(tomllib.loads(example), RuleBook)
    assert documented == msgspec.convert(tomllib.loads(P1_TOML), RuleBook)
    assert problems_of(documented) == ()


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="standrad"):
        msgspec.convert(tomllib.loads(P1_TOML.replace("standard =", "standrad =")), RuleBook)


def test_a_rule_book_survives_storage_as_json() -> None:
    book = RuleBook((p1(),))
    assert msgspec.json.decode(msgspec.json.encode(book), type=RuleBook) == book


def test_the_set_in_force_is_the_last_that_has_begun() -> None:
    new = p1(id="P2", effective_from=date(2026, 7, 1))
    book = RuleBook((p1(), new))
    assert book.at(date(2026, 6, 30)).id == "P1"
    assert book.at(date(2026, 7, 1)).id == "P2"
    with pytest.raises(LookupError, match="2026-01-01"):
        book.at(date(2025, 12, 31))


def test_sets_must_differ_and_follow_one_another() -> None:
    early = p1(id="P0", effective_from=date(2025, 1, 1))
    assert fields(p1(), p1()) == {"sets.1.id", "sets.1.effective_from"}
    assert fields(p1(), early) == {"sets.1.effective_from"}
    assert fields() == {"sets"}


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"standard": D(0)}, "standard"),
        ({"standard": D("NaN")}, "standard"),
        ({"standard": D("5580.001")}, "standard"),
        ({"standard": D("1E+400000000")}, "standard"),
        ({"marginal_ratio": D("0.9")}, "marginal_ratio"),
        ({"smallest_amount": D(0)}, "smallest_amount"),
        ({"verification_months": 13}, "verification_months"),
        ({"grace": GraceRule(months=7)}, "grace.months"),
        ({"grace": GraceRule(percent=0)}, "grace.percent"),
        ({"review": ReviewRule(with_labour_months=7)}, "review.with_labour_months"),
        ({"review": ReviewRule(otherwise_months=13)}, "review.otherwise_months"),
        ({"tiers": ()}, "tiers"),
        ({"support": SupportRule(few_children_rate=D(2))}, "support.few_children_rate"),
        ({"income": IncomeRules(employment_cost=D("1.1"))}, "income.employment_cost"),
        (
            {
                "income": IncomeRules(
                    basic_pension_exempt_from=date(2026, 1, 1), basic_pension_exempt_until=date(2025, 1, 1)
                )
            },
            "income.basic_pension_exempt_until",
        ),
        (
            {"income": IncomeRules(crops=(Crop("a", "甲", D(1)), Crop("a", "乙", D(1))))},
            "income.crops.1.code",
        ),
        ({"income": IncomeRules(crops=(Crop("a", "甲", D(-1)),))}, "income.crops.0.per_mu"),
        ({"income": IncomeRules(imputed_wage=ImputedWage("coefficient"))}, "income.imputed_wage.monthly"),
        ({"income": IncomeRules(imputed_wage=ImputedWage("age", D(1800)))}, "income.imputed_wage.bands"),
        (
            {
                "income": IncomeRules(
                    imputed_wage=ImputedWage("age", D(1800), (AgeBand(18, 49, 100), AgeBand(49, 59, 50)))
                )
            },
            "income.imputed_wage.bands.1",
        ),
        ({"five_haves": FiveHaves(vehicle=VehicleRule())}, "five_haves.vehicle"),
        ({"five_haves": FiveHaves(vehicle=VehicleRule(D(1), D(2)))}, "five_haves.vehicle"),
        ({"five_haves": FiveHaves(deposits=DepositRule())}, "five_haves.deposits"),
        ({"five_haves": FiveHaves(deposits=DepositRule(D(1), 24))}, "five_haves.deposits"),
        ({"five_haves": FiveHaves(deposits=DepositRule(None, 0))}, "five_haves.deposits.per_person_months"),
        ({"five_haves": FiveHaves(housing=HousingRule(commercial=False))}, "five_haves.housing"),
        ({"five_haves": FiveHaves(payroll=PayrollRule(members=False))}, "five_haves.payroll"),
    ],
)
def test_an_impossible_parameter_is_refused_at_its_place(changes: dict[str, Any], where: str) -> None:
    assert fields(p1(**changes)) == {f"sets.0.{where}"}


def test_all_problems_of_a_set_are_told_together() -> None:
    wrong = p1(standard=D(0), grace=GraceRule(months=9), verification_months=0)
    assert fields(wrong) == {"sets.0.standard", "sets.0.grace.months", "sets.0.verification_months"}


def test_a_gap_district_needs_no_tiers() -> None:
    assert fields(p1(mode=Mode.GAP, tiers=())) == set()


def test_the_last_tier_reaches_the_standard_without_further_limits() -> None:
    assert "sets.0.tiers.0.ratio" in with_tiers(Tier("一类", D(465), "< 0.9"))
    assert "sets.0.tiers.0.ratio" in with_tiers(Tier("一类", D(465), "<= 1"))
    assert "sets.0.tiers.0.ratio" in with_tiers(Tier("一类", D(465), "-"))
    assert "sets.0.tiers.0.labour_index" in with_tiers(Tier("一类", D(465), "< 1", "-", "<= 0.5"))
    assert "sets.0.tiers.0.labour_total" in with_tiers(Tier("一类", D(465), "< 1", "0"))
    assert with_tiers(Tier("一类", D(465), "< 1")) == set()


def test_more_income_may_never_lead_to_a_better_tier() -> None:
    catch_all = Tier("四类", D(62), "< 1")
    assert with_tiers(Tier("一类", D(465), "[0.5..0.7)"), catch_all) == {"sets.0.tiers.0.ratio"}
    assert with_tiers(Tier("一类", D(465), "< 0.5", "-", "> 0.5"), catch_all) == {
        "sets.0.tiers.0.labour_index"
    }
    assert with_tiers(Tier("一类", D(50), "< 0.5"), catch_all) == {"sets.0.tiers.1.amount"}


def test_tiers_with_unreadable_unreachable_or_doubled_rows_are_refused() -> None:
    catch_all = Tier("四类", D(62), "< 1")
    assert with_tiers(Tier("一类", D(465), "<< 0.5"), catch_all) == {"sets.0.tiers.0.ratio"}
    assert with_tiers(Tier("一类", D(465), "< 0.5"), Tier("二类", D(442), "< 0.4"), catch_all) == {
        "sets.0.tiers.1"
    }
    assert with_tiers(Tier("四类", D(465), "< 0.5"), catch_all) == {"sets.0.tiers.1.category"}
    assert with_tiers(Tier("一类", D(0), "< 0.5"), catch_all) == {
        "sets.0.tiers.0.amount",
        "sets.0.tiers.1.amount",
    }
