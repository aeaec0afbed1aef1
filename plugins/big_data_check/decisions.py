"""What officers have made of the findings of a case: cleared or upheld, why, who and when. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from core.sdk import Records
from core.sdk.verification import REASON_CODES, FindingResolution

DECIDED = {"cleared": "疑点已排除", "upheld": "疑点属实"}


class Decision(msgspec.Struct, frozen=True):
    """Of one finding, the last word. `cause` is the reason code in words, `reason` the officer's own."""

    finding: str
    status: Literal["cleared", "upheld"]
    code: str
    cause: str
    reason: str
    by: UUID
    at: datetime

    @property
    def label(self) -> str:
        return DECIDED[self.status]


def decisions_of(records: Records) -> dict[str, Decision]:
    """By the finding's id."""
    causes = {code.value: label for code, label in REASON_CODES.items()}
    return {
        said.finding: Decision(
            said.finding,
            said.status,
            said.code,
            causes.get(said.code, said.code),
            said.reason,
            filed.by,
            filed.at,
        )
        for filed in records.filed
        if isinstance(said := filed.record, FindingResolution)
    }
