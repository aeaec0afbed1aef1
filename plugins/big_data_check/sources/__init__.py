"""How a registry is asked: one question per person and source, and one of four answers. A vendor writes one class:

    class TaxBureau:
        async def ask(self, question: Question) -> Answer:
            found = await self.look_up(question.wanted.id_number)
            return Found(as_of=found.day, records=[record_of(question.source, row) for row in found.rows])

`Found` without records says "no record"; what cannot be read or does not come is `Silent`, never `Found`. Raising counts
as `Silent` too. The same question may be asked again: `question.id` stays the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from core.sdk.verification import Source
from plugins.big_data_check.matching import Identity, RegistryRecord, Wanted
from plugins.big_data_check.vocabulary import FIELDS, IDENTITY, CellProblem, normalise


@dataclass(frozen=True, slots=True)
class Question:
    """One person at one source, with the case and the purpose it is asked for (SAL 70(6)).

    `ticket` is what an earlier `Later` gave: then the answer is fetched, not asked for again.
    """

    id: UUID
    source: Source
    wanted: Wanted
    case_number: str
    authorisation: str
    purpose: str
    ticket: str = ""


class Channel(StrEnum):
    """The way a source is reached."""

    PLATFORM = "platform"
    FILES = "files"
    REFERENCE = "reference"
    VENDOR = "vendor"

    @property
    def label(self) -> str:
        return _CHANNELS[self]


_CHANNELS = {
    Channel.PLATFORM: "省级平台", Channel.FILES: "批量文件", Channel.REFERENCE: "比对库", Channel.VENDOR: "专用接口",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Origin:
    """Who answered: the sender, view, class or host behind a channel, and the delivery it was looked up in."""

    channel: Channel
    by: str = ""
    delivery: UUID | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The source answered: every record it has under this ID number, or under the name without a readable number."""

    as_of: date
    records: Sequence[RegistryRecord] = ()
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class NoData:
    """The source holds nothing for this area or person: not the same as no record."""

    reason: str
    as_of: date | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """Taken; the answer is fetched under `ticket`."""

    ticket: str


@dataclass(frozen=True, slots=True)
class Silent:
    """No answer that can be used. `reason` is for the officer: no personal data, no secrets."""

    reason: str


Answer = Found | NoData | Later | Silent


class SourceClient(Protocol):
    """One way to ask. Made per asking and used for many questions at once."""

    async def ask(self, question: Question) -> Answer: ...


class Traced:
    """`client`, whose answers say who gave them."""

    def __init__(self, client: SourceClient, origin: Origin) -> None:
        self._client = client
        self._origin = origin

    async def ask(self, question: Question) -> Answer:
        answer = await self._client.ask(question)
        return replace(answer, origin=self._origin) if isinstance(answer, Found | NoData) else answer


class Unreadable(ValueError):
    """A record does not follow the vocabulary; the text names the columns, not what stands in them."""


def identity_of(raw: Mapping[str, Any]) -> Identity:
    """Whom a record says it is about. Raises Unreadable."""
    who, wrong = normalise(IDENTITY, raw)
    _demand(wrong)
    born = who.get("birth_date")
    return Identity(
        who["name"],
        who.get("id_number", ""),
        date.fromisoformat(born) if born else None,
        who.get("area_code", ""),
    )


def record_of(source: Source, raw: Mapping[str, Any]) -> RegistryRecord:
    """A record as a registry sends it: identity fields and `values`, by key. Raises Unreadable."""
    sent = raw.get("values")
    if not isinstance(sent, Mapping):
        raise Unreadable("缺少 values")
    values, wrong_values = normalise(FIELDS[source], sent)
    _demand((*normalise(IDENTITY, raw)[1], *wrong_values))
    return RegistryRecord(identity_of(raw), values)


def _demand(wrong: Sequence[CellProblem]) -> None:
    if wrong:
        raise Unreadable("；".join(f"{p.column}{p.message}" for p in wrong[:5]))
