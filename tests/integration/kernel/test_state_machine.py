"""Anything anybody tries on a case, in any order: it moves as its procedure says, by whom it may, or not at all.

A random walk over the statutory procedure on a real database, through the engine, by people who hold every office.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.access.authorizer import Actor
from core.kernel import audit, store
from core.kernel.engine import Receipt
from core.kernel.process import Process
from core.problems import Conflict, Invalid, Refused
from core.settings import Keyring
from core.storage.embedded import Urls
from tests.builders.casework import OFFICES, Bureau, Case, a_bureau, renamed, start_on
from tests.builders.households import elderly_couple
from tests.builders.installation import an_installation
from tests.builders.steps import Forms, forms_of
from tests.integration.kernel.invariants import heard_before_less, looked_into_before_paid, nobody_twice

Found = TypeVar("Found")
EVERYTHING = ("village_clerk", "township_clerk", "township_reviewer", "visitor", "verification_officer",
              "district_officer", "spot_checker", "confirming_officer")  # fmt: skip
JUMPS = (
    "submit", "accept", "start_investigation", "complete_investigation", "give_opinion", "end_posting", "confirm",
    "deny", "publish", "decide_reduction", "decide_grace", "decide_termination", "end_grace", "end_without_hearing",
    "taken_down_by_round", "conclude_review", "record_hearing", "serve_refusal",
)  # fmt: skip


STARTS = (
    "draft",
    "accepted",
    "investigating",
    "assessed",
    "posted",
    "reported",
    "active",
    "reviewing",
    "hearing",
)
REVIEWED = ("reviewing", "hearing")
NUMBER = st.integers(0, 1000)
TRY = st.tuples(NUMBER, NUMBER, st.integers(0, 3), st.integers(0, 9))


class World:
    """One installation for all walks; `run` takes the machine's steps, which are not asynchronous, into its loop."""

    def __init__(self, runner: asyncio.Runner, bureau: Bureau, people: list[Actor]) -> None:
        self._runner = runner
        self.bureau = bureau
        self.people = people
        self.households = 0

    def run(self, step: Coroutine[Any, Any, Found]) -> Found:
        return self._runner.run(step)


