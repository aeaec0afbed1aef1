"""No query without a valid signed authorisation on the case file (57号 10; SAL 41, 70(6)), nor after it was withdrawn (PIPL 15).

Each person signs for themself; for minors and the incapable their guardian signs; a legal supporter outside the household only by own consent.
Pure: what is signed comes from the case file, the answer says who may be asked about and why the others may not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from core.sdk.verification import Source

ADULT = 18
VALID_YEARS = 1
"""An authorisation is good for the case and its reviews within a year; then it is signed anew."""


@dataclass(frozen=True, slots=True)
class Consent:
    """One signature. `sources` are the data classes signed for; `None` is all of them. `supporter`: not a member.

    `taken_back`: the day it was withdrawn; only what is signed from that day on takes its place.
    """

    person_id: UUID
    signed_on: date
    guardian: str = ""
    supporter: bool = False
    sources: frozenset[Source] | None = None
    incapable: bool = False
    taken_back: date | None = None


@dataclass(frozen=True, slots=True)
class Person:
    person_id: UUID
    name: str
    birth_date: date
    supporter: bool = False


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """Why this person is not asked about."""

    person_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class Permission:
    """`may` maps each person to the sources that may be asked; everybody else is in `refused`, with the reason.

    `until` is the last day each of the signatures is good for: after it they are signed anew.
    """

    number: str
    may: Mapping[UUID, frozenset[Source]]
    refused: Sequence[NotAllowed]
    until: Mapping[UUID, date]


def permitted(number: str, people: Sequence[Person], consents: Iterable[Consent], today: date) -> Permission:
    """Who may be asked about on `today` under the authorisation `number`; without a number nobody."""
    signed = newest(consents)
    may: dict[UUID, frozenset[Source]] = {}
    refused: list[NotAllowed] = []
    for person in people:
        reason = _why_not(number, person, signed.get(person.person_id), today)
        if reason:
            refused.append(NotAllowed(person.person_id, reason))
        else:
            given = signed[person.person_id].sources
            may[person.person_id] = frozenset(Source) if given is None else given
    until = {p.person_id: lapses(signed[p.person_id], p) for p in people if p.person_id in may}
    return Permission(number, may, tuple(refused), until)


def newest(consents: Iterable[Consent]) -> dict[UUID, Consent]:
    """By person: a later signature takes the place of an earlier one."""
    signed: dict[UUID, Consent] = {}
    for consent in consents:
        known = signed.get(consent.person_id)
        if known is None or (known.taken_back or known.signed_on) <= consent.signed_on:
            signed[consent.person_id] = consent
    return signed


def expires(consent: Consent) -> date:
    """The last day of a signature's year."""
    return _years_on(consent.signed_on, VALID_YEARS)


def lapses(consent: Consent, person: Person) -> date:
    """The last day a signature may be used: a guardian signs for a minor until they come of age (Civil Code 17, 27)."""
    if consent.incapable or not by_guardian(consent, person):
        return expires(consent)
    return min(expires(consent), _years_on(person.birth_date, ADULT) - timedelta(days=1))


def by_guardian(consent: Consent, person: Person) -> bool:
    """Whether it took a guardian: for the incapable, and for who was a minor on the day."""
    return consent.incapable or is_minor(person.birth_date, consent.signed_on)


def is_minor(born: date, on: date) -> bool:
    return _age(born, on) < ADULT


def _years_on(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 2, 28)


def _why_not(number: str, person: Person, consent: Consent | None, today: date) -> str:
    if not number.strip():
        return "没有核对授权书编号"
    if consent is None:
        return "不同意核对，不查询" if person.supporter else "没有签核对授权书"
    if person.supporter and not consent.supporter:
        return "赡养人要本人单独同意"
    if consent.taken_back is not None:
        return f"已于 {consent.taken_back} 撤回核对授权，不再查询"
    return _not_good(consent, person, today)


def _not_good(consent: Consent, person: Person, today: date) -> str:
    if consent.signed_on > today:
        return "授权书的签署日期在今天之后"
    if expires(consent) < today:
        return f"授权书已于 {expires(consent)} 过期，请重新签署"
    if lapses(consent, person) < today:
        return "已满18岁，监护人签的不再有效，请本人重新签署"
    if is_minor(person.birth_date, consent.signed_on) and not consent.guardian.strip():
        return "未满18岁，要由监护人签署"
    if consent.incapable and not consent.guardian.strip():
        return "无民事行为能力或限制民事行为能力，要由监护人签署"
    return ""


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
