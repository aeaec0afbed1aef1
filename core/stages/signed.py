"""Who has signed an authorisation to verify on a case, and who has taken theirs back (57号 10; PIPL 15). Pure.

signed with the application, or since ──▶ taken back ──▶ signed anew        what comes later on the file holds

Whoever took theirs back is asked about no more; what was learnt before stays valid, and nothing ends by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from core.kernel.stage import Blocked, Filed, Record, View
from core.rules.facts import HouseholdFacts
from core.stages.application import Application
from core.stages.context import case_subject
from core.stages.findings import VerificationReport, unanswered


class SignedSince(Record, frozen=True):
    """Base of what puts on file that people signed after the application: anew, or for the first time."""

    @property
    def persons(self) -> tuple[UUID, ...]:
        raise NotImplementedError


class SignatureTakenBack(Record, frozen=True):
    """Base of what puts on file that people withdrew the authorisation they had signed (PIPL 15)."""

    @property
    def persons(self) -> tuple[UUID, ...]:
        raise NotImplementedError


def signed_persons(view: View) -> tuple[UUID, ...]:
    """Whoever ever signed an authorisation on this case, with the application or since; none before there is one (57号 10)."""
    application = view.records.last(Application)
    if application is None:
        return ()
    since = (person for record in view.records.all(SignedSince) for person in record.persons)
    return tuple(dict.fromkeys((*application.authorised_persons, *since)))


def taken_back(view: View) -> dict[UUID, Filed]:
    """Whose withdrawal stands, each with what was filed of it: they have not signed anew since."""
    found: dict[UUID, Filed] = {}
    for filed in view.records.filed:
        record = filed.record
        if isinstance(record, SignatureTakenBack):
            found |= dict.fromkeys(record.persons, filed)
        elif isinstance(record, SignedSince):
            found = {person: one for person, one in found.items() if person not in record.persons}
    return found


def members_taken_back(view: View) -> dict[UUID, Filed]:
    """The same, of the household's members alone: a legal supporter outside it holds up nothing."""
    members = case_subject(view).household.person_ids
    return {person: filed for person, filed in taken_back(view).items() if person in members}


def names_taken_back(view: View) -> str:
    """Members whose withdrawal stands, for a sentence."""
    gone = members_taken_back(view)
    return "、".join(m.person.name for m in case_subject(view).household.members if m.person.id in gone)


def not_to_be_verified(view: View) -> Blocked | None:
    """A member took theirs back before verification was complete: what is missing cannot be asked for any more."""
    gone = members_taken_back(view)
    if not gone or _complete_before(view.records.filed, min(filed.seq for filed in gone.values())):
        return None
    return Blocked(
        f"{names_taken_back(view)}撤回了核对授权，没有核完的不能再查，这份申请现在核不了。",
        "个人信息保护法 15",
        "请问清缘由：愿意核对的重新签授权书，再提请核对；坚持不签的，由审核人书面告知后按规定处理。撤回不会自动终止任何事",
    )


def _complete_before(filed: Sequence[Filed], seq: int) -> bool:
    reports = [f.record.report for f in filed if f.seq < seq and isinstance(f.record, VerificationReport)]
    return bool(reports) and not unanswered(reports[-1])


def without_taken_back(view: View, facts: HouseholdFacts) -> HouseholdFacts:
    """A supporter who withdrew counts as one who never agreed: unverified, nothing imputed (SAL 41)."""
    gone = taken_back(view)
    application = view.records.last(Application)
    signed = application.supporters if application else {}
    names = {signed[person].name for person in gone if person in signed}
    return msgspec.structs.replace(
        facts,
        supporters=tuple(
            msgspec.structs.replace(s, consent=False, household_per_capita=None)
            if s.consent and (s.person_id in gone or s.name in names)
            else s
            for s in facts.supporters
        ),
    )
