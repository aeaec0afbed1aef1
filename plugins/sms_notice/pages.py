"""Officers' pages: what was sent to whom, one message, the wording of every notice; and the panel on a case."""

from __future__ import annotations

from collections.abc import Sequence

from core.sdk import (
    Actor,
    Call,
    CasePanel,
    Invalid,
    Page,
    PluginContext,
    Process,
    Redirect,
    Reply,
    decode,
    platform_of,
)
from plugins.sms_notice import budget, circuits, desk, store, wordings
from plugins.sms_notice.api import WordingForm, notice_of, wanted
from plugins.sms_notice.config import config_of, signature_of
from plugins.sms_notice.listing import listing, reach
from plugins.sms_notice.notices import LABELS, NOTICES, said
from plugins.sms_notice.permissions import SmsAction
from plugins.sms_notice.store import STATES
from plugins.sms_notice.ways import in_order, known, missing
from plugins.sms_notice.wording import Wording

BADGES = {
    "queued": ("", "clock"), "sending": ("", "send"), "sent": ("accent", "send"), "delivered": ("good", "circle-check"),
    "failed": ("danger", "alert-circle"), "refused": ("danger", "ban"), "skipped": ("warn", "player-pause"),
}  # fmt: skip


async def show_messages(call: Call) -> Reply:
    platform, looked = platform_of(call.context), wanted(call)
    async with platform.transaction() as tx:
        found = await listing(tx, reach(platform, call.actor), looked)
        spent = await budget.spent(tx, budget.month_of(call.context.now))
        shut = [c for c in await circuits.all_of(tx) if c.opened_at is not None]
    config = config_of(call.context)
    return Page("sms_notice/messages.html", {
        "listing": found, "wanted": looked, "states": STATES, "labels": LABELS, "badges": BADGES, "said": said,
        "current": {"state": looked.state, "notice": looked.notice, "page": looked.page}, "sms": call.here,
        "connected": bool(in_order(call.context)), "may_edit": _may_edit(call),
        "spent": spent, "cap": config.monthly_cap, "yuan": wordings.yuan(spent, config.price_fen),
        "shut": [(channel_label(c.channel), c.retry_at) for c in shut], "missing": missing(config),
    })  # fmt: skip


async def show_message(call: Call) -> Reply:
    found = await desk.look(call, call.path["message_id"])
    return Page("sms_notice/message.html", {
        "found": found, "badge": BADGES[found.message.state], "sms": call.here,
        "case": f"{call.base}/cases/{found.message.process_id}", "channel": channel_label(found.message.channel),
    })  # fmt: skip


async def send_again(call: Call) -> Reply:
    await desk.send_again(call, call.path["message_id"])
    return _back(call)


async def opt_out(call: Call) -> Reply:
    await desk.set_opt_out(call, call.path["message_id"], out=True)
    return _back(call)


async def opt_in(call: Call) -> Reply:
    await desk.set_opt_out(call, call.path["message_id"], out=False)
    return _back(call)


async def show_wordings(call: Call) -> Reply:
    async with platform_of(call.context).transaction() as tx:
        found = await wordings.all_in_use(tx)
    rows = [(used, _preview(call, used.wording)) for used in found.values()]
    return Page("sms_notice/wordings.html", {"rows": rows, "sms": call.here, "may_edit": _may_edit(call)})


async def edit_wording(call: Call) -> Reply:
    async with platform_of(call.context).transaction() as tx:
        used = await wordings.in_use(tx, notice_of(call))
    return await _editing(call, used.wording.text, {}, _preview(call, used.wording))


async def change_wording(call: Call) -> Reply:
    """Keep it, or show what it would read; `_preview` among the form's own fields asks for the latter."""
    name, typed = notice_of(call), str(call.typed.get("text", ""))
    try:
        form = decode(WordingForm, {"text": typed})
        wording = Wording.parse(form.text, NOTICES[name].variables)
    except Invalid as wrong:
        mistakes = {"text": "；".join(error.message for error in wrong.fields)}
        return await _editing(call, typed, mistakes, status=200 if "_preview" in call.own else 422)
    if "_preview" in call.own:
        return await _editing(call, typed, {}, _preview(call, wording))
    async with platform_of(call.context).transaction() as tx:
        await wordings.change(tx, name, form.text, call.actor.account_id, call.context.now)
    return Redirect(f"{call.here}/wordings")


async def panels(process: Process, actor: Actor, context: PluginContext) -> Sequence[CasePanel]:
    """The notices sent on this case, for those who may see messages."""
    platform = platform_of(context)
    if process.kind != "case" or platform.may(actor, SmsAction.VIEW, process.area_code) is not None:
        return ()
    async with platform.transaction() as tx:
        found = await store.of_process(tx, process.id)
    values = {
        "messages": found, "states": STATES, "labels": LABELS, "badges": BADGES, "said": said,
        "sms": f"/d/{context.district}/x/{context.plugin}",
    }  # fmt: skip
    return (CasePanel("短信通知", "sms_notice/on_case.html", values),)


async def _editing(
    call: Call, text: str, errors: dict[str, str], shown: wordings.Preview | None = None, status: int = 200
) -> Page:
    notice, platform = NOTICES[notice_of(call)], platform_of(call.context)
    async with platform.transaction() as tx:
        versions = await wordings.history(tx, notice.name)
        authors = await platform.colleagues(tx, {version.changed_by for version in versions})
    history = [(v, authors[v.changed_by].name if v.changed_by in authors else "") for v in versions]
    values = {
        "notice": notice, "text": text, "errors": errors, "shown": shown, "sms": call.here, "history": history,
        "variables": sorted(notice.variables), "standard": notice.wording,
    }  # fmt: skip
    return Page("sms_notice/wording.html", values, status)


def _preview(call: Call, wording: Wording) -> wordings.Preview:
    return wordings.preview(wording, signature_of(call.context), config_of(call.context).price_fen)


def channel_label(name: str) -> str:
    """A channel as people know it."""
    kind = known().get(name)
    return kind.label if kind is not None else name


def _may_edit(call: Call) -> bool:
    platform = platform_of(call.context)
    return any(platform.may(call.actor, SmsAction.EDIT, g.area_code) is None for g in call.actor.grants)


def _back(call: Call) -> Redirect:
    return Redirect(f"{call.here}/messages/{call.path['message_id']}")
