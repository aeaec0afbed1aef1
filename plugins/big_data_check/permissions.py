"""What may be done with verification data, and by whom. The panel and the village never see it (domain §4, §5)."""

from __future__ import annotations

from enum import StrEnum

OBJECT = "verification"


class Permission(StrEnum):
    """`view` shows results and reports, `compare` the four values side by side, `note` explains what a source lacks.

    `bulk` starts and stops re-checks of everyone on the rolls, and shows what they came to (kinds, never values)."""

    VIEW = "view"
    COMPARE = "compare"
    NOTE = "note"
    DELIVER = "deliver"
    BULK = "bulk"


OFFICER = "verification_officer"
REVIEWING = ("township_reviewer", "district_officer", "spot_checker", "confirming_officer")
NEVER = ("panel_member", "panel_host", "village_clerk")

RENEWING = ("village_clerk", "township_clerk")
SETTLING = (OFFICER, "township_reviewer", "district_officer")

GRANTS = (
    *(f"{role}, case, renew_authorisation, allow" for role in RENEWING),
    *(f"{role}, case, settle_difference, allow" for role in SETTLING),
    *(f"{OFFICER}, {OBJECT}, {action}, allow" for action in Permission),
    *(
        f"{role}, {OBJECT}, {action}, allow"
        for role in REVIEWING
        for action in (Permission.VIEW, Permission.COMPARE)
    ),
    f"district_officer, {OBJECT}, {Permission.BULK}, allow",
    *(f"{role}, {OBJECT}, {action}, deny" for role in NEVER for action in Permission),
)
