"""No source is asked faster than it allows, however many workers ask: each asking takes the next free moment from the database.

One row per source says when the next asking may start; taking a turn moves it on by one interval. By the database's clock,
since a demo moves ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from core.sdk import Platform
from core.sdk.verification import Source


class Pace:
    """`per_second` by source code; sources without a number are asked as fast as we can."""

    def __init__(self, platform: Platform, per_second: Mapping[str, float]) -> None:
        self._platform = platform
        self._per_second = per_second

    async def turn(self, source: Source) -> None:
        """Wait for the next free moment of this source."""
        limit = self._per_second.get(source.value)
        if limit is not None:
            await asyncio.sleep(await self._reserved(source, 1 / limit))

    async def _reserved(self, source: Source, interval: float) -> float:
        """Seconds until the moment taken."""
        async with self._platform.transaction() as tx:
            wait: float = await tx.fetchval(
                """INSERT INTO big_data_check_pace AS p (tenant_id, source, free_at)
                   VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))
                   ON CONFLICT (tenant_id, source) DO UPDATE
                   SET free_at = greatest(p.free_at, clock_timestamp()) + make_interval(secs => $3)
                   RETURNING extract(epoch FROM free_at - clock_timestamp())::float8 - $3""",
                tx.tenant,
                source.value,
                interval,
            )
        return max(0.0, wait)
