"""From a case to the finished text: the variables' values, the phone, and a last look for personal detail. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from core.sdk import OfficeFacts, Process, Records
from core.sdk.household import (
    ChangeKind,
    EndedWithoutHearing,
    GraceDecision,
    Household,
    PostingStart,
    ReportedChange,
    ReviewCause,
    ReviewStart,
    VerificationNotice,
)
from plugins.sms_notice.notices import Because, Notice
from plugins.sms_notice.wording import Variable, Wording, initial

_MOBILE = re.compile(r"1[3-9]\d{9}")
_NO_DATE = "规定期限"
_SHORTEST_PERSONAL = 2


@dataclass(frozen=True, slots=True)
class Composed:
    """A text and where it goes; `reason` (a key of `REASONS`) says why it must not be sent, empty: send it."""

    text: str
    phone: str
    reason: str = ""


def compose(
    notice: Notice, wording: Wording, household: Household, process: Process, records: Records,
    step: str, office: OfficeFacts,
) -> Composed:  # fmt: skip
    """The notice for the household's applicant. `step` is the label of where the case went."""
    applicant = household.applicant.person
    text = wording.fill({
        Variable.NAME: initial(applicant.name),
        Variable.NUMBER: process.number,
        Variable.STEP: step,
        Variable.DEADLINE: deadline(notice.name, process, records),
        Variable.OFFICE: office.name,
        Variable.PHONE: office.phone,
    })  # fmt: skip
    phone = mobile(applicant.private.phone)
    if gives_away(text, personal_values(household), (office.name, office.phone, process.number)):
        return Composed("", phone, "personal_detail")
    if not applicant.private.phone.strip():
        return Composed(text, "", "no_phone")
    return Composed(text, phone, "" if phone else "not_mobile")


def deadline(notice: str, process: Process, records: Records) -> str:
    """The day a notice speaks of, as people read it."""
    if notice == "grace":
        decision = records.last(GraceDecision)
        return f"{decision.last_month:%Y}年{decision.last_month.month}月" if decision else _NO_DATE
    if notice == "findings":
        told = records.last(VerificationNotice)
        return _day(told.answer_by if told else None)
    if notice == "posting":
        posted = records.last(PostingStart)
        return _day(posted.ends_on if posted else None)
    return _day(process.stage_due if notice == "supplement" else process.total_due)


def because(records: Records) -> Because | None:
    """Why a household's allowance ended: without a hearing, or after the review that its moving away began."""
    ended = records.last(EndedWithoutHearing)
    if ended is not None:
        return Because(ended.way)
    told: ReportedChange | None = None
    moved = False
    for filed in records.filed:
        if isinstance(filed.record, ReportedChange):
            told = filed.record
        elif isinstance(filed.record, ReviewStart):
            moved = (
                filed.record.cause == ReviewCause.CHANGE
                and told is not None
                and told.what == ChangeKind.MOVED
            )
            told = None
    return Because.MOVED if moved else None


def mobile(phone: str) -> str:
    """The bare number of a mobile phone in mainland China; empty for anything else."""
    digits = re.sub(r"[\s\-()]", "", phone).removeprefix("+86").removeprefix("0086")
    return digits if _MOBILE.fullmatch(digits) else ""


def personal_values(household: Household) -> frozenset[str]:
    """What must never stand in a message: full names, ID numbers, phones, address, bank account."""
    found = {household.private.address, household.private.bank_account}
    for member in household.members:
        private = member.person.private
        found |= {member.person.name, private.id_number, private.phone, mobile(private.phone)}
    return frozenset(value.strip() for value in found if len(value.strip()) >= _SHORTEST_PERSONAL)


def gives_away(text: str, personal: Iterable[str], official: Iterable[str] = ()) -> bool:
    """Whether a text holds any of the personal values outside of what the office says of itself."""
    for own in sorted(filter(None, official), key=len, reverse=True):
        text = text.replace(own, "\0")
    return any(value in text for value in personal)


def _day(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else _NO_DATE
