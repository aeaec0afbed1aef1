"""Whose signatures a case file holds, until when each is good, and who has to sign next. Pure.

missing ── signed ──▶ good ── `remind_days` before its last day ──▶ soon ── that day over ──▶ lapsed
                       └── withdrawn ──▶ taken back, until signed anew
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from core.sdk import View, local_date
from core.sdk.household import Application, SignatureTakenBack, case_subject, district
from core.sdk.verification import Source, parse
from plugins.big_data_check.authorisation import (
    Consent,
    Person,
    by_guardian,
    is_minor,
    lapses,
    newest,
)
from plugins.big_data_check.config import BigDataConfig
from plugins.big_data_check.renewal import AuthorisationRenewal


@dataclass(frozen=True, slots=True)
class Signature:
    """One person of a case. `until`: the last day theirs is good for; None where there is none that ever was, or none any more.

    `guardian` is who signs for them, by name; empty where they are of age now and sign for themselves.
    """

    person_id: UUID
    until: date | None
    supporter: bool = False
    guardian: str = ""
    incapable: bool = False
    taken_back: date | None = None

    def due(self, by: date) -> bool:
        """Whether it is missing, or will have run out when the day `by` is over."""
        return self.until is None or self.until <= by


def people_of(view: View) -> tuple[Person, ...]:
    """Whom a case is about: the household's members, then legal supporters who signed for themselves."""
    household = case_subject(view).household
    members = [Person(m.person.id, m.person.name, m.person.private.birth_date) for m in household.members]
    application = view.records.last(Application)
    signed = application.supporters if application else {}
    supporters = [
        Person(person, s.name, parse(s.id_number).birth_date, supporter=True) for person, s in signed.items()
    ]
    return (*members, *supporters)


def consents_of(view: View) -> list[Consent]:
    """Every signature on the case file: those of the application, and those given anew for the same data classes; marked
    where they were taken back later.
    """
    application = view.records.last(Application)
    if application is None:
        return []
    consents = [
        Consent(a.person_id, a.signed_on, a.guardian, sources=_named(a.sources), incapable=a.incapable)
        for a in application.authorisations
    ]
    consents += [
        Consent(person, s.signed_on, supporter=True, sources=_named(s.sources))
        for person, s in application.supporters.items()
    ]
    sources = {c.person_id: c.sources for c in consents}
    for filed in view.records.filed:
        if isinstance(filed.record, AuthorisationRenewal):
            consents += [
                Consent(
                    a.person_id, a.signed_on, a.guardian, supporter=a.person_id in application.supporters,
                    sources=sources.get(a.person_id), incapable=a.incapable,
                )
                for a in filed.record.authorisations
            ]  # fmt: skip
        elif isinstance(filed.record, SignatureTakenBack):
            consents = list(_marked(consents, filed.record.persons, local_date(filed.at)))
    return consents


def _marked(consents: Iterable[Consent], persons: Sequence[UUID], day: date) -> Iterator[Consent]:
    for consent in consents:
        yield replace(consent, taken_back=day) if consent.person_id in persons else consent


def _named(sources: Sequence[Source]) -> frozenset[Source] | None:
    """The data classes signed for; none named is all."""
    return frozenset(sources) or None


def signatures_of(view: View) -> tuple[Signature, ...]:
    """Of everybody the case is about; nobody where no application has been handed in yet."""
    if view.records.last(Application) is None:
        return ()
    return signatures(people_of(view), consents_of(view), view.today)


def signatures(people: Sequence[Person], consents: Iterable[Consent], today: date) -> tuple[Signature, ...]:
    signed = newest(consents)
    return tuple(_signature(person, signed.get(person.person_id), today) for person in people)


def _signature(person: Person, consent: Consent | None, today: date) -> Signature:
    if consent is None:
        return Signature(person.person_id, None, person.supporter)
    guardian = consent.guardian.strip()
    bad = consent.signed_on > today or (by_guardian(consent, person) and not guardian)
    guarded = consent.incapable or is_minor(person.birth_date, today)
    return Signature(
        person.person_id, None if bad or consent.taken_back else lapses(consent, person), person.supporter,
        guardian if guarded else "", consent.incapable, consent.taken_back,
    )  # fmt: skip


def to_sign(view: View) -> dict[str, Any]:
    """What the renewal's form starts with: whoever's is missing, over or soon to be; else who took theirs back; else everybody."""
    every = signatures_of(view)
    found = district(view).plugin_config.get("big_data_check")
    config = found if isinstance(found, BigDataConfig) else BigDataConfig()
    by = view.today + timedelta(days=config.remind_days)
    withdrew = [s for s in every if s.taken_back]
    due = [s for s in every if s.due(by) and s not in withdrew]
    return {"authorisations": [_line(s, view.today) for s in (due or withdrew or every)]}


def _line(signature: Signature, today: date) -> dict[str, Any]:
    line: dict[str, Any] = {"person_id": str(signature.person_id), "signed_on": today.isoformat()}
    if signature.guardian:
        line |= {"guardian": signature.guardian, "incapable": signature.incapable}
    return line
