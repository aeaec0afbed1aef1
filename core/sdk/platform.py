"""What a plugin may ask of the house, bound to one tenant and to the plugin itself. `platform_of(context)` gives it.

Everything runs inside a transaction of the plugin's tenant; there is no way to another one. Acts go through the engine,
by the person who asked or by the plugin's own service account, and obey the same gate.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import msgspec

from core.access.authorizer import Actor
from core.documents.papers import Paper
from core.kernel.engine import Receipt
from core.kernel.process import Process
from core.kernel.situation import Available, Outline, Situation
from core.kernel.stage import Record, Records
from core.plugin_host.payload import PluginContext
from core.problems import Blocked
from core.registry.people import Household
from core.registry.resident_id import Sex
from core.sdk.rolls import OnRolls
from core.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class Colleague:
    """An account as others may know it."""

    id: UUID
    name: str
    person_id: UUID | None


class Platform(Protocol):
    """See the module. `actor` None stands for the plugin's own service account."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """The tenant's transaction; joins the one that is open."""
        ...

    async def situation(
        self, tx: Transaction, process_id: UUID, *, actor: Actor | None = None, lock: bool = False
    ) -> Situation:
        """A process with its records, whom it is about and who is recused (`situation.subject.keeps_out(account, person)`).

        Raises NotFound when it is not the actor's to see.
        """
        ...

    async def offered(self, tx: Transaction, situation: Situation) -> Sequence[Available]:
        """The steps at this stage for whoever the situation was loaded for, each with the first reason why not.

        Vetoes are asked as well, for steps that ask first.
        """
        ...

    async def outline(self, tx: Transaction, process_id: UUID) -> Outline:
        """A case without its file: where it and its round stand, and whom kinship keeps out (`outline.keeps_out`).

        Costs a fraction of `situation`. Raises NotFound.
        """
        ...

    async def records(self, tx: Transaction, process_id: UUID, *kinds: type[Record]) -> Records:
        """A process's records of these kinds alone. Costs a fraction of `situation`. Raises NotFound."""
        ...

    async def records_of(
        self, tx: Transaction, cases: Iterable[Process], *kinds: type[Record]
    ) -> Mapping[UUID, Records]:
        """`records` of many processes at once, by their ids; every one of them is in the answer."""
        ...

    async def kept_out_of(self, tx: Transaction, actor: Actor, cases: Iterable[Process]) -> frozenset[UUID]:
        """Out of which of these cases kinship keeps the actor: what each one's outline says, asked of all at once."""
        ...

    async def act(
        self,
        tx: Transaction,
        process_id: UUID,
        action: str,
        form: msgspec.Struct | Mapping[str, Any],
        *,
        actor: Actor | None = None,
        expected_version: int | None = None,
        key: str | None = None,
    ) -> Receipt:
        """One act through the engine, in this transaction. Raises as the engine does.

        `key`: under the same key a process is acted on once by the plugin's service; with `actor`, by that person at all.
        """
        ...

    async def process(self, tx: Transaction, process_id: UUID) -> Process:
        """One process without its records. Raises NotFound."""
        ...

    async def cases_of(self, tx: Transaction, round_id: UUID) -> Sequence[Process]:
        """The cases of a round, by number."""
        ...

    async def appraised(self, tx: Transaction, area_prefix: str) -> Mapping[str, tuple[int, int]]:
        """By village whose code starts so: cases with a ballot result, and those in which the worksheet disagrees with it."""
        ...

    async def household(self, tx: Transaction, household_id: UUID) -> Household:
        """Names, phones, ID numbers: only for what the person was told they are for. Raises NotFound."""
        ...

    async def households(self, tx: Transaction, ids: Iterable[UUID]) -> Mapping[UUID, Household]:
        """The same of many, by their ids; those that are none are left out."""
        ...

    def on_rolls(
        self, tx: Transaction, area: str = "", *, after: UUID | None = None, most: int | None = None
    ) -> AsyncIterator[OnRolls]:
        """Every household that is paid now, by its id (`area`: its code begins so); the same care as with `household`.

        `after` (a household's id) and `most`: a part of them, so that nobody holds one transaction over all.
        """
        ...

    async def count_on_rolls(self, tx: Transaction) -> int:
        """How many households `on_rolls` gives."""
        ...

    async def cases_kept_from(self, tx: Transaction, actor: Actor) -> frozenset[UUID]:
        """The district's cases kinship keeps the actor out of, as `situation.recused` says of one: for lists over many."""
        ...

    def may(self, actor: Actor, action: str, area_code: str) -> Blocked | None:
        """Whether the actor holds an action of the plugin's own permission object for this area."""
        ...

    def answers_complaints(self, actor: Actor, area_code: str) -> bool:
        """Whether the actor answers complaints of this area: whoever does not must learn nothing of who complained."""
        ...

    async def colleagues(self, tx: Transaction, accounts: Iterable[UUID]) -> Mapping[UUID, Colleague]:
        """Names of active accounts."""
        ...

    async def posts(self, tx: Transaction, accounts: Iterable[UUID], area_code: str) -> Mapping[UUID, str]:
        """The offices accounts hold for an area, in words (`核对人员`): who acted, for a paper that names nobody."""
        ...

    async def sexes(self, tx: Transaction, people: Iterable[UUID]) -> Mapping[UUID, Sex]:
        """By person, the sex on the register (from the resident ID): nothing else of what is kept sealed of them."""
        ...

    async def serving(self, tx: Transaction, role: str, area_code: str) -> Sequence[Colleague]:
        """Active accounts that hold a role for this area, by name."""
        ...

    async def area_name(self, tx: Transaction, code: str) -> str:
        """A village's or township's name; the code where it is unknown."""
        ...

    async def area_names(self, tx: Transaction, codes: Iterable[str]) -> Mapping[str, str]:
        """The same of many, by code; every one of them is in the answer."""
        ...

    async def enqueue(
        self,
        tx: Transaction,
        job: str,
        payload: Mapping[str, Any],
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> None:
        """Queue one of the plugin's jobs, committed with this transaction. No personal data in the payload."""
        ...

    async def hand_up(self, tx: Transaction, job: str, payload: Mapping[str, Any], *, key: str) -> bool:
        """Queue one of the plugin's jobs at this district's province, with `district` (its code) put into the payload.

        The only way out of a tenant, and it leads upwards: figures the province may see, counts without anybody in them.
        While one with this `key` waits, no second is queued. False where the district has no province.
        """
        ...

    async def districts(self, tx: Transaction) -> Mapping[str, str]:
        """By code, the names of the active districts below this tenant; empty in a district."""
        ...

    async def store(self, tx: Transaction, data: bytes, by: UUID) -> str:
        """Keep a photograph or PDF; its SHA-256."""
        ...

    async def read(self, sha256: str) -> bytes:
        """A stored file's bytes."""
        ...

    async def keep(self, data: bytes, media_type: str) -> str:
        """Keep bytes of the plugin's own in the object store, of any kind and size, no evidence; their SHA-256.

        What holds personal data is sealed before.
        """
        ...

    async def discard(self, sha256: str) -> None:
        """Remove what was kept, when its purpose is over. Never evidence: the journal names it."""
        ...

    async def own_layouts(self, tx: Transaction) -> frozenset[str]:
        """The plugin's `printed_forms` for which the district has a Word layout of its own today, by kind."""
        ...

    async def in_own_layout(self, tx: Transaction, kind: str, paper: Paper, address: str = "") -> bytes:
        """The paper as .docx in the district's layout, with `address` as its QR code. Raises NotFound where it has none."""
        ...

    async def hold(self, sha256: str, until: datetime) -> bool:
        """Lock a stored file so that nobody removes it before; False where the object store cannot."""
        ...

    def seal(self, plain: bytes, about: bytes) -> bytes:
        """Encrypt for this tenant (AES-GCM); `about` names the row it belongs to and must be the same when opened."""
        ...

    def unseal(self, sealed: bytes, about: bytes) -> bytes:
        """Raises ValueError when it was changed, or sealed for something else."""
        ...

    def fingerprint(self, field: str, value: str) -> bytes:
        """A keyed digest (blind index) by which an encrypted value is found again."""
        ...

    def setting(self, name: str) -> str:
        """A secret the operator set in the environment as `ZHUNBAO_<PLUGIN>_<NAME>`; empty when not set."""
        ...

    @property
    def folder(self) -> Path:
        """A folder of the plugin's own for this district, on the machine of the worker that runs; made when it is missing.

        For what is too large for the database while it is worked on. Personal data in it is the plugin's to remove.
        """
        ...

    @property
    def office(self) -> OfficeFacts:
        """What may be said of the district's office in texts to people."""
        ...


@dataclass(frozen=True, slots=True)
class OfficeFacts:
    """The district's own name for its office, and its supervision phone."""

    name: str
    phone: str


def platform_of(context: PluginContext) -> Platform:
    """The house as the plugin may use it. Raises RuntimeError where a test built a context without one."""
    if context.platform is None:
        raise RuntimeError(f"no platform in the context of plugin {context.plugin!r}")
    found: Platform = context.platform
    return found
