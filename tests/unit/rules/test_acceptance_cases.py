"""The five acceptance cases of domain §7, to the fen, with parameter set P1."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest

from core.rules.decision import Decision, Status, decide, variance_alert
from core.rules.decision_file import compile_file, recompute
from core.rules.exits import Entitlement, ReviewOutcome, explain, grace_schedule, propose
from core.rules.facts import HouseholdFacts, IncomeKind
from core.rules.five_haves import Finding, FindingStatus, findings_of
from core.rules.parameters import Mode, ParameterSet
from core.rules.standing import standing
from core.rules.worksheet import Totals, worksheet, worksheet_alone
from tests.builders.households import (
    ACCEPTED,
    AHousehold,
    elderly_couple,
    family_with_employed_son,
    family_with_relative_on_panel,
    family_with_vehicle,
    marginal_family,
    p1,
    p1_income,
    person,
)

D = Decimal


def totals(facts: HouseholdFacts, params: ParameterSet | None = None) -> Totals:
    found = worksheet(facts, params or p1(), ACCEPTED).totals
    assert found is not None
    return found


def judged(
    facts: HouseholdFacts, params: ParameterSet | None = None, findings: tuple[Finding, ...] = ()
) -> Decision:
    params = params or p1()
    return decide(worksheet(facts, params, ACCEPTED), facts, findings, params)


def amounts(facts: HouseholdFacts, code: str, params: ParameterSet | None = None) -> list[Decimal]:
    return [x.amount for x in worksheet(facts, params or p1(), ACCEPTED).lines if x.code == code]


def resolved(facts: HouseholdFacts, status: FindingStatus, reason: str) -> tuple[Finding, ...]:
    return tuple(Finding(s, status, reason) for s in findings_of(facts, p1()))


# --- 1 Elderly couple -------------------------------------------------------------------------------------------------


def test_elderly_couple_lines_are_rent_support_and_an_exempt_pension() -> None:
    facts = elderly_couple()
    assert amounts(facts, "land_rent") == [D("400.00")]
    assert amounts(facts, "support") == [D("855.00"), D("855.00")]
    assert amounts(facts, "basic_pension") == [D("0.00"), D("0.00")]
    assert not any(x.counted for x in worksheet(facts, p1(), ACCEPTED).lines if x.code == "basic_pension")


def test_elderly_couple_receives_930_a_month_in_category_one() -> None:
    t = totals(elderly_couple())
    assert (t.total, t.per_capita, t.ratio) == (D("2110.00"), D("1055.00"), D("0.1891"))
    assert t.labour_total == 0
    found = judged(elderly_couple())
    assert (found.status, found.category, found.amount) == (Status.ELIGIBLE, "一类", D("930.00"))
    assert [s.amount for s in found.shares] == [D("465.00"), D("465.00")]
    assert found.row == "tier-1"


def test_elderly_couple_sees_the_gap_beside_the_tier() -> None:
    found = judged(elderly_couple())
    assert found.other is not None
    assert (found.other.mode, found.other.amount) == (Mode.GAP, D("754.17"))


def test_elderly_couple_stays_in_category_one_when_the_pension_counts() -> None:
    params = p1_income(basic_pension_exempt=False)
    t = totals(elderly_couple(), params)
    assert (t.total, t.per_capita, t.gap) == (D("4750.00"), D("2375.00"), D("534.17"))
    found = judged(elderly_couple(), params)
    assert (found.category, found.amount) == ("一类", D("930.00"))
    assert found.other is not None
    assert found.other.amount == D("534.17")


def test_elderly_couple_without_the_daughters_consent_is_flagged_and_nothing_is_imputed() -> None:
    sheet = worksheet(elderly_couple(daughter_consents=False), p1(), ACCEPTED)
    assert [f.code for f in sheet.flags] == ["supporter_unverified"]
    assert "社会救助法 41" in sheet.flags[0].law
    assert not [x for x in sheet.lines if x.code == "support"]
    assert sheet.totals is not None
    assert sheet.totals.total == D("400.00")


# --- 2 Family of four -------------------------------------------------------------------------------------------------


def test_family_of_four_adds_up_to_7200() -> None:
    facts = family_with_relative_on_panel()
    lines = {x.code: x.amount for x in worksheet(facts, p1(), ACCEPTED).lines}
    assert lines == {
        "wages": D("12000.00"),
        "employment_cost": D("-2400.00"),
        "crop": D("600.00"),
        "medical": D("-3000.00"),
    }
    t = totals(facts)
    assert (t.total, t.per_capita, t.ratio, t.labour_index) == (
        D("7200.00"),
        D("1800.00"),
        D("0.3226"),
        D("0.3750"),
    )


def test_family_of_four_receives_356_and_the_divergence_from_the_gap_is_shown() -> None:
    found = judged(family_with_relative_on_panel())
    assert (found.category, found.amount, found.row) == ("三类", D("356.00"), "tier-3")
    assert found.other is not None
    assert (found.other.mode, found.other.amount) == (Mode.GAP, D("1260.00"))


def test_family_of_four_in_a_gap_district_receives_1260() -> None:
    found = judged(family_with_relative_on_panel(), p1(mode=Mode.GAP))
    assert (found.mode, found.amount, found.category) == (Mode.GAP, D("1260.00"), "三类")
    assert found.other is not None
    assert (found.other.mode, found.other.amount) == (Mode.TIER, D("356.00"))
    assert [s.amount for s in found.shares] == [D("315.00")] * 4


def test_a_failed_ballot_raises_an_alert_and_decides_nothing() -> None:
    facts = family_with_relative_on_panel()
    sheet = worksheet(facts, p1(), ACCEPTED)
    alert = variance_alert(False, sheet, p1(), finding_open=False)
    assert alert is not None
    assert alert.worksheet_eligible
    assert variance_alert(True, sheet, p1(), finding_open=False) is None
    assert variance_alert(None, sheet, p1(), finding_open=False) is None
    assert variance_alert(False, sheet, p1(), finding_open=True) is None
    assert judged(facts).eligible


# --- 3 Five-have hit --------------------------------------------------------------------------------------------------


def test_a_vehicle_suspends_the_case_without_a_tier_and_without_denial() -> None:
    facts = family_with_vehicle()
    t = totals(facts)
    assert (t.total, t.per_capita, t.ratio) == (D("12000.00"), D("4000.00"), D("0.7168"))
    assert t.exact_labour_index == Fraction(1, 3)
    found = judged(facts)
    assert found.status is Status.SUSPENDED
    assert (found.category, found.amount, found.shares, found.row) == ("", D("0.00"), (), "")
    assert [r.code for r in found.reasons] == ["suspected_asset"]
    assert found.open_findings == ("vehicle:甘L12345",)


def test_by_income_alone_the_family_with_the_vehicle_would_have_267() -> None:
    alone = standing(worksheet(family_with_vehicle(), p1(), ACCEPTED), p1())
    assert alone is not None
    assert alone.pay is not None
    assert (alone.category, alone.pay.amount) == ("三类", D("267.00"))


def test_a_vehicle_proven_sold_clears_the_way_to_267() -> None:
    facts = family_with_vehicle()
    found = judged(facts, findings=resolved(facts, FindingStatus.CLEARED, "车辆已卖出，未过户，有合同和转账"))
    assert (found.status, found.category, found.amount) == (Status.ELIGIBLE, "三类", D("267.00"))
    assert found.other is not None
    assert found.other.amount == D("395.00")


def test_an_upheld_vehicle_leads_to_denial_with_its_reason() -> None:
    facts = family_with_vehicle()
    found = judged(facts, findings=resolved(facts, FindingStatus.UPHELD, "车辆在用，价值核实"))
    assert (found.status, found.amount) == (Status.INELIGIBLE, D("0.00"))
    assert found.upheld_findings == ("vehicle:甘L12345",)
    assert "车辆在用" in found.reasons[0].text


@pytest.mark.parametrize(("value", "flagged"), [("49999.99", False), ("50000.00", True)])
def test_the_vehicle_limit_flags_from_50000_yuan(value: str, flagged: bool) -> None:
    assert bool(findings_of(family_with_vehicle(value), p1())) is flagged


# --- 4 Marginal household ---------------------------------------------------------------------------------------------


def test_the_marginal_household_is_not_eligible_but_marginal() -> None:
    facts = marginal_family()
    t = totals(facts)
    assert amounts(facts, "wages") == [D("24000.00")]
    assert amounts(facts, "employment_cost") == [D("-4800.00")]
    assert amounts(facts, "crop") == [D("1600.00")]
    assert (t.total, t.per_capita) == (D("20800.00"), D("6933.33"))
    found = judged(facts)
    assert (found.status, found.marginal, found.amount) == (Status.INELIGIBLE, True, D("0.00"))
    assert [(s.name, s.category, s.amount) for s in found.single_entries] == [("郑芳", "一类", D("465.00"))]


def test_the_mother_alone_receives_465_for_one_person() -> None:
    facts = marginal_family(alone=True)
    own = worksheet_alone(facts, person("郑芳"), p1(), ACCEPTED)
    assert own.totals is not None
    assert (own.totals.total, own.totals.persons, own.lines) == (D("0.00"), 1, ())
    found = judged(facts)
    assert (found.status, found.category, found.amount, found.persons) == (
        Status.ELIGIBLE,
        "一类",
        D("465.00"),
        1,
    )
    assert [(s.name, s.amount) for s in found.shares] == [("郑芳", D("465.00"))]


def test_insuring_one_member_of_an_eligible_household_is_blocked() -> None:
    household = AHousehold(marginal_family(alone=True)).changed(income=())
    found = judged(household.facts)
    assert found.status is Status.BLOCKED
    assert [r.code for r in found.reasons] == ["whole_household"]


def test_the_father_of_the_marginal_household_cannot_apply_alone() -> None:
    found = judged(AHousehold(marginal_family()).applying_alone("吴海").facts)
    assert (found.status, [r.code for r in found.reasons]) == (Status.INELIGIBLE, ["no_single_entry"])


# --- 5 Exit with grace ------------------------------------------------------------------------------------------------

BEFORE = Entitlement("二类", D("1326.00"), 3)


def test_before_the_son_found_work_the_family_received_1326() -> None:
    found = judged(family_with_employed_son(employed=False))
    assert (found.category, found.amount) == ("二类", D("1326.00"))


def test_the_sons_wages_lead_to_a_proposal_to_stop_with_grace_and_marginal_registration() -> None:
    facts = family_with_employed_son()
    sheet = worksheet(facts, p1(), ACCEPTED)
    assert sheet.totals is not None
    assert (sheet.totals.total, sheet.totals.per_capita) == (D("18240.00"), D("6080.00"))
    found = propose(BEFORE, judged(facts), sheet, facts, (), p1())
    assert found.outcome is ReviewOutcome.PROPOSE_STOP
    assert found.needs_hearing
    assert found.grace
    assert found.marginal


def test_grace_decided_in_september_runs_from_october_to_march_at_1326() -> None:
    schedule = grace_schedule(date(2026, 9, 10), BEFORE.amount, p1().grace)
    assert (schedule.months[0], schedule.months[-1]) == (date(2026, 10, 1), date(2027, 3, 1))
    assert (len(schedule.months), schedule.monthly, schedule.total) == (6, D("1326.00"), D("7956.00"))
    assert schedule.ends_on == date(2027, 4, 1)
    assert "7,956.00" in explain(schedule)


def test_an_inheritance_gives_no_grace() -> None:
    facts = (
        AHousehold(family_with_employed_son(employed=False))
        .with_income(IncomeKind.OTHER, 18240, "何刚", basis="继承")
        .facts
    )
    found = propose(BEFORE, judged(facts), worksheet(facts, p1(), ACCEPTED), facts, (), p1())
    assert (found.outcome, found.grace) == (ReviewOutcome.PROPOSE_STOP, False)
    assert "新就业" in found.reasons[-1].text


def test_an_upheld_asset_gives_no_grace() -> None:
    facts = AHousehold(family_with_employed_son()).with_vehicle("何刚", "甘L99999", 60000).facts
    upheld = resolved(facts, FindingStatus.UPHELD, "在用")
    sheet = worksheet(facts, p1(), ACCEPTED)
    found = propose(BEFORE, judged(facts, findings=upheld), sheet, facts, upheld, p1())
    assert (found.outcome, found.grace, found.marginal) == (ReviewOutcome.PROPOSE_STOP, False, False)


@pytest.mark.parametrize(
    "facts",
    [
        elderly_couple(),
        elderly_couple(daughter_consents=False),
        family_with_relative_on_panel(),
        family_with_vehicle(),
        marginal_family(),
        marginal_family(alone=True),
        family_with_employed_son(),
    ],
)
def test_every_acceptance_case_recomputes_from_its_file(facts: HouseholdFacts) -> None:
    file = compile_file(facts, (), p1(), ACCEPTED)
    assert recompute(file) == ()
    forged = msgspec.structs.replace(
        file, decision=msgspec.structs.replace(file.decision, amount=D("9999.00"))
    )
    assert [d.path for d in recompute(forged)] == ["decision.amount"]
