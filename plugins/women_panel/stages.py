"""The panel's two stages of a village round: it is formed, then it meets.

    applications --form_panel--> panel formed --close_appraisal--> next step of the round
                                      └------reopen (disputed)---> back, everything stays on file

What the panel says is advisory: it never decides (SAL 5, 44; 57号 2).
"""

from __future__ import annotations

from core.sdk import Action, Outcome, StageType, View
from core.sdk.household import REOPEN, RoundNote, StepForm
from plugins.women_panel.config import config_of
from plugins.women_panel.formation import filed, steps
from plugins.women_panel.formation.filed import PanelFormation
from plugins.women_panel.minutes.filed import FILE_MINUTES, SessionMinutes

__all__ = ["PANEL_FORMATION", "PANEL_MEETING", "STAGES", "PanelFormation", "config_of"]


def close_appraisal(_: View, form: StepForm) -> Outcome:
    return Outcome("completed", (RoundNote("close_appraisal", form.notes),), basis="评议完毕")


PANEL_FORMATION = StageType(
    "panel_formation",
    "组建评议小组",
    (steps.ANNOUNCE, steps.NOMINATE, steps.ELECT, steps.DECLARE, steps.FORM),
    (PanelFormation, *filed.RECORDS),
    kind="round",
    owner="women_panel",
)
PANEL_MEETING = StageType(
    "panel_meeting",
    "小组评议",
    (
        Action(
            "close_appraisal", "评议完毕", close_appraisal, StepForm, ("completed",), primary=True,
            asks_first=True,
            help="每一户都有评议结果，或者记明没有达到法定人数之后，才能进入下一步",
        ),
        steps.DECLARE,
        steps.REPLACE,
        steps.ANNOUNCE_BY_ELECTION,
        steps.NOMINATE,
        steps.BY_ELECT,
        steps.SEAT,
        FILE_MINUTES,
        REOPEN,
    ),
    (SessionMinutes,),
    kind="round",
    owner="women_panel",
)  # fmt: skip

STAGES = (PANEL_FORMATION, PANEL_MEETING)
