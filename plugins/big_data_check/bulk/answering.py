"""Which of the files that came speaks for whom: for a village the newest whose areas cover it, as in a single check.

A snapshot in the inbox stands beside the deliveries, no further in front than its data are newer. Whom nothing covers, who
waits for a part, or whose row was left out, is not checked at this source: never "without a record".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from core.sdk import Platform, Transaction
from core.sdk.verification import Source
from plugins.big_data_check.batch_file import Manifest
from plugins.big_data_check.deliveries import FAULTY, oldest_fresh
from plugins.big_data_check.matching import other_century, plain_name, readable_number
from plugins.big_data_check.snapshots import Inbox, Refused
from plugins.big_data_check.sources.files import Series, keys_of, series_of

NOTHING = "没有有效期内的数据，这个来源没有核对"
UNCOVERED = "收到的数据不包括这些人所在的地区，没有核对；请向这个来源要这些地区的数据"
LEFT_OUT = "交付的数据里，可能是这些人的行有错误、没有导入，没有核对；请交付单位更正"
UNKNOWN = "交付的数据里有认不出是谁的行没有导入，这些人没有记录也不能算“无记录”；请交付单位更正"
BROKEN = "快照文件损坏，展开后过大，或列和类型不对，没有使用；请重新交付"
UNREADABLE = "收到的批量文件打不开，这个来源没有核对；请联系系统管理员"


@dataclass(frozen=True, slots=True)
class File:
    """A snapshot (`manifest`) or the parts of a delivery (`series`)."""

    series: Series
    manifest: Manifest | None = None

    @property
    def rows(self) -> int:
        return self.series.rows

    @property
    def unanswered(self) -> str:
        """Why it says nothing yet, of anybody it covers."""
        if self.series.missing <= 0:
            return ""
        return f"数据分 {self.series.parts} 份交付，还差 {self.series.missing} 份，没有核对；请交付单位补齐"


@dataclass(frozen=True, slots=True)
class Answering:
    """One source's files, those with the newest data first. `refused`: why the snapshot that lies there is not used."""

    source: Source
    files: Sequence[File] = ()
    refused: str = ""

    def of(self, village: str) -> int | None:
        """The place of the file that speaks for a village."""
        return next((n for n, file in enumerate(self.files) if file.series.covers(village)), None)

    def why_not(self, village: str) -> str:
        """Why nobody of a village is checked; empty where they are."""
        if not self.files:
            return NOTHING
        place = self.of(village)
        return UNCOVERED if place is None else self.files[place].unanswered

    def used(self, villages: Iterable[str]) -> list[int]:
        """The files that speak for any of these."""
        places = {self.of(v) for v in villages if not self.why_not(v)}
        return sorted(place for place in places if place is not None)

    def fallbacks(self) -> Iterator[Answering]:
        """This; what is left where the snapshot cannot be read; nothing, where a delivery cannot either."""
        yield self
        delivered = [f for f in self.files if f.manifest is None]
        if len(delivered) < len(self.files):
            yield Answering(self.source, delivered, BROKEN)
        yield Answering(self.source, (), UNREADABLE)


def snapshot_in(inbox: Inbox, source: Source) -> tuple[File | None, str]:
    """The snapshot that may be used, or why the one that lies there may not; reads it to its end."""
    try:
        manifest = inbox.checked(source)
    except Refused as refused:
        return None, str(refused)
    except (pa.ArrowException, ValueError, OSError):
        return None, BROKEN
    if manifest is None:
        return None, ""
    return File(
        Series(manifest.as_of, manifest.areas, "", manifest.version, 0, rows=manifest.rows), manifest
    ), ""


async def answering(
    tx: Transaction, inbox: Inbox, source: Source, snapshot: File | None, refused: str
) -> Answering:
    """Replies to single batch requests speak for whom they were about at the time, not for the rolls: left out."""
    oldest = oldest_fresh(inbox.today, inbox.files.max_age_days)
    files = [File(s) for s in await series_of(tx, source, oldest, inbox.today) if not s.batch]
    if snapshot is not None:
        files.append(snapshot)
    files.sort(key=lambda f: (f.series.as_of, f.series.version, f.manifest is not None), reverse=True)
    return Answering(source, files, refused)


class Owners:
    """Where several files of a source are used: which of them speaks for whom, by number and by name."""

    def __init__(self) -> None:
        self._numbers: dict[str, int | None] = {}
        self._names: dict[str, set[int | None]] = {}

    def add(self, number: str, name: str, place: int | None) -> None:
        self._numbers[number] = place
        if wrong := other_century(number):
            self._numbers.setdefault(wrong, place)
        self._names.setdefault(plain_name(name), set()).add(place)

    def keeps(self, place: int, id_number: str, name: str) -> bool:
        """Whether a row of this file is of somebody it speaks for, or of nobody on the rolls."""
        if number := readable_number(id_number):
            return self._numbers.get(number, place) == place
        return place in self._names.get(plain_name(name), {place})


async def left_out(
    tx: Transaction, platform: Platform, answering: Answering, people: Sequence[Mapping[str, Any]]
) -> dict[int, str]:
    """Of people this source's files speak for, by place in `people`: whose absence there is no answer, and why.

    As a single check has it: a good row answers, also beside a faulty one.
    """
    found: dict[int, str] = {}
    for place, file in enumerate(answering.files):
        if not file.series.left_out:
            continue
        mine = {
            n: keys_of(platform, person["number"], person["name"])
            for n, person in enumerate(people)
            if answering.of(person["area_code"]) == place
        }
        good, faulty = await _rows_under(tx, file.series, {key for keys in mine.values() for key in keys})
        for n, keys in mine.items():
            if good.isdisjoint(keys) and not faulty.isdisjoint(keys):
                found[n] = LEFT_OUT
            elif good.isdisjoint(keys) and file.series.unknown:
                found[n] = UNKNOWN
    return found


async def _rows_under(tx: Transaction, series: Series, keys: set[bytes]) -> tuple[set[bytes], set[bytes]]:
    """Of these digests, those with good rows and those with faulty ones."""
    rows = await tx.fetch(
        """SELECT fingerprint, bool_or(sealed <> $4) AS good, bool_or(sealed = $4) AS faulty FROM big_data_check_record
           WHERE tenant_id = $1 AND delivery_id = ANY($2) AND fingerprint = ANY($3) GROUP BY fingerprint""",
        tx.tenant,
        series.ids,
        list(keys),
        FAULTY,
    )
    good = {bytes(row["fingerprint"]) for row in rows if row["good"]}
    return good, {bytes(row["fingerprint"]) for row in rows if row["faulty"]}
