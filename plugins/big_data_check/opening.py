"""From "request_verification" on a case file to a request with one query per authorised person and source.

Who has not signed, or whose signature has run out, is never asked about: their queries say so and wait for the officer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from uuid import UUID, uuid5

from core.sdk import Situation
from core.sdk.household import Application, VerificationRequest
from core.sdk.verification import Result, Source
from plugins.big_data_check.authorisation import Permission, permitted
from plugins.big_data_check.config import BigDataConfig
from plugins.big_data_check.signatures import consents_of, people_of
from plugins.big_data_check.store import Query, Request

PURPOSE = "低保审核确认：家庭经济状况核对"
NOT_CONNECTED = "这个来源没有接入"


def permission_of(situation: Situation, today: date) -> Permission:
    """Who may be asked about today, by the signatures on the case file."""
    view = situation.view
    application = view.records.last(Application)
    number = application.authorisation if application else ""
    return permitted(number, people_of(view), consents_of(view), today)


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
    people = [p.person_id for p in people_of(situation.view)]
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
