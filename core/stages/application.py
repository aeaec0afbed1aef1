"""The household's own application: what it declares, the integrity pledge, and the authorisation to verify.

    draft --save_draft--> draft --submit--> submitted

Asked for is only what the office cannot look up (SAL 62). A draft is kept as typed, however incomplete.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta

from core.kernel.stage import Action, Outcome, Record, StageType, View
from core.problems import FieldError, Invalid
from core.rules.facts import HouseholdFacts
from core.rules.facts_checks import demand_sound
from core.stages.context import case_subject
from core.stages.fields import Form, Papers

ADULT = 18


class DraftForm(Form, frozen=True):
    """Everything optional: half a draft is better than a lost one. `content` is the submit form as typed so far."""

    content: Annotated[dict[str, Any], Meta(title="已填写的内容")] = {}


class Authorisation(Form, frozen=True):
    """One member's signed consent to verification; for minors and the incapable their guardian signs (57号 10)."""

    person_id: Annotated[UUID, Meta(title="成员", extra={"widget": "member"})]
    signed_on: Annotated[date, Meta(title="签署日期")]
    guardian: Annotated[str, Meta(title="监护人（未成年人、无行为能力人由监护人签）", max_length=50)] = ""


class SubmitForm(Form, frozen=True):
    facts: Annotated[HouseholdFacts, Meta(title="家庭情况")]
    pledge: Annotated[
        bool, Meta(title="我承诺所填属实", description="家庭诚信承诺书：如有隐瞒，愿意退回已领的钱款")
    ]
    authorisations: Annotated[tuple[Authorisation, ...], Meta(title="核对授权", min_length=1, max_length=30)]
    reason: Annotated[
        str, Meta(title="申请理由", description="家里有什么困难", min_length=2, max_length=1000,
                  extra={"widget": "textarea"})
    ]  # fmt: skip
    papers: Papers = ()


class Draft(Record, frozen=True):
    content: dict[str, Any] = {}


class Application(Record, frozen=True):
    """What the household declared and signed. `authorisation` is the number its queries will carry."""

    facts: HouseholdFacts
    authorisation: str
    authorisations: tuple[Authorisation, ...]
    reason: str
    papers: tuple[str, ...] = ()
    existing: bool = False

    @property
    def authorised_persons(self) -> tuple[UUID, ...]:
        return tuple(a.person_id for a in self.authorisations)


def save_draft(_: View, form: DraftForm) -> Outcome:
    return Outcome(records=(Draft(form.content),), basis="保存草稿")


def submit(view: View, form: SubmitForm) -> Outcome:
    errors = [*_pledged(form), *_authorised(view, form)]
    if errors:
        raise Invalid("还有几处需要补填", fields=tuple(errors))
    demand_sound(form.facts, view.today)
    application = Application(
        form.facts, f"SQ-{view.process.number}", form.authorisations, form.reason, form.papers
    )
    return Outcome("submitted", (application,), basis="自愿申请，已签承诺和核对授权", evidence=form.papers)


def _pledged(form: SubmitForm) -> list[FieldError]:
    if form.pledge:
        return []
    return [FieldError("pledge", "请阅读诚信承诺书，同意后打勾")]


def _authorised(view: View, form: SubmitForm) -> list[FieldError]:
    household = case_subject(view).household
    signed = {a.person_id: (n, a) for n, a in enumerate(form.authorisations)}
    errors = []
    for member in household.members:
        person = member.person
        if person.id not in signed:
            errors.append(FieldError("authorisations", f"{person.name}还没有签核对授权书"))
            continue
        n, given = signed[person.id]
        if _age(person.private.birth_date, view.today) < ADULT and not given.guardian.strip():
            errors.append(
                FieldError(f"authorisations.{n}.guardian", f"{person.name}未满 18 岁，请填写签字的监护人")
            )
        if given.signed_on > view.today:
            errors.append(FieldError(f"authorisations.{n}.signed_on", "签署日期不能晚于今天"))
    known = household.person_ids
    errors += [
        FieldError(f"authorisations.{n}.person_id", "这个人不是本户成员")
        for n, a in enumerate(form.authorisations)
        if a.person_id not in known
    ]
    return errors


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def draft_so_far(view: View) -> dict[str, object]:
    """What the submit form starts with: the last draft."""
    draft = view.records.last(Draft)
    return dict(draft.content) if draft else {}


APPLICATION = StageType(
    "application",
    "申请",
    (
        Action("save_draft", "保存草稿", save_draft, DraftForm, party=True),
        Action(
            "submit", "提交申请", submit, SubmitForm, ("submitted",), duty="enter", party=True, primary=True,
            consequence="申请送到乡镇审核，接着会有工作人员上门核实。", prefill=draft_so_far,
        ),
    ),
    (Draft, Application),
)  # fmt: skip
