"""The home visit: two investigators or more, what they found, photographs, both sides' signatures (57号 16).

What they found is compared with what was declared and archived; the visited facts are what is assessed.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from core.kernel.stage import Blocked, Outcome, Record, View
from core.problems import FieldError, Invalid
from core.rules.facts import HouseholdFacts
from core.rules.facts_checks import demand_sound, found_at_visit
from core.rules.provenance import Provenance, Source
from core.stages.context import case_subject
from core.stages.fields import Account, Form, Notes, Papers, Photos


class Difference(Form, frozen=True):
    """A field on which declared, archived and visited disagree, with why the visited value stands."""

    field: Annotated[str, Meta(title="项目", min_length=1, max_length=60)]
    declared: Annotated[str, Meta(title="申报", max_length=200)] = ""
    archived: Annotated[str, Meta(title="档案", max_length=200)] = ""
    visited: Annotated[str, Meta(title="入户所见", max_length=200)] = ""
    reason: Annotated[str, Meta(title="处理意见", max_length=500)] = ""


class VisitForm(Form, frozen=True):
    second_investigator: Annotated[
        Account,
        Meta(
            title="另一名调查人",
            description="每组调查人员不得少于 2 人（57号 16）",
            extra={"office": "may:record_visit"},
        ),
    ]
    interviewee: Annotated[str, Meta(title="在场家庭成员", min_length=2, max_length=50)]
    facts: Annotated[HouseholdFacts, Meta(title="入户核实的家庭情况")]
    photos: Annotated[Photos, Meta(title="入户照片", min_length=1, extra={"widget": "photos"})]
    signatures: Annotated[Papers, Meta(title="双方签字的调查表", min_length=1, extra={"widget": "photos"})]
    differences: Annotated[tuple[Difference, ...], Meta(title="与档案、申报不一致之处", max_length=100)] = ()
    notes: Notes = ""


class HomeVisit(Record, frozen=True):
    """`facts` are what the investigators found; they, not the application, are what is assessed."""

    second_investigator: UUID
    interviewee: str
    facts: HouseholdFacts
    photos: tuple[str, ...]
    signatures: tuple[str, ...]
    differences: tuple[Difference, ...] = ()
    notes: str = ""


def record_visit(view: View, form: VisitForm) -> Outcome:
    if form.second_investigator == view.actor.account_id:
        raise Invalid(
            "入户调查须两人以上",
            fields=(FieldError("second_investigator", "请选择另一名调查人，不能是您本人（57号 16）"),),
        )
    _same_members(view, form.facts)
    demand_sound(form.facts, view.today)
    facts = found_at_visit(form.facts, Provenance(Source.VISITED, view.today, view.actor.name))
    visit = HomeVisit(
        form.second_investigator, form.interviewee, facts, form.photos, form.signatures, form.differences,
        form.notes,
    )  # fmt: skip
    return Outcome(
        records=(visit,), basis="两人入户调查，双方签字", evidence=(*form.photos, *form.signatures),
        co_actors=(form.second_investigator,),
    )  # fmt: skip


def _same_members(view: View, facts: HouseholdFacts) -> None:
    """The visited facts are about this household's members, all of them and nobody else."""
    household = case_subject(view).household
    known = {str(p) for p in household.person_ids}
    errors = []
    for member in household.members:
        if str(member.person.id) not in {str(m.person_id) for m in facts.members}:
            errors.append(FieldError("facts.members", f"缺少家庭成员 {member.person.name} 的情况"))
    for n, fact in enumerate(facts.members):
        if str(fact.person_id) not in known:
            errors.append(FieldError(f"facts.members.{n}.person_id", "这个人不是本户成员，请先变更家庭成员"))
    if errors:
        raise Invalid("家庭成员与登记的不一致", fields=tuple(errors))


def visited(view: View) -> Blocked | None:
    if view.records.last(HomeVisit):
        return None
    return Blocked("还没有入户调查记录。", "57号 16", "请由两名调查人入户，在“记录入户调查”填写")