class Walk(RuleBasedStateMachine):
    """One household's case. `shadow` is where it must stand; the database is asked after every try."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.case: Case
        self.forms: Forms
        self.shadow: Process
        self.done: list[tuple[Actor, str, dict[str, Any], int, str, Receipt]] = []

    # --- what happens ----------------------------------------------------------------------------------------------

    @initialize(start=st.sampled_from(STARTS))
    def a_household_has_come_so_far(self, start: str) -> None:
        world = self.world
        world.households += 1
        facts = renamed(elderly_couple(), f"第{world.households}户")
        self.case = world.run(world.bureau.application(facts))
        self.forms = forms_of(world.bureau, self.case)
        world.run(self.come_to(start))
        self.shadow = self.stored()[0]

    async def come_to(self, start: str) -> None:
        """To a state on the straight way, or through a review of what turned out to be a richer household."""
        bureau, case = self.world.bureau, self.case
        await bureau.take(case, "active" if start in REVIEWED else start)
        if start in REVIEWED:
            await bureau.do("township_clerk", case, "start_review", {"cause": "due"})
            await bureau.do("visitor", case, "record_visit", self.forms["record_visit"][1])
            await bureau.do("township_clerk", case, "prepare_worksheet")
        if start == "hearing":
            await bureau.do("township_reviewer", case, "conclude_review", self.forms["conclude_review"][3])

    @rule()
    @precondition(lambda self: self.shadow.state in _STRAIGHT)
    def the_straight_way(self) -> None:
        """One stage on, by those whose office it is, unless what happened before stands in the way."""
        world, before = self.world, self.shadow
        with contextlib.suppress(AssertionError):
            world.run(world.bureau.onwards(self.case, before.state))
        self.shadow, rows = self.stored()
        assert self.shadow.version == rows >= before.version

    @rule(tries=st.lists(TRY, min_size=3, max_size=10))
    def people_try_what_is_offered(self, tries: list[tuple[int, int, int, int]]) -> None:
        """Steps of the present stage by anybody, now and then from an out-of-date page."""
        for who, what, how, stale in tries:
            offered = self.world.run(self.offered())
            action = offered[what % len(offered)] if offered else "confirm"
            people = self.world.people if who % 3 == 0 else self.holders(action)
            self.attempt(people[who % len(people)], action, how, stale=not stale)

    def holders(self, action: str) -> list[Actor]:
        """Those whose office this step is; everybody where it is nobody's."""
        house = self.world.bureau.house.zhunbao
        may = [
            p
            for p in self.world.people
            if house.authorizer.may(p, "case", action, self.shadow.area_code) is None
        ]
        return may or self.world.people

    @rule(who=st.integers(0, 50), action=st.sampled_from(JUMPS))
    def somebody_jumps(self, who: int, action: str) -> None:
        """A step of whatever stage, by a replayed form."""
        self.attempt(self.world.people[who % len(self.world.people)], action, 0, stale=False)

    @rule(days=st.sampled_from([1, 6, 8, 12, 40]))
    def time_passes(self, days: int) -> None:
        self.world.bureau.house.later(days=days)

    @rule(pick=st.integers(0, 100))
    @precondition(lambda self: self.done)
    def a_request_is_repeated(self, pick: int) -> None:
        """The same key gives the first answer, whatever happened since."""
        actor, action, form, version, key, receipt = self.done[pick % len(self.done)]
        again = self.world.run(self.act(actor, action, form, version, key))
        assert again.repeated
        assert (again.version, again.seq, again.state) == (receipt.version, receipt.seq, receipt.state)
        self.unchanged()

    # --- how it is tried -------------------------------------------------------------------------------------------

    async def act(self, actor: Actor, action: str, form: dict[str, Any], version: int, key: str) -> Receipt:
        engine = self.world.bureau.house.zhunbao.engine
        return await engine.act(
            actor, self.case.id, action, form, expected_version=version, idempotency_key=key
        )

    def attempt(self, actor: Actor, action: str, how: int, stale: bool) -> None:
        before, forms = self.shadow, self.forms[action]
        version, form, key = before.version - stale, forms[how % len(forms)], str(uuid4())
        found = self.world.run(self.answer(actor, action, form, version, key))
        if isinstance(found, Receipt):
            assert not stale, "a stale version was let through"
            self.moved(before, found)
            self.done.append((actor, action, form, version, key, found))
            return
        self.unchanged()
        assert found.detail
        if isinstance(found, Invalid):
            assert found.fields
        elif isinstance(found, Conflict) and stale:
            label = self.label(before.state)
            assert found.current == {"state": before.state, "state_label": label, "version": before.version}
            assert found.yours == form

    async def answer(
        self, actor: Actor, action: str, form: dict[str, Any], version: int, key: str
    ) -> Receipt | Refused | Invalid | Conflict:
        """What is said to somebody who tries; anything else that is raised fails the test."""
        try:
            return await self.act(actor, action, form, version, key)
        except (Refused, Invalid, Conflict) as problem:
            return problem

    # --- what must hold --------------------------------------------------------------------------------------------

    def moved(self, before: Process, receipt: Receipt) -> None:
        after, rows = self.stored()
        ways = set(self.spec().stages[before.state].next.values()) | {before.state}
        assert after.state in ways, f"{before.state} → {after.state} is no way of the procedure"
        assert after.version == before.version + 1 == receipt.version == receipt.seq == rows
        assert after.state == receipt.state
        self.shadow = after

    def unchanged(self) -> None:
        after, rows = self.stored()
        assert after == self.shadow
        assert rows == after.version

    def stored(self) -> tuple[Process, int]:
        return self.world.run(self._stored())

    async def _stored(self) -> tuple[Process, int]:
        bureau = self.world.bureau
        async with bureau.house.inside(bureau.district) as tx:
            process = await store.load(tx, self.case.id)
            rows = await tx.fetchval("SELECT count(*) FROM journal WHERE process_id = $1", self.case.id)
        return process, rows

    async def offered(self) -> list[str]:
        runtime = await self._runtime()
        return [a.name for a in runtime.catalogue.actions_at(runtime.spec(self.shadow), self.shadow.state)]

    async def _runtime(self) -> Any:
        bureau = self.world.bureau
        async with bureau.house.inside(bureau.district) as tx:
            return await bureau.house.zhunbao.runtimes.at(tx, self.shadow.config_number)

    def spec(self) -> Any:
        return self.world.run(self._runtime()).spec(self.shadow)

    def label(self, state: str) -> str:
        return str(self.spec().stages[state].label)

    def teardown(self) -> None:
        if hasattr(self, "case"):
            self.world.run(self.whole_case())

    async def whole_case(self) -> None:
        """At the end of a walk, over everything that was done."""
        bureau = self.world.bureau
        async with bureau.house.inside(bureau.district) as tx:
            process = await store.load(tx, self.case.id)
            house = bureau.house.zhunbao
            assert not await audit.verify_process(tx, house.records, house.objects, process)
            journal = await tx.fetch(
                "SELECT seq, action, from_state, to_state FROM journal WHERE process_id = $1 ORDER BY seq",
                self.case.id,
            )
            duties = await tx.fetch(
                "SELECT account_id, duty FROM process_duty WHERE process_id = $1", self.case.id
            )
            paid = await tx.fetch(
                "SELECT amount, from_month, until_month FROM benefit WHERE household_id = $1 ORDER BY from_month",
                process.subject_id,
            )
        nobody_twice([(d["account_id"], d["duty"]) for d in duties])
        heard_before_less([(j["seq"], j["action"]) for j in journal])
        looked_into_before_paid([j["action"] for j in journal], paid=bool(paid))


