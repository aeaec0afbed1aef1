"""Somebody withdraws the authorisation they signed: the form, the record, and what the step does (PIPL 15). Pure.

At home on the phone everybody for themself, a guardian for whom they signed; by a paper for anybody who signed, supporters too.
From then on nobody asks about them; what was learnt before stays valid, and nothing ends by itself.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from core.sdk import Blocked, FieldError, Invalid, Outcome, View
from core.sdk.household import Form, Papers, SignatureTakenBack, case_subject
from plugins.big_data_check.authorisation import Person, by_guardian, is_minor, newest
from plugins.big_data_check.signatures import consents_of, people_of, signatures_of

TAKE_BACK = "withdraw_authorisation"
CONSEQUENCE = (
    "从现在起不再查这个人的情况，以前查到的仍然有效。没核完的申请会办不下去；正在领的钱照发，工作人员会来了解情况，"
    "不会自动停发。改变主意的，要重新签授权书。"
)


PAPER = "请把签字的撤回书拍照上传"


class WithdrawAuthorisationForm(Form, frozen=True):
    person_id: Annotated[UUID, Meta(title="谁的授权", extra={"widget": "signatory"})]
    papers: Annotated[
        Papers, Meta(title="签字的撤回书（拍照）", description="本人来办的，请拍下签了字的撤回书；自己在手机上撤回的不用拍。未成年人、无行为能力人由签字的监护人撤回", extra={"widget": "photos"})
    ] = ()  # fmt: skip


class AuthorisationWithdrawal(SignatureTakenBack, frozen=True):
    """`guardian`: who withdrew it for them. `in_person`: by the account of that person, without a paper."""

    person_id: UUID
    guardian: str = ""
    papers: tuple[str, ...] = ()
    in_person: bool = False

    @property
    def persons(self) -> tuple[UUID, ...]:
        return (self.person_id,)


def anybody_signed(view: View) -> Blocked | None:
    if any(s.until is not None for s in signatures_of(view)):
        return None
    return Blocked("现在没有可以撤回的核对授权：没有人签过，或者都已经撤回。", "个人信息保护法 15")


def at_home(view: View) -> dict[str, str]:
    """The form starts with whoever fills it in."""
    own = view.actor.person_id
    return {"person_id": str(own)} if own in case_subject(view).household.person_ids else {}


def take_back(view: View, form: WithdrawAuthorisationForm) -> Outcome:
    person = next((p for p in people_of(view) if p.person_id == form.person_id), None)
    signed = {s.person_id for s in signatures_of(view) if s.until is not None}
    if person is None or person.person_id not in signed:
        why = "这个人没有签过核对授权书，或者已经撤回了"
        raise Invalid("这份授权撤不了", fields=(FieldError("person_id", why),))
    own = view.actor.person_id in case_subject(view).household.person_ids
    guardian = _own(view, person) if own else _by_paper(view, person, form)
    record = AuthorisationWithdrawal(person.person_id, guardian, form.papers, own)
    how = "本人在网上" if own else "按签字的撤回书"
    return Outcome(records=(record,), basis=f"{how}撤回核对授权 1 人", evidence=form.papers)


def _own(view: View, person: Person) -> str:
    """One's own, or that of whom one signed for; the guardian's name then."""
    if person.person_id == view.actor.person_id and not _needs_guardian(view, person):
        return ""
    names = {m.person.id: m.person.name for m in case_subject(view).household.members}
    name = names[view.actor.person_id] if view.actor.person_id else ""
    if (
        _needs_guardian(view, person)
        and person.person_id != view.actor.person_id
        and name == _signed_by(view, person)
    ):
        return name
    why = f"您只能撤回自己的授权，或者您当监护人代签的。{person.name}要撤回的，请本人（或监护人）自己办，或把签字的撤回书交给村委会、乡镇民政办"
    raise Invalid("这份授权不能由您撤回", fields=(FieldError("person_id", why),))


def _by_paper(view: View, person: Person, form: WithdrawAuthorisationForm) -> str:
    """Who signed for somebody who cannot sign withdraws for them as well; the paper shows it."""
    if not form.papers:
        raise Invalid("撤回授权还要补一下", fields=(FieldError("papers", PAPER),))
    return _signed_by(view, person) if _needs_guardian(view, person) else ""


def _needs_guardian(view: View, person: Person) -> bool:
    """Whom a guardian signed for, as long as they need one: who came of age decides alone."""
    consent = newest(consents_of(view))[person.person_id]
    return consent.incapable or (by_guardian(consent, person) and is_minor(person.birth_date, view.today))


def _signed_by(view: View, person: Person) -> str:
    return newest(consents_of(view))[person.person_id].guardian.strip()
