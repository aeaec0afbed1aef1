"""The same evening with pauses, clocks that are wrong, and two hosts who press different buttons at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from core.sdk import Conflict
from plugins.women_panel import balloting, sessions
from plugins.women_panel.meeting import codes, course
from plugins.women_panel.urn import Said
from tests.plugins.women_panel.evening import Evening, choices, skews, which, who


class LateEvening(Evening):
    """`before_pause` are ballots sealed before a pause and sent in it or after: member, household, choice, sealed, key."""

    def __init__(self) -> None:
        super().__init__()
        self.before_pause: list[tuple[int, int, Said, str, str]] = []

    # --- pauses -------------------------------------------------------------------------------------------------------

    @precondition(lambda self: not self.over and not self.paused)
    @rule(member=who, home=which, choice=choices)
    def the_meeting_is_paused_over_a_ballot_that_is_sealed_and_not_sent(
        self, member: int, home: int, choice: Said
    ) -> None:
        sealed = self.run(self._sealed(member, home, choice))
        self.before_pause.append((member, home, choice, sealed, self.new_key()))
        self.run(course.set_paused(self.scene(self.village.host), self.session, True, "停电"))
        self.paused = True
        self._sent_late(len(self.before_pause) - 1)

    @precondition(lambda self: self.before_pause)
    @rule(data=st.data())
    def a_ballot_sealed_before_a_pause_comes_during_or_after_it(self, data: Any) -> None:
        """Refused while the pause lasts, whoever sends it; taken once after it, if nothing else stands in the way."""
        self._sent_late(data.draw(st.integers(0, len(self.before_pause) - 1)))

    def _sent_late(self, n: int) -> None:
        member, home, choice, sealed, key = self.before_pause[n]
        known = self.homes[home]
        answer = self.cast(member, home, sealed, key)
        if known.ballots.get(member) == (choice, key):
            assert isinstance(answer, str), (
                answer
            )  # repeated: counted, also where the session's key is destroyed by now
        elif isinstance(answer, str):
            assert member not in known.ballots, "a second ballot was taken"
            assert self.may(member, home), "taken in a pause, after the end, or of somebody who was not there"
            known.ballots[member] = (choice, key)
        else:
            fresh = member not in known.ballots and self.may(member, home) and known.attempt == 1
            assert not fresh, f"a good ballot was refused: {answer}"

    @precondition(lambda self: self.paused)
    @rule(home=which, skew=skews)
    def a_paused_household_is_not_counted(self, home: int, skew: timedelta) -> None:
        if self.homes[home].told is None:
            closing = balloting.close_household(
                self.scene(self.village.host, skew), self.session, self.village.cases[home]
            )
            assert isinstance(self.attempted(closing), Conflict)

    @precondition(lambda self: self.paused and not self.over)
    @rule(skew=skews)
    def the_meeting_goes_on(self, skew: timedelta) -> None:
        self.run(course.set_paused(self.scene(self.village.host, skew), self.session, False))
        self.paused = False

    # --- clocks -------------------------------------------------------------------------------------------------------

    @precondition(lambda self: not self.over and not self.paused)
    @rule(member=who, seconds=st.integers(-3 * codes.PERIOD, 3 * codes.PERIOD))
    def a_code_is_typed_under_a_clock_that_is_wrong(self, member: int, seconds: int) -> None:
        """The server's own clock decides: a code of its window or the one before lets her in, no other does."""
        if member in self.removed:
            return
        now = self.village.house.zhunbao.clock()
        shown = codes.code(self._keyed, self.session, now + timedelta(seconds=seconds))
        answer = self.attempted(
            course.check_in(self.scene(self.village.members[member]), self.session, shown)
        )
        good = codes.holds(self._keyed, self.session, now, shown)
        if good and answer is None:
            self.present.add(member)
        assert (answer is None) <= (good or member in self.present), answer

    def _keyed(self, text: str) -> bytes:
        return self.platform.fingerprint("attendance", text)

    # --- two hosts ----------------------------------------------------------------------------------------------------

    @precondition(lambda self: not self.over and not self.paused)
    @rule(home=which, skew=skews)
    def one_host_ends_the_meeting_while_another_counts(self, home: int, skew: timedelta) -> None:
        """Whichever comes first: the count is whole or the household is left for the next time, never half of each."""
        known, case = self.homes[home], self.village.cases[home]
        if known.torn:
            return
        one, other = self.scene(self.village.host), self.scene(self.village.host, skew)

        async def both() -> list[Any]:
            doing = (
                balloting.close_household(one, self.session, case),
                sessions.close_session(other, self.session),
            )
            return await asyncio.gather(*doing, return_exceptions=True)

        counted, ended = self.run(both())
        assert isinstance(counted, balloting.Closed | Conflict), counted
        assert ended is None or isinstance(ended, Conflict), ended
        self.over = ended is None
        if isinstance(counted, balloting.Closed):
            self._told(known, counted)
        else:
            assert self.over or not known.ballots, "neither host got through"
            assert not known.ballots, "a meeting ended over ballots that nobody counted"
        if not self.over and not any(home.told is None and home.ballots for home in self.homes):
            # Whoever was first: what follows is the same, so that a failure can be played again.
            self.run(sessions.close_session(one, self.session))
            self.over = True
