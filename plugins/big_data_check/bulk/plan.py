"""plan.json, written last when a run's folder is complete: what is in it was gathered, by whose salt, and on which day."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import msgspec

NAME = "plan.json"


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`salt` is secret to the district and the same at every run. `gathered_on`: the day in China whose authorisations and
    deliveries lie in the folder; None where somebody made the folder by hand."""

    salt: str
    gathered_on: date | None = None


def read(folder: Path) -> Plan:
    """Raises FileNotFoundError, msgspec.DecodeError."""
    return msgspec.json.decode((folder / NAME).read_bytes(), type=Plan)


def write(folder: Path, plan: Plan) -> None:
    whole(folder / NAME, msgspec.json.encode(plan))


def gathered_on(folder: Path) -> date | None:
    """The day a folder was gathered on; None where it was not, or not to its end."""
    try:
        return read(folder).gathered_on
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def whole(path: Path, data: bytes) -> None:
    """Written in one step and onto the disk: whoever is killed meanwhile leaves the old file or the new, never half of one."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    with unfinished.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(path)
