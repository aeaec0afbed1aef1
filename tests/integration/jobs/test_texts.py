"""Core's own texts: which answer of a channel lets another one try, and which ends it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest

from core.plugin_host.discovery import discover
from core.sdk import SDK_VERSION, NotificationChannel, Plugin, PluginContext, Sent, TextMessage, hookimpl
from core.settings import Keyring
from core.storage.embedded import Urls
from tests.builders import phones
from tests.builders.installation import an_installation

pytestmark = pytest.mark.anyio

State = Literal["accepted", "refused", "unreachable", "doubtful"]


class Clerk:
    """A channel that answers as it is told."""

    name = "first"
    answer: State = "accepted"

    async def send(self, message: TextMessage) -> Sent:
        return Sent(self.answer)


CLERK = Clerk()


@hookimpl
def notification_channels(context: PluginContext) -> Sequence[NotificationChannel]:
    return (CLERK,)


def first() -> Plugin:
    """Asked before `phones`: plugins are asked in the order of their names."""
    module = ModuleType("first_channel")
    module.notification_channels = notification_channels  # type: ignore[attr-defined]
    return Plugin(name="a_first", title="先问的渠道", version="1.0.0", sdk=">=1.0,<2", hooks=module)


async def test_a_refused_code_goes_by_the_next_channel_and_any_other_refusal_stands(
    database_urls: Urls, tmp_path: Path, keys: Keyring
) -> None:
    plugins = (*discover(SDK_VERSION), first(), phones.plugin)
    async with an_installation(database_urls, tmp_path, keys, plugins=plugins) as house:
        enabled: dict[str, Any] = {"tenant.plugins.a_first": {}, f"tenant.plugins.{phones.NAME}": {}}
        district = await house.district("620802-kongtong", enabled)
        arrived: dict[tuple[str, str], bool] = {}
        for purpose in ("sign_in", "complaint_news"):
            for state in ("accepted", "doubtful", "refused", "unreachable"):
                phones.TEXTS.clear()
                CLERK.answer = state
                message = TextMessage(f"{purpose}-{state}", "13900001234", "您好", purpose)
                await house.zhunbao.texts.send(district.id, message)
                arrived[purpose, state] = [message] == phones.TEXTS
    went_on = {case for case, got in arrived.items() if got}
    assert went_on == {("sign_in", "refused"), ("sign_in", "unreachable"), ("complaint_news", "unreachable")}
