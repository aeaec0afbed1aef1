"""The background work of bulk re-checks: gather, compute, file; started by an officer or by the calendar.

queued ─▶ gathering ─▶ computing ─▶ filing ─▶ done      any ─▶ failed (an error) · cancelled (an officer)

Every part may be repeated: a run whose worker died is taken up by the next one, on the same folder, from the last
finished step. The folder is removed at the end, whatever the end was; what stays is `state/`: salted digests.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import shutil
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from core.sdk import Conflict, Job, Platform, PluginContext, Transaction, local_date, platform_of
from plugins.big_data_check.asking import config_of
from plugins.big_data_check.bulk import compared, due, engine_process, filing, plan, share, store
from plugins.big_data_check.bulk.asked import Asking
from plugins.big_data_check.bulk.gathering import Gathering
from plugins.big_data_check.bulk.gauge import Gauge, Stopped
from plugins.big_data_check.bulk.progress import Progress
from plugins.big_data_check.bulk.settings import BulkSettings

log = logging.getLogger(__name__)

RUN = "bulk_run"
STUCK = timedelta(minutes=5)
LONGEST = timedelta(hours=12)
PROVINCE = 15.0
"""Seconds between two messages to the province while nothing but the progress changes."""
DISTRICT_DIGITS = 6
LOCK = "worker"


async def start(
    tx: Transaction, context: PluginContext, platform: Platform, by: UUID | None, run_id: UUID | None = None
) -> UUID:
    """Queue a re-check of everyone on the rolls. Raises Conflict while another is not finished."""
    run_id = run_id or uuid4()
    await store.open_run(tx, run_id, "officer" if by else "schedule", by, context.now)
    await platform.enqueue(tx, RUN, {"run": str(run_id)}, key=f"{run_id}:first")
    return run_id


async def run_bulk(context: PluginContext, payload: Mapping[str, Any]) -> None:
    """One run, from wherever it stood."""
    run_id, platform = UUID(payload["run"]), platform_of(context)
    async with platform.transaction() as tx:
        if not (await store.load(tx, run_id)).open:
            return
    folder = platform.folder / "runs" / str(run_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(folder) as alone:
        if not alone:
            return
        async with platform.transaction() as tx:
            still_open = run_id in await store.open_ones(tx)
        if still_open:  # another worker may have ended it since
            await _to_the_end(_Work(context, platform, run_id, folder), run_id)
        await asyncio.to_thread(shutil.rmtree, folder, True)


async def _to_the_end(work: _Work, run_id: UUID) -> None:
    """When the worker stops or is killed this is never over: the folder stays for the next one."""
    try:
        ended = await work()
    except Exception as wrong:
        where = "".join(
            traceback.format_tb(wrong.__traceback__)
        )  # lines of code; the message may quote values
        log.error("bulk run %s failed: %s\n%s", run_id, type(wrong).__name__, where)
        await work.end("failed", _why(wrong))
    else:
        await work.end("done" if ended else "cancelled")


def _why(wrong: Exception) -> str:
    if isinstance(wrong, engine_process.EngineFailed):
        return str(wrong)
    return f"系统出错停下了（错误类型 {type(wrong).__name__}）。{engine_process.AGAIN}"


class _Work:
    def __init__(self, context: PluginContext, platform: Platform, run_id: UUID, folder: Path) -> None:
        self._context = context
        self._platform = platform
        self._run_id = run_id
        self._folder = folder
        self._began = time.monotonic()
        self._told = ("", -PROVINCE)

    @property
    def _now(self) -> datetime:
        """The context's time is of the job's start: a long run must not look dead."""
        return self._context.now + timedelta(seconds=time.monotonic() - self._began)

    async def __call__(self) -> bool:
        """False when an officer stopped it."""
        settings = config_of(self._context).bulk
        for part in (self._gather, lambda: self._compute(settings), self._file):
            if not await part():
                return False
        return True

    async def _gather(self) -> bool:
        today = local_date(self._context.now)
        if plan.gathered_on(self._folder) == today:  # before the worker died
            return not await self._tell(state="computing")
        await asyncio.to_thread(
            _emptied, self._folder
        )  # a day on, other signatures are good and other files fresh
        async with self._platform.transaction() as tx:
            run = await store.load(tx, self._run_id)
        gauge = Gauge(partial(self._tell, state="gathering"))
        gather = Gathering(self._context, self._platform, self._folder, gauge, Asking(run.id, run.asked_by))
        try:
            persons, rows, problems = await gather()
        except Stopped:
            return False
        last = self._platform.folder / "state"
        if last.exists():
            await asyncio.to_thread(shutil.copytree, last, self._folder / "last", dirs_exist_ok=True)
        salt = self._platform.fingerprint("bulk_salt", "1").hex()
        await asyncio.to_thread(plan.write, self._folder, plan.Plan(salt, today))
        return not await self._tell(persons=persons, rows=rows, problems=problems)

    async def _compute(self, settings: BulkSettings) -> bool:
        if not any((self._folder / "registry").glob("*.parquet")):
            return True
        await self._tell(state="computing", done=0, total=0, seconds_left=None)
        return await engine_process.run(self._folder, settings, self._progress)

    async def _file(self) -> bool:
        stop = await self._tell(state="filing", step="filing", done=0, total=0, seconds_left=None)
        if stop:
            return False
        review = await filing.weigh(self._context, self._platform, self._folder)
        began, told, total = time.monotonic(), 0.0, len(review.by_case)
        async for done in filing.file_all(self._context, self._platform, self._run_id, review):
            if stop:
                return False
            spent = time.monotonic() - began
            if done in (1, total) or spent - told >= engine_process.PAUSE:
                told, left = spent, spent / done * (total - done)
                stop = await self._tell(done=done, total=total, seconds_left=left)
        await filing.settle(self._context, self._platform, self._run_id, review)
        await asyncio.to_thread(compared.keep, self._platform, self._folder, review.compared)
        if await asyncio.to_thread(compared.nobody, self._folder):
            await asyncio.to_thread(shutil.rmtree, self._platform.folder / "state", ignore_errors=True)
        await asyncio.to_thread(_replace, self._folder / "state", self._platform.folder / "state")
        return True

    async def _progress(self, progress: Progress) -> bool:
        return await self._tell(
            step=progress.step, done=progress.done, total=progress.total, seconds_left=progress.seconds
        )

    async def _tell(self, **columns: Any) -> bool:
        async with self._platform.transaction() as tx:
            stop = await store.tell(tx, self._run_id, self._now, **columns)
            if stop is not None:
                await self._hand_up(tx)
        return stop is not False

    async def _hand_up(self, tx: Transaction) -> None:
        """The province hears of every new state, and in between now and then."""
        run, since = await store.load(tx, self._run_id), time.monotonic() - self._began
        state, last = self._told
        if run.state != state or since - last >= PROVINCE:
            self._told = (run.state, since)
            await share.hand_up(tx, self._platform, run, self._now)

    async def end(self, state: store.State, why: str = "") -> None:
        """Once: of a run that has ended already nothing is changed."""
        async with self._platform.transaction() as tx:
            now = self._now
            problems = (await store.load(tx, self._run_id)).problems
            if why:
                problems = (*problems, store.Problem("批量复核", 0, f"没有完成：{why}"))
            told = await store.tell(
                tx, self._run_id, now, state=state, finished_at=now, seconds_left=None, problems=problems
            )
            if told is not None:
                await self._hand_up(tx)


async def run_due(context: PluginContext, _: Mapping[str, Any]) -> None:
    """Starts what the calendar asks for, and takes up what a dead worker left behind. A province has no rolls of its own."""
    if is_province(context.district):
        return
    platform, settings = platform_of(context), config_of(context).bulk
    await _sweep(platform)
    today = local_date(context.now)
    async with platform.transaction() as tx:
        for run_id in await store.stuck(tx, context.now - STUCK):
            minute = context.now.strftime("%Y%m%d%H%M")
            await platform.enqueue(tx, RUN, {"run": str(run_id)}, key=f"{run_id}:{minute}")
        runs = await store.runs(tx)
        for period in due.due_periods(settings, today):
            if (wanted := due.next_try(period, context.tenant, runs, context.now)) is None:
                continue
            try:
                await start(tx, context, platform, None, wanted)
            except Conflict:
                log.info("a scheduled bulk run waits for the one that is not finished")


def is_province(code: str) -> bool:
    """By its code: two digits are a province's, six a district's."""
    return len(code) < DISTRICT_DIGITS


async def _sweep(platform: Platform) -> None:
    """Remove the folders of runs that are over: a worker was killed between the end and the removal."""
    # the folders first: one that is made meanwhile belongs to a run that is open by then
    folders = [path for path in (platform.folder / "runs").glob("*-*") if path.is_dir()]
    async with platform.transaction() as tx:
        running = {str(run_id) for run_id in await store.open_ones(tx)}
    for folder in folders:
        if folder.name in running:
            continue
        with _alone(folder) as alone:
            if alone:
                await asyncio.to_thread(shutil.rmtree, folder, True)


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """False while another job of this machine is at the same run: it was only slow to say so."""
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _emptied(folder: Path) -> None:
    """As if nothing had been gathered or compared; the lock by which this worker is alone there stays."""
    for found in folder.iterdir():
        if found.is_dir():
            shutil.rmtree(found)
        elif found.name != LOCK:
            found.unlink()


def _replace(new: Path, old: Path) -> None:
    """The state for the next run, exchanged in one step."""
    if not new.exists():
        return
    aside = old.with_name("state.old")
    shutil.rmtree(aside, ignore_errors=True)
    if old.exists():
        old.rename(aside)
    new.rename(old)
    shutil.rmtree(aside, ignore_errors=True)


JOBS = (
    *share.JOBS,
    Job(RUN, run_bulk, timeout=LONGEST.total_seconds()),
    Job("bulk_due", run_due, every=timedelta(minutes=5)),
)
