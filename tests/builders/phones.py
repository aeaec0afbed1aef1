"""Phones in villagers' hands: a channel that keeps what would have been on them, and the code out of the last text.

async with with_phones(urls, folder, keys) as house:
    district = await house.district("620802-kongtong", ON)
    code = await code_on(house, "13900001234")         # works the queue off first
"""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from core.plugin_host.discovery import discover
from core.sdk import NotificationChannel, Plugin, PluginContext, Sent, TextMessage, hookimpl
from core.sdk.version import SDK_VERSION
from core.settings import Keyring
from core.storage.embedded import Urls
from tests.builders.installation import House, an_installation

NAME = "phones"
ON: dict[str, Any] = {f"tenant.plugins.{NAME}": {}}
"""What a district whose villagers have phones sets."""
TEXTS: list[TextMessage] = []
"""Every text that was sent, in order, since an installation last began."""


class Phones:
    name = NAME

    async def send(self, message: TextMessage) -> Sent:
        TEXTS.append(message)
        return Sent("accepted", arrived=True)


@hookimpl
def notification_channels(context: PluginContext) -> Sequence[NotificationChannel]:
    return (Phones(),)


plugin = Plugin(name=NAME, title="测试手机", version="1.0.0", sdk=">=1.0,<2", hooks=sys.modules[__name__])


@asynccontextmanager
async def with_phones(urls: Urls, folder: Path, keys: Keyring) -> AsyncIterator[House]:
    """An installation whose districts can be `ON`."""
    TEXTS.clear()
    async with an_installation(urls, folder, keys, plugins=(*discover(SDK_VERSION), plugin)) as house:
        yield house


async def code_on(house: House, phone: str) -> str:
    """The six digits of the last text to this phone. Fails when there is none."""
    await house.work_off()
    last = next(text for text in reversed(TEXTS) if text.phone == phone)
    found = re.search(r"\b(\d{6})\b", last.text)
    assert found is not None, last.text
    return found[1]
