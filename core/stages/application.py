"""The household's own application: what it declares, the integrity pledge, and the authorisation to verify.

    draft --save_draft--> draft --submit--> submitted

Asked for is only what the office cannot look up (SAL 62). A draft is kept as typed, however incomplete.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID, uuid5

import msgspec
from msgspec import Meta

from core.kernel.stage import Action, Effect, Outcome, Record, StageType, View
from core.problems import FieldError, Invalid
from core.registry.resident_id import parse
from core.registry.verification import Source
from core.rules.facts import HouseholdFacts
from core.rules.facts_checks import demand_sound
from core.rules.values import Labelled
from core.stages.context import case_subject
from core.stages.fields import Form, Hash, Papers

ADULT = 18

BY_HELPER, BY_CADRE = "by_helper", "by_cadre"
"""Marks: brought for another household with its mandate; the helper is a village cadre or an official."""


@dataclass(frozen=True, slots=True)
class IssueReceipt(Effect):
    """Whoever hands in gets a receipt whose code shows where the case stands."""


class DraftForm(Form, frozen=True):
    """Everything optional: half a draft is better than a lost one. `content` is the submit form as typed so far."""

    content: Annotated[dict[str, Any], Meta(title="已填写的内容")] = {}


Sources = Annotated[
    tuple[Source, ...], Meta(title="同意核对哪些数据（不选为全部）", max_length=12, extra={"widget": "hidden"})
]  # fmt: skip


class Authorisation(Form, frozen=True):
    """One member's signed consent to verification; for minors and the incapable their guardian signs (57号 10).

    `sources`: the data classes signed for; none named is all of them.
    """

    person_id: Annotated[UUID, Meta(title="成员", extra={"widget": "member"})]
    signed_on: Annotated[date, Meta(title="签署日期")]
    guardian: Annotated[str, Meta(title="监护人（未成年人、无行为能力人由监护人签）", max_length=50)] = ""
    incapable: Annotated[bool, Meta(title="无民事行为能力或限制民事行为能力")] = False
    sources: Sources = ()


class SupporterAuthorisation(Form, frozen=True):
    """A legal supporter outside the household, who is looked into only by their own consent (SAL 41)."""

    name: Annotated[str, Meta(title="赡养人姓名", min_length=1, max_length=60)]
    id_number: Annotated[str, Meta(title="身份证号", min_length=15, max_length=18)]
    signed_on: Annotated[date, Meta(title="本人签署日期")]
    sources: Sources = ()

    def person_id(self, case: UUID) -> UUID:
        """Whom results are about: the same within the case whenever they sign."""
        return uuid5(case, f"supporter {parse(self.id_number).number}")


class HelperKind(Labelled):
    """Who brings an application for a household; village cadres and officials are flagged for whoever reviews it."""

    RELATIVE = "relative", "亲属"
    NEIGHBOUR = "neighbour", "邻居、朋友"
    VILLAGE_CADRE = "village_cadre", "村干部"
    OFFICIAL = "official", "乡镇或区县工作人员"
    SOCIAL_WORKER = "social_worker", "社工、志愿者"


CADRES = frozenset({HelperKind.VILLAGE_CADRE, HelperKind.OFFICIAL})


class MandateForm(Form, frozen=True):
    """Whom the household has asked to apply for it (57号 9): who, what they are to it, and the paper it signed."""

    helper: Annotated[str, Meta(title="代办人姓名", min_length=2, max_length=50)]
    kind: Annotated[HelperKind, Meta(title="代办人是申请家庭的什么人")]
    relation: Annotated[
        str, Meta(title="具体关系或职务", description="例如：侄子、村会计", min_length=1, max_length=40)
    ]
    papers: Annotated[
        tuple[Hash, ...],
        Meta(title="签了字的委托书（拍照）", description="写明委托谁办什么，申请人签名或按手印", min_length=1,
             max_length=4, extra={"widget": "photos"}),
    ]  # fmt: skip


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
    supporter_authorisations: Annotated[
        tuple[SupporterAuthorisation, ...],
        Meta(title="赡养人的核对授权", description="不住在一起的赡养人，本人同意并签字的才填", max_length=20),
    ] = ()
    mandate: Annotated[
        MandateForm | None, Meta(title="委托代办", description="替别人家申请的才填，家里人自己申请的不用填")
    ] = None


class Draft(Record, frozen=True):
    content: dict[str, Any] = {}


class Mandate(msgspec.Struct, frozen=True):
    """Who handed the application in for the household. The paper it signed is among the step's evidence."""

    helper: str
    kind: HelperKind
    relation: str
    papers: tuple[str, ...]


