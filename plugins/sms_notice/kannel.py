"""Kannel, the carrier gateway of Debian, as a channel: one `sendsms` per message, delivery reports to our address.

    202                     accepted: the bearerbox has it in its store
    400, 404                refused: sending again would change nothing
    403                     unreachable: our account, not the message
    no connection           unreachable
    503, no answer          doubtful: the bearerbox may have it all the same

Kannel does not drop what it has had. So what is in doubt is not sent again before it is known that Kannel does not have
it: its reports name our key, and `holds` asks whether its store is empty (see `doubts.py`).
"""

from __future__ import annotations

import base64
import hmac
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Self
from urllib.parse import quote

from core.sdk import Sent, TextMessage
from core.sdk.channels import ChannelSetting
from plugins.sms_notice.config import acceptable
from plugins.sms_notice.line import Line, NoAnswer, NotConnected, query_of

SECONDS = 8.0
MASK = 31
"""Every report: delivered, not delivered, buffered, handed to the carrier, refused by it."""


@dataclass(frozen=True)
class Kannel:
    """`Channel` through a smsbox. `sender` is the district's own number: TD sent there is then its own. `report_to` is our own public address; `status_url` the bearerbox's status.xml."""

    url: str
    username: str
    password: str = field(repr=False)
    token: str = field(repr=False)
    sender: str
    report_to: str
    status_url: str
    status_password: str = field(repr=False)
    signature: str
    district: str
    name: ClassVar[str] = "kannel"
    label: ClassVar[str] = "Kannel 网关"
    reaches: ClassVar[Literal["phone", "mail", "person"]] = "phone"
    drops_repeats: ClassVar[bool] = False
    charged: ClassVar[bool] = True
    _lines: dict[str, Line] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def made(cls, setting: ChannelSetting) -> Self | None:
        get = setting.get
        made = cls(
            get("kannel_url"), get("kannel_username"), get("kannel_password"), get("kannel_token"),
            get(f"kannel_sender_{setting.district}"), get("kannel_report_to").rstrip("/"),
            get("kannel_status_url"), get("kannel_status_password"), setting.signature, setting.district,
        )  # fmt: skip
        addresses = (made.url, made.report_to, made.status_url)
        complete = made.username and made.password and made.token and made.sender and all(addresses)
        return made if complete and all(acceptable(address) for address in addresses) else None

    async def send(self, message: TextMessage) -> Sent:
        if not message.phone:
            return Sent("refused", detail="no_phone")
        try:
            status, _ = await self._line(self.url).get(self.query(message))
        except NotConnected as error:
            return Sent("unreachable", detail=str(error))
        except NoAnswer as error:
            return Sent("doubtful", detail=str(error))
        return _judged(status, message.key)

    def query(self, message: TextMessage) -> str:
        """What `sendsms` is asked for; the report's address names our key, and proves that it is ours."""
        asked = {
            "username": self.username, "password": self.password, "from": self.sender, "to": message.phone,
            "coding": "2", "charset": "UTF-8", "text": f"【{self.signature}】{message.text}",
            "dlr-mask": str(MASK), "dlr-url": self.report_url(message.key),
        }  # fmt: skip
        return query_of(asked)

    def report_url(self, key: str) -> str:
        """Kannel replaces `%d` by the report's kind and `%A` by what the carrier said."""
        mac = quote(report_mac(self.token, key), safe="")
        return f"{self.report_to}/d/{self.district}/api/x/sms_notice/kannel/report?key={key}&mac={mac}&kind=%d&said=%A"

    async def holds(self) -> bool:
        """Whether its store or a carrier's queue holds anything, a carrier is away, or nobody answers."""
        try:
            status, said = await self._line(self.status_url).get(query_of({"password": self.status_password}))
        except (NotConnected, NoAnswer):
            return True
        return status != 200 or _busy(said)

    async def close(self) -> None:
        while self._lines:
            self._lines.popitem()[1].close()

    def _line(self, url: str) -> Line:
        return self._lines.setdefault(url, Line(url, SECONDS))


def report_mac(token: str, key: str) -> str:
    """What proves that a report's address was made by us."""
    return base64.urlsafe_b64encode(hmac.digest(token.encode(), f"report {key}".encode(), "sha256")).decode()


def _judged(status: int, key: str) -> Sent:
    if status == 202:
        return Sent("accepted", key)
    if status in (400, 404, 413, 414):
        return Sent("refused", detail=f"Kannel {status}")
    return Sent("unreachable" if status in (401, 403) else "doubtful", detail=f"Kannel {status}")


def _busy(status: bytes) -> bool:
    try:
        told = ET.fromstring(status)  # noqa: S314 - the operator's own gateway
    except ET.ParseError:
        return True
    waiting = [told.findtext("sms/storesize"), told.findtext("sms/sent/queued")]
    carriers = told.findall("smscs/smsc")
    waiting += [carrier.findtext("queued") for carrier in carriers]
    waiting += [box.findtext("queue") for box in told.findall("boxes/box")]
    away = [c for c in carriers if not (c.findtext("status") or "").startswith("online")]
    running = (told.findtext("status") or "").startswith("running")
    return not running or not carriers or bool(away) or any(number != "0" for number in waiting)
