"""What of a file its reader may read: the household its own papers, related people neither ballots nor assets.

household   what it filed, and what is addressed to it; the rest only as steps that were taken
recused     where the file stands, and nothing of what is in it (57号 11)
assets      who holds `view_assets`; panel, observers and visitors see their own entries and what is public anyway
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.kernel.gate import PARTY_ROLES
from core.stages.ballot import BallotResult
from core.stages.signed import SignatureTakenBack, SignedSince

if TYPE_CHECKING:
    from core.kernel.journal import Entry
    from core.kernel.situation import Situation
    from core.kernel.stage import Action, Record

TO_PARTY = frozenset(
    {
        "application", "draft", "acceptance", "supplement_notice", "supplement", "lapse", "withdrawal",
        "verification_notice", "contest", "posting_start", "posting_end", "confirmation", "denial", "refusal",
        "publication", "proposed_change", "hearing", "reduction_decision", "grace_decision", "termination_decision",
        "keep_decision", "reported_change", "ended_without_hearing", "extension",
    }
)  # fmt: skip
"""Kinds of record a household sees of its own file; the rest is shown to it only as a step that was taken."""

TO_ALL = frozenset(
    {
        "acceptance", "supplement_notice", "supplement", "lapse", "withdrawal", "investigation_start",
        "investigation_end", "posting_start", "posting_end", "publication", "ballot_result", "extension",
        "confirmation", "review_start",
    }
)  # fmt: skip
"""Kinds that tell nothing of what a household earns and owns, beyond what is posted: for everybody on the case."""

UNTOLD = frozenset({"register_complaint", "note_complaint"})
"""Steps a household, or whoever is recused, does not learn of: who is complained of looks for who complained."""

MAY_KNOW_REPORTER = frozenset({"district_officer", "township_reviewer"})


@dataclass(frozen=True, slots=True)
class Reader:
    """One person before one file."""

    household: bool
    recused: bool
    assets: bool
    reporters: bool
    account: Any

    @classmethod
    def of(cls, situation: Situation) -> Reader:
        view = situation.view
        household = situation.standing.is_party and not view.actor.roles - PARTY_ROLES
        recused = situation.recused is not None
        permitted = view.process.kind != "case" or situation.standing.permitted("view_assets") is None
        return cls(
            household,
            recused,
            permitted and not household and not recused,
            bool(view.actor.roles & MAY_KNOW_REPORTER) and not recused,
            view.actor.account_id,
        )

    @property
    def ballots(self) -> bool:
        return not (self.household or self.recused)

    def may_learn_of(self, entry: Entry) -> bool:
        """Whether the step itself is shown."""
        return not ((self.household or self.recused) and entry.action in UNTOLD)

    def may_read(self, record: Record, entry: Entry) -> bool:
        """Whether a record filed with this journal row may be read."""
        if self.recused:
            return False
        if self.household:
            return record.kind() in TO_PARTY or isinstance(record, SignedSince | SignatureTakenBack)
        if isinstance(record, BallotResult):
            return True
        return self.assets or entry.actor_id == self.account or record.kind() in TO_ALL

    def may_see_papers(self, entry: Entry, action: Action | None, records: list[Record]) -> bool:
        """Whether the photographs and papers of a step may be opened."""
        if self.recused:
            return False
        if self.household:
            return entry.action == "open" or (action is not None and action.party)
        return self.assets or entry.actor_id == self.account or (bool(records) and self._all(records, entry))

    def may_know_basis(self, entry: Entry, action: Action | None, records: list[Record]) -> bool:
        """Whether the sentence in the journal may be read: when all that it sums up may be."""
        if self.recused:
            return False
        if self.household and not records:
            return action is not None and action.party
        return self._all(records, entry)

    def _all(self, records: list[Record], entry: Entry) -> bool:
        return all(self.may_read(record, entry) for record in records)
