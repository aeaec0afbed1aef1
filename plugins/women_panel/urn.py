"""Where votes are kept. The only module that reads or writes voters and ballots.

A vote is two rows that nothing joins: the voter (who, on which day) and the ballot (which choice, sealed, under a random
id). Both are written in one transaction, and with each vote all ballots of the household are sealed anew, under new
random ids, in one statement: so that neither ids, nor order, nor PostgreSQL's own row versions (`xmin`, `ctid`) tell
which ballot came with which voter. Every sealed ballot is equally long, and bound to the whole set of voters: a ballot of an
earlier moment, kept and put back, does not open beside other voters (else the one line that stands twice, or alone, would
tell its voter's choice: the replay of Cortier and Smyth, from within the database).

What recognises a ballot later is inside it and nowhere else: the tracker, which is published with the choice once the
household is closed, and the mark, by which a repeated request is told from a second vote.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core.sdk import Conflict, Platform, Transaction

SEALED_BYTES = 512
Said = Literal["agree", "disagree", "abstain", "score"]
Tracker = Annotated[str, Meta(pattern=r"^([0-9]{12})?$")]
Score = Annotated[int, Meta(ge=0, le=100)]


class Vote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a ballot says. `reason` is one of the session's own, or nothing; `scores` follow the form's criteria.

    `tracker` are twelve random digits made by the voter's phone, or here. `mark` tells a repeated request (see `mark_of`).
    """

    choice: Said
    reason: Annotated[str, Meta(max_length=40)] = ""
    scores: Annotated[tuple[Score, ...], Meta(max_length=12)] = ()
    tracker: Tracker = ""
    mark: str = ""

    @property
    def says(self) -> tuple[str, str, tuple[int, ...]]:
        return self.choice, self.reason, self.scores


@dataclass(frozen=True, slots=True)
class Poll:
    """One vote on one household: a session, a case, and which attempt at it."""

    session_id: UUID
    case_id: UUID
    attempt: int

    @property
    def key(self) -> tuple[UUID, UUID, int]:
        return self.session_id, self.case_id, self.attempt

    def about(self, ballot: UUID, voted: Iterable[UUID]) -> bytes:
        """What a stored ballot is bound to: its household, its id, and everybody who has voted by now."""
        here = self.session_id.bytes + self.case_id.bytes + self.attempt.to_bytes(4, "big") + ballot.bytes
        return here + hashlib.sha256(b"".join(sorted(account.bytes for account in voted))).digest()


async def voters(tx: Transaction, poll: Poll) -> frozenset[UUID]:
    """Who has voted: known to everybody in the room."""
    rows = await tx.fetch(
        """SELECT account_id FROM women_panel_voter
           WHERE tenant_id = $1 AND session_id = $2 AND case_id = $3 AND attempt = $4""",
        tx.tenant,
        *poll.key,
    )
    return frozenset(row["account_id"] for row in rows)


async def all_voters(tx: Transaction, session_id: UUID) -> dict[tuple[UUID, int], frozenset[UUID]]:
    """Who has voted, by household and attempt, for a whole session."""
    rows = await tx.fetch(
        """SELECT case_id, attempt, array_agg(account_id) AS accounts FROM women_panel_voter
           WHERE tenant_id = $1 AND session_id = $2 GROUP BY case_id, attempt""",
        tx.tenant,
        session_id,
    )
    return {(row["case_id"], row["attempt"]): frozenset(row["accounts"]) for row in rows}


async def has_voted(tx: Transaction, poll: Poll, account: UUID) -> bool:
    found: bool = await tx.fetchval(
        """SELECT EXISTS (SELECT FROM women_panel_voter
           WHERE tenant_id = $1 AND session_id = $2 AND case_id = $3 AND attempt = $4 AND account_id = $5)""",
        tx.tenant,
        *poll.key,
        account,
    )
    return found


def mark_of(account: UUID, key: str | None) -> str:
    """What a ballot remembers of the request it came with: sealed within it, so that only who opens the urn can compare."""
    if not key:
        return ""
    return base64.b64encode(hashlib.sha256(account.bytes + key.encode()).digest()[:16]).decode()


async def marked(tx: Transaction, platform: Platform, poll: Poll, mark: str) -> Vote | None:
    """The ballot that came with this request, if one did. Raises Conflict when ballots were changed."""
    if not mark:
        return None
    voted = await voters(tx, poll)
    return next((v for v in await _opened(tx, platform, poll, voted) if v.mark == mark), None)


