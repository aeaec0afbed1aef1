"""Through a real Kannel to a carrier that speaks SMPP: reports, answers, and what is in doubt, once and never twice."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench.kannel import installed, kannel
from core.sdk import TextMessage
from core.settings import Keyring
from core.storage.embedded import Urls
from plugins.sms_notice import doubts, replies, sending, store
from plugins.sms_notice.events import index_of, phone_of, text_of
from plugins.sms_notice.kannel import Kannel
from plugins.sms_notice.store import Begin, Message
from tests.builders.casework import a_bureau, start_on
from tests.builders.installation import an_installation
from tests.plugins.sms_notice.conftest import MONDAY
from tests.plugins.sms_notice.kannel_scene import KannelScene, call_backs
from tests.plugins.sms_notice.scene import PHONE, Gateway

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not installed(), reason="bearerbox, smsbox or npm smpp is not installed"),
]
OTHER = "13800000002"


@pytest.fixture(scope="module")
async def settled_kannel(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[KannelScene]:
    folder: Path = tmp_path_factory.mktemp("kannel")
    start_on(folder, MONDAY)
    with (
        call_backs() as (address, calls),
        kannel(folder / "gateway", "620802", address) as gateway,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in gateway.environment.items():
            patch.setenv(name, value)
        async with an_installation(database_urls, folder, keys) as house:
            district = await house.district(values={"tenant.plugins.sms_notice.channels": ["kannel"]})
            bureau = await a_bureau(house, district)
            yield KannelScene(
                house, district, bureau, Gateway("", []), database_urls, folder, kannel=gateway, calls=calls
            )


@pytest.fixture
async def scene(settled_kannel: KannelScene) -> KannelScene:
    """A new morning; nothing has reached the carrier."""
    settled_kannel.kannel.faults()
    settled_kannel.kannel.forget()
    settled_kannel.calls.clear()
    await settled_kannel.new_morning()
    return settled_kannel


async def text_message(scene: KannelScene, message: Message) -> TextMessage:
    platform = (await scene.context()).platform
    return TextMessage(message.key, phone_of(platform, message), text_of(platform, message))


async def left_in_the_middle(scene: KannelScene, message: Message) -> None:
    """As a worker leaves it that is killed: begun, and nothing recorded."""
    async with scene.house.inside(scene.district) as tx:
        await store.begin(tx, [Begin(message, "kannel", None)], (await scene.context()).now)


async def test_a_notice_reaches_the_phone_whole_and_its_delivery_is_reported(scene: KannelScene) -> None:
    message = await scene.one_queued()
    await scene.send(message)
    [received] = await scene.reached(1)
    assert received["to"] == PHONE
    assert received["text"] == f"【平凉市崆峒区民政局】{await scene.text(message)}回复TD退订"
    assert (await scene.only()).state == "sent"
    await scene.reports(2)
    delivered = await scene.only()
    assert (delivered.state, delivered.channel, delivered.detail) == ("delivered", "kannel", "DELIVRD")


async def test_a_phone_that_is_off_for_good_is_reported(scene: KannelScene) -> None:
    scene.kannel.faults(undelivered=[PHONE])
    await scene.send(await scene.one_queued())
    await scene.reports(2)
    failed = await scene.only()
    assert (failed.state, failed.detail) == ("failed", "UNDELIV")


async def test_a_number_the_carrier_refuses_is_reported(scene: KannelScene) -> None:
    scene.kannel.faults(refuse=[PHONE])
    await scene.send(await scene.one_queued())
    await scene.reports(1)
    refused = await scene.only()
    assert (refused.state, refused.detail) == ("refused", "NACK")


async def test_killed_after_kannel_took_it_its_report_settles_it(scene: KannelScene) -> None:
    message = await scene.one_queued()
    await left_in_the_middle(scene, message)
    assert (await scene.behind_our_back(await text_message(scene, message))).state == "accepted"
    await scene.reports(2)
    assert (await scene.only()).state == "delivered"
    await scene.minute(minutes=11)
    await scene.reached(1)


async def test_killed_before_kannel_took_it_it_is_sent_once_kannel_is_seen_empty(scene: KannelScene) -> None:
    message = await scene.one_queued()
    await left_in_the_middle(scene, message)
    await scene.minute(seconds=70)
    waiting = await scene.only()
    assert (waiting.state, waiting.detail) == ("sending", "in_doubt"), "nothing was heard of Kannel since"
    assert scene.kannel.carrier()["count"] == 0
    await scene.minute(minutes=11)
    await scene.reached(1)
    assert (await scene.only()).state == "sent"


async def test_reports_on_later_messages_settle_what_was_never_taken_within_two_minutes(
    scene: KannelScene,
) -> None:
    first = await scene.one_queued()
    await left_in_the_middle(scene, first)
    case = await scene.accepted(OTHER)
    scene.house.later(seconds=30)
    await scene.deliver(await scene.last_event(case))
    await scene.send((await scene.outbox())[1])
    await scene.reports(2)
    await scene.quiet()
    await scene.minute(seconds=40)
    assert {m["to"] for m in await scene.reached(2)} == {PHONE, OTHER}


async def test_a_late_report_on_an_earlier_message_tells_nothing_of_a_later_one(scene: KannelScene) -> None:
    """Our pages were away: what was begun before, and is only now reported, says nothing of what came after it."""
    case = await scene.accepted(OTHER)
    await scene.deliver(await scene.last_event(case))
    [earlier] = await scene.outbox()
    await scene.send(earlier)
    scene.house.later(seconds=30)
    await scene.deliver(await scene.last_event(await scene.accepted()))
    later = (await scene.outbox())[1]
    await left_in_the_middle(scene, later)
    scene.house.later(seconds=50)
    await scene.reports(2)
    await scene.quiet()
    await scene.minute(seconds=40)
    waiting = (await scene.outbox())[1]
    assert (waiting.state, waiting.detail) == ("sending", "in_doubt")
    await scene.reached(1)


async def test_while_kannel_holds_messages_what_is_in_doubt_waits(scene: KannelScene) -> None:
    message = await scene.one_queued()
    channel = await scene.channel()
    assert not await channel.holds()
    os.kill(scene.kannel.pids["carrier"], signal.SIGSTOP)
    try:
        await left_in_the_middle(scene, message)
        await channel.send(replace_phone(await text_message(scene, message), OTHER))
        assert await channel.holds(), "the carrier has not answered for it"
        await scene.minute(minutes=11)
        assert (await scene.only()).state == "sending"
    finally:
        os.kill(scene.kannel.pids["carrier"], signal.SIGCONT)
        await channel.close()
    await scene.quiet()


def replace_phone(message: TextMessage, phone: str) -> TextMessage:
    return TextMessage("somebody-elses-0", phone, message.text)


async def test_a_hanging_smsbox_leaves_it_in_doubt_and_sends_it_once(
    scene: KannelScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugins.sms_notice.kannel.SECONDS", 0.3)
    message = await scene.one_queued()
    os.kill(scene.kannel.pids["smsbox"], signal.SIGSTOP)
    try:
        await scene.send(message)
    finally:
        os.kill(scene.kannel.pids["smsbox"], signal.SIGCONT)
    doubtful = await scene.only()
    assert (doubtful.state, doubtful.detail) == ("sending", "TimeoutError")
    await scene.quiet()
    await scene.minute(minutes=11)
    await scene.reached(1)
    await scene.quiet()
    assert (await scene.only()).state == "delivered"


async def test_a_kannel_that_is_not_there_surely_did_not_take_it(
    scene: KannelScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHUNBAO_SMS_NOTICE_KANNEL_URL", "http://127.0.0.1:9/cgi-bin/sendsms")
    await scene.send(await scene.one_queued())
    waiting = await scene.only()
    assert (waiting.state, waiting.detail, waiting.reserved) == ("queued", "ConnectError", None)


async def test_what_stays_in_doubt_for_a_day_is_left_to_an_officer(
    scene: KannelScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await scene.one_queued()
    await left_in_the_middle(scene, message)
    monkeypatch.setenv("ZHUNBAO_SMS_NOTICE_KANNEL_STATUS_URL", "http://127.0.0.1:9/status.xml")
    await scene.minute(hours=1)
    assert (await scene.only()).state == "sending"
    await scene.minute(hours=24)
    given_up = await scene.only()
    assert (given_up.state, given_up.detail) == ("failed", "in_doubt")


async def test_what_people_answer_arrives_and_no_more_is_obeyed(scene: KannelScene) -> None:
    await scene.send(await scene.one_queued())
    await scene.reports(2)
    scene.kannel.answer(PHONE, "什么时候来我家？")
    await scene.reports(1)
    scene.kannel.answer(PHONE, "退订")
    await scene.reports(1)
    context = await scene.context()
    async with scene.house.inside(scene.district) as tx:
        [question], _ = await replies.listed(tx, ["620802"], "open", 9, 0)
        assert replies.text_of(context.platform, question) == "什么时候来我家？"
        assert question.process_id == (await scene.only()).process_id
        assert await store.opted_out(tx, index_of(context.platform, PHONE))
    scene.kannel.answer(PHONE, "恢复")
    await scene.reports(1)
    async with scene.house.inside(scene.district) as tx:
        assert not await store.opted_out(tx, index_of(context.platform, PHONE))


@pytest.mark.parametrize(
    "path", ["report?key={key}-0&mac=x&kind=2", "report?kind=2", "reply?token=x&phone=1&text=TD"]
)
async def test_addresses_that_kannel_does_not_have_change_nothing(scene: KannelScene, path: str) -> None:
    message = await scene.one_queued()
    await scene.send(message)
    answer = await scene.house.client.get(f"/d/620802/api/x/sms_notice/kannel/{path.format(key=message.id)}")
    assert answer.status_code == 403
    assert (await scene.only()).state == "sent"


def test_passwords_and_tokens_never_show() -> None:
    made = Kannel(
        "http://127.0.0.1", "u", "secret-1", "secret-2", "1", "http://127.0.0.1", "", "secret-3", "s", "d"
    )
    assert "secret" not in repr(made)
    assert doubts.SETTLED.total_seconds() < store.LEASE.total_seconds()
    assert store.LEASE.total_seconds() > sending.BEGIN_SECONDS + sending.TRY_SECONDS
    assert replace(made, district="e").district == "e"
