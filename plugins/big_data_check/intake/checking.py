"""The background work of a large file: whole and from whom it should be, then every row, put aside as it is found good.

May be repeated: what was looked at before a worker died is passed over, and two workers at the same file cannot both go on.
The file is never in memory nor, unencrypted, on a disk: it is read through its pieces, opened as far as it is read.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, BinaryIO
from uuid import UUID

from core.sdk import Conflict, Job, NotFound, Platform, PluginContext, local_date, platform_of
from plugins.big_data_check import deliveries, envelope, receiving
from plugins.big_data_check.asking import config_of
from plugins.big_data_check.batch_file import BrokenDelivery, RowProblem, miscounted, table_rows
from plugins.big_data_check.deliveries import CHUNK, Receipt, Row
from plugins.big_data_check.intake import store
from plugins.big_data_check.intake.sending import PIECE, WORK, about, take, too_many, work_soon
from plugins.big_data_check.intake.store import IntakeRow, Report
from plugins.big_data_check.segments import segmented
from plugins.big_data_check.tables import IN_PIECES

STUCK = timedelta(minutes=5)
LONGEST = timedelta(hours=12)
_BLOCK = 16 * 1024 * 1024


class _Stopped(Exception):
    """An officer stopped it, or another worker is at it."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Rows looked at together: those put aside, and what is wrong with the others."""

    rows: list[Row]
    seen: int
    good: int
    unknown: int
    problems: list[RowProblem]


async def run_intake(context: PluginContext, payload: Mapping[str, Any]) -> None:
    """One file, from wherever it stood."""
    intake_id, platform = UUID(payload["intake"]), platform_of(context)
    async with platform.transaction() as tx:
        intake = await store.load(tx, intake_id)
    if intake.state in ("queued", "checking"):
        await _Check(context, platform, intake)()
        async with platform.transaction() as tx:
            intake = await store.load(tx, intake_id)
    if intake.state in ("refused", "cancelled") and not intake.cleared:
        await clear(platform, intake, context.now)


