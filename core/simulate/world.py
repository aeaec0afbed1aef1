"""The state of one simulated round: who plays, what is tried, what was found to be wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from typing import Any

from core.clock import local_date
from core.simulate import papers
from core.simulate.cast import Cast, Player, Stage
from core.simulate.client import ApiError
from core.simulate.expectation import Terms
from core.simulate.people import dice
from core.simulate.village import Plan, Village

Form = dict[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """A case or round as the API answered it to one person."""

    answer: Mapping[str, Any]

    @property
    def version(self) -> int:
        return int(self.answer["version"])

    @property
    def state(self) -> str:
        return str(self.answer["state"])

    @property
    def ended(self) -> bool:
        return bool(self.answer["ended"])

    @property
    def marks(self) -> frozenset[str]:
        return frozenset(self.answer["marks"])

    @property
    def findings(self) -> list[Mapping[str, Any]]:
        return list(self.answer["findings"])

    @property
    def decision(self) -> Mapping[str, Any] | None:
        found: Mapping[str, Any] | None = self.answer["decision"]
        return found

    def offers(self, action: str) -> bool:
        """Whether the present stage has this step at all, for whomever."""
        return any(a["name"] == action for a in self.answer["actions"])

    def choice(self, action: str) -> Mapping[str, Any] | None:
        return next((a for a in self.answer["actions"] if a["name"] == action), None)

    def last(self, *actions: str) -> int:
        """The journal row of the latest of these steps; 0 when none was taken."""
        return max((int(row["seq"]) for row in self.answer["journal"] if row["action"] in actions), default=0)

    def did(self, action: str) -> bool:
        return self.last(action) > 0

    def times(self, action: str) -> int:
        return sum(row["action"] == action for row in self.answer["journal"])


@dataclass
class Track:
    """One household on its way: its case, what the register calls its members, who of the cast is its kin."""

    plan: Plan
    chance: Random
    case_id: str = ""
    number: str = ""
    person_ids: list[str] = field(default_factory=list)
    kin: list[Player] = field(default_factory=list)
    waiting: dict[str, str] = field(default_factory=dict)
    probed: set[str] = field(default_factory=set)

    @property
    def path(self) -> str:
        return f"/api/cases/{self.case_id}"

    def __str__(self) -> str:
        return f"{self.number or '未立案'}（{self.plan.key} {self.plan.story.value}）"


@dataclass
class World:
    """Everything a phase needs. `mismatches` are what came out otherwise than expected; empty is success."""

    stage: Stage
    cast: Cast
    village: Village
    terms: Terms
    seed: int
    patience: float = 90.0
    by_hand: bool = False
    """Whether the verification officer files the reports, where no platform answers."""
    tracks: list[Track] = field(default_factory=list)
    round_id: str = ""
    number: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    mismatches: list[str] = field(default_factory=list)
    checks: int = 0

    def move_in(self, village: Village) -> None:
        """The households whose round it is."""
        self.village = village
        self.tracks = [Track(plan, dice(f"{self.seed}:{plan.key}")) for plan in village.plans]

    @property
    def path(self) -> str:
        return f"/api/rounds/{self.round_id}"

    def check(self, holds: bool, what: str) -> None:
        """Count a check; what does not hold is a mismatch."""
        self.checks += 1
        if not holds:
            self.mismatches.append(what)

    def player(self, role: str, track: Track | None = None, *, besides: Iterable[Player] = ()) -> Player:
        """Somebody of an office who may act in this case: no kin, and always the same one for the same case."""
        out = {p.username for p in (*besides, *(track.kin if track else ()))}
        able = [p for p in self.cast.all(role) if p.username not in out]
        return able[track.plan.key % len(able) if track else 0]

    def household(self, track: Track) -> Player:
        """Who acts for the household: itself, or the township's clerk who types the paper in."""
        return self.cast.applicants.get(track.plan.key) or self.player("township_clerk", track)

    async def read(self, player: Player, track: Track) -> State:
        return State(await self.stage.get(player, track.path, name="/api/cases/{id}"))

    async def read_round(self, player: Player) -> State:
        return State(await self.stage.get(player, self.path, name="/api/rounds/{id}"))

    async def act(self, player: Player, track: Track, state: State, action: str, form: Form) -> Any:
        """One step of a case, at the version that was read."""
        receipt = await self._post(player, f"{track.path}/actions/{action}", "case", action, state, form)
        self.counts[f"case.{action}"] += 1
        return receipt

    async def act_round(self, player: Player, state: State, action: str, form: Form) -> Any:
        receipt = await self._post(player, f"{self.path}/actions/{action}", "round", action, state, form)
        self.counts[f"round.{action}"] += 1
        return receipt

    async def _post(self, player: Player, path: str, kind: str, action: str, state: State, form: Form) -> Any:
        key = f"{self.number}-{action}-{player.username}-{state.version}-{path.split('/')[3]}"
        return await self.stage.post(
            player, path, {"expected_version": state.version, "form": form},
            name=f"/api/{kind}s/{{id}}/actions/{action}", key=key[-128:],
        )  # fmt: skip

    async def refused(
        self, what: str, statuses: tuple[int, ...], player: Player, path: str, body: Any
    ) -> None:
        """A step that must not pass: asks for it, and notes a mismatch when it passes or is refused for another reason."""
        try:
            await self.stage.post(player, path, body, name=f"(refused) {what}")
        except ApiError as error:
            said = str(error.problem.get("detail", ""))
            self.check(error.status in statuses and bool(said), f"{what}: {error}")
            self.counts["refused"] += 1
        else:
            self.check(False, f"{what}: 没有被拒绝")

    async def refuses(
        self, what: str, player: Player, track: Track, action: str, form: Form, *statuses: int
    ) -> None:
        """The same for a step of a case, once per case, at the version of now."""
        if what in track.probed:
            return
        track.probed.add(what)
        state = await self.read(player, track)
        body = {"expected_version": state.version, "form": form}
        await self.refused(
            f"{what} {track}", statuses or (403,), player, f"{track.path}/actions/{action}", body
        )

    async def photo(self, player: Player, chance: Random) -> str:
        return await self.stage.upload(player, *papers.photo(chance))

    async def paper(self, player: Player, chance: Random) -> str:
        return await self.stage.upload(player, *papers.pdf(chance))

    async def advance(self, days: int) -> None:
        """Move the demo's clock. Raises ApiError (404) where time is real: postings can't be waited for there."""
        await self.stage.post(self.cast.system_admin, "/api/demo/clock", {"days": days})
        self.counts["days"] += days

    async def today(self) -> date:
        """The system's day, which a demo's moved clock may have far from ours. Raises as `advance` does."""
        answer = await self.stage.post(self.cast.system_admin, "/api/demo/clock", {"days": 0})
        return local_date(datetime.fromisoformat(answer["now"]))
