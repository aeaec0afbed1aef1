"""Processes and their records in the database. Only the engine writes; records are encrypted and append-only."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from core.access.authorizer import Actor, Grant
from core.kernel import journal
from core.kernel.process import Process
from core.kernel.stage import Filed, Record, Records, StageCatalogue
from core.problems import Conflict, NotFound
from core.storage.crypto import FieldCipher
from core.storage.database import Transaction

_COLUMNS = (
    "id, tenant_id, kind, procedure, config_number, state, version, area_code, number, title, opened_at, opened_by, "
    "entered_on, subject_id, parent_id, accepted_on, stage_due, total_due, uncertain_years, marks, ended, head, "
    "task, task_due"
)
_SALT = 16


def process_of(row: Any) -> Process:
    fields = dict(row)
    fields["marks"] = frozenset(fields["marks"])
    fields["uncertain_years"] = tuple(fields["uncertain_years"])
    fields["head"] = bytes(fields["head"])
    return Process(**fields)


async def load(tx: Transaction, process_id: UUID, *, lock: bool = False) -> Process:
    """One process; `lock` holds it until the transaction ends. Raises NotFound (also for another tenant's)."""
    row = await tx.fetchrow(
        f"SELECT {_COLUMNS} FROM process WHERE tenant_id = $1 AND id = $2{' FOR UPDATE' if lock else ''}",  # noqa: S608
        tx.tenant,
        process_id,
    )
    if row is None:
        raise NotFound("没有找到这件事项，可能编号有误，或不在您的辖区内")
    return process_of(row)


async def locked(tx: Transaction, process_id: UUID) -> Process:
    """One process, held until the transaction ends; its round is held against moving on meanwhile.

    The round is locked first, as a step of the round does, so that the two never wait for each other.
    """
    parent = await tx.fetchval(
        "SELECT parent_id FROM process WHERE tenant_id = $1 AND id = $2", tx.tenant, process_id
    )
    if parent is not None:
        await tx.execute("SELECT FROM process WHERE tenant_id = $1 AND id = $2 FOR SHARE", tx.tenant, parent)
    return await load(tx, process_id, lock=True)


async def children(tx: Transaction, parent_id: UUID) -> list[Process]:
    """The cases of a round, by number."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM process WHERE tenant_id = $1 AND parent_id = $2 ORDER BY number",  # noqa: S608
        tx.tenant,
        parent_id,
    )
    return [process_of(row) for row in rows]


async def open_cases(tx: Transaction, most: int) -> list[Process]:
    """The tenant's cases that have not ended, `most` at most, the last that moved first."""
    rows = await tx.fetch(
        f"""SELECT {_COLUMNS} FROM process WHERE tenant_id = $1 AND kind = 'case' AND NOT ended
            ORDER BY entered_on DESC, id LIMIT $2""",  # noqa: S608
        tx.tenant,
        most,
    )
    return [process_of(row) for row in rows]


async def children_states(tx: Transaction, parent_id: UUID) -> dict[str, int]:
    """How many of a round's cases stand in which state."""
    rows = await tx.fetch(
        "SELECT state, count(*) AS n FROM process WHERE tenant_id = $1 AND parent_id = $2 GROUP BY state",
        tx.tenant,
        parent_id,
    )
    return {row["state"]: row["n"] for row in rows}


async def insert(tx: Transaction, process: Process) -> None:
    fields = _fields(process)
    marks = ", ".join(f"${n}" for n in range(1, len(fields) + 1))
    await tx.execute(f"INSERT INTO process ({_COLUMNS}) VALUES ({marks})", *fields)  # noqa: S608


async def update(tx: Transaction, before: Process, after: Process) -> None:
    """Store the moved process; raises Conflict when somebody else moved it in between."""
    done = await tx.fetchval(
        """UPDATE process SET state = $4, version = $5, title = $6, entered_on = $7, accepted_on = $8,
                  stage_due = $9, total_due = $10, uncertain_years = $11, marks = $12, ended = $13, head = $14,
                  subject_id = $15, area_code = $16, task = $17, task_due = $18
           WHERE tenant_id = $1 AND id = $2 AND version = $3 RETURNING true""",
        tx.tenant,
        before.id,
        before.version,
        after.state,
        after.version,
        after.title,
        after.entered_on,
        after.accepted_on,
        after.stage_due,
        after.total_due,
        list(after.uncertain_years),
        sorted(after.marks),
        after.ended,
        after.head,
        after.subject_id,
        after.area_code,
        after.task,
        after.task_due,
    )
    if not done:
        raise Conflict("就在刚才，别人已经办理了这一件，请刷新后再看")


def _fields(process: Process) -> Sequence[object]:
    names = _COLUMNS.replace(",", " ").split()
    plain = {name: getattr(process, name) for name in names}
    plain["marks"] = sorted(process.marks)
    plain["uncertain_years"] = list(process.uncertain_years)
    return list(plain.values())


class RecordStore:
    """Encrypts, digests and reads back the records of processes."""

    def __init__(self, cipher: FieldCipher) -> None:
        self._cipher = cipher

    async def file(
        self, tx: Transaction, process_id: UUID, seq: int, at: datetime, by: UUID, records: Iterable[Record]
    ) -> tuple[str, ...]:
        """Append records under journal row `seq`; returns their digests in order."""
        assert tx.tenant is not None
        rows, digests = [], []
        for position, record in enumerate(records):
            body, salt = msgspec.json.encode(record), secrets.token_bytes(_SALT)
            aad = _aad(process_id, seq, position)
            sealed = self._cipher.encrypt(tx.tenant, salt + body, aad)
            rows.append((tx.tenant, process_id, seq, position, record.kind(), at, by, sealed))
            digests.append(journal.digest(body, salt))
        if rows:
            await tx.executemany(
                """INSERT INTO process_record (tenant_id, process_id, seq, position, kind, at, by, body)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
                rows,
            )
        return tuple(digests)

    async def read(
        self,
        tx: Transaction,
        process_id: UUID,
        catalogue: StageCatalogue,
        *,
        kinds: Collection[str] | None = None,
    ) -> Records:
        """All records of a process (or those of some kinds), decrypted and typed."""
        return (await self.read_all(tx, {process_id: catalogue}, kinds))[process_id]

    async def read_all(
        self, tx: Transaction, catalogues: Mapping[UUID, StageCatalogue], kinds: Collection[str] | None
    ) -> dict[UUID, Records]:
        """The same of many processes, by their ids, in one statement."""
        rows = await tx.fetch(
            """SELECT process_id, seq, position, at, by, body FROM process_record
               WHERE tenant_id = $1 AND process_id = ANY ($2) AND ($3::text[] IS NULL OR kind = ANY ($3))
               ORDER BY process_id, seq, position""",
            tx.tenant,
            list(catalogues),
            None if kinds is None else sorted(kinds),
        )
        found: dict[UUID, list[Filed]] = {process_id: [] for process_id in catalogues}
        for row in rows:
            process_id = row["process_id"]
            record = catalogues[process_id].decode(self._open(tx, process_id, row)[1])
            found[process_id].append(Filed(row["seq"], row["at"], row["by"], record))
        return {process_id: Records(tuple(filed)) for process_id, filed in found.items()}

    async def digests(self, tx: Transaction, process_id: UUID) -> dict[int, list[str]]:
        """Digests recomputed from what is stored now, by journal row, for verification.

        A body that no longer decrypts counts as the digest `""`, which matches nothing.
        """
        rows = await tx.fetch(
            """SELECT seq, position, body FROM process_record
               WHERE tenant_id = $1 AND process_id = $2 ORDER BY seq, position""",
            tx.tenant,
            process_id,
        )
        found: dict[int, list[str]] = {}
        for row in rows:
            try:
                salt, body = self._open(tx, process_id, row)
            except ValueError:
                found.setdefault(row["seq"], []).append("")
            else:
                found.setdefault(row["seq"], []).append(journal.digest(body, salt))
        return found

    def _open(self, tx: Transaction, process_id: UUID, row: Any) -> tuple[bytes, bytes]:
        assert tx.tenant is not None
        plain = self._cipher.decrypt(tx.tenant, row["body"], _aad(process_id, row["seq"], row["position"]))
        return plain[:_SALT], plain[_SALT:]


def _aad(process_id: UUID, seq: int, position: int) -> bytes:
    return process_id.bytes + seq.to_bytes(4, "big") + position.to_bytes(2, "big")


async def next_number(tx: Transaction, kind: str, area_code: str, today: date) -> str:
    """The next running number of a tenant, kind and year: `620802-2026-000001` (rounds: `R…`)."""
    prefix = "R" if kind == "round" else ""
    series = f"{prefix}{area_code[:6]}-{today.year}"
    value: int = await tx.fetchval(
        """INSERT INTO numbering (tenant_id, series, value) VALUES ($1, $2, 1)
           ON CONFLICT (tenant_id, series) DO UPDATE SET value = numbering.value + 1 RETURNING value""",
        tx.tenant,
        series,
    )
    return f"{series}-{value:06d}"


async def duties_done(tx: Transaction, process_id: UUID) -> tuple[tuple[UUID, str], ...]:
    """Who has done what over the whole case, for separation of duties; a person's other accounts have done it too."""
    rows = await tx.fetch(
        """SELECT coalesce(b.id, d.account_id) AS account_id, d.duty FROM process_duty d
           LEFT JOIN account a ON a.tenant_id = d.tenant_id AND a.id = d.account_id
           LEFT JOIN account b ON b.tenant_id = a.tenant_id AND b.person_id = a.person_id
           WHERE d.tenant_id = $1 AND d.process_id = $2 ORDER BY d.seq, d.account_id, 1""",
        tx.tenant,
        process_id,
    )
    return tuple((row["account_id"], row["duty"]) for row in rows)


async def add_duties(
    tx: Transaction, process_id: UUID, seq: int, duty: str, accounts: Iterable[UUID]
) -> None:
    await tx.executemany(
        """INSERT INTO process_duty (tenant_id, process_id, seq, account_id, duty)
           VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING""",
        [(tx.tenant, process_id, seq, account, duty) for account in accounts],
    )


async def account_people(tx: Transaction, accounts: Sequence[UUID]) -> dict[UUID, tuple[str, UUID | None]]:
    """Name and person of active accounts."""
    if not accounts:
        return {}
    rows = await tx.fetch(
        "SELECT id, name, person_id FROM account WHERE tenant_id = $1 AND id = ANY($2) AND status = 'active'",
        tx.tenant,
        list(accounts),
    )
    return {row["id"]: (row["name"], row["person_id"]) for row in rows}


async def actors(tx: Transaction, accounts: Sequence[UUID], now: datetime) -> dict[UUID, Actor]:
    """Active accounts as actors, with the grants they hold now."""
    if not accounts:
        return {}
    rows = await tx.fetch(
        """SELECT a.id, a.name, a.person_id, g.role, g.area_code FROM account a
           LEFT JOIN account_grant g ON g.tenant_id = a.tenant_id AND g.account_id = a.id
                AND (g.until IS NULL OR g.until > $3)
           WHERE a.tenant_id = $1 AND a.id = ANY($2) AND a.status = 'active' ORDER BY a.id, g.role, g.area_code""",
        tx.tenant,
        list(accounts),
        now,
    )
    assert tx.tenant is not None
    found: dict[UUID, Actor] = {}
    for row in rows:
        grant = (Grant(row["role"], row["area_code"]),) if row["role"] else ()
        known = found.get(row["id"])
        grants = (*known.grants, *grant) if known else grant
        found[row["id"]] = Actor(tx.tenant, row["id"], row["name"], grants, row["person_id"])
    return found
