"""Every stage type core brings; plugins bring others (the panel's formation and meeting among them)."""

from __future__ import annotations

from collections.abc import Iterable

from core.kernel.stage import StageType
from core.stages.acceptance import ACCEPTANCE, SUPPLEMENT
from core.stages.application import APPLICATION
from core.stages.assessment import ASSESSMENT
from core.stages.ballot import BALLOT
from core.stages.calculation import CALCULATION
from core.stages.district_review import DISTRICT_REVIEW, SPOT_CHECK
from core.stages.ended import ENDED
from core.stages.hearing import GRACE, HEARING
from core.stages.investigation import INVESTIGATION, VERIFICATION_REPORTS
from core.stages.monitoring import ACTIVE, REVIEWING
from core.stages.outcome_notices import PUBLICATION, REFUSAL
from core.stages.posting import OBJECTION, POSTING
from core.stages.relatives import INVESTIGATION_START
from core.stages.round_calendar import ROUND_CALENDAR
from core.stages.round_final import FINAL_REVIEW
from core.stages.round_opening import APPLICATIONS, MOBILISATION, OPENING
from core.stages.round_posting import SECOND_POSTING, VILLAGE_POSTING
from core.stages.round_steps import (
    COMPREHENSIVE,
    TOWNSHIP_REVIEW,
    VERIFICATION_STEP,
    VISITS,
)
from core.stages.supervision import SUPERVISION
from core.stages.verification_notice import RECHECK, VERIFICATION_NOTICE
from core.stages.withdrawal import WITHDRAWAL

CASE_STAGES: tuple[StageType, ...] = (
    APPLICATION, ACCEPTANCE, SUPPLEMENT, INVESTIGATION_START, INVESTIGATION, VERIFICATION_NOTICE, RECHECK, CALCULATION,
    ASSESSMENT, POSTING, OBJECTION, DISTRICT_REVIEW, SPOT_CHECK, PUBLICATION, REFUSAL, ACTIVE, REVIEWING, HEARING,
    GRACE, BALLOT, VERIFICATION_REPORTS, WITHDRAWAL, SUPERVISION, ENDED,
)  # fmt: skip
ROUND_STAGES: tuple[StageType, ...] = (
    MOBILISATION, OPENING, APPLICATIONS, VISITS, COMPREHENSIVE, VILLAGE_POSTING,
    TOWNSHIP_REVIEW, VERIFICATION_STEP, SECOND_POSTING, FINAL_REVIEW, ROUND_CALENDAR,
)  # fmt: skip
STAGES = CASE_STAGES + ROUND_STAGES


def steps_of(types: Iterable[StageType]) -> set[tuple[str, str]]:
    """What their actions are called in the policy: (process kind, action)."""
    return {
        (kind, action.name)
        for stage in types
        for kind in ((stage.kind,) if stage.kind else ("case", "round"))
        for action in stage.actions
    }
