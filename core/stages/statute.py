"""The statutory rules no district's procedure may get around, checked whenever one is saved or loaded."""

from __future__ import annotations

from core.kernel.procedure_checks import MustAct, MustLead, MustPass


def _pass(goal: str, through: str, law: str, message: str) -> MustPass:
    return MustPass(goal, frozenset(through.split()), law, message)


def _lead(type_: str, outcome: str, to: str, law: str, message: str) -> MustLead:
    return MustLead(type_, outcome, frozenset(to.split()), law, message)


STATUTE: tuple[MustPass | MustLead | MustAct, ...] = (
    _pass("active", "application", "57号 28", "没有申请不得纳入，请接上“申请”环节"),
    _pass("publication", "acceptance", "57号 9", "没有受理不得确认，请接上“受理”环节"),
    _pass("publication", "investigation", "57号 28", "没有调查核对不得确认，请接上“调查核对”环节"),
    _pass("publication", "assessment", "57号 18", "没有乡镇审核不得确认，请接上“审核”环节"),
    _pass("publication", "posting", "57号 19", "没有公示不得确认，请接上“公示”环节"),
    _pass("publication", "district_review", "57号 20", "没有区级审核不得确认，请接上“区级审核”环节"),
    _pass("active", "publication hearing", "57号 24", "没有确认公布不得发放，请接上“公布”环节"),
    _pass("refusal", "district_review", "57号 21", "只有区级可以作出不予确认的决定"),
    _pass("grace", "hearing", "社会救助法 48", "渐退之前必须听取意见，请接上“听取意见”环节"),
    _pass("second_posting", "township_review", "57号 19", "审核公示之前必须有乡镇审核"),
    _pass("final_review", "second_posting", "57号 19", "区级终审之前必须公示 7 天"),
    _lead("investigation", "suspected", "verification_notice", "57号 18", "有疑点必须先告知申请家庭"),
    _lead("assessment", "suspected", "verification_notice", "57号 18", "有疑点必须先告知申请家庭"),
    _lead("recheck", "suspected", "verification_notice", "57号 18", "复查后仍有疑点的必须再次告知"),
    _lead("posting", "objected", "objection", "57号 19", "有异议必须先处理"),
    _lead("posting", "ended_clean", "district_review", "57号 20", "公示期满报区级审核"),
    _lead("district_review", "denied", "refusal", "57号 21", "不予确认必须书面送达"),
    _lead("spot_check", "denied", "refusal", "57号 21", "不予确认必须书面送达"),
    _lead("district_review", "hearing", "hearing", "社会救助法 48", "减少或停发之前必须听取意见"),
    _lead("spot_check", "hearing", "hearing", "社会救助法 48", "减少或停发之前必须听取意见"),
    _lead("active", "review", "reviewing", "57号 31", "复核必须进入“复核”环节"),
    _lead("reviewing", "keep", "active", "57号 31", "维持的继续在保"),
    _lead("reviewing", "increase", "active", "57号 31", "提高的继续在保"),
    _lead("reviewing", "proposed", "hearing", "社会救助法 48", "减少或停发之前必须听取意见"),
    _lead("hearing", "kept", "active", "社会救助法 48", "维持的继续在保"),
    _lead("hearing", "reduced", "active", "社会救助法 48", "减少的继续在保"),
    _lead("hearing", "grace", "grace", "57号 33", "渐退必须进入“渐退期”环节"),
    MustAct("investigation_start", 3, "57号 15", "受理后要及时开始调查"),
    MustAct("district_review", 10, "57号 20", "区级要及时提出审核确认意见"),
    MustAct("spot_check", 10, "57号 20", "入户抽查也在区级办理期限以内"),
    MustAct("refusal", 3, "57号 21", "不予确认的要及时书面告知"),
)
