"""What the registries know of the made-up households, told to the simulator of the provincial data platform."""

from __future__ import annotations

from typing import Any

import httpx

from core.simulate.client import SECONDS
from core.simulate.household import Member
from core.simulate.village import Plan, Village

SAVINGS = 500
"""Yuan; far below any limit."""


def truth(village: Village) -> dict[str, dict[str, Any]]:
    """Registry records by ID number and source: cars at their owners, disabilities, pensions, small savings."""
    return {
        member.person.id_number: _records(plan, k, member)
        for plan in village.plans
        for k, member in enumerate(plan.household.members)
    }


def _records(plan: Plan, place: int, member: Member) -> dict[str, Any]:
    found: dict[str, Any] = {"name": member.person.name, "household_registration": [{}]}
    cars = [
        {"reference": c.plate, "kind": "car", "value": str(c.value)}
        for c in plan.household.cars
        if c.owner == place
    ]
    if cars:
        found["vehicles"] = cars
    if member.disability:
        kind, grade = member.disability
        found["disability"] = [{"kind": kind, "grade": str(grade)}]
    if any(i.kind == "basic_pension" and i.owner == place for i in plan.household.income):
        found["social_insurance"] = [{"monthly_pension": "110"}]
        found["deposits"] = [
            {"balance": str(SAVINGS + 100 * (plan.key % 7)), "inflow": "660", "outflow": "600"}
        ]
    return found


async def provide(url: str, village: Village) -> None:
    """Put the registries' truth in place before anybody asks."""
    async with httpx.AsyncClient(base_url=url.rstrip("/"), timeout=SECONDS, trust_env=False) as http:
        (await http.put("/truth", json=truth(village))).raise_for_status()
