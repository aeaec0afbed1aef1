"""Who acts on which panel and when: what every operation of the plugin starts from, and the refusals they share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import NoReturn

from core.sdk import (
    Actor,
    Blocked,
    Call,
    Conflict,
    Outline,
    Platform,
    Process,
    Refused,
    Situation,
    local_date,
    platform_of,
)
from plugins.women_panel.permissions import PanelAction
from plugins.women_panel.stages import PANEL_MEETING


@dataclass(frozen=True, slots=True)
class Scene:
    platform: Platform
    actor: Actor
    now: datetime

    @classmethod
    def of(cls, call: Call) -> Scene:
        return cls(platform_of(call.context), call.actor, call.context.now)

    @property
    def today(self) -> date:
        return local_date(self.now)

    def demand(self, action: PanelAction, area_code: str) -> None:
        """Raises Refused unless the actor holds the permission for this village."""
        refuse_if(self.platform.may(self.actor, action, area_code))

    def areas(self, action: PanelAction) -> list[str]:
        """Where the actor may do this: significant digits of the areas (district 6, township 9, village 12)."""
        codes = {g.area_code for g in self.actor.grants if self.may(action, g.area_code)}
        return sorted(re.sub("(000000|000)$", "", code) for code in codes)

    def may(self, action: PanelAction, area_code: str) -> bool:
        return self.platform.may(self.actor, action, area_code) is None


def refuse_if(blocked: Blocked | None) -> None:
    if blocked is not None:
        raise Refused(blocked.reason, source=blocked.source, hint=blocked.hint)


def meets(situation: Situation) -> bool:
    """Whether this round stands in a stage where its panel meets."""
    return PANEL_MEETING.name in situation.spec.types_at(situation.view.process.state)


def round_meets(case: Outline) -> bool:
    """The same, asked of one of the round's cases."""
    spec, parent = case.round_spec, case.parent
    return spec is not None and parent is not None and PANEL_MEETING.name in spec.types_at(parent.state)


def takes_result(round_: Situation, case: Process) -> bool:
    """Whether an open case of the round stands where a ballot's result can be filed (not a draft, not withdrawn)."""
    procedure = round_.runtime.procedures.procedures.get(case.procedure)
    if case.ended or procedure is None or case.state not in procedure.stages:
        return False
    return round_.runtime.catalogue.action(procedure, case.state, "record_ballot_result") is not None


def not_meeting() -> NoReturn:
    raise Conflict(
        "本村现在不在“小组评议”阶段，不能开会和投票。",
        source="整村认定流程",
        hint="请到整村看板看现在办到哪一步",
    )
