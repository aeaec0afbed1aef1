"""The register's rows, encrypted where they say something of somebody; always inside the caller's transaction.

    open ──reply──▶ answered ──rated 1, review asked──▶ open (level above)
    open ──overdue, handler concerned──▶ open (level above) … district ──▶ passed_up (the province's own register)

Three things are sealed apart: what is reported (`body`), who reports it (`complainant`), what was found (`reply`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from core.complaints import news
from core.complaints.routing import About, Level
from core.problems import NotFound
from core.storage.crypto import FieldCipher
from core.storage.database import Transaction

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Of a receipt's code: no two characters that look alike."""
CODE_LENGTH = 10


class Body(msgspec.Struct, frozen=True):
    """What is reported. `entry`: the line of the posting, counted from 1; 0: the whole."""

    content: str
    whom: str = ""
    entry: int = 0


class Contact(msgspec.Struct, frozen=True):
    name: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class New:
    """A complaint about to be put down. `code_index` finds it by its receipt, in the district and above."""

    id: UUID
    number: str
    about: About
    channel: str
    area_code: str
    level: Level
    body: Body
    contact: Contact | None
    received_at: datetime
    due: date
    code_index: bytes
    received_by: UUID | None = None
    case_id: UUID | None = None
    posting_id: UUID | None = None
    accused_accounts: tuple[UUID, ...] = ()
    accused_persons: tuple[UUID, ...] = ()
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A complaint as it lies in the register; what is sealed stays so until asked for."""

    id: UUID
    number: str
    about: About
    channel: str
    area_code: str
    level: Level
    state: str
    named: bool
    received_at: datetime
    received_by: UUID | None
    due: date
    answered_at: datetime | None
    outcome: str
    rating: int | None
    reviewed: bool
    case_id: UUID | None
    posting_id: UUID | None
    accused_accounts: tuple[UUID, ...]
    accused_persons: tuple[UUID, ...]
    code_index: bytes
    body: bytes
    complainant: bytes | None
    reply: bytes | None
    origin: str


COLUMNS = ", ".join(Row.__dataclass_fields__)


def row_of(found: Any) -> Row:
    values = {name: found[name] for name in Row.__dataclass_fields__}
    return Row(
        **{
            **values,
            "about": About(values["about"]),
            "level": Level(values["level"]),
            "accused_accounts": tuple(values["accused_accounts"]),
            "accused_persons": tuple(values["accused_persons"]),
        }
    )


class Register:
    """Reads and writes the register of the transaction's tenant."""

    def __init__(self, cipher: FieldCipher) -> None:
        self._cipher = cipher

    def code_for(self, tenant: UUID, key: str, said: msgspec.Struct) -> str:
        """A receipt's code: the same for the same words sent twice with the same key, and not to be guessed."""
        seed = f"{key}\0{msgspec.json.encode(said).decode()}"
        number = int.from_bytes(self._cipher.blind_index(tenant, "complaint.receipt", seed), "big")
        letters = []
        for _ in range(CODE_LENGTH):
            number, rest = divmod(number, len(ALPHABET))
            letters.append(ALPHABET[rest])
        return "".join(letters)

    def id_for(self, tenant: UUID, code: str) -> UUID:
        """A complaint's id: it stands in addresses, so nobody may try codes against it without the key."""
        return UUID(bytes=self._cipher.blind_index(tenant, "complaint.id", code)[:16], version=4)

    def code_index(self, tenant: UUID, code: str) -> bytes:
        plain = "".join(c for c in code.upper() if c in ALPHABET)
        return self._cipher.blind_index(tenant, "complaint.code", plain)

    async def put(self, tx: Transaction, new: New) -> None:
        assert tx.tenant is not None
        body = self.seal(tx, new.id, b"body", new.body)
        who = self.seal(tx, new.id, b"complainant", new.contact) if new.contact else None
        await tx.execute(
            """INSERT INTO complaint (tenant_id, id, number, about, channel, area_code, level, state, named, received_at,
                   received_by, due, case_id, posting_id, accused_accounts, accused_persons, code_index, body,
                   complainant, origin, first_due)
               VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $11)""",
            tx.tenant, new.id, new.number, new.about.value, new.channel, new.area_code, new.level.value,
            new.contact is not None, new.received_at, new.received_by, new.due, new.case_id, new.posting_id,
            list(new.accused_accounts), list(new.accused_persons), new.code_index, body, who, new.origin,
        )  # fmt: skip
        await self.note(tx, new.id, new.received_at, "received", new.received_by)

    async def find(self, tx: Transaction, complaint_id: UUID, *, lock: bool = False) -> Row | None:
        found = await tx.fetchrow(
            f"SELECT {COLUMNS} FROM complaint WHERE tenant_id = $1 AND id = $2"  # noqa: S608
            + (" FOR UPDATE" if lock else ""),
            tx.tenant,
            complaint_id,
        )
        return row_of(found) if found else None

    async def load(self, tx: Transaction, complaint_id: UUID, *, lock: bool = False) -> Row:
        """Raises NotFound."""
        found = await self.find(tx, complaint_id, lock=lock)
        if found is None:
            raise NotFound("没有找到这件投诉举报")
        return found

    async def by_code(self, tx: Transaction, code_index: bytes, *, lock: bool = False) -> Row | None:
        found = await tx.fetchrow(
            f"SELECT {COLUMNS} FROM complaint WHERE tenant_id = $1 AND code_index = $2"  # noqa: S608
            + (" FOR UPDATE" if lock else ""),
            tx.tenant,
            code_index,
        )
        return row_of(found) if found else None

    async def note(
        self, tx: Transaction, complaint_id: UUID, at: datetime, kind: str, by: UUID | None, note: str = ""
    ) -> None:
        """What happened; `note` holds codes (a level, a result), never free text. The complainant hears if it is news."""
        seq = await tx.fetchval(
            """INSERT INTO complaint_event (tenant_id, complaint_id, seq, at, kind, by, note)
               SELECT $1, $2, coalesce(max(seq), 0) + 1, $3, $4, $5, $6 FROM complaint_event
               WHERE tenant_id = $1 AND complaint_id = $2 RETURNING seq""",
            tx.tenant, complaint_id, at, kind, by, note,
        )  # fmt: skip
        await news.queue(tx, complaint_id, seq, kind, at)

    async def recode(self, tx: Transaction, row: Row, code_index: bytes) -> None:
        """Another receipt: from now on the earlier code opens nothing."""
        await tx.execute(
            "UPDATE complaint SET code_index = $3 WHERE tenant_id = $1 AND id = $2",
            tx.tenant,
            row.id,
            code_index,
        )

    async def raise_to(self, tx: Transaction, row: Row, level: Level, due: date) -> None:
        await tx.execute(
            """UPDATE complaint SET level = $3, state = 'open', due = $4, first_due = coalesce(first_due, due),
                   first_answered_at = coalesce(first_answered_at, answered_at)
               WHERE tenant_id = $1 AND id = $2""",
            tx.tenant,
            row.id,
            level.value,
            due,
        )

    async def answer(self, tx: Transaction, row: Row, outcome: str, reply: str, at: datetime) -> None:
        sealed = self._cipher.encrypt(_tenant(tx), reply.encode(), _about(row.id, b"reply"))
        await tx.execute(
            """UPDATE complaint SET state = 'answered', outcome = $3, reply = $4, answered_at = $5, rating = NULL,
                   first_answered_at = coalesce(first_answered_at, answered_at, $5)
               WHERE tenant_id = $1 AND id = $2""",
            tx.tenant, row.id, outcome, sealed, at,
        )  # fmt: skip

    def seal(self, tx: Transaction, complaint_id: UUID, field: bytes, value: msgspec.Struct) -> bytes:
        return self._cipher.encrypt(_tenant(tx), msgspec.json.encode(value), _about(complaint_id, field))

    def body(self, tx: Transaction, row: Row) -> Body:
        plain = self._cipher.decrypt(_tenant(tx), row.body, _about(row.id, b"body"))
        return msgspec.json.decode(plain, type=Body)

    def contact(self, tx: Transaction, row: Row) -> Contact | None:
        if row.complainant is None:
            return None
        plain = self._cipher.decrypt(_tenant(tx), row.complainant, _about(row.id, b"complainant"))
        return msgspec.json.decode(plain, type=Contact)

    def reply(self, tx: Transaction, row: Row) -> str:
        if row.reply is None:
            return ""
        return self._cipher.decrypt(_tenant(tx), row.reply, _about(row.id, b"reply")).decode()


def _tenant(tx: Transaction) -> UUID:
    assert tx.tenant is not None
    return tx.tenant


def _about(complaint_id: UUID, field: bytes) -> bytes:
    return b"complaint\0" + field + b"\0" + complaint_id.bytes
