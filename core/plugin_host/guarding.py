"""A plugin's call and the transaction around it: inside one it works under a savepoint, otherwise it sees none at all.

with tx      SAVEPOINT → call → RELEASE; after a failure, or when the plugin broke the transaction, ROLLBACK TO it
without tx   the caller's running transaction is hidden, so that what the plugin opens is its own and fails alone
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.plugin_host.calling import Answered, Failed, FailureKind, call_async, call_sync_from_async
from core.storage.transaction import Transaction, current


@dataclass(frozen=True, slots=True)
class Call:
    """What to call, for how many `seconds` at most, and what it promised to answer."""

    function: Callable[..., Any]
    arguments: Mapping[str, Any]
    seconds: float
    returns: Any


async def guarded(call: Call, tx: Transaction | None, *, is_async: bool) -> Answered | Failed:
    """The call's answer or failure; `tx` is as usable afterwards as it was before."""
    if tx is None:
        return await _run(call, _without_transaction(), is_async)
    await tx.execute("SAVEPOINT plugin")
    result = await _run(call, contextvars.copy_context(), is_async)
    if isinstance(result, Answered):
        try:
            await tx.execute("RELEASE SAVEPOINT plugin")
        except Exception as error:  # it swallowed the error of a statement, or ended what was not its own
            result = Failed(FailureKind.RAISED, f"{type(error).__name__}: left the transaction broken")
        else:
            return result
    await tx.execute("ROLLBACK TO SAVEPOINT plugin")
    await tx.execute("RELEASE SAVEPOINT plugin")
    return result


async def _run(call: Call, context: contextvars.Context, is_async: bool) -> Answered | Failed:
    run = call_async if is_async else call_sync_from_async
    return await run(call.function, dict(call.arguments), call.seconds, call.returns, context)


def _without_transaction() -> contextvars.Context:
    context = contextvars.copy_context()
    context.run(current.set, None)
    return context
