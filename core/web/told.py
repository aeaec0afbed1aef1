"""What somebody told a member of staff on a case lies in the register of complaints; its receipt goes to whoever told it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.complaints.forms import ComplaintReceipt
from core.complaints.holding import Holding
from core.kernel.engine import Receipt

if TYPE_CHECKING:
    from core.web.services import WebServices
    from core.web.visit import Visit


class Told(Receipt, frozen=True, kw_only=True):
    """What the step came to, with the receipt for whoever told it; None: this was no complaint."""

    complaint: ComplaintReceipt | None = None


TOLD = frozenset({"register_complaint", "record_objection"})


async def slip(services: WebServices, visit: Visit, name: str, taken: Receipt) -> ComplaintReceipt | None:
    """With the code, shown to whoever took the step just now, or sent it once more; None: nothing was told with it."""
    if name not in TOLD:
        return None
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        return await Holding(services.complaints).receipt(tx, taken.process_id, taken.seq)
