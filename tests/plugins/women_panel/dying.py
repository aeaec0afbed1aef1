"""A server process that is killed (SIGKILL) while it takes one ballot: `python -m tests.plugins.women_panel.dying`.

The order comes as JSON on standard input. `when` is `sealed`: after voter and ballot are written, before they are
committed; or `committed`: after that, before the answer goes out.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import httpx
import msgspec

from core.app import build
from core.settings import Keyring, Settings
from plugins.women_panel import balloting, urn


class Order(msgspec.Struct):
    """What to do and when to die."""

    when: str
    url: str
    keys: str
    folder: str
    token: str
    path: str
    sealed: str
    idempotency: str


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying(call: Any) -> Any:
    """The same, and then the end."""

    async def last(*given: Any) -> Any:
        await call(*given)
        die()

    return last


async def main(order: Order) -> None:
    if order.when == "sealed":
        urn.cast = dying(urn.cast)
    else:
        balloting.cast = dying(balloting.cast)
    zhunbao = build(
        Settings(Path(order.folder), database_url=order.url, keys=Keyring.parse(order.keys), demo=True)
    )
    await zhunbao.open()
    transport = httpx.ASGITransport(zhunbao.litestar)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://dying.test") as client:
        answer = await client.post(
            order.path, json={"sealed": order.sealed},
            headers={"authorization": f"Bearer {order.token}", "idempotency-key": order.idempotency},
        )  # fmt: skip
    sys.stderr.write(f"alive after {answer.status_code} {answer.text}\n")


if __name__ == "__main__":
    asyncio.run(main(msgspec.json.decode(sys.stdin.buffer.read(), type=Order)))
