"""Support owed by relatives outside the household: decided amounts first, else the formula, never without consent (SAL 41)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from core.rules.facts import HouseholdFacts, LegalSupporter, MemberFacts
from core.rules.lines import Flag, Line, Missing, line
from core.rules.parameters import ParameterSet
from core.rules.values import say, say_percent

LAW = "57号 13（四）；社会救助法 41"


def support_lines(facts: HouseholdFacts, params: ParameterSet) -> Iterator[Line]:
    """One line per supporter and supported member (domain §3: count the shares of this household's members)."""
    for supporter in facts.supporters:
        supported = _supported(facts, supporter)
        if supporter.decided_amount is not None:
            yield from _decided(supporter, supporter.decided_amount, supported)
        elif params.support is not None and supporter.consent and supporter.household_per_capita is not None:
            for member in supported:
                yield _by_formula(supporter, member, supporter.household_per_capita, params)


def support_missing(facts: HouseholdFacts, params: ParameterSet) -> Iterator[Missing]:
    """What the formula needs and nobody has asked yet: a consenting supporter's income, the number of children."""
    if params.support is None:
        return
    for k, s in enumerate(facts.supporters):
        if s.decided_amount is not None or not s.consent:
            continue
        if s.household_per_capita is None:
            text = f"{s.relation}{s.name}已同意核对，还没有家庭人均年收入，请核对后补上。"
            yield Missing(f"supporters.{k}.household_per_capita", text)
        for m in _supported(facts, s):
            if m.children is None:
                text = f"请补上{m.name}的子女人数：赡养费的比例要看一共有几个子女。"
                yield Missing(f"members.{facts.members.index(m)}.children", text)


def support_flags(facts: HouseholdFacts) -> Iterator[Flag]:
    for s in facts.supporters:
        if s.decided_amount is None and not s.consent:
            text = f"{s.relation}{s.name}没有同意核对，赡养能力未核实，不推算赡养费。"
            yield Flag("supporter_unverified", text, "社会救助法 41")


def _supported(facts: HouseholdFacts, supporter: LegalSupporter) -> tuple[MemberFacts, ...]:
    return tuple(m for m in facts.counted if m.person_id in supporter.supports)


def _decided(
    supporter: LegalSupporter, amount: Decimal, supported: tuple[MemberFacts, ...]
) -> Iterator[Line]:
    if not supported:
        return
    names = "、".join(m.name for m in supported)
    formula = f"{supporter.decided_basis or '判决、调解或协议'}：{say(amount)}"
    label = f"{supporter.relation}{supporter.name}给{names}的赡养费"
    yield line("support_decided", label, formula, Fraction(amount), provenance=supporter.provenance, law=LAW)


def _by_formula(
    supporter: LegalSupporter, member: MemberFacts, per_capita: Decimal, params: ParameterSet
) -> Line:
    assert params.support is not None
    rate = params.support.rate(member.children or 0)
    over = Fraction(per_capita) - Fraction(params.standard)
    value = max(over, Fraction(0)) * Fraction(rate) / supporter.persons_supported
    formula = f"（{say(per_capita)} − {say(params.standard)}）× {say_percent(rate)} ÷ {supporter.persons_supported} 人"
    if over <= 0:
        formula += "，不超过标准，按 0 计"
    label = f"{supporter.relation}{supporter.name}应给{member.name}的赡养费"
    return line(
        "support",
        label,
        formula,
        value,
        person_id=member.person_id,
        provenance=supporter.provenance,
        law=LAW,
    )
