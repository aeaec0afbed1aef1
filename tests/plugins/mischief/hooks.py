"""Every hook there is, implemented by somebody who raises, hangs and lies when a test planned it, and else behaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.sdk import (
    Actor,
    Call,
    CasePanel,
    Indicator,
    Job,
    Json,
    LongWork,
    MenuItem,
    Needs,
    NotificationChannel,
    PluginContext,
    Process,
    ProcessEvent,
    PublicQuestion,
    Reply,
    Route,
    Sent,
    SignedIn,
    StageType,
    TextMessage,
    Transaction,
    Transition,
    Veto,
    WorkItem,
    hookimpl,
)
from core.sdk.documents import Paper, PrintedForm
from tests.plugins.mischief.tricks import play, play_now

HEARD: list[ProcessEvent] = []
"""Events that got through, for tests to look at."""

RAN: list[str] = []


class Channel:
    """Says it sent what it did not, or nothing at all."""

    def __init__(self, district: str) -> None:
        self.district = district

    @property
    def name(self) -> str:
        return "mischief"

    async def send(self, message: TextMessage) -> Sent:
        sent: Sent = await play(self.district, "send", Sent("accepted", "mischief-1"), "sent, I promise")
        return sent


@hookimpl
def stage_types() -> Sequence[StageType]:
    return (StageType("mischief_stage", "捣乱", owner="mischief"),)


@hookimpl
async def transition_vetoes(tx: Transaction, transition: Transition, context: PluginContext) -> Veto | None:
    veto: Veto | None = await play(context.district, "transition_vetoes", None, True)
    return veto


@hookimpl
async def process_events(event: ProcessEvent, context: PluginContext) -> None:
    await play(context.district, "process_events", None, "done")
    HEARD.append(event)


@hookimpl
def notification_channels(context: PluginContext) -> Sequence[NotificationChannel]:
    offered: Sequence[NotificationChannel] = play_now(
        context.district, "notification_channels", [], ["a channel"]
    )
    return offered


async def _answer(call: Call) -> Reply:
    reply: Reply = await play(call.context.district, "routes", Json({"well": "behaved"}), "no reply")
    return reply


@hookimpl
def routes() -> Sequence[Route]:
    return (Route("GET", "/answer", SignedIn(), _answer, api=True, answer=dict[str, str]),)


@hookimpl
def printed_forms() -> Sequence[PrintedForm]:
    return (PrintedForm("list", Paper(title="捣乱清单", office="捣乱办公室", dated="2026年9月7日")),)


@hookimpl
def menu_items() -> Sequence[MenuItem]:
    return (MenuItem("/nothing", "捣乱", "plug", Needs("case", "view")),)


@hookimpl
async def case_panels(process: Process, actor: Actor, context: PluginContext) -> Sequence[CasePanel]:
    panels: Sequence[CasePanel] = await play(context.district, "case_panels", [], [7])
    return panels


@hookimpl
async def work_items(actor: Actor, context: PluginContext) -> Sequence[WorkItem]:
    items: Sequence[WorkItem] = await play(context.district, "work_items", [WorkItem("捣乱的事", "/")], [7])
    return items


@hookimpl
async def long_work(context: PluginContext) -> Sequence[LongWork]:
    under_way: Sequence[LongWork] = await play(context.district, "long_work", [LongWork("捣乱的活", 7)], [7])
    return under_way


@hookimpl
async def public_question(context: PluginContext) -> PublicQuestion | None:
    good = PublicQuestion("捣乱的小题？", ("捣乱",))
    asked: PublicQuestion | None = await play(context.district, "public_question", good, "a question")
    return asked


@hookimpl
async def indicators(area_code: str, context: PluginContext) -> Sequence[Indicator]:
    lie = [Indicator("一个数", "七")]  # type: ignore[arg-type]
    found: Sequence[Indicator] = await play(context.district, "indicators", [Indicator("捣乱的数", 7)], lie)
    return found


async def _work(context: PluginContext, _: Mapping[str, Any]) -> None:
    await play(context.district, "jobs", None, None)
    RAN.append(context.district)


@hookimpl
def jobs() -> Sequence[Job]:
    return (Job("work", _work, timeout=2.0),)
