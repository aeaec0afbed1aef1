"""Every permission core has a name for: what may be done to which kind of object.

A step of a process is (its kind, the action's name); so the two process enums are the actions of `core/stages`, and a
test holds them together. Plugins bring names of their own (`Plugin.permissions`), for their own object or for the steps
their stage types add to a case or a round; nothing here has to know them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Object(StrEnum):
    CASE = "case"
    ROUND = "round"
    OVERVIEW = "overview"
    ROLLS = "rolls"
    ACCOUNT = "account"
    CONFIG = "config"
    PLUGIN = "plugin"
    AUDIT = "audit"
    COMPLAINT = "complaint"
    PUBLICITY = "publicity"


class CaseAction(StrEnum):
    """Opening and seeing a case, what is sensitive in it, and its steps in the order of the procedure.

    `view_assets`: verification reports, findings, the worksheet. `view_private`: ID number, phone, bank account unmasked,
    each look logged with its purpose.
    """

    OPEN = "open"
    VIEW = "view"
    VIEW_ASSETS = "view_assets"
    VIEW_PRIVATE = "view_private"
    SAVE_DRAFT = "save_draft"
    SUBMIT = "submit"
    ACCEPT = "accept"
    REQUEST_SUPPLEMENT = "request_supplement"
    SUPPLY = "supply"
    LAPSE = "lapse"
    DECLARE_RELATIVES = "declare_relatives"
    START_INVESTIGATION = "start_investigation"
    RECORD_VISIT = "record_visit"
    REQUEST_VERIFICATION = "request_verification"
    START_VERIFICATION = "start_verification"
    RECORD_NEIGHBOUR_INQUIRY = "record_neighbour_inquiry"
    RECORD_DOCUMENT_REQUEST = "record_document_request"
    FILE_VERIFICATION_REPORT = "file_verification_report"
    COMPLETE_INVESTIGATION = "complete_investigation"
    RECORD_NON_COOPERATION = "record_non_cooperation"
    SERVE_VERIFICATION_NOTICE = "serve_verification_notice"
    CONTEST_FINDING = "contest_finding"
    UPHOLD_UNCONTESTED = "uphold_uncontested"
    RESOLVE_FINDING = "resolve_finding"
    COMPLETE_RECHECK = "complete_recheck"
    PREPARE_WORKSHEET = "prepare_worksheet"
    GIVE_OPINION = "give_opinion"
    SEND_BACK = "send_back"
    START_POSTING = "start_posting"
    END_POSTING = "end_posting"
    RECORD_OBJECTION = "record_objection"
    POSTED_BY_ROUND = "posted_by_round"
    TAKEN_DOWN_BY_ROUND = "taken_down_by_round"
    RECORD_REINVESTIGATION = "record_reinvestigation"
    ANSWER_OBJECTION = "answer_objection"
    CONFIRM = "confirm"
    DENY = "deny"
    OPEN_HEARING = "open_hearing"
    RETURN_CASE = "return_case"
    SEND_TO_SPOT_CHECK = "send_to_spot_check"
    DRAW_CASE = "draw_case"
    RECORD_SPOT_CHECK = "record_spot_check"
    PUBLISH = "publish"
    SERVE_REFUSAL = "serve_refusal"
    REPORT_CHANGE = "report_change"
    SUPERSEDED = "superseded"
    RECORD_WORK_OFFER = "record_work_offer"
    PROPOSE_MEMBER_STOP = "propose_member_stop"
    START_REVIEW = "start_review"
    CONCLUDE_REVIEW = "conclude_review"
    END_WITHOUT_HEARING = "end_without_hearing"
    RECORD_HEARING = "record_hearing"
    DECIDE_REDUCTION = "decide_reduction"
    DECIDE_GRACE = "decide_grace"
    DECIDE_TERMINATION = "decide_termination"
    KEEP_BENEFIT = "keep_benefit"
    END_GRACE = "end_grace"
    RECORD_BALLOT_RESULT = "record_ballot_result"
    REGISTER_COMPLAINT = "register_complaint"
    NOTE_COMPLAINT = "note_complaint"
    EXTEND_DEADLINE = "extend_deadline"
    OVERRIDE_RECUSAL = "override_recusal"
    WITHDRAW = "withdraw"


class RoundAction(StrEnum):
    """Opening and seeing a village round, and its steps in the order of the procedure."""

    OPEN = "open"
    VIEW = "view"
    RECORD_MOBILISATION = "record_mobilisation"
    OPEN_APPLICATIONS = "open_applications"
    IMPORT_EXISTING = "import_existing"
    CLOSE_APPLICATIONS = "close_applications"
    REOPEN = "reopen"
    CHANGE_CALENDAR = "change_calendar"
    COMPLETE_VISITS = "complete_visits"
    COMPLETE_APPRAISAL = "complete_appraisal"
    COMPLETE_REVIEW = "complete_review"
    COMPLETE_VERIFICATION = "complete_verification"
    START_VILLAGE_POSTING = "start_village_posting"
    END_VILLAGE_POSTING = "end_village_posting"
    START_SECOND_POSTING = "start_second_posting"
    END_SECOND_POSTING = "end_second_posting"
    DRAW_SAMPLE = "draw_sample"
    COMPLETE_ROUND = "complete_round"


class OverviewAction(StrEnum):
    VIEW = "view"


class RollsAction(StrEnum):
    """`import` takes over households paid before the system came; nobody else enters the rolls without a case (57号 28)."""

    IMPORT = "import"


class AccountAction(StrEnum):
    """`manage` makes and disables accounts; `grant` gives them roles. Never both in one hand."""

    MANAGE = "manage"
    GRANT = "grant"


class ConfigAction(StrEnum):
    VIEW = "view"
    EDIT = "edit"


class PluginAction(StrEnum):
    MANAGE = "manage"


class AuditAction(StrEnum):
    VIEW = "view"


class ComplaintAction(StrEnum):
    """`register` enters what was told by phone or in person; `handle` answers what is one's own level's to answer."""

    REGISTER = "register"
    HANDLE = "handle"


class PublicityAction(StrEnum):
    """`record` keeps who was told how, and what surveys found."""

    VIEW = "view"
    RECORD = "record"


CORE: Mapping[str, type[StrEnum]] = {
    Object.CASE: CaseAction,
    Object.ROUND: RoundAction,
    Object.OVERVIEW: OverviewAction,
    Object.ROLLS: RollsAction,
    Object.ACCOUNT: AccountAction,
    Object.CONFIG: ConfigAction,
    Object.PLUGIN: PluginAction,
    Object.AUDIT: AuditAction,
    Object.COMPLAINT: ComplaintAction,
    Object.PUBLICITY: PublicityAction,
}

PROCESSES = frozenset({Object.CASE.value, Object.ROUND.value})

CONSEQUENCES = frozenset(
    {
        ("case", "posted_by_round"),
        ("case", "taken_down_by_round"),
        ("case", "draw_case"),
        ("case", "superseded"),
    }
)
"""Steps that only follow from one of the round, or of the household's next case: nobody takes or is granted them."""

Permission = tuple[str, str]


def core_permissions() -> frozenset[Permission]:
    return frozenset((str(object_), str(action)) for object_, actions in CORE.items() for action in actions)
