"""What a district sets for its women's appraisal panel. The defaults are parameter set P1; strict; rendered as a form.

Shares are fractions (`2/3`), never decimals: 0.6667 of 9 would round up to 7.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from core.sdk import View
from core.sdk.household import district
from plugins.women_panel import reasons as offered_reasons

Basis = Literal["present", "roster"]
Asked = Literal["never", "optional", "disagree"]
Kind = Literal["choice", "score"]
ObserverKind = Literal["township", "group", "villager"]
Rounding = Literal["up", "half_up", "down"]

Share = Annotated[str, Meta(pattern=r"^[1-9][0-9]?/[1-9][0-9]?$", extra={"placeholder": "2/3"})]
Role = Annotated[str, Meta(pattern=r"^[a-z_]{3,40}$")]
Post = Annotated[str, Meta(min_length=2, max_length=40)]
ReasonText = Annotated[str, Meta(min_length=2, max_length=40)]
CriterionText = Annotated[
    str, Meta(pattern=r"^[^=|]{2,20}=[1-9][0-9]?$", extra={"placeholder": "家里困难的程度=3"})
]
MarkText = Annotated[str, Meta(pattern=r"^[0-9]{1,3}(\.[0-9]{1,2})?$", extra={"placeholder": "6"})]

BASIS = {"present": "到会且有表决权的人", "roster": "应到的人（回避后）"}
KINDS = {"choice": "同意 / 不同意 / 弃权", "score": "打分表"}
ROUNDINGS = {"up": "向上取整", "half_up": "四舍五入", "down": "向下取整"}
ASKED = {"never": "不问", "optional": "可以选一条", "disagree": "不同意时必须选一条"}

OBSERVERS = {"township": "乡镇", "group": "村民小组", "villager": "没有申请的村民"}

EXCLUDED_POSTS = ("村党支部书记", "村党组织书记", "村委会主任", "村文书", "民政专干")
"""Who puts cases forward in the village doesn't vote on them as well."""

NOT_ON_THE_PANEL = (
    "township_clerk",
    "township_reviewer",
    "verification_officer",
    "district_officer",
    "spot_checker",
    "confirming_officer",
)
"""Whoever later reviews, checks or decides the same household has no vote before."""

REASONS = (
    "同意：家里有人长期生病或残疾",
    "同意：主要劳动力缺失",
    "不同意：实际收入比申报的高",
    "不同意：家里有车、房或大额财产",
    "不同意：子女有能力赡养",
    "情况不清楚，需要再查",
)


class PanelConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    size_min: Annotated[int, Meta(title="小组最少人数", ge=3, le=60, extra={"unit": "人"})] = 9
    size_max: Annotated[int, Meta(title="小组最多人数", ge=3, le=60, extra={"unit": "人"})] = 15
    observers_min: Annotated[int, Meta(title="监督员最少人数", ge=1, le=20, extra={"unit": "人"})] = 1
    observer_kinds: Annotated[
        tuple[ObserverKind, ...],
        Meta(
            title="监督员要来自",
            description="推选会上每一种至少一名；没有申请的村民总要有一名",
            max_length=3,
            extra={"labels": OBSERVERS},
        ),
    ] = ("township", "group", "villager")
    quorum: Annotated[
        Share,
        Meta(title="到会比例", description="到会人数达到应到人数（回避后）的几分之几才能表决，向上取整"),
    ] = "2/3"
    pass_share: Annotated[
        Share, Meta(title="通过比例", description="同意票达到几分之几算通过，向上取整；不能低于半数")
    ] = "2/3"  # noqa: S105 - a fraction, no password
    rounding: Annotated[
        Rounding,
        Meta(title="人数不是整数时", description="到会人数和通过票数都这样取整", extra={"labels": ROUNDINGS}),
    ] = "up"
    tie_fails: Annotated[bool, Meta(title="同意和不同意票数相同的，不算通过")] = False
    pass_more_than: Annotated[
        bool, Meta(title="要超过这个比例", description="例如“过半数”：填 1/2 并勾选；不勾选的，达到即通过")
    ] = False
    basis: Annotated[Basis, Meta(title="通过比例按什么人数算", extra={"labels": BASIS})] = "present"
    ask_reason: Annotated[Asked, Meta(title="投票时问理由吗", extra={"labels": ASKED})] = "optional"
    reasons: Annotated[
        tuple[ReasonText, ...],
        Meta(
            title="可选的理由",
            description="只能从这里选，不能自己写：口气会暴露是谁投的。以“同意：”“不同意：”“弃权：”开头的，只给这样投的人选",
            max_length=20,
        ),
    ] = REASONS
    ballot: Annotated[Kind, Meta(title="怎么投票", extra={"labels": KINDS})] = "choice"
    criteria: Annotated[
        tuple[CriterionText, ...],
        Meta(title="打分项目", description="每行一项：名称=权重，例如“家里困难的程度=3”", max_length=12),
    ] = ()
    score_min: Annotated[int, Meta(title="每项最低分", ge=0, le=100, extra={"unit": "分"})] = 0
    score_max: Annotated[int, Meta(title="每项最高分", ge=1, le=100, extra={"unit": "分"})] = 10
    score_trim: Annotated[
        int,
        Meta(
            title="去掉几个最高分和最低分",
            description="两头各去掉这么多张票，再算平均；交上来的不比去掉的多，就没有结果",
            ge=0,
            le=5,
            extra={"unit": "个"},
        ),
    ] = 1
    score_mark: Annotated[
        MarkText, Meta(title="平均分达到多少算通过", description="按每项的分数来算，不是总和")
    ] = "6"
    excluded_roles: Annotated[
        tuple[Role, ...], Meta(title="不能参加小组的岗位", description="填岗位代码，每行一个", max_length=20)
    ] = NOT_ON_THE_PANEL
    ordinary_share: Annotated[
        Share, Meta(title="普通村民至少占", description="没有担任任何职务的成员占小组的几分之几，向上取整")
    ] = "1/2"
    excluded_posts: Annotated[
        tuple[Post, ...],
        Meta(title="不能参加小组的职务", description="每行一个；登记的职务里有这些字的不能当选", max_length=20,
             extra={"widget": "lines"}),
    ] = EXCLUDED_POSTS  # fmt: skip
    substitutes_max: Annotated[int, Meta(title="候补成员最多", ge=0, le=10, extra={"unit": "人"})] = 3
    meeting_share: Annotated[
        Share, Meta(title="推选会到会比例", description="到会人数达到应到的几分之几，推选才有效")
    ] = "1/2"
    term_months: Annotated[
        int,
        Meta(
            title="小组任期",
            description="期满不能再开评议会，要重新推选",
            ge=1,
            le=60,
            extra={"unit": "个月"},
        ),
    ] = 12
    women_only: Annotated[
        bool,
        Meta(
            title="只由妇女组成",
            description="按身份证号登记的性别查验；账号没有关联身份信息的，查不出，不能当成员",
        ),
    ] = True
    known_members: Annotated[
        bool,
        Meta(
            title="成员账号必须关联身份信息",
            description="没有关联身份的账号查不出与申请家庭的亲属关系，无法自动回避",
        ),
    ] = True
    paper_ballots: Annotated[
        bool,
        Meta(
            title="允许改投纸票",
            description="没有网络时一户一户改投纸票，由两个人分别清点、录入；不一致的由第三个人再点",
        ),
    ] = False
    weighed_here: Annotated[
        bool,
        Meta(
            title="综合评议在系统里办",
            description="逐户登记意见、签名、存档以后才能办结；不勾选的，可以在别处开会，由乡镇填结果、传记录",
        ),
    ] = True

    def __post_init__(self) -> None:
        if self.size_min > self.size_max:
            raise ValueError("小组最少人数不能超过最多人数")
        shares = {
            "到会比例": self.quorum, "通过比例": self.pass_share, "普通村民的比例": self.ordinary_share,
            "推选会到会比例": self.meeting_share,
        }  # fmt: skip
        for title, share in shares.items():
            if not 0 < Fraction(share) <= 1:
                raise ValueError(f"{title}要在 0 和 1 之间，例如 2/3")
        if Fraction(self.pass_share) < Fraction(1, 2):
            raise ValueError("通过比例不能低于半数：少数人同意不能算通过")
        if self.pass_more_than and Fraction(self.pass_share) == 1:
            raise ValueError("不可能超过全部人数，请取消“要超过这个比例”")
        if self.ballot == "score":
            if not self.criteria:
                raise ValueError("用打分表的，要先列出打分项目")
            if not self.score_min < self.score_max:
                raise ValueError("每项最低分要小于最高分")
            if not self.score_min <= Decimal(self.score_mark) <= self.score_max:
                raise ValueError("通过的平均分要在最低分和最高分之间")
        texts = [one.text for one in offered_reasons.read(self.reasons)]
        if min(map(len, texts), default=2) < 2 or len({*texts}) < len(texts):
            raise ValueError("可选的理由每条至少两个字，不能重复")
        if self.ask_reason == "disagree" and not offered_reasons.offered(self.reasons, "disagree"):
            raise ValueError("不同意时必须选理由的，要先列出不同意的人可以选的理由")


def config_of(view: View) -> PanelConfig:
    """The district's panel settings in the version this round was opened under."""
    found = district(view).plugin_config.get("women_panel")
    return found if isinstance(found, PanelConfig) else PanelConfig()
