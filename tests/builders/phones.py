"""Phones in villagers' hands: a channel that keeps what would have been on them, and the code out of the last text.

async with an_installation(urls, folder, keys, plugins=(*discover(SDK_VERSION), plugin)) as house:
    district = await house.district("620802-kongtong", {f"tenant.plugins.{NAME}": {}})
    code = await code_on(house, "13900001234")         # works the queue off first
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from core.sdk import NotificationChannel, Plugin, PluginContext, Sent, TextMessage, hookimpl
from tests.builders.installation import House

NAME = "phones"
TEXTS: list[TextMessage] = []
"""Every text that was sent, in order; a test that reads it clears it first."""


class Phones:
    name = NAME

    async def send(self, message: TextMessage) -> Sent:
        TEXTS.append(message)
        return Sent("accepted", arrived=True)


@hookimpl
def notification_channels(context: PluginContext) -> Sequence[NotificationChannel]:
    return (Phones(),)


plugin = Plugin(name=NAME, title="测试手机", version="1.0.0", sdk=">=1.0,<2", hooks=sys.modules[__name__])


async def code_on(house: House, phone: str) -> str:
    """The six digits of the last text to this phone. Fails when there is none."""
    await house.work_off()
    last = next(text for text in reversed(TEXTS) if text.phone == phone)
    found = re.search(r"\b(\d{6})\b", last.text)
    assert found is not None, last.text
    return found[1]
