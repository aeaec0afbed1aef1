"""Receipts are signed, move a message only forward, and may come twice, late, or before our own record."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from plugins.sms_notice import store
from plugins.sms_notice.events import index_of
from plugins.sms_notice.receipts import Answer, ReceiptForm, Report, lines_of
from plugins.sms_notice.simulator import Carrier
from plugins.sms_notice.store import Begin, Heard, Message, Outcome
from tests.plugins.sms_notice.scene import KEY_ID, PHONE, SECRET, Scene

pytestmark = pytest.mark.anyio


def report(message: Message, state: Any = "delivered", **changes: Any) -> Report:
    return msgspec.structs.replace(
        Report(message.key, message.reference or "early", state, "DELIVRD"), **changes
    )


async def hand_in(
    scene: Scene, *reports: Report, answers: tuple[Answer, ...] = (), **changes: Any
) -> httpx.Response:
    """A receipt as the gateway would post it, signed; `changes` come after the signature."""
    form = Carrier(KEY_ID, SECRET).receipt(reports, answers)
    body = msgspec.to_builtins(msgspec.structs.replace(form, **changes))
    return await scene.house.client.post(f"/d/{scene.district.code}/api/x/sms_notice/receipts", json=body)


async def sent(scene: Scene) -> Message:
    await scene.send(await scene.one_queued())
    return await scene.only()


async def test_delivered_is_noted_and_stays(scene: Scene) -> None:
    message = await sent(scene)
    answer = await hand_in(scene, report(message))
    assert (answer.status_code, answer.json()) == (200, {"reports": 1, "answers": 0})
    assert (await scene.only()).state == "delivered"
    again = await hand_in(scene, report(message), report(message, "failed", code="UNDELIV"))
    assert again.json()["reports"] == 0
    assert (await scene.only()).state == "delivered"


async def test_not_delivered_is_noted_with_the_gateways_code(scene: Scene) -> None:
    await hand_in(scene, report(await sent(scene), "failed", code="UNDELIV"))
    failed = await scene.only()
    assert (failed.state, failed.detail) == ("failed", "UNDELIV")


async def test_a_receipt_may_be_faster_than_our_own_record(scene: Scene) -> None:
    message = await scene.one_queued()
    async with scene.house.inside(scene.district) as tx:
        await store.begin(tx, [Begin(message, "http_gateway", None)], message.created_at)
    await hand_in(scene, report(message))
    async with scene.house.inside(scene.district) as tx:
        await store.settle(tx, [Outcome(message, "sent", "", "reference-1")], message.created_at)
    early = await scene.only()
    assert (early.state, early.reference) == ("delivered", "reference-1")


@pytest.mark.parametrize(
    "changes", [{"signature": "x"}, {"key_id": "other"}, {"nonce": "0123456789"}, {"reports": ()}]
)
async def test_a_receipt_whose_signature_does_not_hold_changes_nothing(
    scene: Scene, changes: dict[str, Any]
) -> None:
    answer = await hand_in(scene, report(await sent(scene)), **changes)
    assert answer.status_code == 403
    assert answer.json()["detail"] == "回执的签名不对，没有接收。"
    assert (await scene.only()).state == "sent"


async def test_a_receipt_for_an_earlier_try_says_nothing_of_a_resent_message(scene: Scene) -> None:
    earlier = await sent(scene)
    async with scene.house.inside(scene.district) as tx:
        await store.restart(tx, replace(earlier, not_before=earlier.created_at))
    await scene.send(earlier)
    assert (await hand_in(scene, report(earlier, "failed"))).json()["reports"] == 0
    assert (await scene.only()).state == "sent"


async def test_reports_that_are_filed_together_count_in_the_order_they_came(scene: Scene) -> None:
    message = await sent(scene)
    delivered = Heard(message.id, message.resends, "delivered", "DELIVRD")
    told = [
        replace(delivered, state="sent", code=""), delivered, replace(delivered, state="failed"), replace(delivered, resends=9),
        replace(delivered, message_id=uuid4()),
    ]  # fmt: skip
    async with scene.house.inside(scene.district) as tx:
        assert await store.reported(tx, told, scene.house.zhunbao.clock()) == [
            False,
            True,
            False,
            False,
            False,
        ]
    assert (await scene.only()).state == "delivered"


@pytest.mark.parametrize(
    ("told", "state"),
    [
        (("sent", "sent"), "sent"), (("sent", "failed", "delivered"), "failed"), (("delivered", "sent"), "delivered"),
        (("refused", "sent", "delivered"), "refused"), (("sent", "delivered", "failed"), "delivered"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("together", [True, False])
async def test_reports_filed_together_come_to_the_same_as_one_by_one(
    scene: Scene, told: tuple[Any, ...], state: str, together: bool
) -> None:
    message = await sent(scene)
    reports = [Heard(message.id, message.resends, one, "") for one in told]
    for batch in [reports] if together else [[one] for one in reports]:
        async with scene.house.inside(scene.district) as tx:
            await store.reported(tx, batch, scene.house.zhunbao.clock())
    assert (await scene.only()).state == state


async def test_what_nobody_knows_is_left_alone(scene: Scene) -> None:
    message = await sent(scene)
    unknown = [report(message, key="no key of ours"), report(message, key=f"{message.process_id}-0")]
    assert (await hand_in(scene, *unknown)).json() == {"reports": 0, "answers": 0}


@pytest.mark.parametrize(("text", "taken"), [("TD", 1), (" 退订 ", 1), ("td", 1), ("谢谢", 0)])
async def test_an_answer_that_says_no_more_is_obeyed(scene: Scene, text: str, taken: int) -> None:
    answer = await hand_in(scene, answers=(Answer(f"+86{PHONE}", text),))
    assert answer.json()["answers"] == 1
    context = await scene.context()
    async with scene.house.inside(scene.district) as tx:
        assert await store.opted_out(tx, index_of(context.platform, PHONE)) == bool(taken)


async def test_what_the_simulator_reports_is_taken_as_it_comes(scene: Scene) -> None:
    message = await sent(scene)
    for _ in range(100):
        if scene.gateway.receipts:
            break
        await asyncio.sleep(0.05)
    [(path, body)] = scene.gateway.receipts
    answer = await scene.house.client.post(path, content=body, headers={"content-type": "application/json"})
    assert answer.json() == {"reports": 1, "answers": 0}
    assert msgspec.json.decode(body, type=ReceiptForm).reports[0].key == message.key
    assert (await scene.only()).state == "delivered"


def test_two_different_receipts_never_sign_the_same_lines() -> None:
    one = ReceiptForm(KEY_ID, "n" * 8, "", (Report("a", "b", "delivered"),), (Answer("c", "d"),))
    other = ReceiptForm(
        KEY_ID, "n" * 8, "", (), (Answer("a", "b"), Answer("delivered", ""), Answer("c", "d"))
    )
    assert list(lines_of(one)) != list(lines_of(other))
