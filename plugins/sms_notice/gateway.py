"""The HTTP gateway as a notification channel: one signed request per message, repeated with the same key.

    OK                     accepted, with the gateway's number for the message
    a code of `_FINAL`     refused: sending again would change nothing (wrong number, forbidden text)
    anything else          unreachable: no answer, too busy, maintenance, a wrong signature; tried again later

The gateway drops what it has had under the same `OutId`; so a request whose answer was lost may simply be made again.
"""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass, field
from datetime import UTC
from functools import lru_cache
from typing import Any
from uuid import uuid4

import httpx
import msgspec

from core.sdk import NotificationChannel, PluginContext, Sent, TextMessage, platform_of
from plugins.sms_notice.config import SmsConfig, acceptable
from plugins.sms_notice.signing import sign_request

SECONDS = 8.0
"""For the whole exchange; below the platform's own limit for `send`."""

_FINAL = frozenset({
    "isv.MOBILE_NUMBER_ILLEGAL",
    "isv.MOBILE_COUNT_OVER_LIMIT",
    "isv.BLACK_KEY_CONTROL_LIMIT",
    "isv.SMS_CONTENT_ILLEGAL",
    "isv.SMS_SIGNATURE_ILLEGAL",
})  # fmt: skip
_CODE = re.compile(r"[^A-Za-z0-9_.\-]")


@dataclass(frozen=True, slots=True)
class Account:
    """With whom we send: the gateway's address, our account there, its secret, the signature, where receipts belong."""

    url: str
    key_id: str
    secret: str = field(repr=False)
    signature: str
    district: str


def account_of(context: PluginContext) -> Account | None:
    """The district's own gateway, else the installation's; None where neither is complete."""
    config, platform = config_of(context), platform_of(context)
    url = config.url or platform.setting("url")
    key_id = config.key_id or platform.setting("key_id")
    secret = secret_of(context, key_id)
    if not (url and key_id and secret and acceptable(url)):
        return None
    return Account(url, key_id, secret, signature_of(context), context.district)


def secret_of(context: PluginContext, key_id: str) -> str:
    """The secret of an account: its own variable, else the installation's for its own account."""
    platform = platform_of(context)
    own = platform.setting(f"secret_{key_id}") if key_id else ""
    if own or key_id != platform.setting("key_id"):
        return own
    return platform.setting("secret")


def signature_of(context: PluginContext) -> str:
    """What stands in 【】 before every message."""
    return config_of(context).signature or platform_of(context).office.name


def config_of(context: PluginContext) -> SmsConfig:
    assert isinstance(context.config, SmsConfig)
    return context.config


def channels(context: PluginContext) -> list[NotificationChannel]:
    """The district's way to send, if it has one."""
    account = account_of(context)
    return (
        []
        if account is None
        else [HttpGateway(account, context.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))]
    )


@dataclass(frozen=True, slots=True)
class HttpGateway:
    """`NotificationChannel` over HTTP. `timestamp` is that of the requests' signatures."""

    account: Account
    timestamp: str
    name: str = "http_gateway"

    async def send(self, message: TextMessage) -> Sent:
        """Hand the message over; what the gateway said. Never raises for an expected refusal."""
        parameters = self.parameters(message)
        try:
            async with httpx.AsyncClient(timeout=SECONDS, verify=_trust(), trust_env=False) as client:
                answer = await client.post(self.account.url, data=parameters)
        except httpx.HTTPError as error:
            return Sent("unreachable", detail=type(error).__name__)
        return _judged(answer)

    def parameters(self, message: TextMessage) -> dict[str, str]:
        """Everything that is sent, signed."""
        parameters = {
            "Action": "SendSms", "Format": "JSON", "Version": "2017-05-25", "AccessKeyId": self.account.key_id,
            "SignatureMethod": "HMAC-SHA256", "SignatureVersion": "1.0", "SignatureNonce": uuid4().hex,
            "Timestamp": self.timestamp, "PhoneNumbers": message.phone, "SignName": self.account.signature,
            "Content": message.text, "OutId": message.key, "ExtendCode": self.account.district,
        }  # fmt: skip
        return {**parameters, "Signature": sign_request(parameters, self.account.secret)}


def _judged(answer: httpx.Response) -> Sent:
    if answer.status_code >= 500:
        return Sent("unreachable", detail=f"HTTP {answer.status_code}")
    try:
        said: Any = msgspec.json.decode(answer.content)
        code, reference = str(said["Code"]), str(said.get("BizId") or "")
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
        return Sent("unreachable", detail=f"HTTP {answer.status_code}, no answer that can be read")
    if code == "OK" and reference:
        return Sent("accepted", reference[:100])
    return Sent("refused" if code in _FINAL else "unreachable", detail=_CODE.sub("", code)[:60])


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    """Made once: reading the certificates takes longer than a message does."""
    return ssl.create_default_context()
