"""What may be done with text notices: permission names of the object `sms`, and who holds them by default."""

from __future__ import annotations

from enum import StrEnum

OBJECT = "sms"


class SmsAction(StrEnum):
    """`view` shows what was sent, `send` sends again, stops sending to a phone or answers a letter, `edit` changes the
    wording, `mine` has a line in the menu for one's own notices.
    """

    VIEW = "view"
    SEND = "send"
    EDIT = "edit"
    MINE = "mine"


GRANTS = (
    "township_clerk, sms, view, allow",
    "township_clerk, sms, send, allow",
    "township_reviewer, sms, view, allow",
    "district_officer, sms, view, allow",
    "district_officer, sms, send, allow",
    "district_officer, sms, edit, allow",
    "confirming_officer, sms, view, allow",
    "applicant, sms, mine, allow",
)
