"""Taking messages to send: in one short transaction they are locked, judged, paid for from the month's cap, and begun.

What must not go out now is settled on the spot: too late, too often, no way to the person; or put off: quiet hours, a
channel that is left alone for a while.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from core.sdk import PluginContext, TextMessage, Transaction, platform_of
from core.sdk.channels import Channel
from plugins.sms_notice import budget, circuits, people, store
from plugins.sms_notice.config import config_of
from plugins.sms_notice.events import phone_of, text_of
from plugins.sms_notice.quiet import ATTEMPTS, sendable_at
from plugins.sms_notice.routing import Addressee, Choice, Reach, Way, choose
from plugins.sms_notice.store import Begin, Message, Outcome

NO_GATEWAY_PAUSE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message in our hands, and the way it takes now. `tried` are ways that surely did not take it.

    `hopes`: one of them may take it another time.
    """

    message: Message
    text: TextMessage
    way: str
    to: Addressee
    tried: tuple[str, ...] = ()
    hopes: bool = False


@dataclass
class _Desk:
    """What one claim decides by."""

    ways: Sequence[Way]
    shut: Mapping[str, datetime]
    left: int | None
    now: datetime
    spent: int = 0

    def choose(self, message: Message, to: Addressee, tried: Sequence[str] = ()) -> Choice:
        left = self.left if message.reserved is None else None
        return choose(self.ways, to, self.shut, left, tried)

    def pay(self, way: str, message: Message) -> bool:
        """Whether this costs something that is not reserved yet; it is then."""
        if message.reserved is not None or not next(w for w in self.ways if w.name == way).charged:
            return False
        self.spent += message.segments
        if self.left is not None:
            self.left -= message.segments
        return True


async def claim(
    context: PluginContext, channels: Sequence[Channel], now: datetime, limit: int, first: UUID | None = None
) -> tuple[Sequence[Claimed], int]:
    """Up to `limit` messages to be sent now, and how many were looked at (0: nothing is due)."""
    again_at = [c.name for c in channels if c.drops_repeats]
    async with platform_of(context).transaction() as tx:
        found = await store.claimable(tx, now, again_at, limit, first)
        if not found:
            return (), 0
        desk = await _desk(tx, context, channels, now)
        texts = await _texts(tx, context, found)
        claimed: list[Claimed] = []
        begun: list[Begin] = []
        settled: list[Outcome] = []
        for message, (text, to) in zip(found, texts, strict=True):
            outcome, way = _judged(context, desk, message, to)
            if outcome is not None:
                settled.append(outcome)
                continue
            month = budget.month_of(now) if desk.pay(way, message) else message.reserved
            begun.append(Begin(message, way, month))
            claimed.append(Claimed(replace(message, reserved=month), text, way, to))
        await store.begin(tx, begun, now)
        await budget.add(tx, budget.month_of(now), desk.spent)
        await budget.free(tx, await store.settle(tx, settled, now))
    return claimed, len(found)


async def claim_next(
    context: PluginContext,
    channels: Sequence[Channel],
    now: datetime,
    untaken: Sequence[tuple[Claimed, str]],
) -> Mapping[UUID, Claimed | Choice]:
    """For each message that surely was not taken (`refused` or `unreachable`): its next way, or why there is none now."""
    month, onward, begun = budget.month_of(now), dict[UUID, Claimed | Choice](), list[Begin]()
    async with platform_of(context).transaction() as tx:
        desk = await _desk(tx, context, channels, now)
        for one, state in untaken:
            tried, hopes = (*one.tried, one.way), one.hopes or state == "unreachable"
            choice = desk.choose(one.message, one.to, tried)
            onward[one.message.id] = choice
            if choice.way:
                held = one.message.reserved
                reserved = month if desk.pay(choice.way, one.message) else held
                onward[one.message.id] = Claimed(
                    replace(one.message, reserved=reserved, state="queued"),
                    one.text,
                    choice.way,
                    one.to,
                    tried,
                    hopes,
                )
                begun.append(Begin(one.message, choice.way, reserved, first=False))
        await store.begin(tx, begun, now)
        await budget.add(tx, month, desk.spent)
    return onward


