"""By which ways a district sends, in its order: our own channels and those a vendor's distribution brings.

A vendor's channel is one class that keeps to `core.sdk.channels.Channel`, found by its entry point; see CHANNELS.md.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Literal

from core.sdk import PluginContext, Sent, TextMessage
from core.sdk.channels import CHANNELS, Channel
from plugins.sms_notice import news
from plugins.sms_notice.config import SmsConfig, config_of
from plugins.sms_notice.gateway import HttpGateway
from plugins.sms_notice.in_app import InApp
from plugins.sms_notice.kannel import Kannel
from plugins.sms_notice.mail import Mail
from plugins.sms_notice.settings import setting_of

CODE = "sign_in"
"""The purpose of what somebody asked for and waits for."""

log = logging.getLogger(__name__)

OURS: Mapping[str, type[Channel]] = MappingProxyType(
    {"http_gateway": HttpGateway, "kannel": Kannel, "mail": Mail, "in_app": InApp}
)


@lru_cache(maxsize=1)
def known() -> Mapping[str, type[Channel]]:
    """Every channel there is, by name. One that cannot be loaded, or takes a name of ours, is left out and logged."""
    found: dict[str, type[Channel]] = {}
    for entry in entry_points(group=CHANNELS):
        try:
            found[entry.name] = entry.load()
        except Exception as error:
            log.error("channel %s cannot be loaded: %s", entry.name, type(error).__name__)
    taken = sorted(OURS.keys() & found.keys())
    if taken:
        log.error("channels %s are ours; a vendor's needs a name of its own", ", ".join(taken))
    return MappingProxyType({**found, **OURS})


def in_order(context: PluginContext) -> list[Channel]:
    """The district's ways that are set up, the preferred one first. Whoever uses them closes them."""
    setting, made = setting_of(context), []
    for name in config_of(context).channels:
        kind = known().get(name)
        channel = kind.made(setting) if kind is not None else None
        if channel is not None:
            made.append(channel)
    return made


def by_mail(context: PluginContext) -> list[Channel]:
    """The district's ways to a mailbox that are set up. Whoever uses them closes them."""
    return [way for way in in_order(context) if way.reaches == "mail"]


def missing(config: SmsConfig) -> Sequence[str]:
    """Names in the district's order that no channel has."""
    return [name for name in config.channels if name not in known()]


class ForCodes:
    """What core sends sign-in codes and news of complaints by.

    Codes: the ways to a phone in the district's order, the next one when one surely failed. A code in doubt is not sent by
    another way: whoever waits for it asks for a new one. Where the gateway drops what it has had, it may be sent there
    again. Codes were asked for by who waits for them: they go to who answered TD, at any hour, and past the month's cap
    (their own limits bound them). News are kept in the outbox (`news.py`) and sent as notices are.
    """

    name = "sms_notice"

    def __init__(self, context: PluginContext) -> None:
        self._context = context

    async def send(self, message: TextMessage) -> Sent:
        ways = in_order(self._context)
        try:
            if message.purpose == CODE:
                return await self._first_that_takes(ways, message)
            await news.keep(self._context, message)
            return Sent("accepted", message.key)
        finally:
            for way in ways:
                await way.close()

    async def _first_that_takes(self, ways: Sequence[Channel], message: TextMessage) -> Sent:
        sent = Sent("unreachable", detail="no_gateway")
        for way in ways:
            if way.reaches != "phone":
                continue
            sent = await way.send(message)
            if sent.state == "doubtful":
                state: Literal["unreachable", "accepted"] = "unreachable" if way.drops_repeats else "accepted"
                return Sent(state, message.key, sent.detail)
            if sent.state == "accepted":
                return sent
        return sent


def for_codes(context: PluginContext) -> Sequence[ForCodes]:
    """Empty where no way to a phone is set up."""
    ways = in_order(context)
    return [ForCodes(context)] if any(way.reaches == "phone" for way in ways) else []
