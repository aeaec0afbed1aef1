"""A panel's evening as a state machine over a real database: every way in which ballots come, and come wrong.

`Evening.place` and `Evening.run` are set by the test, which owns installation and event loop.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, Protocol, TypeVar
from uuid import UUID, uuid4

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.sdk import Conflict, Invalid, NotFound, Platform, Problem, Refused
from core.tenancy.tenants import Tenant
from plugins.women_panel import agendas, balloting, published, records, sessions, urn
from plugins.women_panel.scene import Scene
from plugins.women_panel.urn import Poll, Said, Vote
from tests.builders.installation import House, Somebody
from tests.plugins.women_panel.village import PANEL, Village, a_village

T = TypeVar("T")
LEAST = 9
who = st.integers(0, PANEL - 1)
which = st.integers(0, 1)
choices = st.sampled_from(("agree", "disagree", "abstain"))
skews = st.integers(-48, 48).map(lambda hours: timedelta(hours=hours))


class Run(Protocol):
    def __call__(self, doing: Coroutine[Any, Any, T], /) -> T: ...


@dataclass
class Household:
    """What the model knows: ballots of this attempt by member, those of earlier attempts, and the count.

    `out` are members who stay out of it, `slips` what two people counted alike where it went to paper.
    """

    attempt: int = 1
    ballots: dict[int, tuple[Said, str]] = field(default_factory=dict)
    stale: list[tuple[int, Said, str]] = field(default_factory=list)
    told: Counter[str] | None = None
    out: set[int] = field(default_factory=set)
    slips: Counter[str] | None = None

    def start_again(self) -> None:
        self.attempt += 1
        self.stale += [(n, *ballot) for n, ballot in self.ballots.items()]
        self.ballots = {}

    @property
    def torn(self) -> bool:
        """Somebody who has voted is kin: nothing of this attempt can be counted."""
        return self.told is None and bool(self.out & self.ballots.keys())


class Evening(RuleBasedStateMachine):
    place: ClassVar[tuple[House, Tenant]]
    run: ClassVar[Run]

    def __init__(self) -> None:
        super().__init__()
        self.homes = [Household(), Household()]
        self.present: set[int] = set()
        self.removed: set[int] = set()
        self.over = False
        self.paused = False
        self.keys = 0

    @initialize()
    def the_meeting_begins(self) -> None:
        self.village: Village = self.run(a_village(*self.place, households=2))
        self.address = self.run(self.village.open_session())
        self.session = UUID(self.address.rpartition("/")[2])
        self.present = set(range(PANEL))
        self.platform: Platform = self.run(self._platform())

    async def _platform(self) -> Platform:
        async with self.village.house.inside(self.village.district) as tx:
            scope = await self.village.house.zhunbao.runtimes.scope(tx)
        found: Platform = scope.platform("women_panel")
        return found

    def scene(self, person: Somebody, skew: timedelta = timedelta()) -> Scene:
        return Scene(self.platform, person.actor, self.village.house.zhunbao.clock() + skew)

    def attempted(self, doing: Coroutine[Any, Any, T]) -> T | Problem:
        try:
            return self.run(doing)
        except Problem as problem:
            return problem

    def cast(self, member: int, home: int, vote: Vote | str, key: str, skew: timedelta = timedelta()) -> Any:
        scene = self.scene(self.village.members[member], skew)
        return self.attempted(balloting.cast(scene, self.session, self.village.cases[home], vote, key))

    def may(self, member: int, home: int) -> bool:
        going = not self.over and not self.paused
        here = self.present - self.removed - self.homes[home].out
        return going and self.homes[home].told is None and member in here

    def new_key(self) -> str:
        self.keys += 1
        return f"key-{self.keys}"

    # --- ballots ------------------------------------------------------------------------------------------------------

    @rule(member=who, home=which, choice=choices, skew=skews)
    def somebody_votes(self, member: int, home: int, choice: Said, skew: timedelta) -> None:
        """Also twice, late, absent, removed: taken exactly when the model says so, whatever the server's clock says."""
        known, key = self.homes[home], self.new_key()
        answer = self.cast(member, home, Vote(choice), key, skew)
        if member in known.ballots or not self.may(member, home):
            assert isinstance(answer, Conflict | Refused), answer
        else:
            assert isinstance(answer, str), answer
            known.ballots[member] = (choice, key)

    @rule(member=who, home=which, choice=choices)
    def somebody_presses_twice_at_once(self, member: int, home: int, choice: Said) -> None:
        known, key = self.homes[home], self.new_key()
        scene, case = self.scene(self.village.members[member]), self.village.cases[home]

        async def both() -> list[Any]:
            one = (balloting.cast(scene, self.session, case, Vote(choice), key) for _ in range(2))
            return await asyncio.gather(*one, return_exceptions=True)

        answers = self.run(both())
        if member in known.ballots or not self.may(member, home):
            assert all(isinstance(answer, Problem) for answer in answers), answers
        else:
            assert answers[0] == answers[1], answers
            assert isinstance(answers[0], str), answers
            known.ballots[member] = (choice, key)

    @precondition(lambda self: any(home.ballots for home in self.homes))
    @rule(data=st.data(), choice=choices)
    def a_request_is_repeated_with_the_same_or_another_choice(self, data: Any, choice: Said) -> None:
        home = data.draw(st.sampled_from([n for n, known in enumerate(self.homes) if known.ballots]))
        member = data.draw(st.sampled_from(sorted(self.homes[home].ballots)))
        first, key = self.homes[home].ballots[member]
        answer = self.cast(member, home, Vote(choice), key)
        if self.homes[home].told is not None:
            assert answer == "", "after the count the server still tells one choice from another"
        else:
            assert isinstance(answer, str) if choice == first else isinstance(answer, Conflict), answer

    @precondition(lambda self: any(home.stale for home in self.homes))
    @rule(data=st.data())
    def a_ballot_of_an_earlier_attempt_comes_again(self, data: Any) -> None:
        home = data.draw(st.sampled_from([n for n, known in enumerate(self.homes) if known.stale]))
        member, choice, key = data.draw(st.sampled_from(self.homes[home].stale))
        answer = self.cast(member, home, Vote(choice), key)
        assert isinstance(answer, Conflict | Refused), answer

    @rule(member=who, other=who, home=which, choice=choices)
    def a_ballot_sealed_by_another_for_another_or_by_nobody(
        self, member: int, other: int, home: int, choice: Said
    ) -> None:
        forged = self.run(self._sealed(other, home, choice)) if other != member else "A" * 600
        answer = self.cast(member, home, forged, self.new_key())
        assert isinstance(answer, Invalid | Conflict), answer

    @rule(member=who, home=which, choice=choices)
    def a_ballot_sealed_on_the_phone_arrives(self, member: int, home: int, choice: Said) -> None:
        known, key = self.homes[home], self.new_key()
        answer = self.cast(member, home, self.run(self._sealed(member, home, choice)), key)
        if member in known.ballots or not self.may(member, home):
            assert isinstance(answer, Conflict | Refused), answer
        else:
            assert isinstance(answer, str), answer
            known.ballots[member] = (choice, key)

    async def _sealed(self, member: int, home: int, choice: Said) -> str:
        from tests.plugins.women_panel.test_publication import seal  # the phone's side

        vote = Vote(choice, tracker=urn.new_tracker())
        person, attempt = self.village.members[member], self.homes[home].attempt
        return await seal(self.village, self.address, self.village.cases[home], person, vote, attempt)

    @rule(member=who, home=which)
    def a_ballot_for_another_session_or_household(self, member: int, home: int) -> None:
        scene = self.scene(self.village.members[member])
        for session, case in ((uuid4(), self.village.cases[home]), (self.session, uuid4())):
            answer = self.attempted(balloting.cast(scene, session, case, Vote("agree"), self.new_key()))
            assert isinstance(answer, NotFound), answer

    # --- people -------------------------------------------------------------------------------------------------------

    @precondition(lambda self: not self.over)
    @rule(here=st.sets(who, min_size=8))
    def attendance_is_taken(self, here: set[int]) -> None:
        here -= self.removed
        ids = [self.village.members[n].id for n in sorted(here)]
        self.run(sessions.take_attendance(self.scene(self.village.host), self.session, ids))
        self.present = here

    @precondition(lambda self: not self.over and PANEL - len(self.removed) > LEAST)
    @rule(member=who)
    def a_member_is_removed(self, member: int) -> None:
        scene, account = self.scene(self.village.host), self.village.members[member].id
        self.run(sessions.remove_member(scene, self.session, account, "搬离本村"))
        if member in self.removed:
            return
        self.removed.add(member)
        self.present.discard(member)
        for known in self.homes:
            if known.told is None and member in known.ballots:
                known.start_again()

    # --- two hosts ----------------------------------------------------------------------------------------------------

    @rule(home=which)
    def two_hosts_end_the_same_vote(self, home: int) -> None:
        known, case = self.homes[home], self.village.cases[home]
        if (self.over or self.paused or known.torn) and known.told is None:
            return

        async def both() -> list[Any]:
            hosts = (self.scene(self.village.host), self.scene(self.village.host, timedelta(minutes=5)))
            closing = (balloting.close_household(h, self.session, case) for h in hosts)
            return await asyncio.gather(*closing, return_exceptions=True)

        first, second = self.run(both())
        if known.told is None and not known.ballots:
            assert isinstance(first, Conflict) == isinstance(second, Conflict), (first, second)
            if isinstance(first, Conflict):
                return  # nobody has voted: no result
        assert first == second
        self._told(known, first)

    def _told(self, known: Household, closed: balloting.Closed) -> None:
        """What was counted is what the model knows, whenever it is asked."""
        told = closed.tally
        assert told is not None
        counted = Counter(choice for choice, _ in known.ballots.values())
        if known.slips is not None:
            counted = known.slips
        if told.result == "no_quorum":
            counted = Counter()
        assert (told.agree, told.disagree, told.abstain) == tuple(
            counted[choice] for choice in ("agree", "disagree", "abstain")
        )
        if known.told is not None:
            assert known.told == counted
        known.told = counted

    @rule()
    def the_session_is_ended(self) -> None:
        answer = self.attempted(sessions.close_session(self.scene(self.village.host), self.session))
        uncounted = any(known.told is None and known.ballots for known in self.homes)
        if self.over or not uncounted:
            assert answer is None, answer
            self.over = True
        else:
            assert isinstance(answer, Conflict), answer

    # --- what always holds --------------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_lost_and_nothing_there_twice(self) -> None:
        if hasattr(self, "platform"):
            self.run(self._look())

    async def _look(self) -> None:
        async with self.village.house.inside(self.village.district) as tx:
            session = await records.session(tx, self.session)
            here = sessions.attending(await records.seats(tx, self.session))
            assert here == {self.village.members[n].id for n in self.present - self.removed}
            for known, case in zip(self.homes, self.village.cases, strict=True):
                entry = await agendas.entry(tx, self.session, case)
                assert entry.attempt == known.attempt
                poll = Poll(self.session, case, known.attempt)
                voters = await urn.voters(tx, poll)
                assert voters == {self.village.members[n].id for n in known.ballots}
                votes = await urn.open_ballots(tx, self.platform, poll)
                assert Counter(vote.choice for vote in votes) == Counter(c for c, _ in known.ballots.values())
                assert len({vote.tracker for vote in votes}) == len(votes)
                text = await agendas.published(tx, self.session, case)
                assert bool(text) == (known.told is not None)
                if text:
                    record = published.read(text)
                    assert published.recount(record) == record.tally == entry.tally
            _, private = await records.ballot_keys(tx, self.session)
            assert (private is None) == (session.state == "closed")
