"""How many codes go to one phone in a day from all districts together, and how many one district sends.

A phone belongs to a person, not to a district: whoever asks in eighty districts is one who disturbs. Kept by keyed digest
of the phone or the district, one row a day; yesterday's are removed by whoever counts next.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from core.clock import local_date
from core.problems import Problem, TooMany
from core.storage.crypto import FieldCipher
from core.storage.database import Transaction

TO_ONE_PHONE = 10
FROM_ONE_DISTRICT = 3000
"""A village round brings some hundreds a day; what lies far above is somebody's program, and costs the district money."""

_EVERYBODY = UUID(int=0)


async def refusal(tx: Transaction, cipher: FieldCipher, phone: str, now: datetime) -> Problem | None:
    """Count one code about to be sent to this phone (11 digits). The caller commits, then raises what is returned."""
    today = local_date(now)
    await tx.execute("DELETE FROM code_count WHERE day < $1", today)
    if await _count(tx, cipher, today, "phone", phone) > TO_ONE_PHONE:
        return TooMany(
            "今天发到这部手机的验证码太多了，明天再试。",
            hint="着急的，请到村委会或乡镇民政办当面办理；不是您自己要的，不用理会。",
        )
    if await _count(tx, cipher, today, "district", str(tx.tenant)) > FROM_ONE_DISTRICT:
        return TooMany(
            "今天本区发出的验证码太多了，暂时停发，明天再试。",
            hint="着急的，请到村委会或乡镇民政办当面办理。",
        )
    return None


async def _count(tx: Transaction, cipher: FieldCipher, today: date, what: str, value: str) -> int:
    key = cipher.blind_index(_EVERYBODY, f"code_count.{what}", value)
    counted: int = await tx.fetchval(
        """INSERT INTO code_count AS c (day, key, number) VALUES ($1, $2, 1)
           ON CONFLICT (day, key) DO UPDATE SET number = c.number + 1 RETURNING number""",
        *(today, key),
    )
    return counted
