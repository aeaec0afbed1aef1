"""What a finished run's folder says of who was compared with what; of the last run there are keyed digests only.

state/compared.parquet: `person` (keyed digest) · `sources` (a bit for each source compared)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import and_, or_
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq

from core.sdk import Platform
from core.sdk.verification import Source
from plugins.big_data_check.bulk.registers import BITS
from plugins.big_data_check.bulk.standing import FROM, Compared

NAME = "compared.parquet"
SCHEMA = pa.schema([("person", pa.binary()), ("sources", pa.int64())])
MARK = "bulk"
PERSON = "bulk_person"


def read(platform: Platform, folder: Path) -> Compared:
    """Of this run. Without an engine's result nothing was compared."""
    known = folder / "state" / "known.parquet"
    there = _delivered(folder) if known.exists() else 0
    rows = pq.read_table(
        folder / "people.parquet", columns=["person_id", "case_id", "persons", "allowed"]
    ).to_pylist()
    persons = {UUID(r["person_id"]): (UUID(r["case_id"]), r["allowed"] & there) for r in rows}
    households: dict[UUID, list[tuple[int, int]]] = {}
    for r in rows:
        households.setdefault(UUID(r["case_id"]), []).append((r["allowed"] & there, r["persons"]))
    cases = {case_id: _of_all(members) for case_id, members in households.items()}
    partly = {case_id: reduce(or_, (bits for bits, _ in members)) for case_id, members in households.items()}
    keys = pq.read_table(known, columns=["key"])["key"].to_pylist() if known.exists() else []
    return Compared(persons, cases, partly, {platform.fingerprint(MARK, key) for key in keys})


def nobody(folder: Path) -> bool:
    """Nobody at all may be asked about: what is known of them is forgotten, so that it comes up when they sign again."""
    rows: int = pq.read_metadata(folder / "people.parquet").num_rows
    return rows == 0


def _delivered(folder: Path) -> int:
    return sum(BITS[Source(path.stem)] for path in (folder / "registry").glob("*.parquet"))


def _of_all(members: Sequence[tuple[int, int]]) -> int:
    if len(members) < members[0][1]:
        return 0
    return reduce(and_, (bits for bits, _ in members))


def keep(platform: Platform, folder: Path, compared: Compared) -> None:
    """For the next run, beside the rest of its state; nothing where nothing was compared."""
    if not (folder / "state" / "known.parquet").exists():
        return
    rows = [
        {"person": platform.fingerprint(PERSON, str(person)), "sources": bits}
        for person, (_, bits) in compared.persons.items()
    ]
    unfinished = folder / "state" / f"unfinished-{NAME}"
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), unfinished)
    unfinished.rename(folder / "state" / NAME)


def before(folder: Path) -> Mapping[bytes, int] | None:
    """By digest, what each person was compared with last time; None where the last run did not say."""
    path = folder / "last" / NAME
    if not path.exists():
        return None
    rows = pq.read_table(path).to_pylist()
    return {row["person"]: row["sources"] for row in rows}


def employers(folder: Path, persons: set[str]) -> Mapping[tuple[str, str], int]:
    """By person and employer, the sources (bits) that tell of them in this run."""
    rolls = pq.read_table(folder / "people.parquet", columns=["pid", "person_id"]).to_pylist()
    who = {row["pid"]: row["person_id"] for row in rolls if row["person_id"] in persons}
    found: dict[tuple[str, str], int] = {}
    for source in FROM["job"]:
        path = folder / "facts" / f"{source.value}.parquet"
        if not path.exists():
            continue
        facts = pq.read_table(path, columns=["pid", "items"], filters=[("pid", "in", list(who))])
        for row in facts.to_pylist():
            for told in row["items"] or ():
                if told.startswith(("job:", "job~")):
                    key = (who[row["pid"]], told[4:])
                    found[key] = found.get(key, 0) | BITS[source]
    return found
