"""How far a session is, for the screen in the room: numbers of ballots given, never what was voted, not even afterwards."""

from __future__ import annotations

import msgspec

from plugins.women_panel.answers import SessionAnswer
from plugins.women_panel.meeting import codes, course
from plugins.women_panel.records import Session
from plugins.women_panel.scene import Scene


class HouseholdProgress(msgspec.Struct, frozen=True):
    place: int
    title: str
    state: str
    voted: int
    eligible: int
    recused: int
    quorate: bool


class SessionProgress(msgspec.Struct, frozen=True):
    """`code` is empty once the session is over. `seconds` until it changes."""

    title: str
    number: int
    state: str
    paused: bool
    present: int
    members: int
    closed: int
    voted: int
    ballots: int
    code: str
    seconds: int
    households: tuple[HouseholdProgress, ...]


def progress_of(scene: Scene, session: Session, found: SessionAnswer) -> SessionProgress:
    """From the session as its host sees it. Results are left behind here."""
    lines = tuple(
        HouseholdProgress(
            place, c.title, c.state, c.voted_count, c.eligible_present, c.recused_count,
            c.eligible_present >= c.quorum,
        )
        for place, c in enumerate(found.cases, 1)
    )  # fmt: skip
    open_ = session.state == "open"
    standing = [m for m in found.members if not m.removed]
    return SessionProgress(
        found.title, found.number, session.state, session.paused, sum(m.present for m in standing), len(standing),
        sum(line.state == "closed" for line in lines), sum(line.voted for line in lines if line.state in ("open", "closed")),
        sum(line.eligible for line in lines if line.state in ("open", "closed")),
        course.shown_code(scene, session) if open_ else "", codes.remaining(scene.now) if open_ else 0, lines,
    )  # fmt: skip
