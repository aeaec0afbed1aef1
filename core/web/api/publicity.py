"""Publicity over the API: villages' lists, who was told how, surveys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath

from core.clock import local_date
from core.publicity import coverage, taking_back
from core.publicity.coverage import ListForm, SurveyForm, ToldForm, VillageCoverage
from core.publicity.sign_in import SignInForm, sign_in
from core.publicity.taking_back import TakeBackForm
from core.storage.database import Transaction
from core.web.reading import body
from core.web.services import services_of
from core.web.views import publicity as views
from core.web.views.publicity import VillageFile
from core.web.visit import Needs, visit_of

AnyRequest = Request[Any, Any, Any]

VIEW, RECORD = Needs(views.OBJECT, "view"), Needs(views.OBJECT, "record")


class Kept(msgspec.Struct, frozen=True):
    """How many households it was about."""

    households: int


class Recording(NamedTuple):
    """Something about a village being put down, by whom and when."""

    tx: Transaction
    by: UUID
    now: datetime


@asynccontextmanager
async def recording(request: AnyRequest, area_code: str) -> AsyncIterator[Recording]:
    """The one transaction of whoever may put something down about the village; NotAllowed for others."""
    services, actor = services_of(request), visit_of(request).actor
    views.check(services, actor, "record", area_code)
    async with services.database.transaction(actor.tenant_id) as tx:
        yield Recording(tx, actor.account_id, services.clock())


@get("/publicity", opt={"access": VIEW, "answer": tuple[VillageCoverage, ...]})
async def listed(request: AnyRequest) -> tuple[VillageCoverage, ...]:
    """Villages that have a list, those with most households left to tell first."""
    services, actor = services_of(request), visit_of(request).actor
    async with services.database.transaction(actor.tenant_id) as tx:
        return tuple(numbers for numbers, _name in await views.listed(tx, services, actor))


@get("/publicity/{area_code:str}", opt={"access": VIEW, "answer": VillageFile})
async def village_publicity(request: AnyRequest, area_code: FromPath[str]) -> VillageFile:
    """A village: its meeting, its list, its surveys."""
    services, actor = services_of(request), visit_of(request).actor
    async with services.database.transaction(actor.tenant_id) as tx:
        return await views.village(tx, services, actor, area_code)


@post(
    "/publicity/{area_code:str}/households",
    status_code=200,
    opt={"access": RECORD, "body": ListForm, "answer": Kept},
)
async def bring(request: AnyRequest, area_code: FromPath[str]) -> Kept:
    """Add households to the village's list, or bring them up to date."""
    form = await body(request, ListForm)
    async with recording(request, area_code) as (tx, by, now):
        return Kept(await coverage.put_list(tx, area_code, form, by, local_date(now)))


@post(
    "/publicity/{area_code:str}/told",
    status_code=200,
    opt={"access": RECORD, "body": ToldForm, "answer": Kept},
)
async def told(request: AnyRequest, area_code: FromPath[str]) -> Kept:
    """Note how households of the list were told."""
    form = await body(request, ToldForm)
    async with recording(request, area_code) as (tx, by, now):
        return Kept(await coverage.tell(tx, area_code, form, by, local_date(now)))


@post(
    "/publicity/{area_code:str}/take-back",
    status_code=200,
    opt={"access": RECORD, "body": TakeBackForm, "answer": Kept},
)
async def take_back(request: AnyRequest, area_code: FromPath[str]) -> Kept:
    """Take back marks put down by mistake; who did it, when and why is kept."""
    form = await body(request, TakeBackForm)
    async with recording(request, area_code) as (tx, by, now):
        return Kept(await taking_back.take_back(tx, area_code, form, by, now))


@post(
    "/publicity/{area_code:str}/surveys",
    status_code=200,
    opt={"access": RECORD, "body": SurveyForm, "answer": Kept},
)
async def survey(request: AnyRequest, area_code: FromPath[str]) -> Kept:
    """Put down what a survey found."""
    form = await body(request, SurveyForm)
    async with recording(request, area_code) as (tx, by, now):
        await coverage.put_survey(tx, area_code, form, by, now)
    return Kept(form.asked)


@post(
    "/publicity/{area_code:str}/sign-in",
    status_code=200,
    opt={"access": RECORD, "body": SignInForm, "answer": Kept},
)
async def signed_in(request: AnyRequest, area_code: FromPath[str]) -> Kept:
    """Put down who was at the meeting of a day, in place of what stood for it."""
    form = await body(request, SignInForm)
    async with recording(request, area_code) as (tx, by, now):
        return Kept(await sign_in(tx, area_code, form, by, local_date(now), now))


HANDLERS = (listed, village_publicity, bring, told, take_back, survey, signed_in)
