"""Ballots as phones send them: sealed for the key of their session. The copies of a village get keys of their own."""

from __future__ import annotations

import base64
import random
from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

from bench.ground import Ground
from bench.load import request
from bench.meeting import CHOICES, Case, Meeting, Member
from core.app import build
from core.sdk import Platform
from core.settings import Settings
from plugins.women_panel import sealing
from plugins.women_panel.urn import Poll, Vote

Keys = Mapping[UUID, EllipticCurvePublicKey]
"""By session, what its phones seal for."""


async def give_keys(here: Ground, meetings: Sequence[Meeting]) -> Keys:
    """A key pair for every session, as opening it makes one; the private half lies sealed in the database."""
    zhunbao = build(Settings(here.folder, database_url=here.urls.app, keys=here.keys, demo=True, pool_size=1))
    await zhunbao.open()
    try:
        async with zhunbao.database.transaction(meetings[0].tenant) as tx:
            platform: Platform = (await zhunbao.runtimes.scope(tx)).platform("women_panel")
        pairs = {meeting.session: sealing.new_keys(platform, meeting.session) for meeting in meetings}
    finally:
        await zhunbao.close()
    connection = await asyncpg.connect(here.urls.superuser)
    try:
        await connection.executemany(
            "UPDATE women_panel_session SET ballot_public = $2, ballot_private = $3 WHERE id = $1",
            [(session, *pair) for session, pair in pairs.items()],
        )
    finally:
        await connection.close()
    return {
        session: EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public)
        for session, (public, _) in pairs.items()
    }


def sealed_post(
    keys: Keys, meeting: Meeting, member: Member, case: Case, n: int = 0
) -> tuple[str, dict[str, str]]:
    """Where the phone posts a vote, and what; `n` chooses what it says. Trackers are random, as the phone's are."""
    vote = Vote(CHOICES[n % len(CHOICES)], tracker=f"{random.randrange(10**12):012d}")
    info = sealing.info_of(Poll(meeting.session, case.id, 1), member.account)
    plain = msgspec.json.encode(vote).ljust(sealing.PLAIN_BYTES)
    body = sealing.SUITE.encrypt(plain, keys[meeting.session], info=info)
    path = meeting.path(case).removesuffix("/ballots") + "/sealed-ballots"
    return path, {"sealed": base64.b64encode(body).decode()}


def sealed_ballot(keys: Keys, meeting: Meeting, member: Member, case: Case, n: int) -> bytes:
    """The request of one vote; `n` makes its key its own."""
    path, body = sealed_post(keys, meeting, member, case, n)
    headers = {"idempotency-key": f"ballot-{n}"}
    return request("POST", path, token=member.token, body=body, headers=headers)
