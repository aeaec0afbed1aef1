"""Telling a complainant by text that there is news (`core.complaints.news` says when): the phone is unsealed here alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from core.complaints import news
from core.complaints.register import Register
from core.jobs.texts import Texts
from core.sdk.channels import TextMessage
from core.storage.crypto import FieldCipher
from core.storage.database import Database
from core.storage.queue import JobQueue, JobRun

_MOBILE = re.compile(r"1[0-9]{10}")


@dataclass(frozen=True)
class ComplaintNews:
    database: Database
    cipher: FieldCipher
    texts: Texts

    def register(self, queue: JobQueue) -> None:
        async def deliver(run: JobRun) -> None:
            await self.deliver(run.payload)

        queue.handle(news.JOB, deliver)

    async def deliver(self, payload: Mapping[str, Any]) -> None:
        """Sent again after a failure with the same key. Nothing for the anonymous and for landlines."""
        tenant, complaint = UUID(payload["tenant"]), UUID(payload["complaint"])
        register = Register(self.cipher)
        async with self.database.transaction(tenant) as tx:
            row = await register.load(tx, complaint)
            contact = register.contact(tx, row)
        if contact is None or not _MOBILE.fullmatch(contact.phone):
            return
        key = str(uuid5(NAMESPACE_URL, f"zhunbao:{tenant}:complaint_news:{complaint}:{payload['seq']}"))
        message = TextMessage(key, contact.phone, news.words(row.number), "complaint_news")
        await self.texts.send(await self._district(tenant, row.origin), message)

    async def _district(self, tenant: UUID, origin: str) -> UUID:
        """What lies in the province's register is told by the district it came from: provinces have no channels."""
        if not origin:
            return tenant
        async with self.database.platform() as tx:
            found: UUID | None = await tx.fetchval("SELECT id FROM tenant WHERE code = $1", origin)
        return found or tenant
