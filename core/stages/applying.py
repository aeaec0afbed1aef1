"""What applying asks to happen beside the move: a receipt for whoever hands in, and the register taking over what was claimed."""

from __future__ import annotations

from dataclasses import dataclass

from core.access import villagers
from core.kernel.runtime import EffectHandlers, Summarise
from core.kernel.stage import Effect, View
from core.registry import receipts, typed_drafts
from core.registry.elsewhere import Marks
from core.registry.people import Registry
from core.stages import summary
from core.stages.acceptance import ConfirmMembers, standing_elsewhere
from core.stages.application import IssueReceipt
from core.stages.context import case_subject
from core.storage.crypto import FieldCipher
from core.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class Applying:
    registry: Registry
    cipher: FieldCipher
    marks: Marks

    async def confirm_members(self, tx: Transaction, view: View, _: Effect) -> None:
        """The account that applied by phone for its own household is the applicant's from now on.

        Raises Refused where another district has come first since the page was opened, however little before.
        """
        household = case_subject(view).household
        people = [m.person for m in household.members]
        elsewhere = standing_elsewhere(await self.marks.seen(tx, people, alone=True))
        if elsewhere is not None:
            raise elsewhere.refused()
        claimed = await self.registry.confirm_members(tx, household)
        opened_by = view.process.opened_by
        own = claimed and "by_helper" not in view.process.marks
        phone = await villagers.phone_of(tx, self.cipher, opened_by) if own else ""
        if phone:
            await villagers.belongs_to(tx, opened_by, household.applicant_id, view.now)

    async def issue_receipt(self, tx: Transaction, view: View, _: Effect) -> None:
        await receipts.issue(tx, self.cipher, view.process.id, view.actor.account_id, view.now)
        await typed_drafts.drop(tx, view.process.id)


def keeping(marks: Marks) -> Summarise:
    """What is kept of a case after every act: its line for lists, and what the province's marks say of the household."""

    async def keep(tx: Transaction, view: View) -> None:
        await summary.keep(tx, view)
        if view.process.kind == "case" and view.process.subject_id is not None:
            await marks.keep(tx, view.process.subject_id)

    return keep


def handlers(registry: Registry, cipher: FieldCipher, marks: Marks) -> EffectHandlers:
    parts = Applying(registry, cipher, marks)
    table: dict[type[Effect], object] = {
        ConfirmMembers: parts.confirm_members,
        IssueReceipt: parts.issue_receipt,
    }
    return table  # type: ignore[return-value]
