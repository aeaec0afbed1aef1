"""A process with everything around it, loaded for one person: what page, API and engine all look at."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from core.access.authorizer import Actor
from core.clock import Clock, local_date
from core.kernel import store
from core.kernel.gate import PARTY_ROLES, Standing, gate
from core.kernel.procedure import ProcedureSpec
from core.kernel.process import Process
from core.kernel.runtime import Authority, Recused, Runtime, Runtimes, Subject, Subjects
from core.kernel.stage import Action, ActorRef, Blocked, Records, View
from core.problems import NotFound
from core.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class Available:
    """An action as the case page shows it: open, or why not."""

    action: Action
    blocked: Blocked | None


@dataclass(frozen=True)
class Situation:
    """A process with everything around it, loaded for one person."""

    view: View
    runtime: Runtime
    standing: Standing
    subject: Subject

    @property
    def spec(self) -> ProcedureSpec:
        return self.view.procedure

    @property
    def recused(self) -> Blocked | None:
        """Why kinship keeps this person out of the process; a member of the household itself is its party."""
        actor = self.view.actor
        return None if self.standing.is_party else self.standing.keeps_out(actor.account_id, actor.person_id)

    def available(self) -> list[Available]:
        """Every action of the present stage, with the first reason why not; in the procedure's order."""
        offered = self.runtime.catalogue.actions_at(self.spec, self.view.process.state)
        return [Available(action, gate(self.view, action, self.standing)) for action in offered]


@dataclass(frozen=True, slots=True)
class Outline:
    """A case without its file: where it and its round stand, and whom kinship keeps out. For what is asked often."""

    process: Process
    parent: Process | None
    round_spec: ProcedureSpec | None
    recused: Recused

    def keeps_out(self, account: UUID, person: UUID | None) -> Blocked | None:
        """As `Subject.keeps_out`."""
        return self.recused(person) or self.recused(account)


class Situations:
    """Loads situations. Holds no state of its own."""

    def __init__(
        self,
        clock: Clock,
        runtimes: Runtimes,
        subjects: Subjects,
        authority: Authority,
        records: store.RecordStore,
    ) -> None:
        self._clock = clock
        self._runtimes = runtimes
        self._subjects = subjects
        self._authority = authority
        self._records = records

    async def load(
        self,
        tx: Transaction,
        actor: Actor,
        process_id: UUID,
        *,
        lock: bool = False,
        consequence: bool = False,
    ) -> Situation:
        """The process and all that decides what this person may do; NotFound when it is none of theirs to see.

        `consequence`: reached from another process's act, so visibility is not asked again.
        """
        process = await (store.locked(tx, process_id) if lock else store.load(tx, process_id))
        runtime = await self._runtimes.at(tx, process.config_number)
        spec = runtime.spec(process)
        records = await self._records.read(tx, process_id, runtime.catalogue)
        subject = await self._subjects.load(tx, process, runtime, records)
        parent = await store.load(tx, process.parent_id) if process.parent_id else None
        roles = self._authority.roles(actor, process.area_code)
        is_party = subject.is_party(actor)
        if not (consequence or is_party or self._may_see(actor, process, roles)):
            raise NotFound("没有找到这件事项，可能编号有误，或不在您的辖区内")
        now = self._clock()
        view = View(
            process=process, procedure=spec, stage=spec.stages[process.state], records=records,
            actor=ActorRef(actor.account_id, actor.name, roles, actor.person_id, actor.is_service),
            now=now, today=local_date(now), subject=subject.content, settings=runtime.settings, parent=parent,
            duties=await store.duties_done(tx, process_id),
        )  # fmt: skip
        standing = Standing(
            permitted=lambda name: self._authority.may(actor, process.kind, name, process.area_code),
            recused=subject.recused,
            is_party=is_party,
            round_spec=await self._spec(tx, parent),
            children=await store.children_states(tx, process_id) if process.kind == "round" else {},
            state_labels=_child_labels(runtime) if process.kind == "round" else {},
        )
        return Situation(view, runtime, standing, subject)

    async def outline(self, tx: Transaction, process_id: UUID) -> Outline:
        """A case's outline, whoever asks: it tells nothing of the household. Raises NotFound."""
        process = await store.load(tx, process_id)
        runtime = await self._runtimes.at(tx, process.config_number)
        records = await self._records.read(tx, process_id, runtime.catalogue, kinds=self._subjects.recusing)
        recused = await self._subjects.recused(tx, process, runtime, records)
        parent = await store.load(tx, process.parent_id) if process.parent_id else None
        return Outline(process, parent, await self._spec(tx, parent), recused)

    async def kept_out_of(self, tx: Transaction, actor: Actor, cases: Iterable[Process]) -> frozenset[UUID]:
        """Out of which of these cases kinship keeps the actor, as each one's outline says; asked of all at once."""
        numbers: dict[int, list[UUID]] = {}
        for case in cases:
            numbers.setdefault(case.config_number, []).append(case.id)
        found: set[UUID] = set()
        for number, ids in numbers.items():
            runtime = await self._runtimes.at(tx, number)
            found |= await self._subjects.kept_out_of(tx, actor, runtime, ids)
        return frozenset(found)

    async def records_of(
        self, tx: Transaction, cases: Iterable[Process], kinds: Collection[str]
    ) -> dict[UUID, Records]:
        """`records` of many processes at once; every one of them is in the answer."""
        catalogues = {c.id: (await self._runtimes.at(tx, c.config_number)).catalogue for c in cases}
        return await self._records.read_all(tx, catalogues, kinds)

    async def records(self, tx: Transaction, process_id: UUID, kinds: Collection[str]) -> Records:
        """A process's records of some kinds alone, whoever asks: for what is asked often. Raises NotFound."""
        process = await store.load(tx, process_id)
        runtime = await self._runtimes.at(tx, process.config_number)
        return await self._records.read(tx, process_id, runtime.catalogue, kinds=kinds)

    async def _spec(self, tx: Transaction, parent: Process | None) -> ProcedureSpec | None:
        return (await self._runtimes.at(tx, parent.config_number)).spec(parent) if parent else None

    def _may_see(self, actor: Actor, process: Process, roles: frozenset[str]) -> bool:
        if actor.is_service:
            return True
        return (
            bool(roles - PARTY_ROLES)
            and self._authority.may(actor, process.kind, "view", process.area_code) is None
        )


def _child_labels(runtime: Runtime) -> dict[str, str]:
    name = runtime.procedures.in_round
    return {s: t.label for s, t in runtime.procedures.procedures[name].stages.items()} if name else {}
