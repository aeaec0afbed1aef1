"""The vocabulary of economic verification and the rules' five haves, for plugins that query sources and file reports."""

from core.registry.resident_id import ResidentId, contradictions, parse
from core.registry.verification import (
    FindingKind,
    Result,
    Source,
    SourceResult,
    Suspicion,
    VerificationReportForm,
)
from core.rules.facts import HouseholdFacts
from core.rules.five_haves_rules import FiveHaves
from core.rules.parameters import ParameterSet

__all__ = [
    "FindingKind", "FiveHaves", "HouseholdFacts", "ParameterSet", "ResidentId", "Result", "Source", "SourceResult",
    "Suspicion", "VerificationReportForm", "contradictions", "parse",
]  # fmt: skip
