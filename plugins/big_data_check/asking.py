"""One asking of a request: what is due is claimed, asked outside any transaction, and kept; then a report is filed.

    claim (lease) → ask, at most `at_once` at a time → look again at what was promised for later → keep → report → next time

Runs as a job and may run twice: a query answered meanwhile is left alone, a lease keeps two runs from asking the same.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from core.sdk import Platform, PluginContext, Situation, Transaction, local_date, platform_of
from core.sdk.household import Application, case_subject
from core.sdk.verification import Source, parse
from plugins.big_data_check import access_log, store
from plugins.big_data_check.answers import Outcome, settled
from plugins.big_data_check.circuits import KeptCircuits
from plugins.big_data_check.config import BigDataConfig
from plugins.big_data_check.config import Platform as PlatformSettings
from plugins.big_data_check.filing import by_hand
from plugins.big_data_check.hits import seal_hits
from plugins.big_data_check.matching import Wanted
from plugins.big_data_check.opening import NOT_CONNECTED, permission_of
from plugins.big_data_check.pace import Pace
from plugins.big_data_check.sources import (
    Answer,
    Channel,
    Later,
    NoData,
    Origin,
    Question,
    Silent,
    SourceClient,
    Traced,
)
from plugins.big_data_check.sources.files import FileSource
from plugins.big_data_check.sources.guarded import Guarded, Turn, at_once
from plugins.big_data_check.sources.http import HttpSource, http_client
from plugins.big_data_check.sources.reference import reference_database
from plugins.big_data_check.sources.vendors import vendor_client
from plugins.big_data_check.store import Query, Request

LEASE = timedelta(minutes=5)
LONGEST = 240.0
"""Seconds one asking may take; what has no answer by then is silent."""
LONGEST_QUESTION = 60.0


@dataclass(frozen=True)
class Round:
    """What one asking is about. `refused` are answers that need no asking, by query."""

    request: Request
    queries: tuple[Query, ...]
    wanted: Mapping[UUID, Wanted]
    refused: Mapping[UUID, Answer]


def config_of(context: PluginContext) -> BigDataConfig:
    assert isinstance(context.config, BigDataConfig)
    return context.config


async def ask(context: PluginContext, request_id: UUID) -> bool:
    """One asking, kept. False when there was nothing to ask."""
    platform = platform_of(context)
    async with platform.transaction() as tx:
        prepared = await _prepared(tx, platform, context, request_id)
    if prepared is None:
        return False
    answers = await _answers(platform, context, prepared)
    async with platform.transaction() as tx:
        request = await store.load(tx, request_id, lock=True)
        situation = await platform.situation(tx, request.process_id)
        answers |= _not_allowed(situation, prepared.queries, local_date(context.now))  # withdrawn meanwhile
        outcomes = [
            settled(q, prepared.wanted.get(q.person_id), answers[q.id], context.now, local_date(context.now))
            for q in prepared.queries
        ]
        await _keep(tx, platform, context, prepared.request, outcomes)
    return True


async def _prepared(
    tx: Transaction, platform: Platform, context: PluginContext, request_id: UUID
) -> Round | None:
    request = await store.load(tx, request_id, lock=True)
    if request.state == "closed":
        return None
    if (await platform.process(tx, request.process_id)).ended:
        await store.close(tx, request.process_id)
        return None
    situation = await platform.situation(tx, request.process_id)
    if await by_hand(tx, situation, request):
        await store.close(tx, request.process_id)
        return None
    queries = tuple(await store.claim(tx, request_id, context.now, context.now + LEASE))
    if not queries:
        return None
    refused = _not_allowed(situation, queries, local_date(context.now))
    asked = [q for q in queries if q.id not in refused]
    await access_log.write(tx, context.now, (_entry("asked", request, q, "") for q in asked))
    return Round(request, queries, wanted_of(situation), refused)


def _not_allowed(situation: Situation, queries: Sequence[Query], today: date) -> dict[UUID, Answer]:
    """What is not to be asked or kept by the signatures on the case file, each with its reason."""
    wanted, permission = wanted_of(situation), permission_of(situation, today)
    reasons = {r.person_id: r.reason for r in permission.refused}
    refused: dict[UUID, Answer] = {}
    for query in queries:
        if query.person_id not in wanted:
            refused[query.id] = NoData("已经不是本户成员")
        elif query.source not in permission.may.get(query.person_id, frozenset()):
            refused[query.id] = NoData(reasons.get(query.person_id, "授权书没有包括这个来源"))
    return refused


def wanted_of(situation: Situation) -> dict[UUID, Wanted]:
    """Whom a case may ask about, as sources need to know them."""
    household = case_subject(situation.view).household
    found = {
        m.person.id: Wanted(
            m.person.id,
            m.person.name,
            m.person.private.id_number,
            m.person.private.birth_date,
            household.area_code,
        )
        for m in household.members
    }
    application = situation.view.records.last(Application)
    for person, signed in (application.supporters if application else {}).items():
        number = parse(signed.id_number)
        found[person] = Wanted(person, signed.name, number.number, number.birth_date, household.area_code)
    return found


async def _answers(platform: Platform, context: PluginContext, prepared: Round) -> dict[UUID, Answer]:
    """An answer for every query of the round, come what may."""
    due = {q.id: q for q in prepared.queries if q.id not in prepared.refused}
    answers: dict[UUID, Answer] = {query_id: Silent("没有来得及查询") for query_id in due}
    config = config_of(context)
    limit = asyncio.Semaphore(config.at_once)
    async with AsyncExitStack() as stack:
        clients = await _clients(stack, platform, context)

        async def ask_one(query: Query) -> None:
            async with limit:
                answers[query.id] = await _asked(clients.get(query.source), _question(prepared, query))

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LONGEST):
                await asyncio.gather(*(ask_one(query) for query in due.values()))
                for seconds in _looks(config.platform.wait_seconds):
                    later = [(due[i], a.ticket) for i, a in answers.items() if isinstance(a, Later)]
                    if not later:
                        break
                    await asyncio.sleep(seconds)
                    await asyncio.gather(*(ask_one(replace(q, ticket=ticket)) for q, ticket in later))
    return {**answers, **prepared.refused}


def _looks(wait: float) -> Iterator[float]:
    """Pauses between looks for promised answers, growing, together no longer than `wait` seconds."""
    pause = 0.25
    while wait > 0:
        yield min(pause, wait)
        wait -= pause
        pause *= 2


async def _clients(
    stack: AsyncExitStack, platform: Platform, context: PluginContext
) -> dict[Source, SourceClient]:
    """Who is asked for which source, by the district's settings."""
    config = config_of(context)
    files = FileSource(platform, local_date(context.now), config.files.max_age_days)
    clients: dict[Source, SourceClient] = dict.fromkeys(config.file_sources, files)
    turn = Pace(platform, config.per_second).turn
    circuits = KeptCircuits(platform, config.platform)

    def guarded(client: SourceClient, origin: Origin, pace: Turn = turn) -> SourceClient:
        return Traced(Guarded(client, circuits, context.now, pace), origin)

    clients |= {
        Source(key): guarded(vendor_client(name), Origin(Channel.VENDOR, name))
        for key, name in config.vendor_sources.items()
    }
    if config.reference_sources:
        database = await stack.enter_async_context(reference_database(platform.setting("reference_url")))
        clients |= {
            Source(key): guarded(database.view(name), Origin(Channel.REFERENCE, name))
            for key, name in config.reference_sources.items()
        }
    settings = reachable(platform, config)
    if config.http_sources and settings.url:
        client = await stack.enter_async_context(http_client(settings))
        key = platform.setting(settings.secret).encode()
        origin = Origin(Channel.PLATFORM, urlsplit(settings.url).hostname or "")
        http = guarded(HttpSource(client, settings, key, turn=turn), origin, at_once)
        clients |= dict.fromkeys(config.http_sources, http)
    return clients


