"""What the plugin plugs into: thin, each hook names the module that does it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta

from core.sdk import (
    Actor,
    CasePanel,
    Indicator,
    Job,
    MenuItem,
    Needs,
    NotificationChannel,
    PluginContext,
    Process,
    ProcessEvent,
    PublicQuestion,
    Route,
    hookimpl,
    platform_of,
)
from plugins.sms_notice import confirming, events, listing, pages, replies, sending, ways
from plugins.sms_notice.config import config_of
from plugins.sms_notice.permissions import OBJECT, SmsAction
from plugins.sms_notice.routes import ROUTES

RECENT = timedelta(days=30)


@hookimpl
async def process_events(event: ProcessEvent, context: PluginContext) -> None:
    await events.on_event(event, context)


@hookimpl
def notification_channels(context: PluginContext) -> Sequence[NotificationChannel]:
    return ways.for_codes(context)


@hookimpl
def routes() -> Sequence[Route]:
    return ROUTES


@hookimpl
def menu_items() -> Sequence[MenuItem]:
    return (
        MenuItem("/messages", "短信通知", "message-report", Needs(OBJECT, SmsAction.VIEW)),
        MenuItem("/mine", "我的通知", "message-report", Needs(OBJECT, SmsAction.MINE)),
    )


@hookimpl
async def case_panels(process: Process, actor: Actor, context: PluginContext) -> Sequence[CasePanel]:
    return await pages.panels(process, actor, context)


@hookimpl
async def public_question(context: PluginContext) -> PublicQuestion | None:
    """One of the district's own, at random; what follows from the form (a code, a notice) is then not sent for a program."""
    own = config_of(context).questions
    return secrets.choice(own) if own else None


@hookimpl
async def indicators(area_code: str, context: PluginContext) -> Sequence[Indicator]:
    async with platform_of(context).transaction() as tx:
        failed = await listing.undelivered(tx, area_code, context.now - RECENT)
        letters = await replies.open_ones(tx, listing.prefix(area_code))
    here = f"/d/{context.district}/x/{context.plugin}"
    return (
        Indicator("短信没有送达", failed, f"{here}/messages?state=failed", "条，近 30 天"),
        Indicator("来信等待答复", letters, f"{here}/letters", "封"),
    )


@hookimpl
def jobs() -> Sequence[Job]:
    return (
        Job(events.SEND, sending.send, timeout=90.0),
        Job(events.PUMP, sending.pump, timeout=sending.LONGEST + 90.0),
        Job(confirming.MAIL_CODE, confirming.deliver),
        Job("sweep", sending.sweep, every=timedelta(minutes=1)),
    )
