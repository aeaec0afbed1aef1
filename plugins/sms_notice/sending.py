"""From our outbox to a gateway, in batches: claim, send with a bounded window, record.

    claim (transaction)   queued → sending by a channel, paid for, with a lease        (claiming.py)
    send                  at most `WINDOW` requests at once
    record (transaction)  sent | delivered | refused | queued again after a pause | in doubt

A message that a channel surely did not take goes on to the next one at once. One that it may have taken stays with it:
where the channel drops what it has had, it is sent there again under the same key; where it does not, `doubts.py` finds
out first. Killed in between, a message stays `sending` and is in doubt when its lease is over.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from core.sdk import PluginContext, Sent, Transaction, platform_of
from core.sdk.channels import Channel
from plugins.sms_notice import budget, circuits, doubts, store
from plugins.sms_notice.claiming import Claimed, claim, claim_next
from plugins.sms_notice.events import PUMP
from plugins.sms_notice.quiet import ATTEMPTS, pause
from plugins.sms_notice.routing import Choice
from plugins.sms_notice.store import Outcome, State
from plugins.sms_notice.ways import in_order
from plugins.sms_notice.wording import for_phones

log = logging.getLogger(__name__)

BATCH = 200
WINDOW = 32
LANES = 2
"""Batches of one district under way at once in all workers: while one is recorded, the other sends."""

BEGIN_SECONDS, TRY_SECONDS = 20.0, 20.0
"""What a batch has not begun by then it gives back; what one request may take. Together well within the lease: nobody
else takes what is still being sent."""

NOT_BEGUN = "not_begun"

LONGEST = 300.0
"""Seconds a pump works before it lets others have the worker; the next minute begins another."""


class Watch:
    """The time while a job runs: what the context said when it began, and what has gone by since."""

    def __init__(self, began: datetime) -> None:
        self._began, self._started = began, time.monotonic()

    @property
    def gone(self) -> float:
        return time.monotonic() - self._started

    @property
    def now(self) -> datetime:
        return self._began + timedelta(seconds=self.gone)


async def send(context: PluginContext, payload: Mapping[str, Any]) -> None:
    """Job: one message, if it is due, and whatever else is. Does nothing for one that is over or in other hands."""
    channels = in_order(context)
    try:
        await _batch(context, channels, Watch(context.now), UUID(payload["message"]))
    finally:
        await _closed(channels)


async def pump(context: PluginContext, _: Mapping[str, Any]) -> None:
    """Job: batch after batch until nothing is due."""
    channels, watch = in_order(context), Watch(context.now)
    try:
        while watch.gone < LONGEST and await _batch(context, channels, watch):
            pass
    finally:
        await _closed(channels)


async def sweep(context: PluginContext, _: Mapping[str, Any]) -> None:
    """Job, every minute: settle what is in doubt; begin to send what is due."""
    await doubts.settle(context)
    platform = platform_of(context)
    async with platform.transaction() as tx:
        if await store.waiting(tx, context.now):
            for lane in range(LANES):
                await platform.enqueue(tx, PUMP, {}, key=f"lane {lane}")


async def _batch(
    context: PluginContext, channels: Sequence[Channel], watch: Watch, first: UUID | None = None
) -> int:
    """One batch, each message by one way after the other; how many messages were looked at."""
    claimed, looked = await claim(context, channels, watch.now, BATCH, first)
    while claimed:
        answers = [(one, _heard(one, sent)) for one, sent in await _sent(channels, claimed)]
        untaken = [(one, sent.state) for one, sent in answers if sent.state in ("refused", "unreachable")]
        onward = await claim_next(context, channels, watch.now, untaken) if untaken else {}
        stay = [(one, sent, onward.get(one.message.id)) for one, sent in answers]
        await _record(context, channels, stay, watch.now)
        claimed = [step for step in onward.values() if isinstance(step, Claimed)]
    return looked


async def _sent(channels: Sequence[Channel], claimed: Sequence[Claimed]) -> Sequence[tuple[Claimed, Sent]]:
    """Hand them over; what each gateway said. A channel that raises or hangs leaves its message in doubt."""
    by_name, window = {channel.name: channel for channel in channels}, asyncio.Semaphore(WINDOW)
    until = time.monotonic() + BEGIN_SECONDS

    async def one(item: Claimed) -> Sent:
        async with window:
            if time.monotonic() > until:
                return Sent("unreachable", detail=NOT_BEGUN)
            way, text = by_name[item.way], item.text
            if way.reaches == "phone":
                text = msgspec.structs.replace(text, text=for_phones(text.text))
            try:
                async with asyncio.timeout(TRY_SECONDS):
                    return await way.send(text)
            except Exception as error:
                log.warning("channel %s: %s", item.way, type(error).__name__)
                return Sent("doubtful", detail=type(error).__name__)

    return list(zip(claimed, await asyncio.gather(*map(one, claimed)), strict=True))


def _heard(one: Claimed, sent: Sent) -> Sent:
    """A try that surely failed says nothing of the one before it, whose answer was lost: that one is in doubt as before."""
    if one.message.state == "sending" and sent.state == "unreachable":
        return Sent("doubtful", detail=sent.detail)
    return sent


async def _record(
    context: PluginContext,
    channels: Sequence[Channel],
    answers: Sequence[tuple[Claimed, Sent, Claimed | Choice | None]],
    now: datetime,
) -> None:
    by_name = {channel.name: channel for channel in channels}
    outcomes = [
        _outcome(one, sent, then, by_name[one.way], now)
        for one, sent, then in answers
        if not isinstance(then, Claimed)
    ]
    async with platform_of(context).transaction() as tx:
        await budget.free(tx, await store.settle(tx, outcomes, now))
        await _circuits(tx, answers, now)
    untaken = Counter(
        (one.way, sent.state, sent.detail) for one, sent, _ in answers if sent.state != "accepted"
    )
    for (way, state, detail), times in untaken.items():
        log.warning("%d notices, %s: %s: %s", times, way, state, detail)


def _outcome(one: Claimed, sent: Sent, then: Choice | None, channel: Channel, now: datetime) -> Outcome:
    message, attempts = one.message, one.message.attempts + 1
    if sent.state == "accepted":
        state: State = "delivered" if sent.arrived else "sent"
        return Outcome(message, state, "", sent.reference, frees=not channel.charged)
    if sent.state == "doubtful":
        later = pause(attempts) if channel.drops_repeats else store.LEASE
        return Outcome(message, "sending", sent.detail, not_before=now + later)
    if sent.state == "refused" and not one.hopes and (then is None or then.wait_until is None):
        return Outcome(message, "refused", sent.detail, frees=True)
    if attempts >= ATTEMPTS:
        return Outcome(message, "failed", "attempts", frees=True)
    later = timedelta(0) if sent.detail == NOT_BEGUN else pause(attempts)
    return Outcome(message, "queued", sent.detail, not_before=now + later, frees=True)


async def _circuits(
    tx: Transaction, answers: Sequence[tuple[Claimed, Sent, Claimed | Choice | None]], now: datetime
) -> None:
    """A channel that answered works; one that answered nobody has failed so many times."""
    tries: dict[str, list[bool]] = {}
    for one, sent, _ in answers:
        if sent.detail != NOT_BEGUN:
            tries.setdefault(one.way, []).append(sent.state in ("accepted", "refused"))
    for channel, answered in sorted(tries.items()):
        if any(answered):
            await circuits.worked(tx, channel)
        else:
            await circuits.failed(tx, channel, len(answered), now)


async def _closed(channels: Sequence[Channel]) -> None:
    for channel in channels:
        await channel.close()
