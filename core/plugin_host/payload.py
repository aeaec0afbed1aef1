"""What crosses between kernel and plugins about one process: ids and names of states, never personal data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec


class Transition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A step about to be taken; nothing of it is written yet. `outcome` is the procedure's name for where it leads."""

    process_id: UUID
    process_kind: str
    procedure: str
    area_code: str
    action: str
    outcome: str
    from_state: str
    to_state: str
    actor_id: UUID
    at: datetime
    subject_id: UUID | None = None
    parent_id: UUID | None = None
    """The round a case belongs to."""


class ProcessEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A step that was taken and committed. `id` is the same at every repeated delivery: handlers are idempotent by it."""

    id: UUID
    process_id: UUID
    process_kind: str
    procedure: str
    area_code: str
    seq: int
    """The journal row this is about."""
    action: str
    outcome: str
    from_state: str
    to_state: str
    actor_id: UUID
    at: datetime
    subject_id: UUID | None = None
    parent_id: UUID | None = None


class Veto(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a step must not be taken: a whole Chinese sentence for the person, the rule behind it, and what to do."""

    reason: str
    source: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """For whom hooks are called: one tenant, its enabled plugins, and their settings by plugin name."""

    tenant: UUID
    district: str
    enabled: frozenset[str]
    config: Callable[[str], msgspec.Struct]
    platform: Callable[[str], Any] = lambda _plugin: None
    """What a plugin may ask of the house, by its name; the composition root supplies it (`core.sdk.platform`)."""
    number: int = 0
    """The configuration version this was read from; 0: none."""
    supervision_phone: str = ""
    """Stands on every page the public sees."""


class PluginContext(msgspec.Struct, frozen=True):
    """What a plugin learns of the district it is called for. `config` is of its manifest's config type; `now` is UTC.

    `platform` is what it may ask of the house: `core.sdk.platform_of(context)` gives it, typed.
    """

    tenant: UUID
    district: str
    plugin: str
    config: msgspec.Struct
    now: datetime
    platform: Any = None
