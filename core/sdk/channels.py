"""Notification channels: how a short text reaches a person. One class per way; the platform asks for the first that can.

Core itself sends sign-in codes this way; what is sent to households and when is `sms_notice`'s business. A vendor's way
is one class that keeps to `Channel`, found by the entry point group `CHANNELS`: see plugins/sms_notice/CHANNELS.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, Protocol, Self

import msgspec

CHANNELS = "zhunbao.notice_channels"
"""The entry point group: a channel's name in the district's settings, and its class."""


class TextMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One short text. `key` is the same at every repetition, so that a gateway may drop the second.

    `mail` and `person` (the register's id of somebody who has an account) are empty where there is none.
    """

    key: str
    phone: str
    text: str
    purpose: str = ""
    mail: str = ""
    person: str = ""


class Sent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What became of it.

    accepted     the gateway has it; `reference` is its own number, by which delivery is reported; `arrived`: nothing more
                 is to come, the person has it
    refused      it does not have it, and never will (wrong number, forbidden text): another way may be tried
    unreachable  it surely does not have it: later, or another way
    doubtful     it may have it (the answer was lost): the same way again, and no other
    """

    state: Literal["accepted", "refused", "unreachable", "doubtful"]
    reference: str = ""
    detail: str = ""
    arrived: bool = False


class NotificationChannel(Protocol):
    """One way to send. `name` stands in logs and on pages."""

    @property
    def name(self) -> str: ...

    async def send(self, message: TextMessage) -> Sent:
        """Hand the message to the gateway. Never raises for an expected refusal."""
        ...


@dataclass(frozen=True, slots=True)
class ChannelSetting:
    """What a channel is made from: the operator's settings by name (secrets too), and what is said of the district."""

    get: Callable[[str], str]
    signature: str
    district: str
    now: datetime


class Channel(NotificationChannel, Protocol):
    """What a district sends notices by.

    `reaches`: what of the message it needs. `drops_repeats`: the gateway takes the same key once, so that what is in
    doubt is simply sent again; where it does not, `holds` is asked. `charged`: counts for the month's cap.
    """

    label: ClassVar[str]
    reaches: ClassVar[Literal["phone", "mail", "person"]]
    drops_repeats: ClassVar[bool]
    charged: ClassVar[bool]

    @classmethod
    def made(cls, setting: ChannelSetting) -> Self | None:
        """The channel as the district has it; None where it is not set up."""
        ...

    async def holds(self) -> bool:
        """Whether the gateway still holds messages it took and has not passed on, or cannot be asked."""
        ...

    async def close(self) -> None:
        """After a batch: connections are given up."""
        ...
