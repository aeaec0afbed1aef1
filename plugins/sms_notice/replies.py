"""What people answer to a notice: "no more", "again please", or something an officer should read.

    question ─ open ─▶ done (an officer called, or there was nothing to do)
    TD, 退订 …  the phone gets no more texts       恢复 …  it gets them again; both are kept as done

What comes from a phone that lately heard news of a complaint, or quotes a complaint's number, is filed under no case and
shown to nobody but who answers complaints of the whole district: the officers of the area may be whom it is about.

Phone, text and the officer's note are sealed. An answer that comes twice is kept once, by what the gateway calls it; of
one phone no more than `MOST` questions an hour are kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from core.sdk import Platform, PluginContext, Transaction, platform_of
from plugins.sms_notice import store
from plugins.sms_notice.composing import mobile
from plugins.sms_notice.events import index_of

Kind = Literal["question", "opt_out", "opt_in"]
KINDS = {"question": "来信", "opt_out": "不再接收", "opt_in": "恢复接收"}

MOST, WITHIN = 20, timedelta(hours=1)
LONGEST = 1000

LATELY = timedelta(days=90)
"""So long a phone's answers may be about the news it heard: a complaint and its review take less."""
_COMPLAINT = re.compile(r"T\s*\d{6}\s*[-—－]", re.IGNORECASE)

_NO_MORE = frozenset({"TD", "T", "N", "退", "退订", "取消", "不要发了"})
_AGAIN = frozenset({"HF", "DY", "恢复", "恢复接收", "订阅"})
_OF_DISTRICT = 12


@dataclass(frozen=True, slots=True)
class Letter:
    """One answer. `process_id` is what the phone's last notice was about; None where we never wrote to it."""

    id: UUID
    kind: Kind
    phone: bytes
    body: bytes
    process_id: UUID | None
    area_code: str
    received_at: datetime
    state: str
    done_at: datetime | None
    done_by: UUID | None
    note: bytes | None
    confidential: bool = False
    number: str = ""


def meant(text: str) -> Kind:
    """What an answer asks for. Anything but the agreed words is for people to read."""
    word = text.strip().strip("。.!！ ").upper()
    if word in _NO_MORE:
        return "opt_out"
    return "opt_in" if word in _AGAIN else "question"


async def take(tx: Transaction, context: PluginContext, phone: str, text: str, source: str) -> bool:
    """Keep an answer and do what it asks for. False for one that is no phone's, came before, or is one too many."""
    platform, number, now = platform_of(context), mobile(phone), context.now
    if not number:
        return False
    index, kind = index_of(platform, number), meant(text)
    if kind == "question" and await _too_many(tx, index, now):
        return False
    confidential = bool(_COMPLAINT.search(text)) or await _heard_news(tx, index, now)
    about = (None, None, "") if confidential else await _last_notice(tx, index)
    letter = uuid4()
    kept = await tx.fetchval(
        """INSERT INTO sms_notice_reply (tenant_id, id, source, kind, phone, phone_index, body, message_id, process_id,
               area_code, received_at, state, done_at, confidential)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING RETURNING id""",
        tx.tenant, letter, platform.fingerprint("reply", source), kind, platform.seal(number.encode(), _of(letter, "phone")),
        index, platform.seal(text.strip()[:LONGEST].encode(), _of(letter, "text")), *about[:2],
        about[2] or whole_district(context), now, "open" if kind == "question" else "done",
        None if kind == "question" else now, confidential,
    )  # fmt: skip
    if kept is None:
        return False
    if kind == "opt_out":
        await store.opt_out(tx, index, "household", now)
    elif kind == "opt_in":
        await store.opt_in(tx, index)
    return True


def whole_district(context: PluginContext) -> str:
    """The area code, twelve digits."""
    return context.district.ljust(_OF_DISTRICT, "0")


async def find(tx: Transaction, letter: UUID, *, lock: bool = False) -> Letter | None:
    found = await _letters(tx, "r.id = $2" + (" FOR UPDATE OF r" if lock else ""), letter)
    return found[0] if found else None