_STRAIGHT = frozenset(
    {"draft", "submitted", "accepted", "investigating", "assessed", "posted", "reported", "confirmed"}
)


async def _people(bureau: Bureau) -> list[Actor]:
    """Everybody of the office, and two who hold every post there is at once."""
    area = bureau.district.code.ljust(12, "0")
    jacks = [await bureau.house.somebody(bureau.district, [(r, area) for r in EVERYTHING]) for _ in range(2)]
    return [*(p.actor for p in bureau.staff.values()), *(j.actor for j in jacks for _ in range(4))]


def _walk(urls: Urls, folder: Path, keys: Keyring, walks: int, steps: int) -> None:
    with asyncio.Runner() as runner:
        stack = contextlib.AsyncExitStack()
        try:
            start_on(folder, date(2026, 3, 2))
            house = runner.run(stack.enter_async_context(an_installation(urls, folder, keys)))
            bureau = runner.run(_bureau(house))
            machine = type(
                "BoundWalk", (Walk,), {"world": World(runner, bureau, runner.run(_people(bureau)))}
            )
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=walks, stateful_step_count=steps, deadline=None, derandomize=walks < 50,
                    suppress_health_check=list(HealthCheck), phases=[Phase.generate], database=None,
                ),
            )  # fmt: skip
        finally:
            runner.run(stack.aclose())


async def _bureau(house: Any) -> Bureau:
    return await a_bureau(house, await house.district("620802-kongtong"), tuple(OFFICES))


def test_a_case_moves_as_its_procedure_says_whatever_anybody_tries(
    database_urls: Urls, tmp_path: Path, keys: Keyring
) -> None:
    _walk(database_urls, tmp_path, keys, walks=12, steps=6)


@pytest.mark.slow
def test_a_hundred_and_fifty_long_walks_find_no_way_around_the_procedure(
    fresh_urls: Urls, tmp_path: Path, keys: Keyring
) -> None:
    _walk(fresh_urls, tmp_path, keys, walks=150, steps=12)
