"""What stages and records say of a household and its round, for plugins that read or file them."""

from core.registry.people import Household, Member, Person
from core.stages.application import Application
from core.stages.ballot import BALLOT_LABELS, BallotResult, BallotResultForm, ballot_of
from core.stages.context import (
    CaseBrief,
    CaseSubject,
    District,
    RoundSubject,
    case_subject,
    district,
    round_subject,
)
from core.stages.fields import Account, Form, Hash, Notes, Papers, Photos, Reason, Sentence
from core.stages.hearing import GraceDecision
from core.stages.home_visit import HomeVisit
from core.stages.investigation import VerificationRequest
from core.stages.monitoring import ChangeKind, EndedWithoutHearing, ReportedChange, ReviewCause, ReviewStart
from core.stages.posting import PostingStart
from core.stages.relatives import DeclareKin, RelativeLine
from core.stages.round_opening import RoundNote
from core.stages.round_steps import REOPEN, StepForm
from core.stages.signed import (
    SignatureTakenBack,
    SignedSince,
    members_taken_back,
    signed_persons,
    taken_back,
)
from core.stages.verification_notice import VerificationNotice
from core.stages.weighing import Weighed, weighed

__all__ = [
    "BALLOT_LABELS", "REOPEN", "Account", "Application", "BallotResult", "BallotResultForm", "CaseBrief",
    "CaseSubject", "ChangeKind", "DeclareKin", "District", "EndedWithoutHearing", "Form", "GraceDecision", "Hash", "HomeVisit", "Household", "Member", "Notes", "Papers",
    "Person", "Photos", "PostingStart", "Reason", "RelativeLine", "ReportedChange", "ReviewCause", "ReviewStart", "RoundNote", "RoundSubject", "Sentence",
    "SignatureTakenBack", "SignedSince", "StepForm", "VerificationNotice", "VerificationRequest", "Weighed", "ballot_of", "case_subject",
    "district", "members_taken_back", "round_subject", "signed_persons", "taken_back", "weighed",
]  # fmt: skip