class _Check:
    def __init__(self, context: PluginContext, platform: Platform, intake: IntakeRow) -> None:
        self._context, self._platform, self._intake = context, platform, intake
        self._began = time.monotonic()
        self._loop = asyncio.get_running_loop()
        self._report = Report()

    @property
    def _now(self) -> datetime:
        """The context's time is of the job's start: a long check must not look dead."""
        return self._context.now + timedelta(seconds=time.monotonic() - self._began)

    async def __call__(self) -> None:
        try:
            file, sender = await self._opened()
            await self._stage(sender)
            await self._rows(file)
            await self._settle(sender)
        except BrokenDelivery as broken:
            await self._refuse(broken)
        except NotFound:
            await self._end("refused", "收到的文件有一段已经不在了，请重新上传")
        except Conflict as conflict:
            await self._end("refused", f"{conflict.detail}。{conflict.hint}")
        except _Stopped:
            async with self._platform.transaction() as tx:
                stopped = (await store.load(tx, self._intake.id)).stop
            if stopped:
                await self._end("cancelled", "已停止")

    async def _opened(self) -> tuple[BinaryIO, str]:
        """The table, and whose signature it bears. Raises BrokenDelivery for what is not whole, not for us, or not theirs."""
        intake, files = self._intake, config_of(self._context).files
        sent = segmented(intake.size, PIECE, self._piece(await self._names()))
        sealed = envelope.is_sealed(await asyncio.to_thread(sent.read, len(envelope.MAGIC)))
        whole = await self._hash(sent, "sent" if sealed else "table")
        sender = receiving.sender_of(files, intake.manifest, whole, intake.signature)
        table = await asyncio.to_thread(self._unsealed, sent) if sealed else sent
        if not sealed and files.encrypted:
            raise BrokenDelivery.whole("本区只收加密的文件，请交付单位用本区的公钥加密后重新发送")
        plain = await self._hash(table, "table") if sealed else whole
        if plain.hex() != intake.manifest.sha256:
            raise BrokenDelivery.whole("文件与清单的校验值不一致，可能没有传完，请重新发送")
        return table, sender

    def _unsealed(self, sent: BinaryIO) -> BinaryIO:
        key = self._platform.setting(receiving.PRIVATE)
        if not key:
            raise BrokenDelivery.whole("系统没有设置解密的密钥，打不开加密的文件，请联系系统管理员")
        try:
            return envelope.opened(sent, envelope.private_key(key))
        except ValueError:
            raise BrokenDelivery.whole(receiving.UNOPENABLE) from None

    async def _names(self) -> list[str]:
        async with self._platform.transaction() as tx:
            return [name for name, _ in await store.pieces(tx, self._intake.id)]

    def _piece(self, names: list[str]) -> Callable[[int], bytes]:
        """Reads one piece from a thread, through the object store's own loop."""

        def fetch(place: int) -> bytes:
            kept = asyncio.run_coroutine_threadsafe(self._platform.read(names[place]), self._loop).result()
            return self._platform.unseal(kept, about(self._intake.id, place))

        return fetch

    async def _hash(self, file: BinaryIO, step: str) -> bytes:
        digest = hashlib.sha256()
        file.seek(0)
        try:
            while block := await asyncio.to_thread(file.read, _BLOCK):
                await asyncio.to_thread(digest.update, block)
                await self._tell(state="checking", step=step)
        except envelope.Unopenable:
            raise BrokenDelivery.whole(receiving.UNOPENABLE) from None
        return digest.digest()

    async def _stage(self, sender: str) -> None:
        receipt = Receipt("", sender, "", self._intake.made_by, self._now)
        async with self._platform.transaction() as tx:
            await deliveries.stage(tx, self._intake.id, self._intake.manifest, receipt)
            await store.tell(tx, self._intake.id, self._now, sender=sender, step="rows")
            self._intake = await store.load(tx, self._intake.id)
            self._report = await store.report_of(tx, self._platform, self._intake.id)

    async def _rows(self, file: BinaryIO) -> None:
        intake, began = self._intake, time.monotonic()
        chunks = self._chunks(file)
        first = intake.done
        while chunk := await asyncio.to_thread(next, chunks, None):
            pace = (time.monotonic() - began) / max(1, self._intake.done + chunk.seen - first)
            await self._keep(chunk, pace * max(0, intake.manifest.rows - self._intake.done - chunk.seen))
            if too_many(intake.manifest, self._intake.faulty):
                break

    def _chunks(self, file: BinaryIO) -> Iterator[_Chunk]:
        intake, place = self._intake, self._intake.done
        found = table_rows(intake.manifest, file, limits=IN_PIECES, after=place)
        while chunk := list(islice(found, CHUNK)):
            rows: list[Row] = []
            problems: list[RowProblem] = []
            good = unknown = 0
            for record, wrong in chunk:
                place += 1
                problems += wrong
                if not wrong:
                    good += 1
                    rows.append(deliveries.good_row(self._platform, intake.id, place, record))
                elif deliveries.fingerprints_somebody(record.identity):
                    rows.append(deliveries.faulty_row(self._platform, place, record.identity))
                else:
                    unknown += 1
            yield _Chunk(rows, len(chunk), good, unknown, problems)

    async def _keep(self, chunk: _Chunk, seconds: float) -> None:
        """One transaction: the rows, and that they were looked at."""
        changed: dict[str, Any] = {}
        if chunk.problems:
            self._report.add(chunk.problems)
            changed["sealed"] = store.sealed_report(self._platform, self._intake.id, self._report)
        async with self._platform.transaction() as tx:
            now = await store.load(tx, self._intake.id, lock=True)
            if now.stop or now.state != "checking" or now.done != self._intake.done:
                raise _Stopped
            await deliveries.put_aside(tx, self._intake.id, chunk.rows)
            await store.tell(
                tx, now.id, self._now, done=now.done + chunk.seen, good=now.good + chunk.good,
                faulty=now.faulty + chunk.seen - chunk.good, unknown=now.unknown + chunk.unknown,
                seconds_left=seconds, **changed,
            )  # fmt: skip
            self._intake = await store.load(tx, now.id)

    async def _settle(self, sender: str) -> None:
        """Taken when nothing is wrong; an officer's to decide when some rows are; refused when the file is."""
        intake = self._intake
        wrong = miscounted(intake.manifest, intake.done)
        if too_many(intake.manifest, intake.faulty):
            raise BrokenDelivery.whole(
                f"已经有 {intake.faulty} 行有错误，没有再往下查。请交付单位按下面的问题改好后重新制作"
            )
        if wrong:
            raise BrokenDelivery(wrong)
        if intake.faulty and not intake.good:
            raise BrokenDelivery.whole("每一行都有错误，没有可以导入的")
        async with self._platform.transaction() as tx:
            now = await store.load(tx, intake.id, lock=True)
            if now.stop or now.state != "checking":
                raise _Stopped
            if intake.faulty:
                await store.tell(tx, intake.id, self._now, state="deciding", seconds_left=None)
            else:
                await take(tx, self._platform, now, Receipt("", sender, "", now.made_by, self._now))

    async def _refuse(self, broken: BrokenDelivery) -> None:
        whole = [p for p in broken.problems if not p.row]
        self._report.add([p for p in broken.problems if p.row])
        sealed = store.sealed_report(self._platform, self._intake.id, self._report)
        reason = "；".join(p.message for p in whole) or f"文件有 {len(broken.problems)} 处问题"
        await self._end("refused", reason, sealed=sealed)

    async def _end(self, state: store.State, reason: str, **more: Any) -> None:
        """Unless another worker has brought it to its end meanwhile."""
        async with self._platform.transaction() as tx:
            if (await store.load(tx, self._intake.id, lock=True)).state not in ("queued", "checking"):
                return
            now = self._now
            await store.tell(
                tx,
                self._intake.id,
                now,
                state=state,
                reason=reason,
                finished_at=now,
                seconds_left=None,
                **more,
            )

    async def _tell(self, **columns: Any) -> None:
        async with self._platform.transaction() as tx:
            if await store.tell(tx, self._intake.id, self._now, **columns):
                raise _Stopped


