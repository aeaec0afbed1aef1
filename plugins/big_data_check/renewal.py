"""Authorisations signed anew, and the reminder that they run out: forms, records and what the two steps do. Pure.

A signature is good for a year, a guardian's for a minor until they come of age; then it is given again on a new paper.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from core.sdk import FieldError, Invalid, Outcome, Record, View, local_date
from core.sdk.household import Application, Form, Papers, SignedSince, case_subject, taken_back
from plugins.big_data_check.authorisation import is_minor

RENEW, REMIND = "renew_authorisation", "remind_authorisation"


class Renewed(Form, frozen=True):
    person_id: Annotated[UUID, Meta(title="谁签的", extra={"widget": "signatory"})]
    signed_on: Annotated[date, Meta(title="签署日期")]
    guardian: Annotated[str, Meta(title="监护人（未成年人、无行为能力人由监护人签）", max_length=50)] = ""
    incapable: Annotated[bool, Meta(title="无民事行为能力或限制民事行为能力")] = False


class RenewForm(Form, frozen=True):
    authorisations: Annotated[tuple[Renewed, ...], Meta(title="重新签署的人", min_length=1, max_length=30)]
    papers: Annotated[Papers, Meta(title="签字的授权书", min_length=1, extra={"widget": "photos"})]


class AuthorisationRenewal(SignedSince, frozen=True):
    """Signatures of members, also of who joined since, and of supporters who signed before; the newest of each holds."""

    authorisations: tuple[Renewed, ...]
    papers: tuple[str, ...]

    @property
    def persons(self) -> tuple[UUID, ...]:
        return tuple(one.person_id for one in self.authorisations)


class RemindForm(Form, frozen=True):
    """`lapses_on`: the last day of the signature that runs out first, whether it is still to come or gone."""

    lapses_on: Annotated[date, Meta(title="最早一份授权的有效期")]


class AuthorisationReminder(Record, frozen=True):
    """The household was told that somebody's authorisation runs out, or has."""

    lapses_on: date


def renew(view: View, form: RenewForm) -> Outcome:
    application = view.records.last(Application)
    members = {m.person.id: m.person.private.birth_date for m in case_subject(view).household.members}
    errors, gone = [], taken_back(view)
    if application is None:
        raise Invalid(
            "现在不用重新签授权书",
            fields=(FieldError("authorisations", "还没有提交申请：授权书随申请一起签署"),),
        )
    for n, one in enumerate(form.authorisations):
        born, at = members.get(one.person_id), f"authorisations.{n}"
        if born is None and one.person_id not in application.supporters:
            errors.append(FieldError(f"{at}.person_id", "这个人不是本户成员，也不是签过授权的赡养人"))
        if one.signed_on > view.today:
            errors.append(FieldError(f"{at}.signed_on", "签署日期不能晚于今天"))
        if (withdrawn := gone.get(one.person_id)) and one.signed_on < local_date(withdrawn.at):
            day = local_date(withdrawn.at)
            errors.append(
                FieldError(f"{at}.signed_on", f"这个人 {day} 撤回了授权，以前签的不算，要那天以后新签的")
            )
        minor = born is not None and is_minor(born, one.signed_on)
        if (one.incapable or minor) and not one.guardian.strip():
            why = "未满18岁，请填写签字的监护人" if minor else "请填写签字的监护人"
            errors.append(FieldError(f"{at}.guardian", why))
    if errors:
        raise Invalid("授权书还要改一下", fields=tuple(errors))
    return Outcome(
        records=(AuthorisationRenewal(form.authorisations, form.papers),),
        basis=f"重新签署核对授权书 {len(form.authorisations)} 人",
        evidence=form.papers,
    )


def remind(_: View, form: RemindForm) -> Outcome:
    return Outcome(
        records=(AuthorisationReminder(form.lapses_on),),
        basis=f"提醒重新签署核对授权（最早一份有效至 {form.lapses_on}）",
    )
