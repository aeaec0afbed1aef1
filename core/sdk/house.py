"""The platform as plugins get it: `House` knows the parts, `Bound` is what one plugin of one district may do with them.

Built by the composition root; plugins know only the protocol in `core.sdk.platform`.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from core.access.authorizer import Actor, Authorizer, Grant
from core.access.roles import role_label
from core.clock import Clock, local_date, system_clock
from core.documents.papers import Paper
from core.documents.word import filling, versions
from core.documents.word.vocabulary import vocabulary_of
from core.kernel import store
from core.kernel.engine import Engine, Receipt
from core.kernel.process import Process
from core.kernel.situation import Available, Outline, Situation, Situations
from core.kernel.stage import Record, Records
from core.plugin_host.manifest import Plugin
from core.problems import Blocked, NotFound
from core.registry import evidence
from core.registry.people import Household, Registry
from core.registry.resident_id import Sex
from core.sdk.platform import Colleague, OfficeFacts
from core.sdk.rolls import OnRolls, count_on_rolls, households_on_rolls
from core.stages import summary
from core.stages.kept_out import cases_kept_from
from core.storage.crypto import FieldCipher
from core.storage.database import Database, Transaction
from core.storage.objects import ObjectStore
from core.storage.outbox import enqueue
from core.tenancy.settings import TenantSettings

PLUGIN_JOB = "plugin_job"


def form_name(plugin: str, kind: str) -> str:
    """What a plugin's printed form is called among all forms."""
    return f"{plugin}-{kind}"


def service_actor(tenant: UUID, district: str, name: str, title: str) -> Actor:
    """Who acts when a program does: the same account id for the same plugin of the same district, for ever."""
    account = uuid5(NAMESPACE_URL, f"zhunbao:{tenant}:service:{name}")
    return Actor(tenant, account, title, (Grant("service", district.ljust(12, "0")),), is_service=True)


@dataclass(frozen=True)
class House:
    """All parts. `plugins` by name; `environment` holds operators' secrets; `data` is the installation's folder;
    `forms` are the samples of what plugins print, by `form_name`."""

    database: Database
    engine: Engine
    situations: Situations
    registry: Registry
    objects: ObjectStore
    cipher: FieldCipher
    authorizer: Authorizer
    clock: Clock
    plugins: Mapping[str, Plugin]
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    data: Path = field(default_factory=lambda: Path(tempfile.gettempdir()) / "zhunbao")
    forms: Mapping[str, Paper] = field(default_factory=dict)

    def binding(self, tenant: UUID, district: str, settings: TenantSettings) -> Callable[[str], Bound]:
        """What `Scope.platform` is: the platform of each plugin of this district."""
        office = OfficeFacts(settings.office_name, settings.supervision_phone)
        degrees = tuple(settings.recusal_degrees)
        return lambda plugin: Bound(self, tenant, district, self.plugins[plugin], office, degrees)


