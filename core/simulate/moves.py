"""Working on cases the way offices do: whoever may take the next step takes it, until nothing more can be done now.

A `Move` says who takes a step, when it is wanted, and what goes into its form; the system says whether it is open.
Districts order their stages differently; moves do not care.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from core.simulate.cast import Player
from core.simulate.client import ApiError, together
from core.simulate.world import Form, State, Track, World

MOST_STEPS = 80
CONFLICTS = 8

Who = Callable[[World, Track], Player]
Wanted = Callable[[Track, State], bool]
Fill = Callable[[World, Track, State], Awaitable[Form]]
Probe = Callable[[World, Track, State], Awaitable[None]]


def once(action: str) -> Wanted:
    """Wanted as long as it has not been done."""
    return lambda _, state: not state.did(action)


async def nothing(_: World, __: Track, ___: State) -> Form:
    return {}


async def no_probe(_: World, __: Track, ___: State) -> None:
    """Nothing is done first."""


@dataclass(frozen=True, slots=True)
class Move:
    """`unblock` does what a closed step waits for; `probe` tries what must be refused, before the step is taken."""

    action: str
    who: Who
    wanted: Wanted
    form: Fill = nothing
    probe: Probe = no_probe
    unblock: Probe = no_probe


def office(role: str) -> Who:
    return lambda world, track: world.player(role, track)


def household(world: World, track: Track) -> Player:
    return world.household(track)


async def work(world: World, moves: Sequence[Move], tracks: Sequence[Track] | None = None) -> None:
    """Every case as far as it goes now, many at a time."""
    await together(
        work_case(world, moves, t) for t in (world.tracks if tracks is None else tracks) if t.case_id
    )


async def work_case(world: World, moves: Sequence[Move], track: Track) -> None:
    """One case, step by step."""
    for _ in range(MOST_STEPS):
        track.waiting.clear()
        if not await _step(world, moves, track):
            return
    world.check(False, f"{track}: 办了 {MOST_STEPS} 步还没有停下来")


async def _step(world: World, moves: Sequence[Move], track: Track) -> bool:
    reader = world.player("township_clerk", track)
    state = await world.read(reader, track)
    for move in moves:
        if state.offers(move.action) and move.wanted(track, state):
            seen = state if move.who(world, track) is reader else None
            if await take(world, move, track, seen):
                return True
    return False


async def take(world: World, move: Move, track: Track, seen: State | None = None) -> bool:
    """Take a step if it is open to its player; False when it is not yet. `seen` is the case as its player read it."""
    player = move.who(world, track)
    for attempt in range(CONFLICTS):
        state = seen or await world.read(player, track)
        seen = None
        choice = state.choice(move.action)
        if choice and not choice["open"] and move.unblock is not no_probe:
            await move.unblock(world, track, state)
            state = await world.read(player, track)
            choice = state.choice(move.action)
        if choice is None or not choice["open"]:
            track.waiting[move.action] = choice["reason"] if choice else "这个环节没有这一步"
            return False
        await move.probe(world, track, state)
        form = await move.form(world, track, state)
        try:
            await world.act(player, track, state, move.action, form)
        except ApiError as error:
            if error.status != 409 or attempt == CONFLICTS - 1:
                raise
            continue  # somebody, or a report that just came in, was faster
        return True
    return False
