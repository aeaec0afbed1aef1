"""Opening a process, and what a step of a round does to its cases in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from core.kernel.procedure import Kind
from core.kernel.stage import Effect, Record


@dataclass(frozen=True, slots=True)
class Opening:
    """A process to be opened at the initial stage of the procedure its district uses for it."""

    kind: Kind
    area_code: str
    title: str
    subject_id: UUID | None = None
    parent_id: UUID | None = None
    records: tuple[Record, ...] = ()
    marks: frozenset[str] = frozenset()
    process_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class MoveChild(Effect):
    """A step of a round carried out on one of its cases, in the same transaction, as the round's consequence."""

    process_id: UUID
    action: str
    form: msgspec.Struct | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OpenChild(Effect):
    """A case opened by a step of its round (re-appraisal of a household on the rolls)."""

    opening: Opening
