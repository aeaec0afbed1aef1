"""The one way a process moves: load → authorise → apply → journal → outbox, in one transaction.

    act(actor, process, action, form, expected version, idempotency key)
      1  the row is locked; a repeated key gives the first answer again; a stale version is a Conflict showing both sides
      2  `gate` gives the reasons why not (role, own case, recusal, duties, round, guard)
      3  the form is decoded with all its errors; the stage's pure `apply` gives an Outcome
      4  records, journal row, moved process, duties, effects and the outgoing event are stored together, or not at all

Nothing else writes process state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import msgspec

from core.access.authorizer import Actor
from core.clock import Clock, local_date
from core.kernel import idempotency, journal, store
from core.kernel.clockwork import set_clocks
from core.kernel.forms import decode
from core.kernel.gate import Standing, clears, co_actor_gate, gate
from core.kernel.procedure import Kind, ProcedureSpec
from core.kernel.process import Process, move
from core.kernel.runtime import Authority, EffectHandlers, Runtime, Runtimes, Subject, Subjects, Vetoes
from core.kernel.stage import Action, ActorRef, Blocked, Effect, Outcome, Record, View
from core.problems import Conflict, NotFound, Refused
from core.storage.database import Database, Transaction
from core.storage.outbox import enqueue

EVENT = "process_event"


class Receipt(msgspec.Struct, frozen=True):
    """What an act came to. `seq` is its journal row; `repeated` tells that this key had already been carried out."""

    process_id: UUID
    number: str
    state: str
    state_label: str
    version: int
    seq: int
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Available:
    """An action as the case page shows it: open, or why not."""

    action: Action
    blocked: Blocked | None


@dataclass(frozen=True, slots=True)
class Opening:
    """A process to be opened at its procedure's initial stage."""

    kind: Kind
    procedure: str
    area_code: str
    title: str
    subject_id: UUID | None = None
    parent_id: UUID | None = None
    records: tuple[Record, ...] = ()
    marks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MoveChild(Effect):
    """A step of a round carried out on one of its cases, in the same transaction, as the round's consequence."""

    process_id: UUID
    action: str
    form: msgspec.Struct | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OpenChild(Effect):
    """A case opened by a step of its round (re-appraisal of a household on the rolls)."""

    opening: Opening


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


