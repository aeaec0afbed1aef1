"""Short texts of core's own: by the first channel a plugin of the district offers that has or had them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from core.plugin_host.host import PluginHost
from core.plugin_host.payload import Scope
from core.sdk.channels import Sent, TextMessage
from core.storage.database import Database, Transaction

CODE = "sign_in"
"""The purpose of a message somebody asked for and waits for."""

_ENDS = {True: ("accepted", "doubtful"), False: ("accepted", "doubtful", "refused")}
"""By whether it is such a code: after which answers no other channel is asked."""


class NotSent(Exception):
    """No channel took the message. The text names the district and the channel's state, no phone and no words."""


@dataclass(frozen=True)
class Texts:
    database: Database
    host: PluginHost
    scope_of: Callable[[Transaction], Awaitable[Scope]]

    async def send(self, tenant: UUID, message: TextMessage) -> None:
        """Hand the message to a channel of the district. Raises NotSent to be tried again.

        A code one channel refuses goes by the next. Any other refusal stands: it may be the person's own word.
        """
        async with self.database.transaction(tenant) as tx:
            scope = await self.scope_of(tx)
        offered = await self.host.dispatch("notification_channels", scope)
        states = []
        for channel in offered.offers:
            answer = await self.host.invoke("notification_channels", scope, channel, "send", message=message)
            sent: Sent | None = answer.first.value if answer.first else None
            if sent is not None and sent.state in _ENDS[message.purpose == CODE]:
                return
            states.append(f"{channel.plugin} {sent.state if sent else 'failed'}")
        raise NotSent(f"district {scope.district}: {', '.join(states) or 'no notification channel'}")
