"""What can stand on the public page, and nothing else: five fields of a household (57号 24; PIPL 25, 28)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from core.kernel.stage import Effect


class PostingEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that may be posted of a household. `amount` is yuan per month; `category` only where the district shows it."""

    applicant: str
    group_name: str
    persons: int
    amount: Decimal | None = None
    category: str = ""


class PostingKind(StrEnum):
    VILLAGE_LIST = "village_list"
    STATUTORY = "statutory"
    LONG_TERM = "long_term"


POSTING_LABELS = {
    PostingKind.VILLAGE_LIST: "村级公示",
    PostingKind.STATUTORY: "审核公示",
    PostingKind.LONG_TERM: "长期公示",
}


@dataclass(frozen=True, slots=True)
class Publish(Effect):
    """Put entries on the public page. `ends_on` is the last day they stand there."""

    kind: PostingKind
    starts_on: date
    ends_on: date
    entries: tuple[PostingEntry, ...]


@dataclass(frozen=True, slots=True)
class TakeDown(Effect):
    """Take this process's postings of a kind off the public page."""

    kind: PostingKind
