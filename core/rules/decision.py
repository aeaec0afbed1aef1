"""What the rules propose for a household: eligible or not, category, amount, shares, and why. A person decides.

worksheet incomplete ─────────────────────────────► blocked
a finding upheld ─────────────────────────────────► ineligible (only the district denies)
a finding open (also when income alone would refuse) ► suspended: no tier, no automatic denial
income ≥ standard ────────────────────────────────► ineligible, perhaps marginal
else ─────────────────────────────────────────────► eligible
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import msgspec

from core.rules.facts import HouseholdFacts, MemberFacts
from core.rules.five_haves import Finding, unresolved
from core.rules.parameters import Mode, ParameterSet
from core.rules.standing import Pay, Standing, standing
from core.rules.values import Labelled, fen_down, say, say_yuan
from core.rules.worksheet import Worksheet, worksheet_alone

ZERO = Decimal("0.00")


class Status(Labelled):
    ELIGIBLE = "eligible", "符合条件"
    INELIGIBLE = "ineligible", "不符合条件"
    SUSPENDED = "suspended", "有情况待核实"
    BLOCKED = "blocked", "资料不全，不能核算"


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`code` is stable (`below_standard`, `suspected_asset` …); `text` is a Chinese sentence; `law` its basis."""

    code: str
    text: str
    law: str = ""


