"""One run over a folder, step by step; every finished step is a file, so that a killed run goes on where it stood.

    folder/  plan.json  people.parquet  limits.parquet  registry/<source>.parquet  last/ (state of the last run)
      ─▶     facts/<source>.parquet  touched.parquet  households.parquet  found.parquet  alerts.parquet
            state/ (for the next)  people.parquet  facts/<source>.parquet  facts/carried.parquet  known.parquet

Sources delivered anew come first, over everyone; where the others' files are the same as last time, only households that
something touched are looked at there.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import ibis
import msgspec
import pyarrow.parquet as pq

from core.sdk.verification import Source
from plugins.big_data_check.bulk import alerts, changes, plan
from plugins.big_data_check.bulk.engines import Engine
from plugins.big_data_check.bulk.exact import LOOKED_AT, SOUGHT, stemmed
from plugins.big_data_check.bulk.households import MATTER, per_household
from plugins.big_data_check.bulk.namesakes import owners
from plugins.big_data_check.bulk.progress import Progress, Tell
from plugins.big_data_check.bulk.registers import BITS
from plugins.big_data_check.bulk.rules import ITEMS
from plugins.big_data_check.bulk.summary import per_person, said, telling


class Inputs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a state was made from. Another engine or other limits: everything is looked at again."""

    engine: str
    limits: str
    sources: dict[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """`work` writes the file it is given, whole, after `beside` where it writes two; that they are there says that the step
    is finished. What is for the next run may have been moved away already when a worker is killed: it is made again."""

    name: str
    work: Callable[[Path], None]
    source: Source | None = None
    beside: str = ""


class Run:
    """`tell` is called before every step and once at the end."""

    def __init__(self, folder: Path, engine: Engine, tell: Tell = lambda _: None) -> None:
        self._folder = folder
        self._engine = engine
        self._owners = partial(owners, scatter=engine.scatters)
        self._tell = tell
        self._tables: dict[str, ibis.Table] = {}
        self._plan = plan.read(folder)

    def __call__(self) -> None:
        """Raises what DuckDB or Spark raises; what is finished by then stays finished."""
        inputs, last = self._inputs(), self._last_inputs()
        self._compared = tuple(last.sources) if last else ()
        comparable = last is not None and (last.engine, last.limits) == (inputs.engine, inputs.limits)
        present = [s for s in Source if s.value in inputs.sources]
        same = {
            s for s in present
            if comparable and last is not None and last.sources.get(s.value) == inputs.sources[s.value]
        }  # fmt: skip
        anew = [s for s in present if s not in same]
        steps = list(self._steps(anew, [s for s in present if s in same], comparable))
        with self._engine.held(stemmed(self._read("people")).select(*SOUGHT)) as sought:
            self._sought = sought
            self._take(steps, {s: self._rows(s) for s in present})
        plan.whole(self._folder / "state" / "inputs.json", msgspec.json.encode(inputs))

    def _steps(self, anew: Sequence[Source], same: Sequence[Source], comparable: bool) -> Iterator[Step]:
        yield self._table("state/people", lambda: changes.people_state(self._read("people"), self._plan.salt))
        for source in anew:
            yield self._facts(source)
        if comparable:
            yield self._table("touched", lambda: self._touched(anew))
        for source in same:
            yield self._facts(source, touched=True)
        yield self._table("households", lambda: self._households(comparable))
        yield self._table("found", lambda: self._found(comparable))
        yield self._table("alerts", self._alerts)
        if comparable and same:
            yield self._table("state/facts/carried", lambda: self._carried(same))
        yield self._table("state/known", lambda: self._known(comparable))

    def _take(self, steps: Sequence[Step], rows: Mapping[Source, int]) -> None:
        weights = [rows[step.source] + 1 if step.source else 1 + sum(rows.values()) // 40 for step in steps]
        total, done, taken, began = sum(weights), 0, 0, time.monotonic()
        for step, weight in zip(steps, weights, strict=True):
            spent = time.monotonic() - began
            left = spent / taken * (total - done) if taken else None
            self._tell(Progress(step.name, done, total, left))
            files = [self._path(name) for name in (step.name, step.beside) if name]
            if not all(path.exists() for path in files):
                step.work(files[0])
                taken += weight
            done += weight
        self._tell(Progress("done", total, total, 0.0))

    # --- the steps, over the run's files ---------------------------------------------------------------------------

    def _table(self, name: str, expression: Callable[[], ibis.Table]) -> Step:
        return Step(name, lambda path: self._engine.write(expression(), path))

    def _facts(self, source: Source, touched: bool = False) -> Step:
        """Two files from one reading: what the next run compares with, and what this one goes on with."""

        name = f"facts/{source.value}"

        def work(path: Path) -> None:
            with self._engine.held(self._summary(source, touched)) as facts:
                self._engine.write(self._engine.once(changes.facts_state, facts), self._path(f"state/{name}"))
                self._engine.write(self._engine.once(telling, facts), path)

        return Step(name, work, source, beside=f"state/{name}")

    def _summary(self, source: Source, touched: bool) -> ibis.Table:
        people = self._sought.filter((self._sought.allowed & BITS[source]) != 0)
        if touched:
            some: Any = people.left_join(self._read("touched").select(_hid="hid"), [("hid", "_hid")])
            people = some.mutate(**{LOOKED_AT: some._hid.notnull()}).drop("_hid")
        rows = said(source, self._read(f"registry/{source.value}"), self._plan.salt)
        return per_person(source, self._engine.once(self._owners, people, rows), self._read("limits"))

    def _people(self) -> ibis.Table:
        """Everybody, with the keys by which they are known from run to run."""
        return self._read("people").select("pid", "hid").join(self._read("state/people"), "pid")

    def _touched(self, anew: Sequence[Source]) -> ibis.Table:
        people, old_people = self._people(), self._read("last/people")
        facts = self._all("state/facts", [source.value for source in anew])
        if facts is None:
            return changes.touched_people(people, old_people)
        return changes.touched(people, facts, old_people, self._last_facts(anew))

    def _last_facts(self, sources: Sequence[Source]) -> ibis.Table:
        last = self._folder / "last" / "facts"
        old = self._all("last/facts", sorted(path.stem for path in last.glob("*.parquet")))
        assert old is not None
        return old.filter(old.source.isin([source.value for source in sources]))

    def _facts_told(self, sources: Iterable[Source], comparable: bool) -> ibis.Table:
        """Of these sources, or where none of them is there, of any; of the households looked at."""
        facts = self._all("facts", [source.value for source in sources])
        if facts is None:
            facts = self._all("facts", [source.value for source in Source])
        assert facts is not None
        return facts.semi_join(self._read("touched"), "hid") if comparable else facts

    def _households(self, comparable: bool) -> ibis.Table:
        return per_household(self._read("people"), self._facts_told(MATTER, comparable), self._read("limits"))

    def _found(self, comparable: bool) -> ibis.Table:
        """Every alert there is in the households looked at, known or not."""
        people, salt = self._read("people"), self._plan.salt
        found = alerts.alerts(self._facts_told(ITEMS, comparable), self._read("households"), self._compared)
        whose = people.semi_join(found, "hid").group_by("hid").agg(
            household_id=people.household_id.min(), case_id=people.case_id.min(), area_code=people.area_code.min(),
        )  # fmt: skip
        whose = whose.mutate(house=changes.key(salt, whose.household_id))
        persons = people.select("pid", "person_id")
        joined = found.left_join(persons, "pid").drop("pid_right").join(whose, "hid")
        return changes.alert_keys(joined, salt).drop("hid", "pid")

    def _alerts(self) -> ibis.Table:
        found: Any = self._read("found")
        fresh = found.filter(found.news)
        if self._compared:
            fresh = fresh.anti_join(self._read("last/known"), "key")
        return fresh.drop("house", "news").order_by("area_code", "case_id", "kind", "key")

    def _carried(self, same: Sequence[Source]) -> ibis.Table:
        """What the last run knew of everybody who was not looked at now."""
        others = self._people().anti_join(self._read("touched"), "hid")
        return changes.carried(others, self._read("last/people"), self._last_facts(same))

    def _known(self, comparable: bool) -> ibis.Table:
        now = self._read("found").select("key", "house")
        if not comparable:
            return now
        old, looked_at = self._read("last/known"), self._people().semi_join(self._read("touched"), "hid")
        on_rolls = old.semi_join(self._people(), "house")  # who left and comes back is told of again
        return now.union(on_rolls.anti_join(looked_at, "house"))

    # --- files -----------------------------------------------------------------------------------------------------

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.parquet"

    def _read(self, name: str) -> ibis.Table:
        """A finished file: what is in it stays the same to the end of the run."""
        if name not in self._tables:
            self._tables[name] = self._engine.read(self._path(name))
        return self._tables[name]

    def _all(self, folder: str, names: Sequence[str]) -> ibis.Table | None:
        """All files of these names that are there, as one; None where none is."""
        there = [name for name in (f"{folder}/{one}" for one in names) if self._path(name).exists()]
        tables = [self._read(name) for name in there]
        return ibis.union(*tables) if len(tables) > 1 else next(iter(tables), None)

    def _rows(self, source: Source) -> int:
        return int(pq.ParquetFile(self._folder / "registry" / f"{source.value}.parquet").metadata.num_rows)

    def _inputs(self) -> Inputs:
        kept = self._folder / "inputs.json"
        if kept.exists():  # of this run, before it was killed
            return msgspec.json.decode(kept.read_bytes(), type=Inputs)
        registry = sorted((self._folder / "registry").glob("*.parquet"))
        found = Inputs(
            f"{self._engine.version}, state {changes.FORMAT}",
            _sha256(self._folder / "limits.parquet"),
            {p.stem: _sha256(p) for p in registry},
        )
        plan.whole(kept, msgspec.json.encode(found))
        return found

    def _last_inputs(self) -> Inputs | None:
        path = self._folder / "last" / "inputs.json"
        return msgspec.json.decode(path.read_bytes(), type=Inputs) if path.exists() else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
