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
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import msgspec

from core.access.authorizer import Actor
from core.clock import Clock, local_date
from core.kernel import idempotency, journal, store
from core.kernel.attached import check_attached
from core.kernel.children import MoveChild, OpenChild, Opening
from core.kernel.clockwork import set_clocks
from core.kernel.forms import decode
from core.kernel.gate import clears, co_actor_gate, gate
from core.kernel.named import check_named
from core.kernel.procedure import STAY, ProcedureSpec
from core.kernel.process import Process, move
from core.kernel.runtime import Authority, EffectHandlers, Runtime, Runtimes, Summarise, Vetoes
from core.kernel.situation import Situation, Situations
from core.kernel.stage import Action, Blocked, Effect, Filed, Outcome, Records, View
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


class Engine:
    """Built once by the composition root; holds no state of its own."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        situations: Situations,
        runtimes: Runtimes,
        authority: Authority,
        records: store.RecordStore,
        effects: EffectHandlers,
        summarise: Summarise,
        vetoes: Vetoes = (),
    ) -> None:
        self._database = database
        self._clock = clock
        self._situations = situations
        self._runtimes = runtimes
        self._authority = authority
        self._records = records
        self._effects = effects
        self._summarise = summarise
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
        earlier = await self._earlier(tx, actor, idempotency_key, asked)
        if earlier is not None:
            return earlier
        situation = await self._situations.load(tx, actor, process_id, lock=True)
        # The same request may have held the lock until now (a phone that sent it twice at once).
        earlier = await self._earlier(tx, actor, idempotency_key, asked)
        if earlier is not None:
            return earlier
        self._check_version(situation, expected_version, form)
        receipt = await self._perform(tx, actor, situation, action, form)
        if idempotency_key is not None:
            await idempotency.remember(
                tx, actor.account_id, idempotency_key, asked, msgspec.json.encode(receipt), self._clock()
            )
        return receipt

    async def objection(self, tx: Transaction, situation: Situation, action: Action) -> Blocked | None:
        """What would be vetoed whatever its form says, for actions that ask first: for whoever offers the step."""
        view = situation.view
        outcome = next((way for way in action.outcomes if way in view.stage.next), STAY)
        asked = self._vetoes if action.asks_first else ()
        found = [await veto(tx, view, action.name, outcome) for veto in asked]
        return next(filter(None, found), None)

    @staticmethod
    async def _earlier(tx: Transaction, actor: Actor, key: str | None, asked: bytes) -> Receipt | None:
        """The first answer to a repeated request."""
        found = await idempotency.recall(tx, actor.account_id, key, asked) if key is not None else None
        if found is None:
            return None
        return msgspec.structs.replace(msgspec.json.decode(found, type=Receipt), repeated=True)

    async def open_in(
        self, tx: Transaction, actor: Actor, opening: Opening, *, consequence: bool = False
    ) -> Receipt:
        """Open a process. Permission (kind, "open") unless it is the consequence of another act."""
        if not consequence:
            self._refuse(self._authority.may(actor, opening.kind, "open", opening.area_code))
        runtime = await self._runtimes.current(tx)
        procedure = self._procedure(runtime, opening)
        spec = runtime.procedures.procedures[procedure]
        now = self._clock()
        today = local_date(now)
        fresh = Process(
            id=opening.process_id or uuid4(), tenant_id=actor.tenant_id, kind=opening.kind, procedure=procedure,
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
        opened = await self._situations.load(tx, actor, after.id, consequence=consequence)
        await self._summarise(tx, opened.view)
        await self._announce(tx, after, entry, "opened")
        return _receipt(spec, after, 1)

    @staticmethod
    def _procedure(runtime: Runtime, opening: Opening) -> str:
        try:
            if opening.kind == "round":
                if runtime.procedures.round is None:
                    raise LookupError("this district holds no village rounds")
                return runtime.procedures.round
            return runtime.procedures.for_case(in_round=opening.parent_id is not None)
        except LookupError as missing:
            raise NotFound("本区没有启用整村认定，请按个案申请办理") from missing

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
        await check_attached(tx, outcome.evidence, decoded)
        await check_named(tx, self._authority, view, decoded)
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
        filed = tuple(Filed(seq, view.now, actor.account_id, r) for r in outcome.records)
        stage = situation.spec.stages[after.state]
        records = Records((*view.records.filed, *filed))
        await self._summarise(tx, replace(view, process=after, stage=stage, records=records))
        await self._announce(tx, after, entry, outcome.to)
        return _receipt(situation.spec, after, seq)

    async def _apply_effect(self, tx: Transaction, actor: Actor, view: View, effect: Effect) -> None:
        if isinstance(effect, MoveChild):
            child = await self._situations.load(tx, actor, effect.process_id, lock=True, consequence=True)
            await self._perform(tx, actor, child, effect.action, effect.form, consequence=True)
        elif isinstance(effect, OpenChild):
            await self.open_in(tx, actor, effect.opening, consequence=True)
        elif type(effect) in self._effects:
            await self._effects[type(effect)](tx, view, effect)

    async def _check_co_actors(
        self, tx: Transaction, situation: Situation, action: Action, outcome: Outcome
    ) -> None:
        view = situation.view
        people = await store.actors(tx, outcome.co_actors, view.now)
        for account in outcome.co_actors:
            if account not in people:
                raise Refused("一同办理的人员不存在或已停用，请重新选择")
            with_them = people[account]
            blocked = self._authority.may(
                with_them, view.process.kind, action.name, view.process.area_code
            ) or co_actor_gate(view, action, situation.standing, with_them)
            if blocked is not None:
                raise Refused(f"{with_them.name}：{blocked.reason}", source=blocked.source, hint=blocked.hint)

    def _check_version(
        self, situation: Situation, expected: int | None, form: msgspec.Struct | Mapping[str, Any]
    ) -> None:
        if expected is not None and expected != situation.view.process.version:
            raise Conflict(
                "您填写期间，这一件已被别人办理过。您填的内容还在下面，请对照后再提交。",
                current=_side(situation.view),
                yours=form if isinstance(form, Mapping) else msgspec.to_builtins(form),
            )

    async def _announce(self, tx: Transaction, process: Process, entry: journal.Entry, outcome: str) -> None:
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
                "outcome": outcome,
            },
        )

    @staticmethod
    def _refuse(blocked: Blocked | None) -> None:
        if blocked is not None:
            raise Refused(blocked.reason, source=blocked.source, hint=blocked.hint)


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
