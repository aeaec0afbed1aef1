"""The five-haves tables over the API."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post

from core.rules.five_haves_columns import FiveHave
from core.web import five_haves
from core.web.five_haves import (
    DepositTable,
    EntityTable,
    HaveTable,
    HaveTables,
    HousingTable,
    PayrollTable,
    VehicleTable,
)
from core.web.reading import body
from core.web.visit import Needs

AnyRequest = Request[Any, Any, Any]

VIEW, EDIT = Needs("config", "view"), Needs("config", "edit")


@get("/admin/config/five-haves", opt={"access": VIEW, "answer": HaveTables})
async def five_haves_tables(request: AnyRequest) -> HaveTables:
    """What asks a household for an explanation today, read in plain words."""
    return await five_haves.tables(request)


async def _saved(request: AnyRequest, kind: FiveHave, form: five_haves.AnyTable) -> HaveTable:
    await five_haves.save(request, kind, form)
    return await five_haves.table(request, kind.value)


@post(
    "/admin/config/five-haves/vehicle",
    status_code=200,
    opt={"access": EDIT, "body": VehicleTable, "answer": HaveTable},
)
async def save_vehicle_table(request: AnyRequest) -> HaveTable:
    """Replace the table for vehicles and large machines from a day on, in a new version of the configuration."""
    return await _saved(request, FiveHave.VEHICLE, await body(request, VehicleTable))


@post(
    "/admin/config/five-haves/payroll",
    status_code=200,
    opt={"access": EDIT, "body": PayrollTable, "answer": HaveTable},
)
async def save_payroll_table(request: AnyRequest) -> HaveTable:
    """Replace the table for fiscally paid and other stable posts."""
    return await _saved(request, FiveHave.PAYROLL, await body(request, PayrollTable))


@post(
    "/admin/config/five-haves/housing",
    status_code=200,
    opt={"access": EDIT, "body": HousingTable, "answer": HaveTable},
)
async def save_housing_table(request: AnyRequest) -> HaveTable:
    """Replace the table for houses and shops."""
    return await _saved(request, FiveHave.HOUSING, await body(request, HousingTable))


@post(
    "/admin/config/five-haves/entity",
    status_code=200,
    opt={"access": EDIT, "body": EntityTable, "answer": HaveTable},
)
async def save_entity_table(request: AnyRequest) -> HaveTable:
    """Replace the table for market entities."""
    return await _saved(request, FiveHave.ENTITY, await body(request, EntityTable))


@post(
    "/admin/config/five-haves/deposits",
    status_code=200,
    opt={"access": EDIT, "body": DepositTable, "answer": HaveTable},
)
async def save_deposit_table(request: AnyRequest) -> HaveTable:
    """Replace the table for deposits and securities."""
    return await _saved(request, FiveHave.DEPOSITS, await body(request, DepositTable))


HANDLERS = (
    five_haves_tables, save_vehicle_table, save_payroll_table, save_housing_table, save_entity_table, save_deposit_table,
)  # fmt: skip
