"""What tests of text notices do again and again: open a case with a phone, read the outbox, look at the gateway."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec

from core.clock import CHINA
from core.jobs.deliveries import _event
from core.plugin_host.payload import PluginContext, ProcessEvent, Scope
from core.rules.facts import HouseholdFacts
from core.storage.embedded import Urls
from core.tenancy.tenants import Tenant
from plugins.sms_notice import sending, store
from plugins.sms_notice.events import text_of
from plugins.sms_notice.store import Message
from tests.builders.casework import Bureau, Case, id_numbers, renamed
from tests.builders.households import elderly_couple
from tests.builders.installation import House

NUMERALS = "甲乙丙丁戊己庚辛壬癸"
"""Every household of a module has names of its own."""

KEY_ID, SECRET = "demo", "only-for-tests"
PHONE = "13800000001"


@dataclass
class Gateway:
    """The simulator from outside. `receipts` are those it reported: (path, body)."""

    url: str
    receipts: list[tuple[str, bytes]]

    def messages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("GET", "/messages").json()["messages"]
        return found

    def faults(self, **faults: Any) -> None:
        self._ask("PUT", "/faults", faults)

    def forget(self) -> None:
        self._ask("DELETE", "/messages")

    def _ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        answer = httpx.request(method, f"{self.url}{path}", json=body, trust_env=False)
        assert answer.status_code == 200, answer.text
        return answer


@dataclass
class Scene:
    """A district that sends through the simulator."""

    house: House
    district: Tenant
    bureau: Bureau
    gateway: Gateway
    urls: Urls
    folder: Path
    households: int = 0

    async def case(self, facts: HouseholdFacts | None = None, phone: str = PHONE) -> Case:
        """An application whose applicant has this phone."""
        self.households += 1
        facts = renamed(
            facts or elderly_couple(), NUMERALS[self.households // 10] + NUMERALS[self.households % 10]
        )
        members = [
            {"name": m.name, "relation": m.relation, "id_number": number}
            for m, number in zip(facts.members, id_numbers(facts), strict=True)
        ]
        members[0]["phone"] = phone
        return await self.bureau.application(facts, members=members)

    async def accepted(self, phone: str = PHONE) -> Case:
        """A case that has just been accepted; nothing is delivered yet."""
        return await self.bureau.take(await self.case(phone=phone), "accepted")

    async def one_queued(self, phone: str = PHONE) -> Message:
        """The notice of an accepted case, written into the outbox and not sent: nothing was listening in between."""
        case = await self.accepted(phone)
        await self.deliver(await self.last_event(case))
        [message] = await self.outbox()
        return message

    async def one_more_queued(self, phone: str = PHONE) -> None:
        """The notice of another accepted case, beside what the outbox holds."""
        await self.deliver(await self.last_event(await self.accepted(phone)))

    async def outbox(self) -> list[Message]:
        """Every message of the district, oldest first."""
        async with self.house.inside(self.district) as tx:
            rows = await tx.fetch(
                "SELECT * FROM sms_notice_message WHERE tenant_id = $1 ORDER BY created_at", tx.tenant
            )
            return [store.message(row) for row in rows]

    async def only(self) -> Message:
        [message] = await self.outbox()
        return message

    async def text(self, message: Message) -> str:
        return text_of((await self.context()).platform, message)

    async def scope(self) -> Scope:
        async with self.house.inside(self.district) as tx:
            return await self.house.zhunbao.runtimes.scope(tx)

    async def context(self) -> PluginContext:
        """The plugin's context now."""
        return self.house.zhunbao.host.context(await self.scope(), "sms_notice")

    async def send(self, message: Message | UUID) -> None:
        """The job, by hand."""
        message_id = message if isinstance(message, UUID) else message.id
        await sending.send(await self.context(), {"message": str(message_id)})

    async def minute(self, **later: float) -> None:
        """Time goes on, the clock's job runs, the worker works."""
        self.house.later(**later)
        await sending.sweep(await self.context(), {})
        await self.house.work_off()

    async def events(self, case: Case) -> list[ProcessEvent]:
        """The events of a case's steps as the worker would deliver them, oldest first."""
        async with self.house.inside(self.district) as tx:
            rows = await tx.fetch(
                "SELECT convert_from(payload, 'utf8') AS sent FROM pgqueuer WHERE entrypoint = 'process_event' ORDER BY id"
            )
            sent = [msgspec.json.decode(row["sent"]) for row in rows]
            return [await _event(tx, payload) for payload in sent if payload["process"] == str(case.id)]

    async def last_event(self, case: Case) -> ProcessEvent:
        return (await self.events(case))[-1]

    async def new_morning(self) -> None:
        """Nine o'clock of the next day; outbox and queue are empty."""
        now = self.house.zhunbao.clock().astimezone(CHINA)
        morning = datetime.combine(now.date() + timedelta(days=1), time(9), CHINA)
        self.house.later(seconds=(morning - now).total_seconds())
        connection = await asyncpg.connect(self.urls.superuser)
        try:
            await connection.execute(
                "TRUNCATE sms_notice_message, sms_notice_opt_out, sms_notice_template, sms_notice_budget,"
                " sms_notice_circuit, sms_notice_reply, sms_notice_mail,"
                " sms_notice_mail_count, pgqueuer, plugin_circuit"
            )
        finally:
            await connection.close()

    async def deliver(self, event: ProcessEvent) -> None:
        """One delivery of an event to the plugin's `process_events`."""
        outcome = await self.house.zhunbao.host.dispatch(
            "process_events", await self.scope(), only="sms_notice", event=event
        )
        assert outcome.failures == ()
