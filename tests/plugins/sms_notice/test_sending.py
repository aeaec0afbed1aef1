"""The plugin's `jobs`: from outbox to gateway at least once under one key, whatever happens in between."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.clock import CHINA
from plugins.sms_notice import sending, store
from plugins.sms_notice.config import SmsConfig
from plugins.sms_notice.events import index_of
from plugins.sms_notice.quiet import ATTEMPTS
from tests.plugins.sms_notice.scene import PHONE, Scene

pytestmark = pytest.mark.anyio

MINUTE = {"minutes": 1.1}


async def test_a_message_is_sent_once_and_its_number_kept(scene: Scene) -> None:
    message = await scene.one_queued()
    await scene.send(message)
    await scene.send(message)
    [received] = scene.gateway.messages()
    sent = await scene.only()
    assert (sent.state, sent.reference, sent.attempts) == ("sent", received["reference"], 1)
    assert received["key"] == message.key
    assert received["times"] == 1


async def test_two_workers_send_it_once(scene: Scene) -> None:
    message = await scene.one_queued()
    await asyncio.gather(*(scene.send(message) for _ in range(4)))
    assert [m["times"] for m in scene.gateway.messages()] == [1]


async def test_a_gateway_that_is_down_is_tried_again_later(scene: Scene) -> None:
    message = await scene.one_queued()
    scene.gateway.faults(down=True)
    await scene.send(message)
    waiting = await scene.only()
    assert (waiting.state, waiting.detail, waiting.attempts) == ("queued", "HTTP 503", 1)
    assert waiting.not_before > message.not_before
    scene.gateway.faults()
    await scene.send(message)
    assert scene.gateway.messages() == []
    await scene.minute(**MINUTE)
    assert (await scene.only()).state == "sent"


async def test_an_answer_that_got_lost_does_not_send_twice(scene: Scene) -> None:
    message = await scene.one_queued()
    scene.gateway.faults(lose=1)
    await scene.send(message)
    assert (await scene.only()).state == "sending", "it may have it: no other way is tried"
    await scene.minute(**MINUTE)
    [received] = scene.gateway.messages()
    assert received["times"] == 2
    assert (await scene.only()).reference == received["reference"]


async def test_killed_between_sending_and_recording_it_asks_again_under_the_same_key(scene: Scene) -> None:
    message = await scene.one_queued()
    scene.gateway.faults(slow=20)
    worker = _a_worker(scene, str(message.id))
    try:
        await asyncio.get_running_loop().run_in_executor(None, _until_received, scene)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)
    left = await scene.only()
    assert (left.state, left.reference) == ("sending", "")
    scene.gateway.faults()
    await scene.minute(seconds=50)
    assert (await scene.only()).state == "sending", "the lease still runs"
    await scene.minute(seconds=50)
    [received] = scene.gateway.messages()
    assert (received["key"], received["times"]) == (message.key, 2)
    sent = await scene.only()
    assert (sent.state, sent.reference) == ("sent", received["reference"])


async def test_a_number_the_gateway_refuses_is_not_tried_again(scene: Scene) -> None:
    scene.gateway.faults(refuse=[PHONE])
    message = await scene.one_queued()
    await scene.send(message)
    refused = await scene.only()
    assert (refused.state, refused.detail) == ("refused", "isv.MOBILE_NUMBER_ILLEGAL")
    await scene.minute(hours=2)
    assert (await scene.only()).attempts == 1


async def test_after_the_last_try_it_counts_as_failed(scene: Scene) -> None:
    scene.gateway.faults(down=True)
    message = await scene.one_queued()
    for _ in range(ATTEMPTS):
        await scene.send(message)
        async with scene.house.inside(scene.district) as tx:
            await tx.execute("UPDATE sms_notice_message SET not_before = created_at WHERE state = 'queued'")
            await tx.execute("DELETE FROM sms_notice_circuit")
    failed = await scene.only()
    assert (failed.state, failed.detail, failed.attempts) == ("failed", "attempts", ATTEMPTS)


async def test_at_night_it_waits_for_the_morning(scene: Scene) -> None:
    case = await scene.accepted()
    event = await scene.last_event(case)
    scene.house.later(hours=13)
    await scene.deliver(event)
    message = await scene.only()
    assert message.not_before.astimezone(CHINA).strftime("%H:%M") == "08:00"
    await scene.minute(**MINUTE)
    assert scene.gateway.messages() == []
    await scene.minute(hours=10)
    assert (await scene.only()).state == "sent"


async def test_what_was_written_by_day_and_is_tried_at_night_waits_too(scene: Scene) -> None:
    message = await scene.one_queued()
    scene.house.later(hours=13)
    await scene.send(message)
    waiting = await scene.only()
    assert (waiting.state, waiting.attempts) == ("queued", 0)
    assert waiting.not_before.astimezone(CHINA).hour == 8


async def in_doubt_at(scene: Scene, hour: int, minute: int) -> store.Message:
    """Handed over then; the gateway took it and its answer was lost."""
    message = await scene.one_queued()
    now = scene.house.zhunbao.clock().astimezone(CHINA)
    scene.house.later(seconds=(now.replace(hour=hour, minute=minute, second=0) - now).total_seconds())
    scene.gateway.faults(lose=1)
    await scene.send(message)
    scene.gateway.faults()
    left = await scene.only()
    assert (left.state, left.channel) == ("sending", "http_gateway")
    return left


async def test_what_is_in_doubt_when_the_night_begins_is_tried_again_in_the_morning(scene: Scene) -> None:
    await in_doubt_at(scene, 20, 59)
    await scene.minute(minutes=3)
    waiting = await scene.only()
    assert (waiting.state, waiting.attempts) == ("sending", 1)
    assert waiting.not_before.astimezone(CHINA).strftime("%H:%M") == "08:00"
    await scene.minute(hours=5)
    assert [m["times"] for m in scene.gateway.messages()] == [1], "nobody is woken"
    await scene.minute(hours=6.1)
    assert (await scene.only()).state == "sent"
    assert [m["times"] for m in scene.gateway.messages()] == [2], "the same key twice is one message"


async def test_who_answers_td_meanwhile_is_not_sent_what_is_in_doubt_once_more(scene: Scene) -> None:
    left = await in_doubt_at(scene, 10, 0)
    async with scene.house.inside(scene.district) as tx:
        await store.opt_out(tx, left.phone_index, "household", (await scene.context()).now)
    await scene.minute(minutes=3)
    stopped = await scene.only()
    assert (stopped.state, stopped.detail, stopped.reserved) == ("failed", "opted_out", left.reserved)
    assert [m["times"] for m in scene.gateway.messages()] == [1]


async def test_what_is_in_doubt_past_its_time_limit_is_left_to_an_officer(scene: Scene) -> None:
    left = await in_doubt_at(scene, 10, 0)
    scene.house.later(days=4)
    await scene.minute(minutes=3)
    late = await scene.only()
    assert (late.state, late.detail, late.reserved) == ("failed", "in_doubt", left.reserved)
    assert [m["times"] for m in scene.gateway.messages()] == [1]


async def send_with(scene: Scene, **settings: Any) -> store.Message:
    """One try under other settings."""
    message = await scene.one_queued()
    context = msgspec.structs.replace(await scene.context(), config=SmsConfig(**settings))
    await sending.send(context, {"message": str(message.id)})
    return await scene.only()


async def test_the_months_cap_holds_it_back_for_good(scene: Scene) -> None:
    capped = await send_with(scene, monthly_cap=1)
    assert (capped.segments, capped.state, capped.detail) == (2, "skipped", "monthly_cap")
    assert scene.gateway.messages() == []


async def test_without_a_cap_or_below_it_it_goes_out(scene: Scene) -> None:
    assert (await send_with(scene, monthly_cap=0)).state == "sent"


async def test_what_waited_too_long_is_not_sent_any_more(scene: Scene) -> None:
    message = await scene.one_queued()
    scene.house.later(days=3)
    await scene.send(message)
    assert ((await scene.only()).state, (await scene.only()).detail) == ("skipped", "too_late")


async def test_an_opt_out_in_the_meantime_holds(scene: Scene) -> None:
    message = await scene.one_queued()
    context = await scene.context()
    async with scene.house.inside(scene.district) as tx:
        await store.opt_out(tx, index_of(context.platform, PHONE), "household", context.now)
    await scene.send(message)
    assert (await scene.only()).detail == "opted_out"


async def test_without_a_gateway_it_waits_and_says_so(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZHUNBAO_SMS_NOTICE_URL")
    message = await scene.one_queued()
    await scene.send(message)
    waiting = await scene.only()
    assert (waiting.state, waiting.detail, waiting.attempts) == ("queued", "no_gateway", 0)
    monkeypatch.setenv("ZHUNBAO_SMS_NOTICE_URL", scene.gateway.url)
    await scene.minute(minutes=16)
    assert (await scene.only()).state == "sent"


async def test_the_clock_queues_the_sweep_for_every_district(scene: Scene) -> None:
    from core.jobs.deliveries import Deliveries

    zhunbao = scene.house.zhunbao
    deliveries = Deliveries(zhunbao.database, zhunbao.host, zhunbao.runtimes.scope)
    message = await scene.one_queued()
    async with scene.house.inside(scene.district) as tx:
        assert await deliveries.due(tx, zhunbao.clock()) >= 1
    await scene.house.work_off()
    assert (await scene.only()).state == "sent"
    assert message.state == "queued"


async def test_what_waits_longest_is_taken_first_and_by_one_alone(scene: Scene) -> None:
    await scene.one_queued()
    event = await scene.last_event(await scene.accepted())
    scene.house.later(minutes=1)
    await scene.deliver(event)
    first, second = await scene.outbox()
    async with scene.house.inside(scene.district) as tx:
        due = await store.claimable(tx, second.not_before + timedelta(minutes=1), (), 1)
        assert [message.id for message in due] == [first.id]
    later = second.not_before + timedelta(minutes=1)
    context = await scene.context()
    async with scene.house.inside(scene.district) as tx:
        mine = await store.claimable(tx, later, (), 1)
        async with scene.house.zhunbao.database.transaction(scene.district.id, separate=True) as other:
            theirs = await store.claimable(other, later, (), 5)
        assert [m.id for m in (*mine, *theirs)] == [first.id, second.id]
        assert context.now >= first.created_at


def _a_worker(scene: Scene, message_id: str) -> subprocess.Popen[bytes]:
    """A process of its own that sends this message."""
    environment = {
        **os.environ, "ZHUNBAO_DATA": str(scene.folder), "ZHUNBAO_DATABASE_URL": scene.urls.app, "ZHUNBAO_DEMO": "1",
        "ZHUNBAO_KEYS": scene.house.zhunbao.settings.keyring().text(),
    }  # fmt: skip
    script = Path(__file__).with_name("sending_process.py")
    command = (sys.executable, str(script), str(scene.district.id), message_id)
    return subprocess.Popen(command, env=environment, cwd=Path(__file__).parents[3])


def _until_received(scene: Scene) -> None:
    for _ in range(400):
        if scene.gateway.messages():
            return
        time.sleep(0.1)
    raise AssertionError("the worker never sent anything")
