"""The archive verified piece by piece, each piece in about a second: the page asks for the next one until all is done.

Nothing is kept between pieces: the address says where the last one ended, so that leaving stops it and reloading goes on.
"""

from __future__ import annotations

import time
from typing import Annotated

import msgspec
from msgspec import Meta

from core.access import log_chain
from core.kernel import audit
from core.stages.rolls_audit import verify_rolls
from core.storage.database import Transaction
from core.web.services import WebServices

PIECE = 0.8
"""Seconds of work before the page is answered."""


class VerificationQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the verification stands: `step` 0 not begun, 1 processes, 2 what spans all of them; totals so far."""

    step: Annotated[int, Meta(ge=0, le=2)] = 0
    after: Annotated[str, Meta(max_length=40)] = ""
    checked: Annotated[int, Meta(ge=0, le=100_000_000)] = 0
    wrong: Annotated[int, Meta(ge=0, le=100_000_000)] = 0


class Piece(msgspec.Struct, frozen=True):
    """What one piece came to. `next` is where to go on; None: all is done, or nothing was begun."""

    total: int
    checked: int = 0
    wrong: int = 0
    found: tuple[str, ...] = ()
    next: VerificationQuery | None = None
    done: bool = False


async def verify_piece(tx: Transaction, services: WebServices, wanted: VerificationQuery) -> Piece:
    """One piece, in one moment of the data: `tx` must have read nothing yet."""
    await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    total = int(await tx.fetchval("SELECT count(*) FROM process WHERE tenant_id = $1", tx.tenant))
    if wanted.step == 0:
        return Piece(total)
    if wanted.step == 2:
        found = [str(one) async for one in audit.verify_whole(tx)]
        found += [str(one) async for one in verify_rolls(tx, services.records, services.catalogue)]
        found += [one async for one in log_chain.verify(tx)]
        return Piece(total, wanted.checked, wanted.wrong + len(found), tuple(found), done=True)
    until = time.monotonic() + PIECE
    part = await audit.verify_some(
        tx, services.records, services.objects, wanted.after, lambda: time.monotonic() > until
    )
    checked, wrong = wanted.checked + part.checked, wanted.wrong + len(part.found)
    following = VerificationQuery(2 if part.ended else 1, part.last, checked, wrong)
    return Piece(total, checked, wrong, tuple(map(str, part.found)), following)
