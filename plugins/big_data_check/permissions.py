"""What may be done with verification data, and by whom. The panel and the village never see it (domain §4, §5)."""

from __future__ import annotations

from enum import StrEnum

OBJECT = "verification"


class Permission(StrEnum):
    """`view` shows results and reports, `compare` the four values side by side, `note` explains what a source lacks.

    `bulk` starts and stops re-checks of everyone on the rolls, and shows what they came to (kinds, never values).
    `oversee` shows a province how far its districts' re-checks are, in counts.
    `signatures` shows whose authorisations run out: no registry data, so those who collect signatures have it too."""

    VIEW = "view"
    COMPARE = "compare"
    NOTE = "note"
    DELIVER = "deliver"
    BULK = "bulk"
    SIGNATURES = "signatures"
    OVERSEE = "oversee"


OFFICER = "verification_officer"
REVIEWING = ("township_reviewer", "district_officer", "spot_checker", "confirming_officer")
COLLECTING = ("village_clerk", "township_clerk", "district_officer")
NEVER = ("panel_member", "panel_host", "village_clerk")

RENEWING = ("village_clerk", "township_clerk")
WITHDRAWING = ("applicant", *RENEWING, OFFICER, "district_officer")
"""The people themselves, and whoever may be handed their paper: nobody is to be sent away with it."""
SETTLING = (OFFICER, "township_reviewer", "district_officer")

GRANTS = (
    *(f"{role}, case, renew_authorisation, allow" for role in RENEWING),
    *(f"{role}, case, withdraw_authorisation, allow" for role in WITHDRAWING),
    *(f"{role}, case, settle_difference, allow" for role in SETTLING),
    *(f"{OFFICER}, {OBJECT}, {action}, allow" for action in Permission if action is not Permission.OVERSEE),
    f"province_operator, {OBJECT}, {Permission.OVERSEE}, allow",
    *(
        f"{role}, {OBJECT}, {action}, allow"
        for role in REVIEWING
        for action in (Permission.VIEW, Permission.COMPARE)
    ),
    f"district_officer, {OBJECT}, {Permission.BULK}, allow",
    *(f"{role}, {OBJECT}, {Permission.SIGNATURES}, allow" for role in COLLECTING),
    "service, case, remind_authorisation, allow",
    *(
        f"{role}, {OBJECT}, {action}, deny"
        for role in NEVER
        for action in Permission
        if not (role in COLLECTING and action is Permission.SIGNATURES)
    ),
)
