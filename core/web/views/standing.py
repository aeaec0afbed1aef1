"""Where an application stands, for the household that has the receipt: in plain words, without a name, amount or finding.

What comes next and by when is said as a promise of the office; what is needed of the household stands first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from core.access.authorizer import Actor, Grant
from core.access.masking import Sensitive, mask
from core.stages.acceptance import SupplementNotice
from core.stages.context import case_subject, district
from core.stages.signed import members_taken_back
from core.stages.verification_notice import VerificationNotice
from core.web.i18n import gettext as _
from core.web.words import day_cn

if TYPE_CHECKING:
    from core.kernel.situation import Situation
    from core.web.services import TenantLike


class CaseStanding(msgspec.Struct, frozen=True):
    """What a receipt's code shows. `promise` names the day the office has to keep, `due` is that day; `late`: it did not.

    `note`: what follows from something the household did by itself.
    """

    number: str
    whose: str
    state_label: str
    now: str
    next: str
    needs: tuple[str, ...]
    promise: str
    due: date | None
    late: bool
    ended: bool
    since: date
    office: str
    phone: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Words:
    now: str
    next: str = ""


def _words() -> dict[str, _Words]:
    """By the type of stage, whatever a district calls its own."""
    visit = _("至少两位工作人员上门看看，同时向有关部门核对。")
    decide = _("区县民政部门作最后决定，有的家庭会再上门看一次。")
    return {
        "application": _Words(_("申请还没有交上来。"), _("填完以后核对一遍，再点“提交申请”。")),
        "acceptance": _Words(_("申请已经收到，乡镇正在看材料齐不齐。"), _("材料齐了就受理，缺的一次告诉您。")),
        "supplement": _Words(_("材料还缺几样，等您补齐。"), _("补齐以后，乡镇接着往下办。")),
        "investigation_start": _Words(_("已经受理，正在安排上门调查。"), visit),
        "investigation": _Words(_("正在上门调查和核对。"), _("调查完了，乡镇提出初步意见。")),
        "verification_notice": _Words(_("核对时有一处情况，要请您说明。"), _("您说明以后我们重新核对。这只是疑点，不是决定。")),
        "recheck": _Words(_("您的说明收到了，正在重新核对。"), _("核对清楚以后，乡镇提出初步意见。")),
        "assessment": _Words(_("调查完了，乡镇正在提出初步意见。"), _("初步意见要在村里公示 7 天。")),
        "posting": _Words(_("初步意见正在村里公示，一共 7 天。"), _("公示期满没有异议，就报区县民政部门。")),
        "objection": _Words(_("公示时有人提出意见，我们正在调查。"), _("调查清楚以后重新提出意见。")),
        "district_review": _Words(_("区县民政部门正在审核。"), decide),
        "spot_check": _Words(_("区县民政部门要再上门看一次。"), decide),
        "publication": _Words(_("已经确认您家符合条件。"), _("公布结果，从确认的下个月起发钱，书面通知会送到您手上。")),
        "refusal": _Words(_("这次没有确认。"), _("书面决定会送到您手上，里面写明理由，还有不服怎么办。")),
        "active": _Words(_("您家正在享受低保。"), _("家里人口、收入有变化，请及时告诉村委会或乡镇民政办。")),
        "reviewing": _Words(_("正在定期复核，这期间钱照发。"), _("复核结果会告诉您；要减少或停发，一定先听您说。")),
        "hearing": _Words(_("要先听您的意见，这期间钱照发。"), _("听完您的意见再作决定，书面告诉您。")),
        "grace": _Words(_("在渐退期内，钱照发。"), _("渐退期满以后停发，到时候书面告诉您。")),
        "ended": _Words(_("这一件已经办结。")),
    }  # fmt: skip


def _promises() -> dict[str, Callable[[str], str]]:
    """Where another day than the total's is the one to keep."""
    return {
        "acceptance": lambda day: _("我们最晚在{day}前告诉您受理了没有、还缺什么。", day=day),
        "publication": lambda day: _("我们最晚在{day}前公布。", day=day),
        "refusal": lambda day: _("我们最晚在{day}前把书面决定送到您手上。", day=day),
        "reviewing": lambda day: _("我们最晚在{day}前复核完。", day=day),
    }


_THEIRS = frozenset({"application", "supplement", "active", "hearing", "grace", "ended"})
"""Where no day of the office runs: it is the household's turn, or nothing is to be decided."""


def standing_of(situation: Situation) -> CaseStanding:
    view, process = situation.view, situation.view.process
    kind, settings = view.stage.type, district(view).settings
    words = _words().get(kind, _Words(_("正在办理：{label}。", label=view.stage.label)))
    promise, due = _promise(situation)
    late = due is not None and view.today > due
    return CaseStanding(
        number=process.number, whose=mask(Sensitive.NAME, case_subject(view).household.applicant.person.name),
        state_label=view.stage.label, now=words.now, next="" if process.ended else words.next,
        needs=_needs(situation),
        promise=_("这一步本来应当在{day}前办完，已经晚了，对不起。请打下面的电话催我们。", day=day_cn(due)) if late and due else promise,
        due=due, late=late, ended=process.ended, since=process.entered_on,
        office=settings.office_name, phone=settings.supervision_phone, note=_withdrawn(situation),
    )  # fmt: skip


def _promise(situation: Situation) -> tuple[str, date | None]:
    view, process = situation.view, situation.view.process
    if process.ended or view.stage.type in _THEIRS:
        return "", None
    says = _promises().get(view.stage.type)
    if says is not None and process.stage_due is not None:
        return says(day_cn(process.stage_due)), process.stage_due
    if process.total_due is not None:
        return _("我们最晚在{day}前给您结果。", day=day_cn(process.total_due)), process.total_due
    return "", None


def _withdrawn(situation: Situation) -> str:
    """What follows where a member took the authorisation back; nobody is named."""
    view = situation.view
    if view.process.ended or not members_taken_back(view):
        return ""
    if case_subject(view).running is not None:
        return _(
            "家里有人撤回了核对授权，我们不再查这个人的情况。钱照发，工作人员会来了解情况，不会自动停发。改变主意的，到村委会或乡镇民政办重新签。"
        )
    return _(
        "家里有人撤回了核对授权，我们不再查这个人的情况。没核完的，申请办不下去。改变主意的，到村委会或乡镇民政办重新签。"
    )


def _needs(situation: Situation) -> tuple[str, ...]:
    """What the household has to do, with its day. Findings are named to whoever signs in, not to whoever holds a paper."""
    view, process = situation.view, situation.view.process
    if view.stage.type == "supplement" and (notice := view.records.last(SupplementNotice)):
        until = (
            _("请在{day}前补齐：", day=day_cn(process.stage_due)) if process.stage_due else _("请尽快补齐：")
        )
        return (until, *notice.items)
    if view.stage.type == "verification_notice" and (told := view.records.last(VerificationNotice)):
        return (_("请在{day}前说明情况、交凭证。用手机号进入就能看到是哪一处。", day=day_cn(told.answer_by)),)
    if view.stage.type == "hearing":
        return (_("请在约定的时间来说说您的意见，也可以书面说。"),)
    if view.stage.type == "application":
        return (_("请用手机号进入，接着填完。"),)
    return ()


def reader_for(tenant: TenantLike) -> Actor:
    """Who reads the file for somebody who holds its receipt."""
    grants = (Grant("service", tenant.code.ljust(12, "0")),)
    return Actor(tenant.id, tenant.id, "回执查询", grants, is_service=True)
