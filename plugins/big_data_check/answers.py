"""From a source's answer to results per person × source, as a report says them. Pure.

Found with a record of this person   → hit, one result per record (the note says what the identity rests on)
Found without one                    → no_hit
NoData                               → no_data: a person has to write what is known otherwise
Later, Silent                        → unavailable, until the source has answered
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from core.sdk.verification import Result, SourceResult
from plugins.big_data_check.matching import Certainty, Wanted, compare
from plugins.big_data_check.sources import Answer, Found, Later, NoData, Silent
from plugins.big_data_check.store import Query


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to store of an answer: the query as it stands now, and the results it found."""

    query: Query
    hits: tuple[SourceResult, ...] = ()


def settled(query: Query, wanted: Wanted | None, answer: Answer, now: datetime, today: date) -> Outcome:
    """The query after an answer. An answer from the future is none; `wanted` None is somebody no longer asked about."""
    if isinstance(answer, Found) and answer.as_of > today:
        answer = Silent("来源写的数据截至日期在今天之后")
    if isinstance(answer, Silent):
        return Outcome(replace(query, state="due", reason=answer.reason, ticket=""))
    if isinstance(answer, Later):
        return Outcome(replace(query, state="later", reason="来源已受理，还没有答复", ticket=answer.ticket))
    origin = answer.origin
    done = replace(
        query, state="answered", answered_at=now, reason="", ticket="", channel=origin.channel.value if origin else "",
        answered_by=origin.by if origin else "", delivery_id=origin.delivery if origin else None,
    )  # fmt: skip
    if isinstance(answer, NoData):
        return Outcome(replace(done, result=Result.NO_DATA, reason=answer.reason, as_of=answer.as_of))
    hits = hits_of(query, wanted, answer) if wanted else ()
    return Outcome(replace(done, result=Result.HIT if hits else Result.NO_HIT, as_of=answer.as_of), hits)


def hits_of(query: Query, wanted: Wanted, found: Found) -> tuple[SourceResult, ...]:
    """The records that are this person's, or may be; other people's are dropped at once."""
    results: list[SourceResult] = []
    for record in found.records:
        match = compare(wanted, record.identity)
        if match.certainty is not Certainty.OTHER:
            results.append(
                SourceResult(
                    person_id=wanted.person_id,
                    source=query.source,
                    result=Result.HIT,
                    as_of=found.as_of,
                    values=dict(record.values),
                    note=match.explanation,
                )
            )
    return tuple(results)


def results_of(query: Query, hits: Sequence[SourceResult]) -> tuple[SourceResult, ...]:
    """What a report says of one query."""
    if query.result is Result.HIT:
        return tuple(hits)
    note = query.reason if query.result is Result.UNAVAILABLE else query.note
    return (SourceResult(query.person_id, query.source, query.result, query.as_of, note=note),)
