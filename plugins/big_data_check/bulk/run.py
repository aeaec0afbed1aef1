"""One run over a folder, step by step; every finished step is a file, so that a killed run goes on where it stood.

    folder/  plan.json  people.parquet  limits.parquet  registry/<source>.parquet  last/ (state of the last run)
      ─▶     rolls.parquet  facts/<source>.parquet  touched.parquet  households.parquet  alerts.parquet  state/ (for the next)

Sources delivered anew come first, over everyone; where the others' files are the same as last time, only households that
something touched are looked at there.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
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
from plugins.big_data_check.bulk.summary import per_person


class Inputs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a state was made from. Another engine or other limits: everything is looked at again."""

    engine: str
    limits: str
    sources: dict[str, str]


class Run:
    """`tell` is called before every step and once at the end."""

    def __init__(self, folder: Path, engine: Engine, tell: Tell = lambda _: None) -> None:
        self._folder = folder
        self._engine = engine
        self._tell = tell
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
        steps = self._steps(anew, [s for s in present if s in same], comparable)
        self._take(list(steps), {s: self._rows(s) for s in present})
        plan.whole(self._folder / "state" / "inputs.json", msgspec.json.encode(inputs))

    def _steps(
        self, anew: Sequence[Source], same: Sequence[Source], comparable: bool
    ) -> Iterator[tuple[str, Source | None, Callable[[], ibis.Table]]]:
        yield "rolls.parquet", None, lambda: changes.keyed(stemmed(self._read("people")), self._plan.salt)
        for source in anew:
            yield f"facts/{source.value}.parquet", source, partial(self._facts, source)
        if comparable:
            yield "touched.parquet", None, lambda: self._touched(anew)
        for source in same:
            yield (
                f"facts/{source.value}.parquet",
                source,
                partial(self._facts, source, touched=True),
            )
        yield "households.parquet", None, lambda: self._households(comparable)
        yield "found.parquet", None, lambda: self._found(comparable)
        yield "alerts.parquet", None, self._alerts
        yield "state/people.parquet", None, lambda: changes.people_state(self._people())
        yield "state/facts.parquet", None, lambda: self._facts_state(same, comparable)
        yield "state/known.parquet", None, lambda: self._known(comparable)

    def _take(
        self, steps: Sequence[tuple[str, Source | None, Callable[[], ibis.Table]]], rows: dict[Source, int]
    ) -> None:
        weights = [rows[source] + 1 if source else 1 + sum(rows.values()) // 40 for _, source, _ in steps]
        total, done, taken, began = sum(weights), 0, 0, time.monotonic()
        for (name, _, expression), weight in zip(steps, weights, strict=True):
            spent = time.monotonic() - began
            left = spent / taken * (total - done) if taken else None
            self._tell(Progress(name.removesuffix(".parquet"), done, total, left))
            if not (self._folder / name).exists():
                self._engine.write(expression(), self._folder / name)
                taken += weight
            done += weight
        self._tell(Progress("done", total, total, 0.0))

    # --- the expressions, over the run's files ---------------------------------------------------------------------

    def _people(self) -> ibis.Table:
        return self._read("rolls")

    @cached_property
    def _sought(self) -> ibis.Table:
        """What every source is searched for, at hand."""
        return self._engine.hold(self._people().select(*SOUGHT))

    def _touched_ids(self) -> ibis.Table:
        return self._read("touched")

    def _facts(self, source: Source, touched: bool = False) -> ibis.Table:
        people = self._sought
        people = people.filter((people.allowed & BITS[source]) != 0)
        if touched:
            some: Any = people.left_join(self._touched_ids().select(_hid="hid"), [("hid", "_hid")])
            people = some.mutate(**{LOOKED_AT: some._hid.notnull()}).drop("_hid")
        matched = owners(people, self._read(f"registry/{source.value}"), self._engine.scatters)
        return per_person(source, matched, self._read("limits"), self._plan.salt)

    def _touched(self, anew: Sequence[Source]) -> ibis.Table:
        facts, people, old_people = self._all_facts(anew), self._people(), self._read("last/people")
        if facts is None:
            return changes.touched_people(people, old_people)
        old = self._read("last/facts")
        of_these = old.source.isin([source.value for source in anew])
        return changes.touched(people, facts, old_people, old.filter(of_these))

    def _households(self, comparable: bool) -> ibis.Table:
        facts, people = self._all_facts(MATTER), self._read("people")
        if facts is None:  # then nothing adds up to anything
            facts = self._all_facts(tuple(Source))
        assert facts is not None
        if comparable:
            facts = facts.semi_join(self._touched_ids(), "hid")
        return per_household(people, facts, self._read("limits"))

    def _found(self, comparable: bool) -> ibis.Table:
        """Every alert there is in the households looked at, known or not."""
        facts, people = self._all_facts(tuple(Source)), self._people()
        assert facts is not None
        if comparable:
            facts = facts.semi_join(self._touched_ids(), "hid")
        found = alerts.alerts(facts, self._read("households"), self._compared)
        whose = people.semi_join(found, "hid").group_by("hid").agg(
            household_id=people.household_id.min(), case_id=people.case_id.min(), area_code=people.area_code.min(),
            house=people.house.min(),
        )  # fmt: skip
        persons = people.select("pid", "person_id")
        joined = found.left_join(persons, "pid").drop("pid_right").join(whose, "hid")
        return changes.alert_keys(joined, self._plan.salt).drop("hid", "pid")

    def _alerts(self) -> ibis.Table:
        found: Any = self._read("found")
        fresh = found.filter(found.news)
        if self._compared:
            fresh = fresh.anti_join(self._read("last/known"), "key")
        return fresh.drop("house", "news").order_by("area_code", "case_id", "kind", "key")

    def _facts_state(self, same: Sequence[Source], comparable: bool) -> ibis.Table:
        facts, people = self._all_facts(tuple(Source)), self._people()
        assert facts is not None
        now = changes.facts_state(facts)
        if not (comparable and same):
            return now
        old = self._read("last/facts")
        others = people.anti_join(self._touched_ids(), "hid")
        kept = old.filter(old.source.isin([s.value for s in same]))
        return now.union(changes.carried(others, self._read("last/people"), kept))

    def _known(self, comparable: bool) -> ibis.Table:
        now = self._read("found").select("key", "house")
        if not comparable:
            return now
        old, looked_at = self._read("last/known"), self._people().semi_join(self._touched_ids(), "hid")
        on_rolls = old.semi_join(self._people(), "house")  # who left and comes back is told of again
        return now.union(on_rolls.anti_join(looked_at, "house"))

    # --- files -----------------------------------------------------------------------------------------------------

    def _read(self, name: str) -> ibis.Table:
        return self._engine.read(self._folder / f"{name}.parquet")

    def _all_facts(self, sources: Sequence[Source]) -> ibis.Table | None:
        there = [s for s in sources if (self._folder / "facts" / f"{s.value}.parquet").exists()]
        tables = [self._read(f"facts/{source.value}") for source in there]
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
