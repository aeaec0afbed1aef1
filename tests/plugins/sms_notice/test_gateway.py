"""The hook `notification_channels`: one signed request per message, and what each answer of a gateway comes to."""

from __future__ import annotations

import json
from typing import Any

import httpx
import msgspec
import pytest

from core.sdk import Sent, TextMessage
from plugins.sms_notice import gateway as gateway_module
from plugins.sms_notice.config import SmsConfig
from plugins.sms_notice.gateway import Account, HttpGateway, _judged, account_of
from plugins.sms_notice.signing import request_holds
from plugins.sms_notice.ways import for_codes
from tests.plugins.sms_notice.scene import KEY_ID, PHONE, SECRET, Scene

pytestmark = pytest.mark.anyio

CODE = TextMessage("key-1", PHONE, "您的登录验证码是 123456，5 分钟内有效。", "sign_in")


def a_gateway(url: str, secret: str = SECRET) -> HttpGateway:
    return HttpGateway(Account(url, KEY_ID, secret, "崆峒民政", "620802"), "2026-09-10T02:00:00Z")


async def said(gateway: HttpGateway) -> Sent:
    """What it answers to the code; its connection is given up."""
    try:
        return await gateway.send(CODE)
    finally:
        await gateway.close()


def answer(status: int = 200, body: Any = None, raw: bytes | None = None) -> httpx.Response:
    return httpx.Response(status, content=json.dumps(body).encode() if raw is None else raw)


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        (
            answer(body={"Code": "OK", "BizId": "900619746936498440^0"}),
            Sent("accepted", "900619746936498440^0"),
        ),
        (answer(body={"Code": "OK"}), Sent("doubtful", detail="HTTP 200")),
        (
            answer(body={"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": "13800000001"}),
            Sent("refused", detail="isv.MOBILE_NUMBER_ILLEGAL"),
        ),
        (
            answer(400, {"Code": "isv.BUSINESS_LIMIT_CONTROL"}),
            Sent("unreachable", detail="isv.BUSINESS_LIMIT_CONTROL"),
        ),
        (answer(400, {"Code": "SignatureDoesNotMatch"}), Sent("unreachable", detail="SignatureDoesNotMatch")),
        (answer(503, {"Code": "OK", "BizId": "1"}), Sent("doubtful", detail="HTTP 503")),
        (answer(503, {"Code": "ServiceUnavailable"}), Sent("unreachable", detail="HTTP 503")),
        (answer(raw=b"<html>"), Sent("doubtful", detail="HTTP 200, no answer that can be read")),
        (answer(body=["OK"]), Sent("doubtful", detail="HTTP 200, no answer that can be read")),
        (answer(body={"Code": "x<script> 13800000001"}), Sent("unreachable", detail="xscript13800000001")),
    ],
)
def test_what_an_answer_comes_to(said: httpx.Response, sent: Sent) -> None:
    assert _judged(said) == sent


def test_everything_that_is_sent_is_signed_with_a_nonce_of_its_own() -> None:
    made = [a_gateway("https://sms.example.com").parameters(CODE) for _ in range(2)]
    assert all(request_holds(parameters, SECRET) for parameters in made)
    assert made[0]["SignatureNonce"] != made[1]["SignatureNonce"]
    assert made[0]["OutId"] == made[1]["OutId"] == "key-1"
    assert SECRET not in str(made)


def test_the_secret_never_shows() -> None:
    assert SECRET not in repr(a_gateway("https://sms.example.com"))


async def test_nobody_listening_is_unreachable_and_not_an_error() -> None:
    assert (await said(a_gateway("http://127.0.0.1:9"))) == Sent("unreachable", detail="ConnectError")


async def test_a_gateway_too_slow_to_answer_may_have_it_all_the_same(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_module, "SECONDS", 0.2)
    scene.gateway.faults(slow=1)
    assert (await said(a_gateway(scene.gateway.url))) == Sent("doubtful", detail="ReadTimeout")
    scene.gateway.faults()
    monkeypatch.undo()
    assert (await said(a_gateway(scene.gateway.url))).state == "accepted"
    assert [m["times"] for m in scene.gateway.messages()] == [2]


async def test_a_wrong_secret_is_not_taken(scene: Scene) -> None:
    sent = await said(a_gateway(scene.gateway.url, "wrong"))
    assert sent == Sent("unreachable", detail="SignatureDoesNotMatch")
    assert scene.gateway.messages() == []


async def test_sign_in_codes_go_through_the_same_channel(scene: Scene) -> None:
    zhunbao, sender = scene.house.zhunbao, scene.house.zhunbao.sign_in_codes
    async with scene.house.inside(scene.district) as tx:
        await sender.send(tx, PHONE, "482913")
    await scene.house.work_off()
    [received] = scene.gateway.messages()
    assert (received["phone"], received["sign"]) == (PHONE, "平凉市崆峒区民政局")
    assert "482913" in received["text"]
    assert await scene.outbox() == [], "codes are not kept"
    offered = await zhunbao.host.dispatch("notification_channels", await scene.scope())
    assert [offer.value.name for offer in offered.offers] == ["sms_notice"]


async def with_settings(scene: Scene, **settings: Any) -> Account | None:
    return account_of(msgspec.structs.replace(await scene.context(), config=SmsConfig(**settings)))


async def test_a_district_may_have_a_gateway_of_its_own(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"url": "https://own.example.com/send", "key_id": "LTAI-620802"}
    assert await with_settings(scene, **own) is None, "its secret is not there"
    monkeypatch.setenv("ZHUNBAO_SMS_NOTICE_SECRET_LTAI_620802", "own secret")
    account = await with_settings(scene, signature="崆峒救助", **own)
    assert account == Account(own["url"], own["key_id"], "own secret", "崆峒救助", "620802")


async def test_the_installations_secret_is_never_used_for_another_account(scene: Scene) -> None:
    assert await with_settings(scene, url="https://elsewhere.example.com", key_id="other") is None


async def test_without_a_gateway_there_is_no_channel(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZHUNBAO_SMS_NOTICE_SECRET")
    assert for_codes(await scene.context()) == []
    monkeypatch.setenv("ZHUNBAO_SMS_NOTICE_SECRET", SECRET)
    monkeypatch.setenv("ZHUNBAO_SMS_NOTICE_URL", "http://sms.example.com")
    assert for_codes(await scene.context()) == [], "phones do not travel unencrypted"
