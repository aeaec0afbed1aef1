"""What must hold for every household and every tier table: more income never pays more, shares add up, somebody is in a tier."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rules.decision import Decision, Status, decide, is_marginal, shares_of
from core.rules.facts import HouseholdFacts, IncomeGroup, IncomeKind, IncomeLine
from core.rules.parameters import Mode, ParameterSet, problems_of_set
from core.rules.standing import standing, tier_of
from core.rules.tiers import Tier, problems_of
from core.rules.values import fen, fen_down, rounded
from core.rules.worksheet import Totals, worksheet
from tests.builders.households import ACCEPTED, a_household, p1
from tests.unit.rules.strategies import households, yuan

D = Decimal
COUNTED = [k for k in IncomeKind if k.group is not IncomeGroup.EXCLUDED and k is not IncomeKind.TRANSFER_PAID]


def judged(facts: HouseholdFacts, params: ParameterSet) -> Decision:
    return decide(worksheet(facts, params, ACCEPTED), facts, (), params)


@settings(max_examples=40)
@given(
    households(), st.sampled_from(COUNTED), yuan(0, 60000), st.sampled_from(Mode), st.data()
)  # fmt: skip
def test_more_income_never_raises_the_benefit(
    facts: HouseholdFacts, kind: IncomeKind, more: Decimal, mode: Mode, data: st.DataObject
) -> None:
    owner = data.draw(st.sampled_from(facts.counted)).person_id
    richer = msgspec.structs.replace(facts, income=(*facts.income, IncomeLine(kind, more, owner)))
    before, after = judged(facts, p1(mode=mode)), judged(richer, p1(mode=mode))
    assert after.amount <= before.amount
    assert before.eligible or not after.eligible


@settings(max_examples=40)
@given(households(), yuan(0, 60000))
def test_a_documented_medical_cost_never_lowers_the_benefit(facts: HouseholdFacts, cost: Decimal) -> None:
    ill = a_household().with_medical_cost("王建国", str(cost)).facts.deductions[0]
    owned = msgspec.structs.replace(ill, owner=facts.counted[0].person_id)
    poorer = msgspec.structs.replace(facts, deductions=(*facts.deductions, owned))
    assert judged(poorer, p1()).amount >= judged(facts, p1()).amount


@settings(max_examples=40)
@given(households(), st.sampled_from(Mode))
def test_shares_add_up_to_the_amount_and_differ_by_the_rest_alone(facts: HouseholdFacts, mode: Mode) -> None:
    found = judged(facts, p1(mode=mode))
    if not found.eligible:
        assert found.shares == ()
        assert found.amount == 0
        return
    amounts = [s.amount for s in found.shares]
    assert sum(amounts) == found.amount
    assert [s.person_id for s in found.shares] == [m.person_id for m in facts.counted]
    applicant = next(s.amount for s in found.shares if s.person_id == facts.applicant.person_id)
    assert set(amounts) <= {min(amounts), applicant}
    assert 0 <= applicant - min(amounts) < D("0.01") * len(amounts)


@settings(max_examples=40)
@given(households(), st.decimals("0.01", 99999, places=2))
def test_any_amount_is_shared_out_to_the_fen(facts: HouseholdFacts, amount: Decimal) -> None:
    shares = shares_of(amount, facts.counted, facts.applicant)
    assert sum((s.amount for s in shares), D(0)) == amount
    assert all(s.amount == fen_down(Fraction(s.amount)) and s.amount >= 0 for s in shares)


@settings(max_examples=40)
@given(households())
def test_eligible_marginal_and_above_are_three_different_things(facts: HouseholdFacts) -> None:
    sheet = worksheet(facts, p1(), ACCEPTED)
    assert sheet.totals is not None
    t = sheet.totals
    found = standing(sheet, p1())
    assert found is not None
    per_capita = Fraction(t.total) / t.persons
    assert found.eligible is (per_capita < 5580)
    assert is_marginal(sheet, p1()) is (5580 <= per_capita < 8370)


def totals(total: Decimal, persons: int, labour: Decimal) -> Totals:
    exact = Fraction(total) / persons
    return Totals(
        persons, D(5580), total, total, fen(exact), rounded(exact / 5580, 4), labour,
        rounded(Fraction(labour) / persons, 4), D("0.00"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("total", "persons", "labour", "category"),
    [
        ("2789.99", 1, "0", "一类"),  # r just under 0.50
        ("2790.00", 1, "0", "二类"),  # r = 0.50 is not below it
        ("2789.99", 1, "0.5", "三类"),  # somebody can work, and L = 0.5
        ("3905.99", 1, "0", "二类"),
        ("3906.00", 1, "0", "三类"),  # r = 0.70
        ("5580.00", 4, "1.0", "二类"),  # L = 0.25 is still within
        ("5580.00", 3, "1.0", "三类"),  # L = 1/3, compared exactly
        ("4742.99", 1, "0", "三类"),
        ("4743.00", 1, "0", "四类"),  # r = 0.85
        ("5579.99", 1, "1.0", "四类"),
        ("16739.99", 3, "3.0", "四类"),  # shown as 5,580.00 a head and still below the standard
    ],
)
def test_a_category_begins_exactly_where_the_table_says(
    total: str, persons: int, labour: str, category: str
) -> None:
    fired = tier_of(totals(D(total), persons, D(labour)), p1())
    assert fired is not None
    assert fired.outputs["category"] == category


@pytest.mark.parametrize(("total", "persons"), [("5580.00", 1), ("16740.00", 3), ("5580.01", 1)])
def test_at_the_standard_nobody_is_in_a_category(total: str, persons: int) -> None:
    assert tier_of(totals(D(total), persons, D(0)), p1()) is None


@st.composite
def tier_tables(draw: st.DrawFn) -> tuple[Tier, ...]:
    """Tables a district might save: rising limits of r, falling amounts, labour limits on any but the last."""
    limits = sorted(draw(st.sets(st.integers(1, 99), min_size=0, max_size=4)))
    amounts = sorted(draw(st.lists(st.integers(1, 900), min_size=len(limits) + 1, max_size=len(limits) + 1)))
    ratios = [*(f"< {D(n) / 100}" for n in limits), "< 1"]
    labour = st.sampled_from(["-", "0", "<= 1"])
    index = st.sampled_from(["-", "<= 0.25", "< 0.5"])
    return tuple(
        Tier(f"第{k}类", D(amount), ratio, *(("-", "-") if k == len(limits) else (draw(labour), draw(index))))
        for k, (ratio, amount) in enumerate(zip(ratios, reversed(amounts), strict=True))
    )


@given(tier_tables(), st.integers(1, 8), st.data())
def test_every_household_below_the_standard_is_in_a_tier_and_earning_more_never_pays(
    tiers: tuple[Tier, ...], persons: int, data: st.DataObject
) -> None:
    if list(problems_of(tiers, "tiers")):
        return  # unreachable rows are refused when saved
    params = p1(tiers=tiers)
    labour = D(data.draw(st.integers(0, 2 * persons))) / 2
    first, second = sorted(data.draw(st.tuples(*[st.decimals(0, 5580 * persons, places=2)] * 2)))
    poorer, richer = (tier_of(totals(t, persons, labour), params) for t in (first, second))
    assert (poorer is None) is not (Fraction(first) < 5580 * persons)
    if richer is not None:
        assert poorer is not None
        assert richer.outputs["amount"] <= poorer.outputs["amount"]  # type: ignore[operator]


@given(st.decimals("5580", "99999", places=2), st.integers(1, 9))
def test_the_standard_may_be_any_amount_and_the_gap_follows_it(standard: Decimal, persons: int) -> None:
    params = p1(standard=standard, mode=Mode.GAP)
    assert not list(problems_of_set(params, "sets.0"))
    household = a_household()
    for k in range(persons - 1):
        household = household.with_member(f"家人{k}", "子女", "2015-01-01")
    found = judged(household.facts, params)
    assert found.status is Status.ELIGIBLE
    assert found.amount == fen(Fraction(standard) * persons / 12)
