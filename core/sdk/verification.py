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
from core.rules.assets import (
    Assets,
    Deposit,
    DepositKind,
    Entity,
    EntityRole,
    House,
    HouseKind,
    Payroll,
    PayrollKind,
    Vehicle,
    VehicleKind,
)
from core.rules.facts import HouseholdFacts, IncomeKind
from core.rules.five_haves import findings_of
from core.rules.five_haves_columns import FACTS, Fact, FiveHave
from core.rules.five_haves_rules import FiveHaves
from core.rules.five_haves_tables import LOOK_AT, table_of
from core.rules.parameters import ParameterSet
from core.rules.tables import ParsedRow
from core.rules.unary import Cell, Interval
from core.stages.findings import (
    REASON_CODES,
    FindingResolution,
    ReasonCode,
    VerificationReport,
    open_findings,
    unanswered,
)
from core.stages.home_visit import Difference

__all__ = [
    "FACTS", "LOOK_AT", "REASON_CODES", "Assets", "Cell", "Deposit", "DepositKind", "Difference", "Entity", "EntityRole", "Fact", "FindingKind", "FindingResolution", "FiveHave", "FiveHaves", "House", "HouseKind",
    "HouseholdFacts", "IncomeKind", "Interval", "ParameterSet", "ParsedRow", "Payroll", "PayrollKind", "ReasonCode", "ResidentId", "Result", "Source", "SourceResult",
    "Suspicion", "Vehicle", "VehicleKind", "VerificationReport", "VerificationReportForm", "contradictions", "findings_of", "open_findings",
    "parse", "table_of", "unanswered",
]  # fmt: skip
