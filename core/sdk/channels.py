"""Notification channels: how a short text reaches a phone. One class per gateway; the platform asks for the first that can.

Core itself sends sign-in codes this way; what is sent to households and when is `sms_notice`'s business.
"""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec


class TextMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One short text. `key` is the same at every repetition, so that a gateway may drop the second."""

    key: str
    phone: str
    text: str
    purpose: str = ""


class Sent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the gateway said. `reference` is its own number for the message, by which delivery is reported."""

    state: Literal["accepted", "refused", "unreachable"]
    reference: str = ""
    detail: str = ""


class NotificationChannel(Protocol):
    """One way to send. `name` stands in logs and on pages."""

    @property
    def name(self) -> str: ...

    async def send(self, message: TextMessage) -> Sent:
        """Hand the message to the gateway. Never raises for an expected refusal."""
        ...
