"""What holds for every answer, wherever it is given: on the case an objection is on, or in the register."""

from __future__ import annotations

from core.complaints.register import Contact
from core.problems import FieldError, Invalid

ON_CASE = """EXISTS (SELECT FROM complaint_event told WHERE told.tenant_id = c.tenant_id AND told.complaint_id = c.id
        AND told.kind = 'case_told' AND NOT EXISTS (SELECT FROM complaint_event later
            WHERE later.tenant_id = c.tenant_id AND later.complaint_id = c.id AND later.kind = 'answered'
              AND later.seq > told.seq))"""
"""Of a row `c`: its case was told of it and has not answered it yet. One under review is not on the case any more."""


def says_nobody(reply: str, contact: Contact | None) -> None:
    """The answer may be read by others; it must not say who complained. Raises Invalid at `reply`."""
    named = contact is not None and any(
        len(text) > 1 and text in reply for text in (contact.name, contact.phone)
    )
    if named:
        raise Invalid(
            "答复里写了反映人是谁，请改掉再提交。", source="57号 37",
            fields=(FieldError("reply", "请用“您”，不要写反映人的姓名、电话"),),
        )  # fmt: skip
