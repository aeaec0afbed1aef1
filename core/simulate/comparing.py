"""Before an opinion or a decision: what declared, archived, visited and registry say differently is settled with a reason."""

from __future__ import annotations

from core.simulate.client import ApiError
from core.simulate.world import State, Track, World

X = "/api/x/big_data_check/cases"


async def settle_differences(world: World, track: Track, _: State) -> None:
    """As the township's reviewer, who has the file before them. A district without the plugin has no comparison."""
    reviewer, path = world.player("township_reviewer", track), f"{X}/{track.case_id}/comparison"
    try:
        rows = await world.stage.get(reviewer, path, name=f"{X}/{{id}}/comparison")
    except ApiError as error:
        if error.status == 404:
            return
        raise
    for row in rows:
        if row["differs"] and not row["reason"]:
            verdict = {
                "item": row["key"],
                "values": row["digest"],
                "verdict": "visited",
                "reason": "入户核实过，以入户所见为准。",
            }
            await world.stage.post(reviewer, path, verdict, name=f"{X}/{{id}}/comparison")
            world.counts["case.settle_difference"] += 1
