"""Batch requests: whom a department is asked to look up, as an encrypted and signed file, each under its case and purpose.

officer makes a batch ─▶ file for the department (object store) ─▶ its reply, in parts and versions ─▶ `deliveries.py`

In a batch stands who is still unanswered at a file source and whose authorisation holds that day, nobody else.
"""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec

from core.sdk import Call, NotFound, Platform, Refused, Transaction, local_date, platform_of
from core.sdk.verification import Source
from plugins.big_data_check import access_log, envelope, store
from plugins.big_data_check.asking import config_of, wanted_of
from plugins.big_data_check.opening import permission_of
from plugins.big_data_check.permissions import Permission
from plugins.big_data_check.store import Query, Request

HEADING = ("查询编号", "姓名", "公民身份号码", "受理编号", "授权书编号", "用途")
SIGNING = "files_signing_key"


class Batch(msgspec.Struct, frozen=True):
    """A batch request. `replied`: parts that came of its newest version, and of how many."""

    id: UUID
    number: str
    source: Source
    made_at: datetime
    persons: int
    replied: int
    parts: int


@dataclass(frozen=True, slots=True)
class _Line:
    request: Request
    query: Query
    name: str
    id_number: str


async def make(call: Call, source: Source) -> Batch:
    """Everybody unanswered at this source, as a file for its department. Raises Refused when nobody or no key is there."""
    platform, config, now = platform_of(call.context), config_of(call.context), call.context.now
    key = config.files.departments.get(source.value)
    if source not in config.file_sources or key is None:
        raise Refused(
            f"没有设置“{source.label}”部门的加密公钥，不能发出核对批次", hint="请系统管理员在插件设置里填写"
        )
    async with platform.transaction() as tx:
        lines = await _lines(tx, call, platform, source)
        if not lines:
            raise Refused("没有等着这个来源答复的人，不用发出核对批次")
        number = await _next_number(tx, call)
        file = _packed(platform, number, source, lines, key, now)
        batch_id, sha256 = uuid4(), await platform.keep(file, "application/zip")
        await tx.execute(
            """INSERT INTO big_data_check_batch (tenant_id, id, number, source, made_at, made_by, queries, object_sha256)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
            tx.tenant, batch_id, number, source.value, now, call.actor.account_id, [line.query.id for line in lines],
            sha256,
        )  # fmt: skip
        await access_log.write(
            tx,
            now,
            (
                access_log.Entry(
                    "asked", line.request.purpose, line.request.process_id, line.request.id, line.query.person_id,
                    source.value, number, call.actor.account_id,
                )
                for line in lines
            ),
        )  # fmt: skip
    return Batch(batch_id, number, source, now, len(lines), 0, 0)


async def listed(tx: Transaction, limit: int = 50) -> list[Batch]:
    """The newest first."""
    rows = await tx.fetch(
        """SELECT b.id, b.number, b.source, b.made_at, cardinality(b.queries) AS persons,
                  coalesce(d.replied, 0)::int AS replied, coalesce(d.parts, 0)::int AS parts
           FROM big_data_check_batch b LEFT JOIN LATERAL
                (SELECT count(*) AS replied, max(parts) AS parts FROM big_data_check_delivery d
                 WHERE d.tenant_id = $1 AND d.batch = b.number AND d.source = b.source AND NOT d.staged
                 GROUP BY version ORDER BY version DESC LIMIT 1) d ON true
           WHERE b.tenant_id = $1 ORDER BY b.made_at DESC, b.number DESC LIMIT $2""",
        tx.tenant,
        limit,
    )
    return [Batch(**{**dict(row), "source": Source(row["source"])}) for row in rows]


async def named(tx: Transaction, number: str, source: Source) -> bool:
    """Whether this batch was asked of this source."""
    return bool(
        await tx.fetchval(
            "SELECT true FROM big_data_check_batch WHERE tenant_id = $1 AND number = $2 AND source = $3",
            tx.tenant,
            number,
            source.value,
        )
    )


async def file_of(call: Call, batch_id: UUID) -> tuple[str, bytes]:
    """The batch's number and its file for the department. Raises NotFound."""
    platform = platform_of(call.context)
    async with platform.transaction() as tx:
        row = await tx.fetchrow(
            "SELECT number, object_sha256 FROM big_data_check_batch WHERE tenant_id = $1 AND id = $2",
            tx.tenant,
            batch_id,
        )
        if row is None:
            raise NotFound("没有找到这个核对批次")
    return row["number"], await platform.read(row["object_sha256"])


async def _lines(tx: Transaction, call: Call, platform: Platform, source: Source) -> list[_Line]:
    found: list[_Line] = []
    today = local_date(call.context.now)
    for request_id in await _waiting(tx, source):
        request = await store.load(tx, request_id)
        if platform.may(call.actor, Permission.DELIVER, request.area_code) is not None:
            continue
        situation = await platform.situation(tx, request.process_id)
        if situation.view.process.ended:
            continue
        may, wanted = permission_of(situation, today).may, wanted_of(situation)
        for query in await store.queries(tx, request_id):
            person = wanted.get(query.person_id)
            if query.source is source and query.silent and person and source in may.get(query.person_id, ()):
                found.append(_Line(request, query, person.name, person.id_number))
    return found


async def _waiting(tx: Transaction, source: Source) -> Sequence[UUID]:
    rows = await tx.fetch(
        """SELECT DISTINCT r.id, r.asked_at FROM big_data_check_request r
           JOIN big_data_check_query q ON q.tenant_id = $1 AND q.request_id = r.id
           WHERE r.tenant_id = $1 AND r.state <> 'closed' AND q.source = $2 AND q.state <> 'answered'
           ORDER BY r.asked_at, r.id LIMIT 5000""",
        tx.tenant,
        source.value,
    )
    return [row["id"] for row in rows]


async def _next_number(tx: Transaction, call: Call) -> str:
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 1))", f"{tx.tenant}:batch")
    count: int = await tx.fetchval(
        "SELECT count(*) FROM big_data_check_batch WHERE tenant_id = $1", tx.tenant
    )
    return f"PL-{call.context.district[:6]}-{local_date(call.context.now):%Y%m%d}-{count + 1:04}"


def _packed(
    platform: Platform, number: str, source: Source, lines: Sequence[_Line], key: str, now: datetime
) -> bytes:
    """A zip of manifest.json, table.csv.zbe and, with a signing key, signature.txt."""
    table = _table(lines)
    manifest: dict[str, Any] = {
        "batch": number, "source": source.value, "made_at": now.isoformat(), "format": "csv", "rows": len(lines),
        "sha256": hashlib.sha256(table).hexdigest(),
    }  # fmt: skip
    canonical = msgspec.json.encode(manifest, order="sorted")
    sealed = io.BytesIO()
    envelope.seal(io.BytesIO(table), sealed, envelope.public_key(key))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        packed.writestr("manifest.json", canonical)
        packed.writestr("table.csv.zbe", sealed.getvalue())
        if secret := platform.setting(SIGNING):
            signing = envelope.signing_key(secret)
            packed.writestr("signature.txt", envelope.sign(signing, canonical, sealed.getvalue()))
    return out.getvalue()


def _table(lines: Sequence[_Line]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADING)
    for line in lines:
        writer.writerow(
            (line.query.id, line.name, line.id_number, line.request.case_number, line.request.authorisation, line.request.purpose)
        )  # fmt: skip
    return text.getvalue().encode("utf-8-sig")