class Application(Record, frozen=True):
    """What the household declared and signed. `authorisation` is the number its queries will carry."""

    facts: HouseholdFacts
    authorisation: str
    authorisations: tuple[Authorisation, ...]
    reason: str
    papers: tuple[str, ...] = ()
    existing: bool = False
    supporters: dict[UUID, SupporterAuthorisation] = {}
    """Legal supporters who signed, by the id results carry."""
    mandate: Mandate | None = None

    @property
    def authorised_persons(self) -> tuple[UUID, ...]:
        return (*(a.person_id for a in self.authorisations), *self.supporters)


def save_draft(_: View, form: DraftForm) -> Outcome:
    return Outcome(records=(Draft(form.content),), basis="保存草稿")


def submit(view: View, form: SubmitForm) -> Outcome:
    errors = [
        *_pledged(form),
        *_authorised(view, form),
        *_supporters_signed(view, form),
        *_mandated(view, form),
    ]
    if errors:
        raise Invalid("还有几处需要补填", fields=tuple(errors))
    demand_sound(form.facts, view.today)
    supporters = {s.person_id(view.process.id): s for s in form.supporter_authorisations}
    application = Application(
        _recognised(form.facts, supporters), f"SQ-{view.process.number}", form.authorisations, form.reason,
        form.papers, supporters=supporters, mandate=_mandate(form.mandate),
    )  # fmt: skip
    given = form.mandate.papers if form.mandate else ()
    flagged = form.mandate is not None and form.mandate.kind in CADRES
    return Outcome(
        "submitted", (application,), (IssueReceipt(),),
        add_marks=frozenset({BY_CADRE}) if flagged else frozenset(),
        basis="受委托代办，已签承诺和核对授权" if form.mandate else "自愿申请，已签承诺和核对授权",
        evidence=(*form.papers, *given),
    )  # fmt: skip


def _pledged(form: SubmitForm) -> list[FieldError]:
    if form.pledge:
        return []
    return [FieldError("pledge", "请阅读诚信承诺书，同意后打勾")]


def _mandate(form: MandateForm | None) -> Mandate | None:
    return Mandate(form.helper, form.kind, form.relation, form.papers) if form else None


def _mandated(view: View, form: SubmitForm) -> Iterable[FieldError]:
    """Somebody else's application goes with the household's signed word; nobody of it may be the helper."""
    names = {m.person.name for m in case_subject(view).household.members}
    if form.mandate is None and BY_HELPER in view.process.marks:
        yield FieldError("mandate", "替别人家申请，要写明代办人，并上传申请家庭签了字的委托书")
    elif form.mandate is not None and form.mandate.helper in names:
        yield FieldError("mandate.helper", f"{form.mandate.helper}就是这家的人，自己家申请不用填委托代办")


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
        if given.incapable and given.guardian.strip() in ("", person.name):
            errors.append(FieldError(f"authorisations.{n}.guardian", f"请填写为{person.name}签字的监护人"))
        if given.signed_on > view.today:
            errors.append(FieldError(f"authorisations.{n}.signed_on", "签署日期不能晚于今天"))
    known = household.person_ids
    errors += [
        FieldError(f"authorisations.{n}.person_id", "这个人不是本户成员")
        for n, a in enumerate(form.authorisations)
        if a.person_id not in known
    ]
    return errors


def _supporters_signed(view: View, form: SubmitForm) -> Iterable[FieldError]:
    """Each is declared as a supporter who consents, is no member, and has signed by today."""
    declared = {s.name: s for s in form.facts.supporters}
    members = {m.person.private.id_number for m in case_subject(view).household.members}
    for n, signed in enumerate(form.supporter_authorisations):
        at = f"supporter_authorisations.{n}"
        if signed.name not in declared:
            yield FieldError(f"{at}.name", f"“赡养义务人”里没有{signed.name}，请先在那里填写")
        elif not declared[signed.name].consent:
            yield FieldError(f"{at}.name", f"{signed.name}还没有勾选“本人同意核对”")
        try:
            number = parse(signed.id_number).number
        except ValueError:
            yield FieldError(f"{at}.id_number", "身份证号不对，请核对")
        else:
            if number in members:
                yield FieldError(f"{at}.id_number", "这是本户成员，请填在“核对授权”里")
        if signed.signed_on > view.today:
            yield FieldError(f"{at}.signed_on", "签署日期不能晚于今天")


def _recognised(facts: HouseholdFacts, signed: dict[UUID, SupporterAuthorisation]) -> HouseholdFacts:
    """The declared supporters with the id their results will carry."""
    ids = {s.name: person for person, s in signed.items()}
    supporters = tuple(
        msgspec.structs.replace(s, person_id=ids.get(s.name, s.person_id)) for s in facts.supporters
    )
    return msgspec.structs.replace(facts, supporters=supporters)


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
