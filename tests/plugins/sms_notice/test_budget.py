"""The month's cap holds exactly: reserved before sending, given back when nothing was taken, whoever sends at once."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from core.clock import CHINA
from core.sdk import Sent, TextMessage
from plugins.sms_notice import budget, sending, store
from plugins.sms_notice.claiming import claim
from plugins.sms_notice.config import SmsConfig
from plugins.sms_notice.events import index_of, seal_body, seal_phone
from plugins.sms_notice.ways import for_codes, in_order
from tests.plugins.sms_notice.scene import PHONE, Scene

pytestmark = pytest.mark.anyio


async def many(scene: Scene, number: int) -> None:
    """So many messages of two segments, due now."""
    first, platform = await scene.one_queued(), (await scene.context()).platform
    async with scene.house.inside(scene.district) as tx:
        for one in range(number - 1):
            key, phone = uuid4(), f"139{one:08d}"
            await store.add(tx, store.Message(
                key, uuid4(), first.person_id, "accepted", 0, first.process_id, first.area_code,
                seal_phone(platform, key, phone), index_of(platform, phone), seal_body(platform, key, "您好"), 2, "queued",
                "", first.created_at, first.not_before, first.expires_at,
            ))  # fmt: skip


async def pump(scene: Scene, **settings: Any) -> None:
    context = msgspec.structs.replace(await scene.context(), config=SmsConfig(**settings))
    await asyncio.gather(*(sending.pump(context, {}) for _ in range(3)))


async def spent(scene: Scene) -> int:
    async with scene.house.inside(scene.district) as tx:
        return await budget.spent(tx, budget.month_of((await scene.context()).now))


async def test_three_workers_at_once_spend_the_cap_and_not_one_more(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "BATCH", 4)
    await many(scene, 40)
    await pump(scene, monthly_cap=51)
    messages = await scene.outbox()
    assert sum(m.segments for m in messages if m.state == "sent") == 50
    assert {m.detail for m in messages if m.state == "skipped"} == {"monthly_cap"}
    assert await spent(scene) == 50
    assert len(scene.gateway.messages()) == 25


async def test_what_was_not_taken_is_given_back_and_what_is_in_doubt_is_not(scene: Scene) -> None:
    message = await scene.one_queued()
    scene.gateway.faults(refuse=[PHONE])
    await scene.send(message)
    assert await spent(scene) == 0
    scene.gateway.faults(lose=1)
    await scene.deliver(await scene.last_event(await scene.accepted("13800000002")))
    await scene.send((await scene.outbox())[1])
    assert await spent(scene) == message.segments
    scene.gateway.faults()
    await scene.minute(minutes=1.1)
    assert await spent(scene) == message.segments, "paid once"


async def test_what_is_given_back_goes_to_the_month_it_was_reserved_in(scene: Scene) -> None:
    """Reserved in the last minute of one month, refused in the first of the next."""
    message = await scene.one_queued()
    context, last, first = await scene.context(), date(2026, 10, 1), date(2026, 11, 1)
    midnight = datetime(2026, 11, 1, tzinfo=CHINA)
    async with scene.house.inside(scene.district) as tx:
        for month in (last, first):
            await budget.locked(tx, month)
            await budget.add(tx, month, 10)
    channels = in_order(context)
    unlimited = msgspec.structs.replace(
        context, config=SmsConfig(quiet_from="00:00", quiet_until="00:00", expire_days=30)
    )
    async with scene.house.inside(scene.district) as tx:
        await tx.execute(
            "UPDATE sms_notice_message SET expires_at = $2 WHERE tenant_id = $1",
            tx.tenant,
            midnight + timedelta(days=1),
        )
    [claimed], _ = await claim(unlimited, channels, midnight - timedelta(seconds=5), 9)
    answer = [(claimed, Sent("refused", detail="isv.MOBILE_NUMBER_ILLEGAL"), None)]
    await sending._record(unlimited, channels, answer, midnight + timedelta(seconds=5))
    async with scene.house.inside(scene.district) as tx:
        assert [await budget.spent(tx, month) for month in (last, first)] == [10, 10]
    assert ((await scene.only()).state, message.segments) == ("refused", 2)


async def test_a_month_begins_at_midnight_in_china(scene: Scene) -> None:
    now = (await scene.context()).now.astimezone(CHINA)
    assert budget.month_of(now.replace(day=1, hour=0)) != budget.month_of(
        now.replace(day=1, hour=0).astimezone(CHINA).replace(day=1, month=8)
    )
    last = now.replace(month=8, day=31, hour=23, minute=59)
    assert str(budget.month_of(last)) == "2026-08-01"


async def news(scene: Scene, key: str, text: str = "您的 TS-1 号事项有了新进展。", **settings: Any) -> Sent:
    """News of a complaint as core hands it over, and what is due sent."""
    context = msgspec.structs.replace(await scene.context(), config=SmsConfig(**settings))
    [channel] = for_codes(context)
    sent = await channel.send(TextMessage(key, PHONE, text, "complaint_news"))
    await pump(scene, **settings)
    return sent


async def test_news_of_complaints_count_for_the_cap_and_stop_at_it(scene: Scene) -> None:
    assert (await news(scene, "1", monthly_cap=1)).state == "accepted"
    assert await spent(scene) == 1
    assert (await news(scene, "2", monthly_cap=1)).state == "accepted", "kept: core need not come again"
    assert [(m.state, m.detail) for m in await scene.outbox()] == [("sent", ""), ("skipped", "monthly_cap")]
    assert len(scene.gateway.messages()) == 1
    await scene.one_more_queued()
    await pump(scene, monthly_cap=2)
    assert (await scene.outbox())[-1].detail == "monthly_cap", "notices and news share one cap"


async def test_news_that_was_not_taken_costs_nothing_and_news_in_doubt_keeps_its_part(scene: Scene) -> None:
    scene.gateway.faults(refuse=[PHONE])
    await news(scene, "1")
    assert await spent(scene) == 0
    scene.gateway.faults(lose=1)
    await news(scene, "2")
    assert await spent(scene) == 1
    scene.gateway.faults()
    await scene.minute(minutes=1.1)
    assert await spent(scene) == 1, "paid once"
    assert [m["times"] for m in scene.gateway.messages()] == [2], "the same key twice is one message"


async def test_news_handed_over_twice_are_one_text_and_td_is_obeyed(scene: Scene) -> None:
    """A worker killed after the gateway took it comes again with the same key."""
    await news(scene, "1")
    await news(scene, "1")
    [received] = scene.gateway.messages()
    assert (received["times"], received["text"]) == (1, "您的 TS-1 号事项有了新进展。回复TD退订")
    one = await scene.only()
    async with scene.house.inside(scene.district) as tx:
        await store.opt_out(tx, one.phone_index, "household", (await scene.context()).now)
    await news(scene, "2")
    assert len(scene.gateway.messages()) == 1


async def test_news_wait_for_the_districts_own_morning_and_for_a_gateway_that_is_down(scene: Scene) -> None:
    await news(scene, "1", quiet_from="08:30", quiet_until="10:00")
    waiting = await scene.only()
    assert (waiting.state, waiting.not_before.astimezone(CHINA).strftime("%H:%M")) == ("queued", "10:00")
    scene.gateway.faults(down=True)
    await scene.minute(hours=1.2)
    await scene.minute(minutes=30)
    assert (await scene.only()).state == "queued"
    scene.gateway.faults()
    await scene.minute(hours=1)
    await scene.minute(minutes=5)
    assert (await scene.only()).state == "sent"


async def test_news_of_complaints_stand_in_no_list_that_officers_read(scene: Scene) -> None:
    await news(scene, "1")
    message = await scene.only()
    [received] = scene.gateway.messages()
    for somebody in ("township_clerk", "district_officer"):
        headers = scene.bureau.staff[somebody].headers
        for path in ("/messages", f"/messages/{message.id}"):
            for address in (f"/d/620802/x/sms_notice{path}", f"/d/620802/api/x/sms_notice{path}"):
                page = await scene.house.client.get(address, headers=headers)
                assert "TS-1" not in page.text
                assert str(message.id) not in page.text.replace(path, "")
        listed = (await scene.bureau.get(somebody, "/x/sms_notice/messages")).json()
        assert (listed["total"], listed["counts"]) == (0, {})
        assert (await scene.bureau.get(somebody, f"/x/sms_notice/messages/{message.id}")).status_code == 404
        for action in ("resend", "opt-out", "opt-in"):
            told = await scene.bureau.post(somebody, f"/x/sms_notice/messages/{message.id}/{action}", {})
            assert told.status_code == 404
    assert received["key"] == message.key


async def test_a_code_somebody_waits_for_goes_past_the_cap_and_is_not_counted(scene: Scene) -> None:
    context = msgspec.structs.replace(await scene.context(), config=SmsConfig(monthly_cap=1))
    [channel] = for_codes(context)
    for _ in range(3):
        code = TextMessage(str(uuid4()), PHONE, "您的登录验证码是 123456，5 分钟内有效。", "sign_in")
        assert (await channel.send(code)).state == "accepted"
    assert await spent(scene) == 0
