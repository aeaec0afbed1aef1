"""How often something may be tried, counted in the database, so that every process counts together.

An attempt is counted before it is judged (parallel guesses gain nothing) and forgiven when it was right. Counters are
kept by blind index of what was typed, whether or not anybody has that name: a lock tells nothing about who exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.storage.database import Transaction

_COUNT = """
INSERT INTO sign_in_attempt AS a (tenant_id, key, failures, since, locked_until)
VALUES ($1, $2, 1, $3::timestamptz, CASE WHEN $4::int <= 1 THEN $3::timestamptz + $6::interval END)
ON CONFLICT (tenant_id, key) DO UPDATE SET (failures, since, locked_until) = (
    SELECT n.failures, n.since,
           CASE WHEN n.fresh OR a.locked_until IS NULL
                THEN CASE WHEN n.failures >= $4::int THEN $3::timestamptz + $6::interval END ELSE a.locked_until END
    FROM (SELECT CASE WHEN o.over THEN 1 ELSE a.failures + 1 END, CASE WHEN o.over THEN $3::timestamptz ELSE a.since END, o.over
          FROM (SELECT coalesce(a.locked_until, a.since + $5::interval) <= $3::timestamptz) AS o (over)
    ) AS n (failures, since, fresh))
RETURNING failures, locked_until
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """`refused`: not to be judged before `until`. `last`: to be judged, but if it is wrong the key is closed."""

    refused: bool
    until: datetime | None

    @property
    def last(self) -> bool:
        return not self.refused and self.until is not None


async def count(
    tx: Transaction, key: bytes, now: datetime, *, most: int, within: timedelta, lock: timedelta
) -> Counted:
    """Count an attempt. The `most`-th one within `within` is still judged and closes the key for `lock`."""
    row = await tx.fetchrow(_COUNT, tx.tenant, key, now, most, within, lock)
    assert row is not None
    return Counted(row["failures"] > most, row["locked_until"])


async def forgive(tx: Transaction, key: bytes) -> None:
    """It was right: the key starts afresh."""
    await tx.execute("DELETE FROM sign_in_attempt WHERE tenant_id = $1 AND key = $2", tx.tenant, key)


async def give_back(tx: Transaction, key: bytes, most: int) -> None:
    """It was right, but under a key many share: only this one attempt is taken back."""
    await tx.execute(
        """UPDATE sign_in_attempt SET failures = greatest(failures - 1, 0),
               locked_until = CASE WHEN failures > $3 THEN locked_until END
           WHERE tenant_id = $1 AND key = $2""",
        tx.tenant,
        key,
        most,
    )