async def clear(platform: Platform, intake: IntakeRow, now: datetime) -> None:
    """The pieces, and the rows unless they were taken, are gone; that the file came stays."""
    more = intake.state != "taken"
    while more:
        async with platform.transaction() as tx:
            more = await deliveries.clear(tx, intake.id)
    async with platform.transaction() as tx:
        for name, _ in await store.pieces(tx, intake.id):
            await platform.discard(name)
        await tx.execute(
            "DELETE FROM big_data_check_piece WHERE tenant_id = $1 AND intake_id = $2", tx.tenant, intake.id
        )
        await store.tell(tx, intake.id, now, cleared=True)


async def run_sweep(context: PluginContext, _: Mapping[str, Any]) -> None:
    """What a dead worker left is taken up, what nobody touched for two weeks is over, what is too old to answer goes."""
    platform, now = platform_of(context), context.now
    oldest = deliveries.oldest_fresh(local_date(now), config_of(context).files.max_age_days)
    async with platform.transaction() as tx:
        stuck, abandoned = await store.left_behind(tx, now - STUCK, now - store.ABANDONED)
        for intake_id in abandoned:
            reason = "两周没有人接着办，已停止"
            await store.tell(tx, intake_id, now, state="cancelled", finished_at=now, reason=reason)
        for intake_id in (*stuck, *abandoned):
            await work_soon(tx, platform, intake_id, now.strftime("%Y%m%d%H%M"))
        over = [await store.load(tx, intake_id) for intake_id in await store.outdated(tx, oldest)]
    for intake in over:
        await clear(platform, intake, now)


JOBS = (
    Job(WORK, run_intake, timeout=LONGEST.total_seconds()),
    Job("intake_sweep", run_sweep, every=timedelta(minutes=5), timeout=600.0),
)