class Engine:
    """Built once by the composition root; holds no state of its own."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        runtimes: Runtimes,
        subjects: Subjects,
        authority: Authority,
        records: store.RecordStore,
        effects: EffectHandlers,
        vetoes: Vetoes = (),
    ) -> None:
        self._database = database
        self._clock = clock
        self._runtimes = runtimes
        self._subjects = subjects
        self._authority = authority
        self._records = records
        self._effects = effects
        self._vetoes = vetoes

    async def act(
        self,
        actor: Actor,
        process_id: UUID,
        action: str,
        form: msgspec.Struct | Mapping[str, Any],
        *,
        expected_version: int,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Carry out one action in its own transaction.

        Raises NotFound, Conflict (stale version, or the stage does not offer the action), Refused, Invalid.
        """
        async with self._database.transaction(actor.tenant_id) as tx:
            return await self.act_in(
                tx, actor, process_id, action, form,
                expected_version=expected_version, idempotency_key=idempotency_key,
            )  # fmt: skip

    async def act_in(
        self,
        tx: Transaction,
        actor: Actor,
        process_id: UUID,
        action: str,
        form: msgspec.Struct | Mapping[str, Any],
        *,
        expected_version: int | None,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """The same inside the caller's transaction. `expected_version` None: whatever it is now (services only)."""
        asked = idempotency.digest(process_id, action, form)
        if idempotency_key is not None:
            earlier = await idempotency.recall(tx, actor.account_id, idempotency_key, asked)
            if earlier is not None:
                return msgspec.structs.replace(msgspec.json.decode(earlier, type=Receipt), repeated=True)
        situation = await self.situation_in(tx, actor, process_id, lock=True)
        self._check_version(situation, expected_version, form)
        receipt = await self._perform(tx, actor, situation, action, form)
        if idempotency_key is not None:
            await idempotency.remember(
                tx, actor.account_id, idempotency_key, asked, msgspec.json.encode(receipt), self._clock()
            )
        return receipt

    async def open_in(
        self, tx: Transaction, actor: Actor, opening: Opening, *, consequence: bool = False
    ) -> Receipt:
        """Open a process. Permission (kind, "open") unless it is the consequence of another act."""
        if not consequence:
            self._refuse(self._authority.may(actor, opening.kind, "open", opening.area_code))
        runtime = await self._runtimes.current(tx)
        if opening.procedure not in runtime.procedures.procedures:
            raise NotFound("本区没有启用这个流程，请联系区级系统管理员")
        spec = runtime.procedures.procedures[opening.procedure]
        now = self._clock()
        today = local_date(now)
        fresh = Process(
            id=uuid4(), tenant_id=actor.tenant_id, kind=opening.kind, procedure=opening.procedure,
            config_number=runtime.number, state=spec.initial, version=0, area_code=opening.area_code,
            number=await store.next_number(tx, opening.kind, opening.area_code, today), title=opening.title,
            opened_at=now, opened_by=actor.account_id, entered_on=today, subject_id=opening.subject_id,
            parent_id=opening.parent_id, marks=opening.marks,
        )  # fmt: skip
        digests = await self._records.file(tx, fresh.id, 1, now, actor.account_id, opening.records)
        entry = journal.Entry(fresh.id, 1, now, actor.account_id, "open", "", spec.initial, digests=digests)
        after = set_clocks(spec, fresh, replace(fresh, version=1), (), runtime.calendar, today)
        after = replace(after, head=journal.entry_hash(b"", entry))
        await store.insert(tx, after)
        await journal.append(tx, entry, b"")
        await self._announce(tx, after, entry)
        return _receipt(spec, after, 1)

    async def situation(self, actor: Actor, process_id: UUID) -> Situation:
        async with self._database.transaction(actor.tenant_id) as tx:
            return await self.situation_in(tx, actor, process_id)

    async def situation_in(
        self, tx: Transaction, actor: Actor, process_id: UUID, *, lock: bool = False
    ) -> Situation:
        """The process and all that decides what this person may do; NotFound when it is none of theirs to see."""
        process = await store.load(tx, process_id, lock=lock)
        runtime = await self._runtimes.at(tx, process.config_number)
        spec = runtime.spec(process)
        records = await self._records.read(tx, process_id, runtime.catalogue)
        subject = await self._subjects.load(tx, process, runtime, records)
        parent = await store.load(tx, process.parent_id) if process.parent_id else None
        roles = self._authority.roles(actor, process.area_code)
        is_party = subject.is_party(actor)
        if not (roles or is_party or actor.is_service):
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
            round_spec=(await self._runtimes.at(tx, parent.config_number)).spec(parent) if parent else None,
            children=await store.children_states(tx, process_id) if process.kind == "round" else {},
            state_labels=_child_labels(runtime) if process.kind == "round" else {},
        )
        return Situation(view, runtime, standing, subject)

    def available(self, situation: Situation) -> list[Available]:
        """Every action of the present stage, with the first reason why not; in the procedure's order."""
        return [
            Available(action, gate(situation.view, action, situation.standing))
            for action in situation.runtime.catalogue.actions_at(situation.spec, situation.view.process.state)
        ]

    async def _perform(
        self,
        tx: Transaction,
        actor: Actor,
        situation: Situation,
        action_name: str,
        form: msgspec.Struct | Mapping[str, Any],
        *,
        consequence: bool = False,
    ) -> Receipt:
        view, spec = situation.view, situation.spec
        action = situation.runtime.catalogue.action(spec, view.process.state, action_name)
        if action is None:
            raise Conflict(
                f"“{view.stage.label}”阶段不能办理这一步，可能已经办过了，请刷新后再看",
                current=_side(view),
            )
        self._refuse(action.guard(view) if consequence else gate(view, action, situation.standing))
        decoded = form if isinstance(form, msgspec.Struct) else decode(action.form, form)
        outcome = action.apply(view, decoded)
        if outcome.to not in action.outcomes:
            raise ValueError(
                f"action {action.name!r} returned outcome {outcome.to!r}, declared {action.outcomes}"
            )
        after = move(spec, view.process, outcome.to, view.today)
        self._refuse(clears(view, situation.standing, after.state != view.process.state))
        await self._check_co_actors(tx, situation, action, outcome)
        for veto in self._vetoes:
            self._refuse(await veto(tx, view, action.name, outcome.to))
        return await self._store(tx, actor, situation, action, outcome, after)

    async def _store(
        self,
        tx: Transaction,
        actor: Actor,
        situation: Situation,
        action: Action,
        outcome: Outcome,
        after: Process,
    ) -> Receipt:
        view, process = situation.view, situation.view.process
        seq = after.version
        digests = await self._records.file(tx, process.id, seq, view.now, actor.account_id, outcome.records)
        entry = journal.Entry(
            process.id, seq, view.now, actor.account_id, action.name, process.state, after.state,
            outcome.basis, digests, outcome.evidence,
        )  # fmt: skip
        after = set_clocks(
            situation.spec, process, after, outcome.effects, situation.runtime.calendar, view.today
        )
        marks = (process.marks | outcome.add_marks) - outcome.drop_marks
        after = replace(after, marks=marks, head=journal.entry_hash(process.head, entry))
        await store.update(tx, process, after)
        await journal.append(tx, entry, process.head)
        if action.duty is not None and not actor.is_service:
            await store.add_duties(tx, process.id, seq, action.duty, (actor.account_id, *outcome.co_actors))
        for effect in outcome.effects:
            await self._apply_effect(tx, actor, view, effect)
        await self._announce(tx, after, entry)
        return _receipt(situation.spec, after, seq)

    async def _apply_effect(self, tx: Transaction, actor: Actor, view: View, effect: Effect) -> None:
        if isinstance(effect, MoveChild):
            child = await self.situation_in(tx, actor, effect.process_id, lock=True)
            await self._perform(tx, actor, child, effect.action, effect.form, consequence=True)
        elif isinstance(effect, OpenChild):
            await self.open_in(tx, actor, effect.opening, consequence=True)
        elif type(effect) in self._effects:
            await self._effects[type(effect)](tx, view, effect)

    async def _check_co_actors(
        self, tx: Transaction, situation: Situation, action: Action, outcome: Outcome
    ) -> None:
        people = await store.account_people(tx, outcome.co_actors)
        for account in outcome.co_actors:
            if account not in people:
                raise Refused("一同办理的人员不存在或已停用，请重新选择")
            name, person = people[account]
            blocked = co_actor_gate(situation.view, action, situation.standing, account, person)
            if blocked is not None:
                raise Refused(f"{name}：{blocked.reason}", source=blocked.source, hint=blocked.hint)

    def _check_version(
        self, situation: Situation, expected: int | None, form: msgspec.Struct | Mapping[str, Any]
    ) -> None:
        if expected is not None and expected != situation.view.process.version:
            raise Conflict(
                "您填写期间，这一件已被别人办理过。您填的内容还在下面，请对照后再提交。",
                current=_side(situation.view),
                yours=form if isinstance(form, Mapping) else msgspec.to_builtins(form),
            )

    async def _announce(self, tx: Transaction, process: Process, entry: journal.Entry) -> None:
        await enqueue(
            tx,
            EVENT,
            {
                "tenant": str(process.tenant_id),
                "process": str(process.id),
                "seq": entry.seq,
                "kind": process.kind,
                "action": entry.action,
                "from_state": entry.from_state,
                "to_state": entry.to_state,
            },
        )

    @staticmethod
    def _refuse(blocked: Blocked | None) -> None:
        if blocked is not None:
            raise Refused(blocked.reason, source=blocked.source, hint=blocked.hint)


def _child_labels(runtime: Runtime) -> dict[str, str]:
    name = runtime.procedures.in_round
    return {s: t.label for s, t in runtime.procedures.procedures[name].stages.items()} if name else {}


def _side(view: View) -> dict[str, object]:
    """What is on file now, for a person whose page is out of date."""
    return {
        "state": view.process.state,
        "state_label": view.stage.label,
        "version": view.process.version,
    }


def _receipt(spec: ProcedureSpec, process: Process, seq: int) -> Receipt:
    label = spec.stages[process.state].label
    return Receipt(process.id, process.number, process.state, label, process.version, seq)
