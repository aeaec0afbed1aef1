"""From "request_verification" on a case file to a request with one query per authorised person and source.

Who has not signed, or whose signature has run out, is never asked about: their queries say so and wait for the officer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from uuid import UUID, uuid5

from core.sdk import Situation
from core.sdk.household import Application, VerificationRequest, case_subject
from core.sdk.verification import Result, Source, parse
from plugins.big_data_check.authorisation import Consent, Permission, Person, permitted
from plugins.big_data_check.config import BigDataConfig
from plugins.big_data_check.stages import AuthorisationRenewal
from plugins.big_data_check.store import Query, Request

PURPOSE = "低保审核确认：家庭经济状况核对"
NOT_CONNECTED = "这个来源没有接入"


def people_of(situation: Situation) -> tuple[Person, ...]:
    """Whom a case is about: the household's members, then legal supporters who signed for themselves."""
    household = case_subject(situation.view).household
    members = [Person(m.person.id, m.person.name, m.person.private.birth_date) for m in household.members]
    application = situation.view.records.last(Application)
    signed = application.supporters if application else {}
    supporters = [
        Person(person, s.name, parse(s.id_number).birth_date, supporter=True) for person, s in signed.items()
    ]
    return (*members, *supporters)


def permission_of(situation: Situation, today: date) -> Permission:
    """Who may be asked about today, by the signatures on the case file."""
    application = situation.view.records.last(Application)
    people = people_of(situation)
    if application is None:
        return permitted("", people, (), today)
    consents = [
        Consent(a.person_id, a.signed_on, a.guardian, sources=_named(a.sources), incapable=a.incapable)
        for a in application.authorisations
    ]
    sources = {c.person_id: c.sources for c in consents}
    consents += [
        Consent(person, s.signed_on, supporter=True, sources=_named(s.sources))
        for person, s in application.supporters.items()
    ]
    for renewal in situation.view.records.all(AuthorisationRenewal):
        consents += [
            Consent(
                a.person_id, a.signed_on, a.guardian, sources=sources.get(a.person_id), incapable=a.incapable
            )
            for a in renewal.authorisations
        ]
    return permitted(application.authorisation, people, consents, today)


def _named(sources: Sequence[Source]) -> frozenset[Source] | None:
    """The data classes signed for; none named is all."""
    return frozenset(sources) or None


def request_at(situation: Situation, seq: int) -> VerificationRequest | None:
    """What the journal row asked for; None when it filed no request."""
    filed = next((f for f in situation.view.records.filed if f.seq == seq), None)
    return filed.record if filed and isinstance(filed.record, VerificationRequest) else None


def opened(
    situation: Situation,
    asked: VerificationRequest,
    seq: int,
    number: int,
    config: BigDataConfig,
    now: datetime,
) -> tuple[Request, tuple[Query, ...]]:
    """The request and its queries, ids derived from the journal row, so that a repeated event makes nothing new."""
    process = situation.view.process
    request = Request(
        id=uuid5(process.id, f"verification {seq}"), process_id=process.id, seq=seq, number=number,
        case_number=process.number, title=process.title, area_code=process.area_code,
        authorisation=asked.authorisation, purpose=PURPOSE, asked_at=now,
    )  # fmt: skip
    permission = permission_of(situation, situation.view.today)
    people = [p.person_id for p in people_of(situation)]
    return request, tuple(_queries(request, people, asked.persons, permission, config, now))


def _queries(
    request: Request, people: Sequence[UUID], persons: Sequence[UUID], permission: Permission, config: BigDataConfig,
    now: datetime,
) -> Iterator[Query]:  # fmt: skip
    refused = {r.person_id: r.reason for r in permission.refused}
    place = 0
    for person in people:
        why = refused.get(person, "" if person in persons else "没有列入这次核对")
        for source in Source:
            place += 1
            yield _query(
                request, person, source, place, why, config, now, permission.may.get(person, frozenset())
            )


def _query(
    request: Request, person: UUID, source: Source, place: int, why: str, config: BigDataConfig, now: datetime,
    allowed: frozenset[Source],
) -> Query:  # fmt: skip
    query_id = uuid5(request.id, f"{person} {source.value}")
    reason = why or ("" if source in allowed else "授权书没有包括这个来源")
    note = ""
    if not reason and not is_connected(source, config):
        reason, note = NOT_CONNECTED, config.not_connected.get(source.value, "")
    if not reason:
        return Query(query_id, request.id, person, source, place)
    return Query(
        query_id, request.id, person, source, place, "answered", Result.NO_DATA, reason=reason, note=note,
        answered_at=now,
    )  # fmt: skip


def is_connected(source: Source, config: BigDataConfig) -> bool:
    return (
        source in config.http_sources
        or source in config.file_sources
        or source.value in config.vendor_sources
        or source.value in config.reference_sources
    )
