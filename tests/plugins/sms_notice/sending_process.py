"""Sends one message and is killed before it can record that: `sending_process.py TENANT MESSAGE`, run by test_sending."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).parents[3]))

from core.app import build
from core.settings import Settings
from plugins.sms_notice import sending


async def main(tenant: UUID, message: str) -> None:
    zhunbao = build(Settings.from_env())
    await zhunbao.database.open()
    async with zhunbao.database.transaction(tenant) as tx:
        scope = await zhunbao.runtimes.scope(tx)
    await sending.send(zhunbao.host.context(scope, "sms_notice"), {"message": message})


if __name__ == "__main__":
    asyncio.run(main(UUID(sys.argv[1]), sys.argv[2]))
