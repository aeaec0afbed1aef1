"""The composition root: the only place that wires things together, and the only one that knows every implementation.

build(settings) ─▶ Zhunbao: .litestar to serve, .work() to work; .open() and .close() around either
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING

from argon2 import PasswordHasher

from core.access.accounts import Accounts
from core.access.admission import SignInRules
from core.access.authorizer import Authorizer
from core.access.enrolment import Enrolment
from core.access.gatekeeper import Gatekeeper
from core.access.passwords import Passwords
from core.access.phone_door import PhoneDoor
from core.access.policy_store import PolicyStore, plugin_policy
from core.access.single_sign_on import SingleSignOn
from core.clock import Clock, MovableClock, system_clock
from core.complaints.following import Following
from core.complaints.holding import Holding
from core.complaints.parts import Parts
from core.jobs.complaint_news import ComplaintNews
from core.jobs.deliveries import Deliveries
from core.jobs.due_reviews import DueReviews
from core.jobs.sign_in_codes import SignInCodes
from core.jobs.texts import Texts
from core.jobs.upkeep import Upkeep
from core.jobs.worker import job_queue
from core.kernel.engine import Engine
from core.kernel.situation import Situations
from core.kernel.stage import StageCatalogue
from core.kernel.store import RecordStore
from core.plugin_host.circuit import DatabaseCircuits
from core.plugin_host.discovery import accept, discover
from core.plugin_host.hook import HookTable
from core.plugin_host.host import PluginHost
from core.plugin_host.manifest import Plugin, check_steps
from core.problems import NotFound
from core.registry.elsewhere import Marks
from core.registry.people import Registry
from core.sdk import hookspecs
from core.sdk.house import House, form_name
from core.sdk.version import SDK_VERSION
from core.sdk.vetoes import PluginVetoes
from core.settings import Settings
from core.stages import applying, effects
from core.stages.catalogue import STAGES, steps_of
from core.stages.configuring import Configurator
from core.stages.runtimes import TenantRuntimes
from core.stages.subjects import HouseholdSubjects
from core.storage.crypto import FieldCipher
from core.storage.database import Database
from core.storage.objects import ObjectStore, object_store
from core.storage.queue import FIRST_PAUSE, JobQueue
from core.storage.transaction import Transaction
from core.tenancy.tenants import TenantStore

if TYPE_CHECKING:
    from litestar import Litestar

    from core.web.rendering import Renderer
    from core.web.services import WebServices

DEMO_ACCOUNTS = "demo-accounts.json"
"""In a demo's data folder: {district: [(office, username, password)]}, for its sign-in page."""


def build(
    settings: Settings, *, plugins: Iterable[Plugin] | None = None, first_pause: timedelta = FIRST_PAUSE
) -> Zhunbao:
    """Wire an installation whose database is there (`core.storage.embedded.provide`). Raises PluginError, Invalid.

    `plugins` None: the installed distributions'. `first_pause` is how long a failed job waits for its second attempt.
    Nothing is connected before `open()`.
    """
    installed = discover(SDK_VERSION) if plugins is None else tuple(plugins)
    return Zhunbao(settings, accept(((p.name, p) for p in installed), SDK_VERSION), first_pause)


