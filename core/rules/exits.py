"""What a review proposes for a household on the rolls, and the grace period after employment (SAL 48; 57号 31–34)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec

from core.problems import Refused
from core.rules.decision import Decision, Reason, Status
from core.rules.facts import HouseholdFacts
from core.rules.five_haves import Finding, unresolved
from core.rules.parameters import GraceRule, ParameterSet
from core.rules.standing import standing
from core.rules.values import Labelled, fen, say_yuan
from core.rules.worksheet import Worksheet, worksheet


class ReviewOutcome(Labelled):
    """The last two need a recorded hearing before anything happens (SAL 48)."""

    KEEP = "keep", "维持不变"
    INCREASE = "increase", "增发"
    PROPOSE_REDUCE = "propose_reduce", "拟减发"
    PROPOSE_STOP = "propose_stop", "拟停发"


class Entitlement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the household receives now; yuan per month."""

    category: str
    amount: Decimal
    persons: int


class ReviewProposal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`grace` tells whether a grace period may be decided, `marginal` whether to suggest marginal registration."""

    outcome: ReviewOutcome
    before: Entitlement
    after: Entitlement
    grace: bool
    marginal: bool
    reasons: tuple[Reason, ...]

    @property
    def needs_hearing(self) -> bool:
        return self.outcome in (ReviewOutcome.PROPOSE_REDUCE, ReviewOutcome.PROPOSE_STOP)


def propose(
    before: Entitlement,
    decision: Decision,
    sheet: Worksheet,
    facts: HouseholdFacts,
    findings: Sequence[Finding],
    params: ParameterSet,
) -> ReviewProposal:
    """What to do after a review. Raises Refused while the new decision is suspended or blocked."""
    if decision.status in (Status.SUSPENDED, Status.BLOCKED):
        why = "".join(r.text for r in decision.reasons)
        raise Refused(
            f"核查还没有结果，待遇不变：{why}", source="社会救助法 48", hint="请先核实清楚再提出核查意见。"
        )
    after = Entitlement(decision.category, decision.amount, decision.persons if decision.eligible else 0)
    outcome = _outcome(before.amount, decision)
    reason = grace_refused(sheet, facts, findings, params) if outcome is ReviewOutcome.PROPOSE_STOP else "-"
    reasons = decision.reasons
    if outcome is ReviewOutcome.PROPOSE_STOP:
        text = reason or f"可以给予不超过 {params.grace.months} 个月的渐退期。"
        reasons = (*reasons, Reason("no_grace" if reason else "grace", text, "57号 33；83号 一（三）"))
    return ReviewProposal(outcome, before, after, not reason, decision.marginal, reasons)


def _outcome(now: Decimal, decision: Decision) -> ReviewOutcome:
    if not decision.eligible:
        return ReviewOutcome.PROPOSE_STOP
    if decision.amount == now:
        return ReviewOutcome.KEEP
    return ReviewOutcome.INCREASE if decision.amount > now else ReviewOutcome.PROPOSE_REDUCE


def grace_refused(
    sheet: Worksheet, facts: HouseholdFacts, findings: Sequence[Finding], params: ParameterSet
) -> str:
    """Why no grace period is possible, as a sentence; empty when it is.

    Only where per-capita ≥ S, no finding stands, and the household would be eligible without the wages of new jobs
    (domain §7; never for an inheritance or an asset).
    """
    if params.grace.months == 0:
        return "本县区没有设渐退期。"
    if sheet.totals is None or sheet.totals.below(1):
        return "人均收入没有超过低保标准，不适用渐退期。"
    suspicions, upheld = unresolved(facts, findings, params)
    if suspicions or upheld:
        return "有财产情况，不适用渐退期。"
    earned = tuple(i for i in facts.income if not i.new_job)
    if len(earned) == len(facts.income):
        return "收入增加不是因为新就业，不适用渐退期。"
    without = standing(worksheet(msgspec.structs.replace(facts, income=earned), params, sheet.day), params)
    if without is None or not without.eligible:
        return "不算新就业的工资，人均收入也不低于低保标准，不适用渐退期。"
    return ""


class GraceSchedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`months` are first days of the months paid; `ends_on` is the first day without benefit. Yuan."""

    months: tuple[date, ...]
    monthly: Decimal
    total: Decimal
    ends_on: date


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of a shorter month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = 31 if month == 11 else (date(year, month + 2, 1) - date(year, month + 1, 1)).days
    return date(year, month + 1, min(day.day, last))


def grace_schedule(
    decided_on: date, frozen_amount: Decimal, rule: GraceRule, months: int | None = None
) -> GraceSchedule:
    """From the month after the decision, the frozen amount times the district's percentage. `months`: fewer than the rule's.

    Raises Refused beyond what the rule allows.
    """
    count = rule.months if months is None else months
    if not 1 <= count <= rule.months:
        text = f"渐退期可以定 1 到 {rule.months} 个月，您填的是 {count} 个月。"
        raise Refused(text, source="57号 33；83号 一（三）")
    first = add_months(decided_on.replace(day=1), 1)
    monthly = fen(Fraction(frozen_amount) * rule.percent / 100)
    paid = tuple(add_months(first, k) for k in range(count))
    return GraceSchedule(paid, monthly, monthly * count, add_months(first, count))


def explain(schedule: GraceSchedule) -> str:
    """One sentence for the notice."""
    first, last = schedule.months[0], schedule.months[-1]
    return (
        f"渐退期从 {first.year} 年 {first.month} 月到 {last.year} 年 {last.month} 月，共 {len(schedule.months)} 个月，"
        f"每月 {say_yuan(schedule.monthly)} 元，合计 {say_yuan(schedule.total)} 元；"
        f"{schedule.ends_on.year} 年 {schedule.ends_on.month} 月 {schedule.ends_on.day} 日起停发。"
    )


def without_share_of(
    entitlement: Entitlement, decision: Decision, refusing: frozenset[object]
) -> Entitlement:
    """The amount without the shares of those who three times refused suitable work (57号 34); others keep theirs."""
    kept = [s.amount for s in decision.shares if s.person_id not in refusing]
    return Entitlement(entitlement.category, sum(kept, Decimal("0.00")), len(kept))
