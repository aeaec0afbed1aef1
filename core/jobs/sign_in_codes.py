"""Sign-in codes on their way: queued with the sign-in step, sent by the first channel a plugin of the district offers.

Phone and code are encrypted in the queue; a code that could not be sent in time has expired anyway.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from uuid import UUID, uuid4

import msgspec

from core.jobs.texts import CODE, Texts
from core.sdk.channels import TextMessage
from core.storage.crypto import FieldCipher
from core.storage.database import Transaction
from core.storage.outbox import enqueue
from core.storage.queue import JobQueue, JobRun

JOB = "sign_in_code"
_ABOUT = b"sign-in code"
_ATTEMPTS = 3


class SignInCodes:
    """Sending and delivering. `send` is the gatekeeper's; `register` puts the delivery onto the worker's queue."""

    def __init__(self, cipher: FieldCipher, texts: Texts) -> None:
        self._cipher = cipher
        self._texts = texts

    async def send(self, tx: Transaction, phone: str, code: str) -> None:
        """Queue the message in the sign-in step's transaction."""
        assert tx.tenant is not None
        text = f"您的登录验证码是 {code}，5 分钟内有效。不要告诉任何人。"
        message = TextMessage(str(uuid4()), phone, text, CODE)
        sealed = self._cipher.encrypt(tx.tenant, msgspec.json.encode(message), _ABOUT)
        await enqueue(tx, JOB, {"tenant": str(tx.tenant), "sealed": base64.b64encode(sealed).decode()})

    def register(self, queue: JobQueue) -> None:
        async def deliver(run: JobRun) -> None:
            await self.deliver(run.payload)

        queue.handle(JOB, deliver, attempts=_ATTEMPTS)

    async def deliver(self, payload: Mapping[str, str]) -> None:
        """Hand the message to a channel. Raises NotSent to be tried again."""
        tenant = UUID(payload["tenant"])
        sealed = base64.b64decode(payload["sealed"])
        message = msgspec.json.decode(self._cipher.decrypt(tenant, sealed, _ABOUT), type=TextMessage)
        await self._texts.send(tenant, message)
