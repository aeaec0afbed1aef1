"""The plugins' last word before a step is stored: the engine's `Veto`, answered by the `transition_vetoes` hook."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from core.kernel.process import next_state
from core.kernel.stage import View
from core.plugin_host.host import PluginHost
from core.plugin_host.payload import Scope, Transition
from core.problems import Blocked
from core.storage.database import Transaction


class PluginVetoes:
    """Asks every enabled plugin; one reason, or one plugin that fails, refuses the step."""

    def __init__(self, host: PluginHost, scope_of: Callable[[Transaction], Awaitable[Scope]]) -> None:
        self._host = host
        self._scope_of = scope_of

    async def __call__(self, tx: Transaction, view: View, action: str, outcome: str) -> Blocked | None:
        scope = await self._scope_of(tx)
        if not self._host.implementers("transition_vetoes", scope):
            return None
        process = view.process
        transition = Transition(
            process_id=process.id, process_kind=process.kind, procedure=process.procedure,
            area_code=process.area_code, action=action, outcome=outcome, from_state=process.state,
            to_state=next_state(view.procedure, process.state, outcome), actor_id=view.actor.account_id, at=view.now,
            subject_id=process.subject_id, parent_id=process.parent_id,
        )  # fmt: skip
        found = await self._host.dispatch("transition_vetoes", scope, tx=tx, transition=transition)
        if not found.vetoes:
            return None
        return Blocked(
            "\n".join(veto.reason for veto in found.vetoes),
            "；".join(veto.source for veto in found.vetoes if veto.source),
            next((veto.hint for veto in found.vetoes if veto.hint), ""),
        )
