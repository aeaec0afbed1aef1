"""The same evening once more: conflicts declared, kinship that comes to light late, paper, and two hosts' attendance lists."""

from __future__ import annotations

from collections import Counter
from math import ceil
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from core.sdk import Conflict, Invalid, Refused
from plugins.women_panel import balloting, paper, sessions
from plugins.women_panel.paper import Slips
from tests.plugins.women_panel.evening import PANEL, Household, which, who
from tests.plugins.women_panel.late_evening import LateEvening

MOST_OUT = 2
"""Of one household: so that a quorum stays within reach."""


class TornEvening(LateEvening):
    """`lists` are attendance lists that hosts have opened and not sent yet."""

    def __init__(self) -> None:
        super().__init__()
        self.lists: list[set[int]] = []

    # --- who stays out ------------------------------------------------------------------------------------------------

    @rule(member=who, home=which)
    def somebody_declares_a_conflict(self, member: int, home: int) -> None:
        """Before she votes, in a pause as well; never after."""
        known, scene = self.homes[home], self.scene(self.village.members[member])
        if len(known.out | {member}) > MOST_OUT:
            return
        answer = self.attempted(balloting.declare_conflict(scene, self.session, self.village.cases[home]))
        late = self.over or known.told is not None or member in known.ballots
        if late or member in self.removed:
            assert isinstance(answer, Conflict | Refused), answer
        else:
            assert answer is None, answer
            known.out.add(member)

    @rule(member=who, home=which)
    def kinship_comes_to_light(self, member: int, home: int) -> None:
        """Also of somebody who has voted, and after the count, which stands."""
        known = self.homes[home]
        if known.told is None and len(known.out | {member}) <= MOST_OUT:
            self.run(self.village.sisters(self.village.members[member], self.village.applicants[home]))
            known.out.add(member)

    @precondition(lambda self: not self.over and not self.paused and any(h.torn for h in self.homes))
    @rule()
    def a_vote_over_kins_ballot_starts_again(self) -> None:
        home = next(n for n, known in enumerate(self.homes) if known.torn)
        closing = balloting.close_household(
            self.scene(self.village.host), self.session, self.village.cases[home]
        )
        closed = self.run(closing)
        assert closed.tally is None, "kin's ballot was counted"
        self.homes[home].start_again()

    # --- paper --------------------------------------------------------------------------------------------------------

    @rule(home=which, agree=st.integers(0, PANEL), disagree=st.integers(0, PANEL), spoilt=st.integers(0, 2))
    def a_household_goes_to_paper(self, home: int, agree: int, disagree: int, spoilt: int) -> None:
        """What came from phones is void; two people count; what they agree on is the count."""
        known, case, host = self.homes[home], self.village.cases[home], self.scene(self.village.host)
        answer = self.attempted(paper.to_paper(host, self.session, case))
        if self.over or self.paused or known.told is not None:
            assert isinstance(answer, Conflict), answer
            return
        assert answer is None, answer
        known.start_again()
        slips = self._slips(known, agree, disagree, spoilt)
        quorate = self._quorate(known)
        if quorate:
            self._entered(case, slips)
        known.slips = Counter(agree=slips.agree, disagree=slips.disagree) if quorate else Counter()
        self._told(known, self.run(balloting.close_household(host, self.session, case)))

    def _here(self, known: Household) -> int:
        return len(self.present - self.removed - known.out)

    def _quorate(self, known: Household) -> bool:
        eligible = len(set(range(PANEL)) - self.removed - known.out)
        return self._here(known) >= ceil(2 * eligible / 3)

    def _slips(self, known: Household, agree: int, disagree: int, spoilt: int) -> Slips:
        """At least one, and no more than people in the room."""
        here = max(1, self._here(known))
        agree = min(agree, here)
        disagree = min(disagree, here - agree)
        spoilt = min(spoilt, here - agree - disagree)
        return Slips(agree, disagree, 0 if agree + disagree + spoilt else 1, spoilt)

    def _entered(self, case: Any, slips: Slips) -> None:
        for n, person in enumerate((self.village.observer, self.village.clerk)):
            more = Slips(slips.agree + PANEL + 1, slips.disagree, 0)
            assert isinstance(
                self.attempted(paper.enter(self.scene(person), self.session, case, more)), Invalid
            )
            entering = paper.enter(self.scene(person), self.session, case, slips)
            assert self.run(entering) == ("first", "agreed")[n]

    # --- two hosts' lists ---------------------------------------------------------------------------------------------

    @precondition(lambda self: not self.over)
    @rule()
    def a_host_opens_the_attendance_list(self) -> None:
        self.lists.append(set(self.present - self.removed))

    @precondition(lambda self: not self.over and self.lists)
    @rule(data=st.data(), changed=st.sets(who, max_size=2))
    def a_list_opened_earlier_is_sent(self, data: Any, changed: set[int]) -> None:
        """What this host changed is taken; what came meanwhile by another hand stays."""
        seen = data.draw(st.sampled_from(self.lists))
        ticked = seen ^ (changed - self.removed)
        ids = [[self.village.members[n].id for n in sorted(some)] for some in (ticked, seen)]
        self.run(sessions.take_attendance(self.scene(self.village.host), self.session, *ids))
        self.present = (self.present | (ticked - seen)) - (seen - ticked) - self.removed
