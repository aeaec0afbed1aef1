"""What the engine needs from around it, as protocols: the composition root supplies the real ones.

A `Runtime` is one version of a tenant's configuration made ready: procedures, the stage types of its enabled plugins,
and its calendar. A process keeps the version it was opened under.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from core.access.authorizer import Actor
from core.kernel.deadline import WorkCalendar
from core.kernel.procedure import ProcedureSet, ProcedureSpec
from core.kernel.process import Process
from core.kernel.stage import Blocked, Effect, Records, StageCatalogue, View
from core.storage.database import Transaction


@dataclass(frozen=True)
class Runtime:
    """`settings` is handed to stages as it is (the tenant's configuration and rules)."""

    number: int
    procedures: ProcedureSet
    catalogue: StageCatalogue
    calendar: WorkCalendar
    settings: Any

    def spec(self, process: Process) -> ProcedureSpec:
        return self.procedures.procedures[process.procedure]


class Runtimes(Protocol):
    async def current(self, tx: Transaction) -> Runtime: ...

    async def at(self, tx: Transaction, number: int) -> Runtime: ...


@dataclass(frozen=True)
class Subject:
    """Whom a process is about. `content` is what stages see as `view.subject`; the rest answers the gate.

    `recused` answers for a person's id or an account's; to ask about somebody, ask `keeps_out`.
    """

    content: Any
    recused: Callable[[UUID | None], Blocked | None]
    is_party: Callable[[Actor], bool]

    def keeps_out(self, account: UUID, person: UUID | None) -> Blocked | None:
        """Why kinship keeps somebody out: the register knows the person, the file may have named the account."""
        return self.recused(person) or self.recused(account)


Recused = Callable[[UUID | None], Blocked | None]


class Subjects(Protocol):
    @property
    def recusing(self) -> frozenset[str]:
        """Kinds of records by which a file itself names or excuses relatives."""
        ...

    async def load(
        self, tx: Transaction, process: Process, runtime: Runtime, records: Records
    ) -> Subject: ...

    async def recused(self, tx: Transaction, process: Process, runtime: Runtime, records: Records) -> Recused:
        """`Subject.recused` of a case by itself, without the household's data; `records` of the `recusing` kinds."""
        ...

    async def kept_out_of(
        self, tx: Transaction, actor: Actor, runtime: Runtime, cases: Collection[UUID]
    ) -> frozenset[UUID]:
        """Those of the cases out of which kinship keeps the actor: what `recused` says, of all of them at once."""
        ...


class Authority(Protocol):
    """Role and area: None when allowed, else why not. The one place that authorises."""

    def may(self, actor: Actor, kind: str, action: str, area_code: str) -> Blocked | None: ...

    def roles(self, actor: Actor, area_code: str) -> frozenset[str]: ...


class EffectHandler(Protocol):
    async def __call__(self, tx: Transaction, view: View, effect: Any) -> None: ...


class Veto(Protocol):
    """Plugins' last word before an action is stored; a reason refuses."""

    async def __call__(self, tx: Transaction, view: View, action: str, outcome: str) -> Blocked | None: ...


class Summarise(Protocol):
    """Keeps what lists show of a process, after every act, in the same transaction."""

    async def __call__(self, tx: Transaction, view: View) -> None: ...


EffectHandlers = Mapping[type[Effect], EffectHandler]
Vetoes = Sequence[Veto]
