"""Which clocks run for a process and what they are called: the stage's, a task's beside it, the total."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from core.stages.investigation import TASKS
from core.web.i18n import gettext as _

if TYPE_CHECKING:
    from core.kernel.procedure import StageSpec
    from core.kernel.runtime import Runtime

FIRST_DUE = "least(p.stage_due, p.total_due, p.task_due)"
"""The day a list is sorted by."""

Clock = tuple[str, date]


def clocks_of(runtime: Runtime, stage: StageSpec | None, fields: Mapping[str, Any]) -> tuple[Clock, ...]:
    """What runs, in the order it is shown: (name, last day). `fields`: the process's, from the row or the object."""
    kind = runtime.catalogue.types.get(stage.type) if stage else None
    named = (
        (kind.due_label if kind and kind.due_label else _("本环节"), fields["stage_due"]),
        (TASKS.get(fields["task"], fields["task"]), fields["task_due"]),
        (_("全部办结"), fields["total_due"]),
    )
    return tuple((label, due) for label, due in named if due is not None)


def first_due(
    runtime: Runtime, stage: StageSpec | None, fields: Mapping[str, Any]
) -> tuple[str, date | None]:
    """What is due first, and when; the name is empty where the stage's own label already says it."""
    running = clocks_of(runtime, stage, fields)
    if not running:
        return "", None
    label, due = min(running, key=lambda clock: clock[1])
    return ("" if label in (_("本环节"), _("全部办结")) else label), due
