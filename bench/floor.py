"""The floor: Litestar and asyncpg on granian, running our ballot's statements in our transactions, and nothing else.

No session, permission, plugin, decryption or check of ours: whatever an application does comes on top of this. Served
as `bench.floor:application`, which reads what to replay from the file the environment names.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import asyncpg
import msgspec
from litestar import Litestar, Request, post
from litestar.datastructures import State

from bench.recording import Step, filled

SCRIPT = "BENCH_FLOOR_SCRIPT"
POOL = 10
"""As many connections as an installation of ours has."""


class Script(msgspec.Struct, frozen=True):
    """What to run, and what it is given: values of every request, those by token, those by case."""

    url: str
    steps: tuple[Step, ...]
    always: dict[str, UUID]
    by_token: dict[str, dict[str, UUID]]
    by_case: dict[UUID, dict[str, UUID]]


class Ballot(msgspec.Struct):
    choice: Literal["agree", "disagree", "abstain"]
    reason: str = ""


class Cast(msgspec.Struct):
    session_id: UUID
    case_id: UUID
    mine: str = "voted"


@post("/d/{district:str}/api/x/women_panel/sessions/{session:uuid}/cases/{case:uuid}/ballots")
async def cast(request: Request[Any, Any, State], session: UUID, case: UUID, data: Ballot) -> Cast:
    script: Script = request.app.state.script
    token, now = request.headers["authorization"].removeprefix("Bearer "), datetime.now(UTC)
    values = {
        **script.always, **script.by_token[token], **script.by_case[case],
        "session": session, "now": now, "today": now.date(), "token_hash": sha256(token.encode()).digest(),
    }  # fmt: skip
    await replay(request.app.state.pool, script, values)
    return Cast(session, case)


async def replay(pool: Any, script: Script, values: dict[str, Any]) -> None:
    """Each transaction on a connection of its own from the pool, as ours are."""
    held: Any = None
    last: list[Any] = []
    for step in script.steps:
        if step.sql.startswith("BEGIN"):
            held = await pool.acquire()
        if step.arguments:
            last = await held.fetch(step.sql, *filled(step, values, last))
        else:
            await held.execute(step.sql)
        if step.sql in {"COMMIT", "ROLLBACK"}:
            await pool.release(held)


async def _open(app: Litestar) -> None:
    app.state.pool = await asyncpg.create_pool(
        app.state.script.url, min_size=1, max_size=POOL, reset=_nothing, server_settings={"jit": "off"}
    )


async def _close(app: Litestar) -> None:
    app.state.pool.terminate()


async def _nothing(_: Any) -> None:
    """As ours: nothing is left to reset after a transaction."""


def application() -> Litestar:
    script = msgspec.msgpack.decode(Path(os.environ[SCRIPT]).read_bytes(), type=Script)
    return Litestar(
        [cast], on_startup=[_open], on_shutdown=[_close], state=State({"script": script}), openapi_config=None
    )
