"""The HTTP gateway as a notification channel: one signed request per message, repeated with the same key.

    OK                     accepted, with the gateway's number for the message
    a code of `_FINAL`     refused: sending again would change nothing (wrong number, forbidden text)
    another code           unreachable: too busy, maintenance, a wrong signature; so is no connection
    no readable answer     doubtful: it may have the message

The gateway drops what it has had under the same `OutId`; so what is in doubt is simply sent there again.
"""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass, field
from datetime import UTC
from functools import lru_cache
from typing import Any, ClassVar, Literal, Self
from uuid import uuid4

import httpx
import msgspec

from core.sdk import PluginContext, Sent, TextMessage
from core.sdk.channels import ChannelSetting
from plugins.sms_notice.config import acceptable
from plugins.sms_notice.settings import setting_of
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
    return account_from(setting_of(context))


def account_from(setting: ChannelSetting) -> Account | None:
    """The secret is the account's own variable, else the installation's for its own account."""
    url, key_id = setting.get("url"), setting.get("key_id")
    secret = (setting.get(f"secret_{key_id}") or setting.get("secret")) if key_id else ""
    if not (url and key_id and secret and acceptable(url)):
        return None
    return Account(url, key_id, secret, setting.signature, setting.district)


@dataclass(frozen=True)
class HttpGateway:
    """`Channel` over HTTP. `timestamp` is that of the requests' signatures."""

    account: Account
    timestamp: str
    name: ClassVar[str] = "http_gateway"
    label: ClassVar[str] = "短信网关"
    reaches: ClassVar[Literal["phone", "mail", "person"]] = "phone"
    drops_repeats: ClassVar[bool] = True
    charged: ClassVar[bool] = True
    _open: list[httpx.AsyncClient] = field(default_factory=list, repr=False, compare=False)

    @classmethod
    def made(cls, setting: ChannelSetting) -> Self | None:
        account = account_from(setting)
        stamp = setting.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return None if account is None else cls(account, stamp)

    async def send(self, message: TextMessage) -> Sent:
        """Hand the message over; what the gateway said. Never raises for an expected refusal."""
        if not message.phone:
            return Sent("refused", detail="no_phone")
        try:
            answer = await self._client().post(self.account.url, data=self.parameters(message))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return Sent("unreachable", detail=type(error).__name__)
        except httpx.HTTPError as error:
            return Sent("doubtful", detail=type(error).__name__)
        return _judged(answer)

    async def holds(self) -> bool:
        """Not asked: it drops what it has had."""
        return False

    async def close(self) -> None:
        while self._open:
            await self._open.pop().aclose()

    def _client(self) -> httpx.AsyncClient:
        if not self._open:
            self._open.append(httpx.AsyncClient(timeout=SECONDS, verify=_trust(), trust_env=False))
        return self._open[0]

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
    """A gateway that answers in its own words did not take the message; anything else leaves it in doubt."""
    try:
        said: Any = msgspec.json.decode(answer.content)
        code, reference = str(said["Code"]), str(said.get("BizId") or "")
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
        return Sent("doubtful", detail=f"HTTP {answer.status_code}, no answer that can be read")
    if code == "OK":
        taken = bool(reference) and answer.status_code < 300
        return (
            Sent("accepted", reference[:100])
            if taken
            else Sent("doubtful", detail=f"HTTP {answer.status_code}")
        )
    if answer.status_code >= 500:
        return Sent("unreachable", detail=f"HTTP {answer.status_code}")
    return Sent("refused" if code in _FINAL else "unreachable", detail=_CODE.sub("", code)[:60])


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    """Made once: reading the certificates takes longer than a message does."""
    return ssl.create_default_context()
