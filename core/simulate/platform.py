"""What the registries know of the made-up households, told to the simulator of the provincial data platform."""

from __future__ import annotations

from typing import Any

import httpx

from core.simulate.client import SECONDS
from core.simulate.village import Village


def truth(village: Village) -> dict[str, dict[str, Any]]:
    """Registry records by ID number and source."""
    found: dict[str, dict[str, Any]] = {}
    for plan in village.plans:
        for member in plan.household.members:
            found[member.person.id_number] = {}
        for car in plan.household.cars:
            owner = plan.household.members[car.owner].person
            found[owner.id_number]["vehicles"] = {"plate": car.plate, "value": str(car.value)}
    return found


async def provide(url: str, village: Village) -> None:
    """Put the registries' truth in place before anybody asks."""
    async with httpx.AsyncClient(base_url=url.rstrip("/"), timeout=SECONDS, trust_env=False) as http:
        (await http.put("/truth", json=truth(village))).raise_for_status()