async def _desk(tx: Transaction, context: PluginContext, channels: Sequence[Channel], now: datetime) -> _Desk:
    cap = config_of(context).monthly_cap
    ways = [Way(c.name, c.reaches, c.charged) for c in channels]
    spent = await budget.locked(tx, budget.month_of(now)) if any(way.charged for way in ways) else 0
    return _Desk(ways, await circuits.shut(tx, now), cap - spent if cap else None, now)


def _judged(
    context: PluginContext, desk: _Desk, message: Message, to: Addressee
) -> tuple[Outcome | None, str]:
    """Why it must not go out now, or the way it takes. A try that was begun is finished where it was, or not at all."""
    if message.attempts >= ATTEMPTS:
        doubt = message.state == "sending"
        return Outcome(message, "failed", "in_doubt" if doubt else "attempts", frees=not doubt), ""
    if message.state == "sending" and message.channel:
        return _in_doubt(context, desk, message, to), message.channel
    held = _held_back(context, desk, message)
    if held is not None:
        return held, ""
    choice = desk.choose(message, to)
    if choice.wait_until is not None:
        return Outcome(message, "queued", message.detail or "channel_shut", not_before=choice.wait_until), ""
    if choice.reason == "no_gateway":
        return Outcome(message, "queued", "no_gateway", not_before=desk.now + NO_GATEWAY_PAUSE), ""
    return (None, choice.way) if choice.way else (Outcome(message, "skipped", choice.reason), "")


def _in_doubt(context: PluginContext, desk: _Desk, message: Message, to: Addressee) -> Outcome | None:
    """Why one that may have been taken must not be handed over once more now. It keeps its part of the month.

    Too late, or no longer wanted: left as it is for an officer. In the quiet hours: it stays where it was till morning.
    """
    way = next((way for way in desk.ways if way.name == message.channel), None)
    if way is not None and way.reaches == "phone" and to.opted_out:
        return Outcome(message, "failed", "opted_out")
    if desk.now >= message.expires_at:
        return Outcome(message, "failed", "in_doubt")
    opens = sendable_at(desk.now, config_of(context).quiet)
    if opens > desk.now:
        return Outcome(message, "sending", message.detail, not_before=opens)
    return None


def _held_back(context: PluginContext, desk: _Desk, message: Message) -> Outcome | None:
    """Too late, or in the quiet hours."""
    now = desk.now
    if now >= message.expires_at:
        late = message.attempts > 0
        return Outcome(message, "failed" if late else "skipped", "attempts" if late else "too_late")
    opens = sendable_at(now, config_of(context).quiet)
    if opens > now:
        return Outcome(message, "queued", message.detail, not_before=opens)
    return None


async def _texts(
    tx: Transaction, context: PluginContext, found: Sequence[Message]
) -> Sequence[tuple[TextMessage, Addressee]]:
    """Each message opened, with where its person can be reached."""
    platform, config = platform_of(context), config_of(context)
    persons = [message.person_id for message in found]
    mails = await people.mails(tx, platform, persons) if "mail" in config.channels else {}
    accounts = await people.with_account(tx, persons) if "in_app" in config.channels else frozenset()
    silent = await store.opted_out_among(tx, [message.phone_index for message in found])
    texts = []
    for message in found:
        phone, person = phone_of(platform, message), message.person_id
        has: set[Reach] = set()
        has |= {"phone"} if phone else set()
        has |= {"mail"} if person in mails else set()
        has |= {"person"} if person in accounts else set()
        text = TextMessage(
            message.key, phone, text_of(platform, message), message.notice, mails.get(person, ""),
            str(person) if person in accounts else "",
        )  # fmt: skip
        texts.append((text, Addressee(frozenset(has), message.phone_index in silent, message.segments)))
    return texts