def reachable(platform: Platform, config: BigDataConfig) -> PlatformSettings:
    """The platform's settings; the operator may send a whole installation to another address (a demo, a proxy)."""
    elsewhere = platform.setting("platform_url")
    return msgspec.structs.replace(config.platform, url=elsewhere) if elsewhere else config.platform


def _question(prepared: Round, query: Query) -> Question:
    request = prepared.request
    return Question(
        query.id, query.source, prepared.wanted[query.person_id], request.case_number, request.authorisation,
        request.purpose, query.ticket,
    )  # fmt: skip


async def _asked(client: SourceClient | None, question: Question) -> Answer:
    """A stranger's class may raise or hang: then it was silent."""
    if client is None:
        return Silent(f"{NOT_CONNECTED}，请联系系统管理员检查设置")
    try:
        return await asyncio.wait_for(client.ask(question), LONGEST_QUESTION)
    except TimeoutError:
        return Silent("来源没有按时答复")
    except Exception:  # its text could hold what was asked
        return Silent("查询接口出错，请联系系统管理员")


async def _keep(
    tx: Transaction, platform: Platform, context: PluginContext, request: Request, outcomes: Sequence[Outcome]
) -> None:
    answers = [
        replace(o.query, sealed=seal_hits(platform, o.query.id, o.hits)) if o.hits else o.query
        for o in outcomes
    ]
    kept = await store.keep_answers(tx, answers)
    results = ((q, q.result.value if q.state == "answered" else q.state) for q in kept)
    await access_log.write(tx, context.now, [_entry("answered", request, q, result) for q, result in results])


def _entry(event: access_log.Event, request: Request, query: Query, outcome: str) -> access_log.Entry:
    return access_log.Entry(
        event, request.purpose, request.process_id, request.id, query.person_id, query.source.value, outcome
    )