async def listed(
    tx: Transaction,
    areas: Sequence[str],
    state: str,
    limit: int,
    offset: int,
    *,
    confidential: Sequence[str] = (),
) -> tuple[Sequence[Letter], int]:
    """Letters of these areas, the newest first, and how many there are; `confidential`: areas whose confidential ones too."""
    within = "r.state = $2 AND (NOT r.confidential OR r.area_code = ANY($4)) AND EXISTS (SELECT FROM unnest($3::text[]) AS a WHERE starts_with(r.area_code, a))"
    total: int = await tx.fetchval(
        f"SELECT count(*) FROM sms_notice_reply r WHERE r.tenant_id = $1 AND {within}",  # noqa: S608 - our own words
        *(tx.tenant, state, list(areas), list(confidential)),
    )
    page = f"{within} ORDER BY r.received_at DESC, r.id LIMIT $5 OFFSET $6"
    return await _letters(tx, page, state, list(areas), list(confidential), limit, offset), total


async def open_ones(tx: Transaction, area: str) -> int:
    """How many nobody has dealt with, of those every officer of the area may see."""
    found = """SELECT count(*) FROM sms_notice_reply
               WHERE tenant_id = $1 AND state = 'open' AND NOT confidential AND starts_with(area_code, $2)"""
    return int(await tx.fetchval(found, tx.tenant, area))


async def finish(
    tx: Transaction, platform: Platform, letter: UUID, by: UUID, note: str, now: datetime
) -> None:
    await tx.execute(
        """UPDATE sms_notice_reply SET state = 'done', done_at = $3, done_by = $4, note = $5
           WHERE tenant_id = $1 AND id = $2""",
        *(tx.tenant, letter, now, by, platform.seal(note.encode(), _of(letter, "note"))),
    )


def phone_of(platform: Platform, letter: Letter) -> str:
    return platform.unseal(letter.phone, _of(letter.id, "phone")).decode()


def text_of(platform: Platform, letter: Letter) -> str:
    return platform.unseal(letter.body, _of(letter.id, "text")).decode()


def note_of(platform: Platform, letter: Letter) -> str:
    return platform.unseal(letter.note, _of(letter.id, "note")).decode() if letter.note else ""


def _of(letter: UUID, what: str) -> bytes:
    return letter.bytes + b"reply " + what.encode()


async def _letters(tx: Transaction, where: str, *values: object) -> list[Letter]:
    rows = await tx.fetch(
        f"""SELECT r.id, r.kind, r.phone, r.body, r.process_id, r.area_code, r.received_at, r.state, r.done_at, r.done_by,
                   r.note, r.confidential, coalesce(p.number, '') AS number
            FROM sms_notice_reply r LEFT JOIN process p ON p.tenant_id = r.tenant_id AND p.id = r.process_id
            WHERE r.tenant_id = $1 AND {where}""",  # noqa: S608 - our own words
        *(tx.tenant, *values),
    )
    return [Letter(**row) for row in rows]


async def _too_many(tx: Transaction, index: bytes, now: datetime) -> bool:
    """Counted one at a time per phone, so that many at once cannot slip through."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"{tx.tenant} {index.hex()}")
    found = """SELECT count(*) FROM sms_notice_reply
               WHERE tenant_id = $1 AND phone_index = $2 AND received_at > $3 AND kind = 'question'"""
    return int(await tx.fetchval(found, tx.tenant, index, now - WITHIN)) >= MOST


async def _last_notice(tx: Transaction, index: bytes) -> tuple[UUID | None, UUID | None, str]:
    """The last message to this phone: its id, its process, its area."""
    row = await tx.fetchrow(
        """SELECT id, process_id, area_code FROM sms_notice_message
           WHERE tenant_id = $1 AND phone_index = $2 AND process_id IS NOT NULL ORDER BY created_at DESC LIMIT 1""",
        *(tx.tenant, index),
    )
    return (None, None, "") if row is None else (row["id"], row["process_id"], row["area_code"])


async def _heard_news(tx: Transaction, index: bytes, now: datetime) -> bool:
    """Whether news of a complaint were for this phone lately, sent or not."""
    found = """SELECT EXISTS (SELECT FROM sms_notice_message
               WHERE tenant_id = $1 AND phone_index = $2 AND created_at > $3 AND process_id IS NULL)"""
    return bool(await tx.fetchval(found, tx.tenant, index, now - LATELY))