@dataclass(frozen=True)
class Bound:
    """`core.sdk.platform.Platform` for one plugin of one district."""

    house: House
    tenant: UUID
    district: str
    plugin: Plugin
    office: OfficeFacts
    recusal_degrees: tuple[str, ...]

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        return self.house.database.transaction(self.tenant)

    async def situation(
        self, tx: Transaction, process_id: UUID, *, actor: Actor | None = None, lock: bool = False
    ) -> Situation:
        return await self.house.situations.load(tx, actor or self._service, process_id, lock=lock)

    async def offered(self, tx: Transaction, situation: Situation) -> Sequence[Available]:
        engine = self.house.engine
        return [
            Available(a.action, a.blocked or await engine.objection(tx, situation, a.action))
            for a in situation.available()
        ]

    async def outline(self, tx: Transaction, process_id: UUID) -> Outline:
        return await self.house.situations.outline(tx, process_id)

    async def records(self, tx: Transaction, process_id: UUID, *kinds: type[Record]) -> Records:
        return await self.house.situations.records(tx, process_id, {kind.kind() for kind in kinds})

    async def records_of(
        self, tx: Transaction, cases: Iterable[Process], *kinds: type[Record]
    ) -> Mapping[UUID, Records]:
        return await self.house.situations.records_of(tx, cases, {kind.kind() for kind in kinds})

    async def kept_out_of(self, tx: Transaction, actor: Actor, cases: Iterable[Process]) -> frozenset[UUID]:
        return await self.house.situations.kept_out_of(tx, actor, cases)

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
        # A service acts on many processes for one reason: its keys are of each. A person's key is as their browser sent it.
        own = f"{process_id} {key}" if key is not None and actor is None else key
        return await self.house.engine.act_in(
            tx, actor or self._service, process_id, action, form,
            expected_version=expected_version, idempotency_key=own,
        )  # fmt: skip

    async def process(self, tx: Transaction, process_id: UUID) -> Process:
        return await store.load(tx, process_id)

    async def cases_of(self, tx: Transaction, round_id: UUID) -> Sequence[Process]:
        return await store.children(tx, round_id)

    async def appraised(self, tx: Transaction, area_prefix: str) -> Mapping[str, tuple[int, int]]:
        return await summary.appraised(tx, area_prefix)

    async def household(self, tx: Transaction, household_id: UUID) -> Household:
        found = await self.house.registry.household(tx, household_id)
        if found is None:
            raise NotFound("没有找到这户家庭")
        return found

    async def households(self, tx: Transaction, ids: Iterable[UUID]) -> Mapping[UUID, Household]:
        return await self.house.registry.households(tx, ids)

    def on_rolls(
        self, tx: Transaction, area: str = "", *, after: UUID | None = None, most: int | None = None
    ) -> AsyncIterator[OnRolls]:
        return households_on_rolls(tx, self.house.registry, self._today, area, after, most)

    async def count_on_rolls(self, tx: Transaction) -> int:
        return await count_on_rolls(tx, self._today)

    async def cases_kept_from(self, tx: Transaction, actor: Actor) -> frozenset[UUID]:
        return await cases_kept_from(tx, actor, self.recusal_degrees)

    def may(self, actor: Actor, action: str, area_code: str) -> Blocked | None:
        return self.house.authorizer.may(actor, self.plugin.permission_object, action, area_code)

    def answers_complaints(self, actor: Actor, area_code: str) -> bool:
        return self.house.authorizer.may(actor, "complaint", "handle", area_code) is None

    async def colleagues(self, tx: Transaction, accounts: Iterable[UUID]) -> Mapping[UUID, Colleague]:
        people = await store.account_people(tx, list(accounts))
        return {account: Colleague(account, *known) for account, known in people.items()}

    async def posts(self, tx: Transaction, accounts: Iterable[UUID], area_code: str) -> Mapping[UUID, str]:
        rows = await tx.fetch(
            """SELECT account_id, array_agg(DISTINCT role) AS roles FROM account_grant
               WHERE tenant_id = $1 AND account_id = ANY($2)
                 AND starts_with($3, regexp_replace(area_code, '(000000|000)$', ''))
               GROUP BY account_id""",
            tx.tenant,
            list(accounts),
            area_code,
        )
        return {r["account_id"]: "、".join(map(role_label, sorted(r["roles"]))) for r in rows}

    async def sexes(self, tx: Transaction, people: Iterable[UUID]) -> Mapping[UUID, Sex]:
        found = await self.house.registry.people(tx, people)
        return {person: known.private.sex for person, known in found.items()}

    async def serving(self, tx: Transaction, role: str, area_code: str) -> Sequence[Colleague]:
        rows = await tx.fetch(
            """SELECT DISTINCT a.id, a.name, a.person_id FROM account a
               JOIN account_grant g ON g.tenant_id = a.tenant_id AND g.account_id = a.id
               WHERE a.tenant_id = $1 AND a.status = 'active' AND g.role = $2
                 AND starts_with($3, regexp_replace(g.area_code, '(000000|000)$', ''))
               ORDER BY a.name, a.id""",
            tx.tenant,
            role,
            area_code,
        )
        return [Colleague(row["id"], row["name"], row["person_id"]) for row in rows]

    async def area_name(self, tx: Transaction, code: str) -> str:
        return (await self.area_names(tx, [code]))[code]

    async def area_names(self, tx: Transaction, codes: Iterable[str]) -> Mapping[str, str]:
        wanted = sorted({*codes})
        rows = await tx.fetch("SELECT code, name FROM area WHERE code = ANY ($1)", wanted)
        return {code: code for code in wanted} | {row["code"]: row["name"] for row in rows}

    async def enqueue(
        self,
        tx: Transaction,
        job: str,
        payload: Mapping[str, Any],
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> None:
        body = {"tenant": str(self.tenant), "plugin": self.plugin.name, "job": job, "payload": dict(payload)}
        unique = f"{self.tenant}:{self.plugin.name}:{job}:{key}" if key else None
        # `at` is by the installation's clock, which a demo has moved; the queue goes by the real one.
        due = None if at is None else system_clock() + (at - self.house.clock())
        await enqueue(tx, PLUGIN_JOB, body, at=due, key=unique)

    async def hand_up(self, tx: Transaction, job: str, payload: Mapping[str, Any], *, key: str) -> bool:
        above = await tx.fetchval("SELECT parent_id FROM tenant WHERE id = $1", self.tenant)
        if above is None:
            return False
        body = {
            "tenant": str(above), "plugin": self.plugin.name, "job": job,
            "payload": {**payload, "district": self.district},
        }  # fmt: skip
        unique = f"{above}:{self.plugin.name}:{job}:{self.district}:{key}"
        await enqueue(tx, PLUGIN_JOB, body, key=unique)
        return True

    async def districts(self, tx: Transaction) -> Mapping[str, str]:
        rows = await tx.fetch(
            "SELECT code, name FROM tenant WHERE parent_id = $1 AND status = 'active' ORDER BY code",
            self.tenant,
        )
        return {row["code"]: row["name"] for row in rows}

    async def store(self, tx: Transaction, data: bytes, by: UUID) -> str:
        return (await evidence.put(tx, self.house.objects, data, by, self.house.clock())).sha256

    async def read(self, sha256: str) -> bytes:
        return await self.house.objects.get(self.tenant, sha256)

    async def keep(self, data: bytes, media_type: str) -> str:
        return await self.house.objects.put(self.tenant, data, media_type)

    async def discard(self, sha256: str) -> None:
        await self.house.objects.discard(self.tenant, sha256)

    async def own_layouts(self, tx: Transaction) -> frozenset[str]:
        held, prefix = (
            await versions.in_force(tx, local_date(self.house.clock())),
            form_name(self.plugin.name, ""),
        )
        return frozenset(form.removeprefix(prefix) for form in held if form.startswith(prefix))

    async def in_own_layout(self, tx: Transaction, kind: str, paper: Paper, address: str = "") -> bytes:
        form = form_name(self.plugin.name, kind)
        template = await versions.body_in_force(tx, form, local_date(self.house.clock()))
        if template is None or form not in self.house.forms:
            raise NotFound("本区没有这种文书的 Word 模板", hint="请用 PDF 打印。")
        return await filling.filled(template, paper, vocabulary_of(self.house.forms[form]), address)

    async def hold(self, sha256: str, until: datetime) -> bool:
        return await self.house.objects.hold(self.tenant, sha256, until)

    def seal(self, plain: bytes, about: bytes) -> bytes:
        return self.house.cipher.encrypt(self.tenant, plain, self._aad(about))

    def unseal(self, sealed: bytes, about: bytes) -> bytes:
        return self.house.cipher.decrypt(self.tenant, sealed, self._aad(about))

    def fingerprint(self, field: str, value: str) -> bytes:
        return self.house.cipher.blind_index(self.tenant, f"{self.plugin.name}.{field}", value)

    def setting(self, name: str) -> str:
        plain = re.sub(r"[^A-Z0-9]", "_", f"{self.plugin.name}_{name}".upper())
        return self.house.environment.get(f"ZHUNBAO_{plain}", "")

    @property
    def folder(self) -> Path:
        found = self.house.data / "plugins" / self.plugin.name / self.district
        found.mkdir(parents=True, exist_ok=True, mode=0o700)
        return found

    @property
    def _today(self) -> date:
        return local_date(self.house.clock())

    @property
    def _service(self) -> Actor:
        return service_actor(self.tenant, self.district, self.plugin.name, self.plugin.title)

    def _aad(self, about: bytes) -> bytes:
        return self.plugin.name.encode() + b"\0" + about
