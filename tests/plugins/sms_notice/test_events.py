"""The hook `process_events`: which step tells the household what, once, however often and however late it is delivered."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import msgspec
import pytest

from plugins.sms_notice import store, wordings
from plugins.sms_notice.config import SmsConfig
from plugins.sms_notice.events import index_of, on_event
from tests.builders.households import elderly_couple
from tests.plugins.sms_notice.scene import PHONE, Scene

pytestmark = pytest.mark.anyio


async def test_an_accepted_application_reaches_the_phone(scene: Scene) -> None:
    case = await scene.accepted()
    await scene.house.work_off()
    [sent] = scene.gateway.messages()
    number = (await scene.bureau.read(case))["number"]
    assert (sent["phone"], sent["sign"], sent["times"]) == (PHONE, "平凉市崆峒区民政局", 1)
    assert sent["text"].startswith(
        f"{elderly_couple().applicant.name[0]}**，您的低保申请（{number}）已受理，2026年"
    )
    assert (await scene.only()).state == "sent"


async def test_the_household_is_told_of_every_step_that_concerns_it(scene: Scene) -> None:
    case = await scene.bureau.take(await scene.case(), "active")
    for event in await scene.events(case):
        await scene.deliver(event)
    told = [message.notice for message in await scene.outbox()]
    assert sorted(told) == ["accepted", "confirmed", "posting", "visit"]


async def test_a_household_that_gives_up_the_allowance_is_told_that_it_is_done(scene: Scene) -> None:
    case = await scene.bureau.take(await scene.case(), "active")
    await scene.bureau.do("township_clerk", case, "start_review", {"cause": "change"})
    form = {"way": "waiver", "papers": [scene.bureau.photo]}
    await scene.bureau.do("confirming_officer", case, "end_without_hearing", form)
    await scene.deliver(await scene.last_event(case))
    message = await scene.only()
    assert (message.notice, message.state) == ("waived", "queued")
    assert "您签字退出低保的手续" in await scene.text(message)


async def test_an_event_delivered_again_and_again_writes_one_message(scene: Scene) -> None:
    case = await scene.accepted()
    event = await scene.last_event(case)
    for _ in range(3):
        await scene.deliver(event)
    await asyncio.gather(*(scene.deliver(event) for _ in range(3)))
    await scene.house.work_off()
    assert len(await scene.outbox()) == 1
    assert [message["times"] for message in scene.gateway.messages()] == [1]


async def test_two_deliveries_at_the_same_time_write_one_message(scene: Scene) -> None:
    event = await scene.last_event(await scene.accepted())
    await asyncio.gather(*(scene.deliver(event) for _ in range(4)))
    assert len(await scene.outbox()) == 1


async def test_a_notice_that_asks_for_something_is_pointless_once_it_was_done(scene: Scene) -> None:
    case = await scene.bureau.take(await scene.case(), "submitted")
    await scene.bureau.do("township_clerk", case, "request_supplement", {"items": ["医疗费发票"]})
    event = await scene.last_event(case)
    await scene.bureau.do("township_clerk", case, "supply", {"papers": [scene.bureau.photo]})
    await scene.deliver(event)
    message = await scene.only()
    assert (message.notice, message.state, message.detail) == ("supplement", "skipped", "gone_on")


@pytest.mark.parametrize(("phone", "reason"), [("", "no_phone")])
async def test_why_a_household_was_not_told_is_kept(scene: Scene, phone: str, reason: str) -> None:
    message = await scene.one_queued(phone)
    assert (message.state, message.detail) == ("skipped", reason)
    await scene.house.work_off()
    assert scene.gateway.messages() == []


async def test_phone_and_text_are_sealed_in_the_database(scene: Scene) -> None:
    message = await scene.one_queued()
    assert PHONE.encode() not in message.phone
    assert "受理".encode() not in message.body
    assert "已受理" in await scene.text(message)


async def test_steps_that_concern_nobody_outside_are_not_told(scene: Scene) -> None:
    case = await scene.bureau.take(await scene.case(), "submitted")
    for event in await scene.events(case):
        await scene.deliver(event)
    assert await scene.outbox() == []


async def test_a_notice_the_district_does_not_want_is_not_written(scene: Scene) -> None:
    event = await scene.last_event(await scene.accepted())
    wanted = msgspec.structs.replace(await scene.context(), config=SmsConfig(notices=("confirmed",)))
    await on_event(event, wanted)
    assert await scene.outbox() == []


async def test_a_household_that_wants_no_texts_gets_none(scene: Scene) -> None:
    context = await scene.context()
    async with scene.house.inside(scene.district) as tx:
        await store.opt_out(tx, index_of(context.platform, PHONE), "household", context.now)
    message = await scene.one_queued()
    assert (message.state, message.detail) == ("skipped", "opted_out")


async def test_the_districts_own_wording_is_what_is_sent(scene: Scene) -> None:
    context = await scene.context()
    async with scene.house.inside(scene.district) as tx:
        await wordings.change(tx, "accepted", "{姓名}，您的事（{编号}）我们收到了。", uuid4(), context.now)
    message = await scene.one_queued()
    assert message.wording_version == 1
    assert (await scene.text(message)).endswith("我们收到了。")


async def test_a_wording_that_can_no_longer_be_used_gives_way_to_the_standard_one(scene: Scene) -> None:
    async with scene.house.inside(scene.district) as tx:
        await tx.execute(
            """INSERT INTO sms_notice_template (tenant_id, notice, version, body, changed_at, changed_by)
               VALUES ($1, 'accepted', 3, '{姓名}，您的卡号是{卡号}，请留意。', now(), $1)""",
            tx.tenant,
        )
    message = await scene.one_queued()
    assert message.wording_version == 0
    assert "已受理" in await scene.text(message)