@dataclass(frozen=True)
class Zhunbao:
    """One process's installation: web, worker or command. Parts are made when first asked for, once."""

    settings: Settings
    plugins: tuple[Plugin, ...]
    first_pause: timedelta = FIRST_PAUSE
    _tasks: set[asyncio.Task[None]] = field(default_factory=set, init=False, repr=False)

    # --- storage ---------------------------------------------------------------------------------------------------

    @cached_property
    def clock(self) -> Clock:
        """The real time; a demo's may be moved forward."""
        return self.demo_clock or system_clock

    @cached_property
    def demo_clock(self) -> MovableClock | None:
        return MovableClock(self.settings.data / "clock") if self.settings.demo else None

    @cached_property
    def database(self) -> Database:
        return Database(self.settings.database_url, max_size=self.settings.pool_size)

    @cached_property
    def cipher(self) -> FieldCipher:
        return FieldCipher(self.settings.keyring(), self.settings.cipher)

    @cached_property
    def objects(self) -> ObjectStore:
        return object_store(self.settings)

    # --- plugins ---------------------------------------------------------------------------------------------------

    @cached_property
    def host(self) -> PluginHost:
        circuits = DatabaseCircuits(self.database, self.clock)
        return PluginHost(self.plugins, HookTable.of(hookspecs), circuits=circuits, clock=self.clock)

    def catalogue_of(self, enabled: frozenset[str] | None) -> StageCatalogue:
        """Core's stage types with those of the enabled plugins (None: of all installed)."""
        brought = self.host.collect("stage_types", enabled).offers
        return StageCatalogue.of((*STAGES, *(offer.value for offer in brought)))

    @cached_property
    def catalogue(self) -> StageCatalogue:
        return self.catalogue_of(None)

    @cached_property
    def house(self) -> House:
        return House(
            self.database, self.engine, self.situations, self.registry, self.objects, self.cipher, self.authorizer,
            self.clock, self.host.plugins, data=self.settings.data,
            forms={form_name(o.plugin, o.value.kind): o.value.sample for o in self.host.collect("printed_forms").offers},
        )  # fmt: skip

    # --- access ----------------------------------------------------------------------------------------------------

    @cached_property
    def policies(self) -> PolicyStore:
        """Raises PluginError where a plugin would grant steps that are not its own."""
        brought = self.host.collect("stage_types").offers
        for plugin in self.plugins:
            check_steps(plugin, steps_of(offer.value for offer in brought if offer.plugin == plugin.name))
        return PolicyStore(
            self.database, *plugin_policy(self.plugins, steps_of(self.catalogue.types.values()))
        )

    @cached_property
    def authorizer(self) -> Authorizer:
        return Authorizer(self.policies)

    @cached_property
    def passwords(self) -> Passwords:
        """Argon2id as RFC 9106 advises; a demo's passwords are printed on its sign-in page, so they may be cheap."""
        return Passwords(PasswordHasher(time_cost=1, memory_cost=1024)) if self.settings.demo else Passwords()

    @cached_property
    def accounts(self) -> Accounts:
        """By the real time, as signing in is: a password's age is not a demo's to change."""
        return Accounts(self.authorizer, self.passwords, self.cipher, system_clock)

    @cached_property
    def gatekeeper(self) -> Gatekeeper:
        return Gatekeeper(
            self.database, self.cipher, self.policies, self.passwords, system_clock,
            send=self.sign_in_codes.send,
            required=self._second_factor_roles,
        )  # fmt: skip

    async def _second_factor_roles(self, tx: Transaction) -> frozenset[str]:
        try:
            runtime = await self.runtimes.current(tx)
        except NotFound:
            return frozenset()
        return frozenset(runtime.settings.settings.second_factor_roles)

    @cached_property
    def enrolment(self) -> Enrolment:
        return Enrolment(self.database, self.cipher, system_clock, SignInRules())

    @cached_property
    def sign_in_codes(self) -> SignInCodes:
        return SignInCodes(self.cipher, self.texts)

    @cached_property
    def texts(self) -> Texts:
        return Texts(self.database, self.host, self.runtimes.scope)

    # --- kernel ----------------------------------------------------------------------------------------------------

    @cached_property
    def registry(self) -> Registry:
        return Registry(self.cipher)

    @cached_property
    def marks(self) -> Marks:
        return Marks(self.registry, self.cipher, self.clock)

    @cached_property
    def tenants(self) -> TenantStore:
        return TenantStore(self.database)

    @cached_property
    def runtimes(self) -> TenantRuntimes:
        configs = {plugin.name: plugin.config for plugin in self.plugins}
        return TenantRuntimes(
            self.catalogue_of, configs, self.clock,
            lambda *district: self.house.binding(*district),  # noqa: PLW0108 - the house needs the runtimes first
        )  # fmt: skip

    @cached_property
    def records(self) -> RecordStore:
        return RecordStore(self.cipher)

    @cached_property
    def situations(self) -> Situations:
        subjects = HouseholdSubjects(self.registry, self.clock, self.marks)
        return Situations(self.clock, self.runtimes, subjects, self.authorizer, self.records)

    @cached_property
    def engine(self) -> Engine:
        holding = Holding(self.complaints)
        vetoes = (holding.veto, PluginVetoes(self.host, self.runtimes.scope))
        return Engine(
            self.database, self.clock, self.situations, self.runtimes, self.authorizer, self.records,
            {**effects.handlers(), **applying.handlers(self.registry, self.cipher, self.marks), **holding.effects()},
            applying.keeping(self.marks), vetoes,
        )  # fmt: skip

    @cached_property
    def complaints(self) -> Parts:
        return Parts(
            self.database, self.cipher, self.objects, self.runtimes, self.authorizer, self.clock, self.policies
        )  # fmt: skip

    @cached_property
    def upkeep(self) -> Upkeep:
        return Upkeep(self.database, Following(self.complaints, self.engine), self.clock, self.marks)

    # --- what runs -------------------------------------------------------------------------------------------------

    @cached_property
    def queue(self) -> JobQueue:
        deliveries = Deliveries(self.database, self.host, self.runtimes.scope)
        queue = job_queue(
            self.database, deliveries, self.due_reviews, self.policies, self.clock, first_pause=self.first_pause
        )  # fmt: skip
        self.sign_in_codes.register(queue)
        ComplaintNews(self.database, self.cipher, self.texts).register(queue)
        self.upkeep.register(queue)
        return queue

    @cached_property
    def due_reviews(self) -> DueReviews:
        return DueReviews(self.database, self.engine, self.runtimes, self.clock)

    @cached_property
    def litestar(self) -> Litestar:
        from core.web.app import build_web

        web = build_web(self.web_services)
        web.on_startup, web.on_shutdown = [self.open], [self.close]
        return web

    @cached_property
    def renderer(self) -> Renderer:
        from core.web.rendering import Renderer

        return Renderer.of(self.plugins)

    @cached_property
    def web_services(self) -> WebServices:
        from core.web.services import WebServices

        return WebServices(
            database=self.database, engine=self.engine, situations=self.situations, runtimes=self.runtimes,
            records=self.records, authorizer=self.authorizer, accounts=self.accounts, gatekeeper=self.gatekeeper,
            phone_door=PhoneDoor(self.database, self.cipher, self.gatekeeper, system_clock, self.sign_in_codes.send),
            tenants=self.tenants, enrolment=self.enrolment, single_sign_on=SingleSignOn(self.cipher),
            public_url=self.settings.public_url, trusted_proxies=self.settings.trusted_proxies,
            registry=self.registry, marks=self.marks, objects=self.objects, catalogue=self.catalogue, clock=self.clock,
            renderer=self.renderer, plugin_host=self.host, scope_of=self.runtimes.scope,
            plugin_context=self.host.context, version=version("zhunbao"),
            secure_cookies=self.settings.secure_cookies, demo_clock=self.demo_clock, demo_phones=self.settings.demo_phones,
            demo_accounts=self._demo_accounts(), complaints=self.complaints, cipher=self.cipher, configurator=Configurator(self.database, self.policies, self.catalogue_of, self.plugins, self.clock),
        )  # fmt: skip

    def _demo_accounts(self) -> dict[str, list[tuple[str, str, str]]]:
        file = self.settings.data / DEMO_ACCOUNTS
        return json.loads(file.read_text("utf-8")) if self.settings.demo and file.is_file() else {}

    async def open(self) -> None:
        """Connect, and listen for changes of policy."""
        await self.database.open()
        self._tasks.add(asyncio.get_running_loop().create_task(self.policies.listen()))

    async def close(self) -> None:
        """Stop listening, finish noting plugins' failures, disconnect."""
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks.clear()
        await self.host.settle()
        await self.database.close()

    async def work(self) -> None:
        """The worker: until cancelled."""
        await self.queue.run()