async def cast(
    tx: Transaction,
    platform: Platform,
    poll: Poll,
    account: UUID,
    vote: Vote,
    today: date,
) -> str:
    """Take a vote; its tracker. The caller holds the household's row. Raises Conflict when this account has voted already."""
    taken = await tx.fetchval(
        """INSERT INTO women_panel_voter (tenant_id, session_id, case_id, attempt, account_id, voted_on)
           VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING true""",
        tx.tenant,
        *poll.key,
        account,
        today,
    )
    if not taken:
        raise already_voted()
    given = vote if vote.tracker else msgspec.structs.replace(vote, tracker=new_tracker())
    await _shuffle_in(tx, platform, poll, account, given)
    return given.tracker


def new_tracker() -> str:
    return f"{secrets.randbelow(10**12):012d}"


async def open_ballots(tx: Transaction, platform: Platform, poll: Poll) -> list[Vote]:
    """Every vote on a household, in no order. Raises Conflict when ballots were changed, added or taken away."""
    voted = await voters(tx, poll)
    votes = await _opened(tx, platform, poll, voted)
    if len(votes) != len(voted) or len({vote.tracker for vote in votes}) != len(votes):
        raise _tampered()
    return votes


async def _opened(tx: Transaction, platform: Platform, poll: Poll, voted: frozenset[UUID]) -> list[Vote]:
    rows = await tx.fetch(
        """SELECT id, sealed FROM women_panel_ballot
           WHERE tenant_id = $1 AND session_id = $2 AND case_id = $3 AND attempt = $4 ORDER BY id""",
        tx.tenant,
        *poll.key,
    )
    try:
        return [_open(platform, poll.about(row["id"], voted), row["sealed"]) for row in rows]
    except (ValueError, msgspec.MsgspecError):
        raise _tampered() from None


async def _shuffle_in(tx: Transaction, platform: Platform, poll: Poll, account: UUID, vote: Vote) -> None:
    """Put a vote among the others: all are taken out and put back, sealed anew, in the order of their new random ids."""
    voted = await voters(tx, poll)
    before = voted - {account}
    rows = await tx.fetch(
        """DELETE FROM women_panel_ballot
           WHERE tenant_id = $1 AND session_id = $2 AND case_id = $3 AND attempt = $4 RETURNING id, sealed""",
        tx.tenant,
        *poll.key,
    )
    try:
        votes = [*(_open(platform, poll.about(row["id"], before), row["sealed"]) for row in rows), vote]
    except (ValueError, msgspec.MsgspecError):
        raise _tampered() from None
    if len(votes) != len(voted):
        raise _tampered()
    if any(other.tracker == vote.tracker for other in votes[:-1]):
        raise Conflict("这张票的查票号和别的票相同，没有收下。", source="评议规则", hint="请对这一户重新投票")
    ballots = sorted(zip(_ids(len(votes)), votes, strict=True), key=lambda ballot: ballot[0])
    await tx.execute(
        """INSERT INTO women_panel_ballot (tenant_id, session_id, case_id, attempt, id, sealed)
           SELECT $1, $2, $3, $4, b.id, b.sealed FROM unnest($5::uuid[], $6::bytea[]) AS b (id, sealed)""",
        tx.tenant,
        *poll.key,
        [ballot for ballot, _ in ballots],
        [_seal(platform, poll.about(ballot, voted), one) for ballot, one in ballots],
    )


def _ids(count: int) -> list[UUID]:
    chance = secrets.token_bytes(16 * count)
    return [UUID(bytes=chance[n : n + 16], version=4) for n in range(0, len(chance), 16)]


def _seal(platform: Platform, about: bytes, vote: Vote) -> bytes:
    plain = msgspec.json.encode(vote)
    if len(plain) > SEALED_BYTES:
        raise ValueError("a ballot's reason is too long to be sealed at equal length")
    return platform.seal(plain.ljust(SEALED_BYTES), about)


def _open(platform: Platform, about: bytes, sealed: bytes) -> Vote:
    return msgspec.json.decode(platform.unseal(bytes(sealed), about), type=Vote)


def already_voted() -> Conflict:
    return Conflict("您已经投过这一户的票，每户只能投一次。", source="评议规则", hint="请接着投下一户")


def _tampered() -> Conflict:
    return Conflict(
        "这一户的票对不上：有票被改动、增加或拿走，不能计票。",
        source="投票保密与完整",
        hint="请停止这一户的评议，报告区里的审计管理员",
    )
