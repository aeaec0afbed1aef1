"""The month's cap holds exactly: reserved before sending, given back when nothing was taken, whoever sends at once."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from core.clock import CHINA
from core.sdk import Sent, TextMessage
from plugins.sms_notice import budget, sending, store
from plugins.sms_notice.config import SmsConfig
from plugins.sms_notice.events import index_of, seal_body, seal_phone
from plugins.sms_notice.ways import for_codes
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


async def test_a_month_begins_at_midnight_in_china(scene: Scene) -> None:
    now = (await scene.context()).now.astimezone(CHINA)
    assert budget.month_of(now.replace(day=1, hour=0)) != budget.month_of(
        now.replace(day=1, hour=0).astimezone(CHINA).replace(day=1, month=8)
    )
    last = now.replace(month=8, day=31, hour=23, minute=59)
    assert str(budget.month_of(last)) == "2026-08-01"


async def news(scene: Scene, text: str = "您的 TS-1 号事项有了新进展。", **settings: Any) -> Sent:
    """News of a complaint as core hands it over."""
    context = msgspec.structs.replace(await scene.context(), config=SmsConfig(**settings))
    [channel] = for_codes(context)
    return await channel.send(TextMessage(str(uuid4()), PHONE, text, "complaint_news"))


async def test_news_of_complaints_count_for_the_cap_and_stop_at_it(scene: Scene) -> None:
    assert (await news(scene, monthly_cap=1)).state == "accepted"
    assert await spent(scene) == 1
    assert await news(scene, monthly_cap=1) == Sent("refused", detail="monthly_cap")
    assert len(scene.gateway.messages()) == 1
    await scene.one_queued()
    await pump(scene, monthly_cap=2)
    assert [m.detail for m in await scene.outbox()] == ["monthly_cap"], "notices and news share one cap"


async def test_news_that_was_not_taken_costs_nothing_and_news_in_doubt_keeps_its_part(scene: Scene) -> None:
    scene.gateway.faults(refuse=[PHONE])
    assert (await news(scene)).state == "refused"
    assert await spent(scene) == 0
    scene.gateway.faults(lose=1)
    assert (await news(scene)).state == "unreachable", "it is handed over again under the same key"
    assert await spent(scene) == 1


async def test_news_of_complaints_stand_in_no_list_that_officers_read(scene: Scene) -> None:
    assert (await news(scene)).state == "accepted"
    assert await scene.outbox() == []
    for somebody in ("township_clerk", "district_officer"):
        page = await scene.house.client.get(
            f"/d/{scene.district.code}/x/sms_notice/messages", headers=scene.bureau.staff[somebody].headers
        )
        assert "TS-1" not in page.text


async def test_a_code_somebody_waits_for_goes_past_the_cap_and_is_not_counted(scene: Scene) -> None:
    context = msgspec.structs.replace(await scene.context(), config=SmsConfig(monthly_cap=1))
    [channel] = for_codes(context)
    for _ in range(3):
        code = TextMessage(str(uuid4()), PHONE, "您的登录验证码是 123456，5 分钟内有效。", "sign_in")
        assert (await channel.send(code)).state == "accepted"
    assert await spent(scene) == 0
