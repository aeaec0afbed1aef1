"""What may be done with a panel: permission names of the object `panel`, and who holds them by default."""

from __future__ import annotations

from enum import StrEnum

OBJECT = "panel"


class PanelAction(StrEnum):
    """`host` opens and closes sessions and keeps attendance; `vote` is a member's; `view` shows sessions and results.

    `observe` writes observers' notes; `appraise` leads the comprehensive appraisal; `enter` counts paper slips, two people
    for each household.
    """

    VIEW = "view"
    VOTE = "vote"
    HOST = "host"
    OBSERVE = "observe"
    ENTER = "enter"
    APPRAISE = "appraise"


GRANTS = (
    "panel_member, panel, view, allow",
    "panel_member, panel, vote, allow",
    "panel_host, panel, view, allow",
    "panel_host, panel, host, allow",
    "panel_host, panel, enter, allow",
    "village_clerk, panel, enter, allow",
    "township_clerk, panel, enter, allow",
    "observer, panel, enter, allow",
    "village_clerk, panel, view, allow",
    "village_clerk, panel, host, allow",
    "observer, panel, view, allow",
    "observer, panel, observe, allow",
    "village_clerk, panel, appraise, allow",
    "township_clerk, panel, appraise, allow",
    "township_clerk, panel, observe, allow",
    "township_clerk, panel, view, allow",
    "township_reviewer, panel, view, allow",
    "district_officer, panel, view, allow",
    "confirming_officer, panel, view, allow",
    "service, round, file_minutes, allow",
    "panel_host, round, form_panel, allow",
    "village_clerk, round, form_panel, allow",
    "township_clerk, round, form_panel, allow",
    "panel_host, round, close_appraisal, allow",
    "village_clerk, round, close_appraisal, allow",
    "township_clerk, round, close_appraisal, allow",
    *(
        f"{role}, round, {step}, allow"
        for role in ("panel_host", "village_clerk", "township_clerk")
        for step in (
            "announce_election",
            "nominate",
            "record_election",
            "declare_member_kin",
            "replace_member",
            "announce_by_election",
            "record_by_election",
            "seat_members",
        )
    ),
)
