"""Putting a household's count on file: closed here, published, and the result on the case's own file."""

from __future__ import annotations

from dataclasses import dataclass

from core.sdk import Transaction
from core.sdk.household import BallotResultForm
from plugins.women_panel import agendas, published
from plugins.women_panel.agendas import Entry
from plugins.women_panel.records import Session
from plugins.women_panel.rules import Tally
from plugins.women_panel.scene import Scene


@dataclass(frozen=True, slots=True)
class Closed:
    """What closing a household came to: a tally, or the vote starts again because somebody who voted is kin; or the
    household has `withdrawn` meanwhile."""

    tally: Tally | None
    reasons: dict[str, int]
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """A household's count, by whatever means it was voted on."""

    means: published.Means
    voters: int
    ballots: tuple[published.Line, ...]
    tally: Tally
    reasons: dict[str, int]
    spoilt: int = 0
    entered: tuple[str, ...] = ()


async def file_count(scene: Scene, tx: Transaction, session: Session, entry: Entry, done: Counted) -> Closed:
    """Close a household: its count, what is published of it, and the result on the case's own file."""
    round_, told = await scene.platform.process(tx, session.round_id), done.tally
    record = published.written(
        published.Record(
            published.FORMAT, round_.number, session.number, entry.number, entry.attempt, done.means,
            published.rule_of(session.rules), done.voters, done.ballots, told, done.spoilt, done.entered,
        )
    )  # fmt: skip
    await agendas.close_entry(
        tx, session.id, entry.case_id, told, done.reasons, record, scene.now, scene.actor.account_id
    )
    form = BallotResultForm(
        session=f"{round_.number}-{session.number}", roster=told.roster, eligible_roster=told.eligible_roster,
        quorum=told.quorum, present=told.present, needed=told.needed, agree=told.agree, disagree=told.disagree,
        abstain=told.abstain, result=told.result, record=published.digest(record),
    )  # fmt: skip
    await scene.platform.act(tx, entry.case_id, "record_ballot_result", form)
    await agendas.mark_filed(tx, session.id, entry.case_id)
    return Closed(told, done.reasons)
