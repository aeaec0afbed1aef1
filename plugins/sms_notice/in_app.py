"""In the platform itself: the notice stands among the messages of the person's account, and has arrived with that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from core.sdk import Sent, TextMessage
from core.sdk.channels import ChannelSetting


@dataclass(frozen=True, slots=True)
class InApp:
    """`Channel` for people who have an account. The page "我的通知" shows what `sms_notice_message` holds."""

    name: ClassVar[str] = "in_app"
    label: ClassVar[str] = "站内消息"
    reaches: ClassVar[Literal["phone", "mail", "person"]] = "person"
    drops_repeats: ClassVar[bool] = True
    charged: ClassVar[bool] = False

    @classmethod
    def made(cls, _: ChannelSetting) -> Self | None:
        return cls()

    async def send(self, message: TextMessage) -> Sent:
        if not message.person:
            return Sent("refused", detail="no_account")
        return Sent("accepted", message.key, arrived=True)

    async def holds(self) -> bool:
        return False

    async def close(self) -> None:
        """Nothing is open."""
