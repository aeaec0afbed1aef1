"""What happens to an application, said in the order of the district's own procedure. Pure: procedures in, sentences out.

    a single application      the straight way of its procedure
    a village round           the straight way of the round; what it has done with a household's case before it goes on

A district that checks before the panel says so; one without a panel speaks of none.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.kernel.procedure import ProcedureSpec, StageSpec
from core.tenancy.settings import TenantSettings

ONWARDS = frozenset(
    [
        "submitted",
        "accepted",
        "started",
        "completed",
        "appraised",
        "proposed",
        "ended_clean",
        "confirmed",
        "published",
        "mobilised",
        "opened",
        "closed",
        "formed",
    ]
)
"""The outcomes of the straight way, where nothing is missing, doubted or objected to."""

_OF_CASE = {
    "application": ("apply",), "acceptance": ("accept",), "ballot": ("panel",), "assessment": ("opinion",),
    "posting": ("posting",), "district_review": ("decision",),
}  # fmt: skip
_OF_ROUND = {
    "mobilisation": ("meeting",), "applications": ("apply", "accept"), "panel_meeting": ("panel",), "visits": ("visit",),
    "comprehensive_appraisal": ("panel",), "village_posting": ("village_list",), "township_review": ("opinion",),
    "verification_step": ("verification",), "second_posting": ("posting",), "final_review": ("decision",),
}  # fmt: skip


def steps(
    settings: TenantSettings, case: ProcedureSpec, round_: ProcedureSpec | None = None
) -> tuple[str, ...]:
    """One sentence a step, each once. `round_`: the village's, where one is under way."""
    happening = _in_round(case, round_) if round_ is not None else _alone(case)
    return tuple(_said(step, settings, case, round_) for step in dict.fromkeys(happening))


def _straight(spec: ProcedureSpec) -> Iterator[StageSpec]:
    state, seen = spec.initial, set[str]()
    while state not in seen:
        seen.add(state)
        stage = spec.stages[state]
        yield stage
        state = next((to for outcome, to in stage.next.items() if outcome in ONWARDS), state)


def _alone(case: ProcedureSpec) -> Iterator[str]:
    for stage in _straight(case):
        yield from _OF_CASE.get(stage.type, ())
        yield from _looked_into(stage)


def _in_round(case: ProcedureSpec, round_: ProcedureSpec) -> Iterator[str]:
    for stage in _straight(round_):
        yield from _OF_ROUND.get(stage.type, ())
        for cleared in stage.clears:
            if cleared in case.stages:
                yield from _looked_into(case.stages[cleared])


def _looked_into(stage: StageSpec) -> Iterator[str]:
    """What an investigation has to have before it is over."""
    if stage.type == "investigation":
        needed = stage.params.get("requires", ())
        yield from ("visit",) if "home_visit" in needed else ()
        yield from ("verification",) if "verification" in needed else ()


def _said(step: str, settings: TenantSettings, case: ProcedureSpec, round_: ProcedureSpec | None) -> str:
    if step == "accept":
        return f"受理：材料齐全的{_within(case, 'acceptance')}受理，缺什么一次说清。"
    if step == "posting":
        again = "再公示一次" if _posted_again(case) else "不再重复公示"
        return (
            f"张榜公示：初审意见在村里公示 {settings.posting_days} 天，只公布姓名、人数和拟保障金额等。"
            f"有异议的，重新调查、答复，{again}。"
        )
    if step == "decision":
        who = "乡镇" if settings.delegated else "区县民政局"
        drawn = "先随机抽一部分家庭入户抽查，" if round_ is not None else ""
        return f"审核确认：{drawn}由{who}确认，从批准的下个月起发放；不符合的，书面说明理由。"
    return _PLAIN[step]


_PLAIN = {
    "meeting": "动员大会：在村里讲清条件、金额和办法，有问题当场问。",
    "apply": "自愿申请：户主本人，或者委托村干部、亲属，到乡镇民政办申请，也可以用手机申请。不收任何费用。",
    "visit": "入户调查：两名以上工作人员上门了解情况，双方签字。",
    "verification": "信息核对：经您书面授权，核对车辆、房产、存款等情况。查到的疑点会先告诉您，您可以说明。",
    "panel": "民主评议：村里的评议小组听取情况，提出意见，供审核参考，不由投票决定。",
    "village_list": "村级公示：初步名单先在村里张榜，听取意见。",
    "opinion": "乡镇审核：核算收入，提出初审意见。",
}


def _within(case: ProcedureSpec, stage_type: str) -> str:
    limits = [s.deadline.working_days for s in case.stages.values() if s.type == stage_type and s.deadline]
    return f"，{limits[0]} 个工作日内" if limits and limits[0] else "及时"


def _posted_again(case: ProcedureSpec) -> bool:
    """Whether the way from an objection leads past the board once more."""
    objected = [s for s in case.stages.values() if s.type == "objection"]
    renewed = [case.stages[to] for s in objected for o, to in s.next.items() if o in ("upheld", "dismissed")]
    after = [case.stages[to] for s in renewed for o, to in s.next.items() if o in ONWARDS]
    return any(s.type == "posting" for s in (*renewed, *after))
