"""The panel's advisory opinion on a case, as an appraisal plugin reports it. It never decides (SAL 5, 44; 57号 2).

any stage --record_ballot_result--> the same stage
appraisal --record_ballot_result--> assessed        where the procedure waits for the panel: whatever it found
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from core.kernel.procedure import STAY
from core.kernel.stage import Action, Outcome, Record, Records, StageType, View
from core.stages.fields import Form

BallotOutcome = Literal["passed", "failed", "no_quorum"]
BALLOT_LABELS = {"passed": "评议通过", "failed": "评议未通过", "no_quorum": "未达到法定人数，没有结果"}

Count = Annotated[int, Meta(ge=0, le=200)]


class BallotResultForm(Form, frozen=True):
    """Counts only: nobody's vote. `eligible_roster` leaves out recused members; `needed` yes votes to pass."""

    session: Annotated[str, Meta(title="评议会编号", min_length=1, max_length=60)]
    roster: Annotated[Count, Meta(title="小组人数")]
    eligible_roster: Annotated[Count, Meta(title="应到（回避后）")]
    quorum: Annotated[Count, Meta(title="法定人数")]
    present: Annotated[Count, Meta(title="实到（有表决权）")]
    needed: Annotated[Count, Meta(title="通过所需票数")]
    agree: Annotated[Count, Meta(title="同意")]
    disagree: Annotated[Count, Meta(title="不同意")]
    abstain: Annotated[Count, Meta(title="弃权")]
    result: Annotated[BallotOutcome, Meta(title="评议结果", extra={"labels": BALLOT_LABELS})]
    record: Annotated[str, Meta(title="公布记录的校验码", pattern="^([0-9a-f]{64})?$")] = ""


class BallotResult(Record, frozen=True):
    session: str
    roster: int
    eligible_roster: int
    quorum: int
    present: int
    needed: int
    agree: int
    disagree: int
    abstain: int
    result: BallotOutcome
    record: str = ""
    """SHA-256 of what was published of the vote; empty where a result was typed in."""


def ballot_of(records: Records) -> BallotResult | None:
    return records.last(BallotResult)


def record_ballot_result(view: View, form: BallotResultForm) -> Outcome:
    fields = {name: getattr(form, name) for name in BallotResult.__struct_fields__}
    return Outcome(
        "appraised" if "appraised" in view.stage.next else STAY,
        records=(BallotResult(**fields),),
        basis=f"{BALLOT_LABELS[form.result]}：同意 {form.agree}、不同意 {form.disagree}、弃权 {form.abstain}（供参考）",
    )


BALLOT = StageType(
    "ballot",
    "民主评议结果",
    (
        Action(
            "record_ballot_result", "记入评议结果", record_ballot_result, BallotResultForm, (STAY, "appraised"),
            always=True, asks_first=True,
        ),
    ),
    (BallotResult,),
)  # fmt: skip
