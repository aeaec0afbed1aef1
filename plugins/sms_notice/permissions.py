"""What may be done with text notices: permission names of the object `sms`, and who holds them by default."""

from __future__ import annotations

from enum import StrEnum

OBJECT = "sms"


class SmsAction(StrEnum):
    """`view` shows what was sent, `send` sends again or stops sending to a phone, `edit` changes the wording."""

    VIEW = "view"
    SEND = "send"
    EDIT = "edit"


GRANTS = (
    "township_clerk, sms, view, allow",
    "township_clerk, sms, send, allow",
    "township_reviewer, sms, view, allow",
    "district_officer, sms, view, allow",
    "district_officer, sms, send, allow",
    "district_officer, sms, edit, allow",
    "confirming_officer, sms, view, allow",
)