class Share(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member's part of the household's monthly amount."""

    person_id: UUID
    name: str
    amount: Decimal


class SingleEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member of a marginal household who may apply alone, and what that would give. Never published with its ground."""

    person_id: UUID
    name: str
    ground: str
    category: str
    amount: Decimal


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules' proposal. `amount` is yuan per household and month; `other` the mode the district does not pay by."""

    status: Status
    mode: Mode
    persons: int
    category: str = ""
    amount: Decimal = ZERO
    shares: tuple[Share, ...] = ()
    other: Pay | None = None
    row: str = ""
    marginal: bool = False
    single_entries: tuple[SingleEntry, ...] = ()
    alone: UUID | None = None
    open_findings: tuple[str, ...] = ()
    upheld_findings: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()

    @property
    def eligible(self) -> bool:
        return self.status is Status.ELIGIBLE


def decide(
    sheet: Worksheet, facts: HouseholdFacts, findings: Sequence[Finding], params: ParameterSet
) -> Decision:
    """The proposal for this household, or for `facts.alone`. What assets raise counts as open until resolved."""
    suspicions, upheld = unresolved(facts, findings, params)
    base = Decision(
        status=Status.INELIGIBLE,
        mode=params.mode,
        persons=sheet.persons,
        alone=facts.alone,
        open_findings=tuple(s.key for s in suspicions),
        upheld_findings=tuple(f.suspicion.key for f in upheld),
    )
    if upheld:
        texts = (f"{f.suspicion.kind.label}，经核实认定：{f.reason or f.suspicion.text}" for f in upheld)
        return _because(base, *(Reason("asset_upheld", t, "社会救助法 18；57号 14") for t in texts))
    if suspicions:
        why = (
            Reason("suspected_asset", f"{s.kind.label}待核实：{s.text}", "57号 18；83号 一（一）")
            for s in suspicions
        )
        return _because(base, *why, status=Status.SUSPENDED)
    found = standing(sheet, params)
    if found is None:
        return _because(base, *(Reason("missing", m.message) for m in sheet.missing), status=Status.BLOCKED)
    if facts.alone is not None:
        return _alone(base, found, sheet, facts, params, facts.alone)
    if found.eligible:
        return _granted(base, found, facts.counted, facts.applicant)
    return _over(base, found, sheet, facts, params)


def shares_of(amount: Decimal, members: Sequence[MemberFacts], applicant: MemberFacts) -> tuple[Share, ...]:
    """Equal shares rounded down to the fen, the rest to the applicant (the first member, where not counted)."""
    each = fen_down(Fraction(amount) / len(members))
    rest = amount - each * len(members)
    takes_rest = applicant if applicant in members else members[0]
    return tuple(Share(m.person_id, m.name, each + rest if m is takes_rest else each) for m in members)


def is_marginal(sheet: Worksheet, params: ParameterSet) -> bool:
    """S ≤ per-capita < marginal ratio × S (57号 8; 83号 一（四）), exactly. Findings are the caller's to look at."""
    t = sheet.totals
    return t is not None and not t.below(1) and t.below(params.marginal_ratio)


def single_entry_ground(member: MemberFacts) -> str:
    """Why a member of a marginal household may apply alone (57号 8; 83号 一（四）); empty when there is no ground."""
    if not member.living.counted:
        return ""
    if member.disability is not None and member.disability.may_apply_alone:
        return f"{member.disability.kind.label}{member.disability.grade}级"
    return "重特大疾病" if member.serious_illness else ""


def _because(base: Decision, *reasons: Reason, status: Status = Status.INELIGIBLE) -> Decision:
    return msgspec.structs.replace(base, status=status, reasons=reasons)


def _granted(
    base: Decision, found: Standing, members: Sequence[MemberFacts], applicant: MemberFacts
) -> Decision:
    assert found.pay is not None
    pay = f"每月 {say_yuan(found.pay.amount)} 元（{found.pay.mode.label}：{found.pay.formula}）。"
    return msgspec.structs.replace(
        base,
        status=Status.ELIGIBLE,
        persons=len(members),
        category=found.category,
        amount=found.pay.amount,
        shares=shares_of(found.pay.amount, members, applicant),
        other=found.other,
        row=found.row,
        reasons=(
            Reason("below_standard", found.reason, found.law),
            Reason("amount", pay, "57号 21、23"),
        ),
    )


def _over(
    base: Decision, found: Standing, sheet: Worksheet, facts: HouseholdFacts, params: ParameterSet
) -> Decision:
    reasons = [Reason("not_below_standard", found.reason, "社会救助法 18")]
    marginal = is_marginal(sheet, params)
    singles: tuple[SingleEntry, ...] = ()
    if marginal:
        line = say(Fraction(params.standard) * Fraction(params.marginal_ratio))
        reasons.append(
            Reason("marginal", f"人均收入低于 {line} 元，可以登记为低保边缘家庭。", "社会救助法 21；57号 8")
        )
        singles = tuple(_singles(sheet, facts, params))
        reasons.extend(
            Reason("single_entry", f"{s.name}可以单独提出申请。", "57号 8；83号 一（四）") for s in singles
        )
    return msgspec.structs.replace(base, marginal=marginal, single_entries=singles, reasons=tuple(reasons))


def _singles(sheet: Worksheet, facts: HouseholdFacts, params: ParameterSet) -> Iterable[SingleEntry]:
    for member in facts.counted:
        ground = single_entry_ground(member)
        if ground:
            own = standing(worksheet_alone(facts, member.person_id, params, sheet.day), params)
            if own is not None and own.pay is not None:
                yield SingleEntry(member.person_id, member.name, ground, own.category, own.pay.amount)


def _alone(
    base: Decision,
    household: Standing,
    sheet: Worksheet,
    facts: HouseholdFacts,
    params: ParameterSet,
    person: UUID,
) -> Decision:
    member = facts.member(person)
    assert member is not None, "the worksheet was complete, so the person is a member"
    one = msgspec.structs.replace(base, persons=1)
    if household.eligible:
        text = "这户整户符合条件，应当整户纳入，不能只给个别成员办理。请改为整户申请。"
        return _because(one, Reason("whole_household", text, "83号 一（一）"), status=Status.BLOCKED)
    if not is_marginal(sheet, params) or not single_entry_ground(member):
        text = "单独申请只适用于低保边缘家庭中的重残人员、三级智力或精神残疾人和重特大疾病患者。"
        return _because(one, Reason("no_single_entry", text, "57号 8；83号 一（四）"))
    own = standing(worksheet_alone(facts, person, params, sheet.day), params)
    assert own is not None, "a worksheet that is complete for the household is complete for a member"
    if not own.eligible:
        return _because(one, Reason("not_below_standard", own.reason, "社会救助法 18"))
    granted = _granted(one, own, (member,), member)
    extra = Reason("single_entry", "低保边缘家庭成员，按单人户纳入。", "57号 8；83号 一（四）")
    return msgspec.structs.replace(granted, reasons=(*granted.reasons, extra))


class VarianceAlert(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The panel and the worksheet disagree. Information for the reviewers; neither decides (57号 2, 19)."""

    passed: bool
    worksheet_eligible: bool
    text: str


def variance_alert(
    passed: bool | None, sheet: Worksheet, params: ParameterSet, *, finding_open: bool
) -> VarianceAlert | None:
    """None when they agree, without a ballot result (`passed` None), with an open finding, or without a sum."""
    found = standing(sheet, params)
    if passed is None or finding_open or found is None or passed == found.eligible:
        return None
    panel, sum_ = ("通过", "不符合") if passed else ("未通过", "符合")
    text = f"评议结果是“{panel}”，收入核算是“{sum_}条件”，两者不一致，请在初审意见里说明。"
    return VarianceAlert(passed, found.eligible, text)
