"""What officers have made of the findings of a case: cleared or upheld, why, who and when. Pure.

A report is issued anew with every word on a finding of its own: version 1 as it was filed, one more for each word since.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Issue:
    """A version of a report: from when it is (None: as filed), and what had been made of its findings by then."""

    version: int
    at: datetime | None
    decided: Mapping[str, Decision]


def issues_of(findings: Collection[str], made_at: datetime, records: Records) -> list[Issue]:
    """Every version of a report with these findings made then, the first first."""
    decided: dict[str, Decision] = {}
    issues = [Issue(1, None, {})]
    for one in _decisions(records):
        if one.finding not in findings:
            continue
        decided[one.finding] = one
        if one.at <= made_at:
            issues = [Issue(1, None, dict(decided))]
        else:
            issues.append(Issue(issues[-1].version + 1, one.at, dict(decided)))
    return issues


def decisions_of(records: Records) -> dict[str, Decision]:
    """By the finding's id."""
    return {one.finding: one for one in _decisions(records)}


def _decisions(records: Records) -> Iterator[Decision]:
    """Every word on a finding, the first first."""
    causes = {code.value: label for code, label in REASON_CODES.items()}
    for filed in records.filed:
        if isinstance(said := filed.record, FindingResolution):
            cause = causes.get(said.code, said.code)
            yield Decision(said.finding, said.status, said.code, cause, said.reason, filed.by, filed.at)
