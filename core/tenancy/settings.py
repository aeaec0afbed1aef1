"""A district's settings: the `tenant.toml` of its bundle beside the `[bundle]` head. Pure values, strict, titled.

    office_name = "平凉市崆峒区民政局"
    supervision_phone = "0933-8210000"
    spot_check_percent = 30

    [calendar.2027]                        # 放假安排；complete 表示这就是全年安排
    off = [2027-01-01]
    complete = true

    [plugins.women_panel]                  # 写了这一段就是启用；里面是插件自己的设置
    size_min = 9

Thresholds and amounts are rules (`rules.toml`); stages and their order are the procedure (`procedure.toml`).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

LONGEST_TOTAL = 30
LONGEST_DELEGATED_TOTAL = 20

_DEGREE_LABELS = {
    "spouse": "配偶",
    "parent": "父母",
    "child": "子女",
    "sibling": "兄弟姐妹",
    "grandparent": "祖父母、外祖父母",
    "grandchild": "孙子女、外孙子女",
    "parent_in_law": "配偶的父母",
    "child_in_law": "儿媳、女婿",
    "sibling_in_law": "兄弟姐妹的配偶、配偶的兄弟姐妹",
    "uncle_aunt": "伯叔姑舅姨",
    "nephew_niece": "侄子女、外甥子女",
    "cousin": "堂、表兄弟姐妹",
    "co_parent_in_law": "子女配偶的父母",
}
DegreeName = Literal[
    "spouse", "parent", "child", "sibling", "grandparent", "grandchild", "parent_in_law", "child_in_law",
    "sibling_in_law", "uncle_aunt", "nephew_niece", "cousin", "co_parent_in_law",
]  # fmt: skip
Degrees = tuple[DegreeName, ...]

_ROLE_LABELS = {
    "village_clerk": "村级经办人", "panel_host": "评议主持人", "visitor": "入户调查员", "township_clerk": "乡镇经办人",
    "township_reviewer": "乡镇审核人", "verification_officer": "核对人员", "district_officer": "区级经办人",
    "spot_checker": "抽查人员", "confirming_officer": "区级确认人", "system_admin": "系统管理员",
    "security_admin": "安全管理员", "audit_admin": "审计管理员", "province_operator": "省级管理员",
}  # fmt: skip
StaffRole = Literal[
    "village_clerk", "panel_host", "visitor", "township_clerk", "township_reviewer", "verification_officer",
    "district_officer", "spot_checker", "confirming_officer", "system_admin", "security_admin", "audit_admin",
    "province_operator",
]  # fmt: skip

_ONLINE_LABELS = {"group_name": "村民小组", "persons": "保障人数", "amount": "每月金额"}
OnlineField = Literal["group_name", "persons", "amount"]

NEAR_RELATIVES: Degrees = ("spouse", "parent", "child", "sibling", "grandparent", "grandchild")
"""近亲属 (民法典 1045), by the names `core.access.kinship.Degree` gives them."""


class CalendarYear(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a province says of one year, in its tenant.toml as `[calendar.2027]`.

    `off` are weekdays on which nobody works, `on` weekend days that are worked. `complete` means: this is the whole
    arrangement of the year, it replaces any other and the year is no longer uncertain. Otherwise the days are laid
    over what is known already (a local holiday).
    """

    off: Annotated[tuple[date, ...], Meta(title="放假的工作日")] = ()
    on: Annotated[tuple[date, ...], Meta(title="上班的休息日")] = ()
    complete: Annotated[bool, Meta(title="这是全年安排")] = False


class SingleSignOnSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The district's own identity provider (OpenID Connect), in its tenant.toml as `[single_sign_on]`.

    Its secret, where it has one, is the operator's: `ZHUNBAO_OIDC_SECRET_<district>` or `ZHUNBAO_OIDC_SECRET`.
    """

    issuer: Annotated[
        str,
        Meta(
            title="签发者地址",
            pattern=r"^(https://|http://(127\.0\.0\.1|localhost)[:/])",
            extra={"message": "要以 https:// 开头"},
        ),
    ]
    client_id: Annotated[str, Meta(title="客户端编号", min_length=1, max_length=200)]
    label: Annotated[str, Meta(title="名称", min_length=2, max_length=40)] = "统一身份认证"


class TenantSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """See the module. Defaults are the law's; days are working days unless said otherwise."""

    name: Annotated[str, Meta(title="地区名称", min_length=2, max_length=60)]
    office_name: Annotated[str, Meta(title="办理机关", min_length=2, max_length=80)]
    supervision_phone: Annotated[
        str, Meta(title="监督电话", description="公示、通知上都会印", pattern=r"^[0-9][0-9\- ]{4,19}$")
    ]
    total_working_days: Annotated[
        int, Meta(title="办结期限", description="从受理起；委托乡镇确认的不超过 20 个", ge=1, le=LONGEST_TOTAL,
                  extra={"unit": "个工作日"})
    ] = LONGEST_TOTAL  # fmt: skip
    delegated: Annotated[bool, Meta(title="确认权委托乡镇行使")] = False
    posting_days: Annotated[
        int, Meta(title="公示期", description="法定 7 天（57号 19）", ge=7, le=7, extra={"unit": "天"})
    ] = 7
    category_shown: Annotated[bool, Meta(title="公示保障类别")] = False
    long_term_posting: Annotated[bool, Meta(title="确认后长期公示")] = True
    online_fields: Annotated[
        tuple[OnlineField, ...],
        Meta(
            title="公示网页上除姓名外公开的内容",
            description="网上要比村里张贴的少（个人信息保护法 6、28；57号 24）；保障类别只张贴，不上网",
            max_length=2,
            extra={"labels": _ONLINE_LABELS},
        ),
    ] = ("persons", "amount")
    recusal_degrees: Annotated[
        Degrees, Meta(title="回避的亲属范围", min_length=1, extra={"labels": _DEGREE_LABELS})
    ] = NEAR_RELATIVES
    relative_flag_degrees: Annotated[
        Degrees, Meta(title="近亲属备案的范围", min_length=1, extra={"labels": _DEGREE_LABELS})
    ] = NEAR_RELATIVES
    spot_check_percent: Annotated[
        Decimal, Meta(title="入户抽查比例", description="近亲属备案和有投诉的必查，不算在内",
                      extra={"unit": "%", "minimum": "0", "maximum": "100", "places": 2})
    ] = Decimal(30)  # fmt: skip
    statistics_cutoff_day: Annotated[
        int, Meta(title="统计截止日", description="每月几日", ge=1, le=28, extra={"unit": "日"})
    ] = 25
    complaint_working_days: Annotated[
        int,
        Meta(
            title="投诉举报答复期限", description="逾期自动转上一级", ge=1, le=60, extra={"unit": "个工作日"}
        ),
    ] = 15
    objection_working_days: Annotated[
        int,
        Meta(
            title="公示异议答复期限",
            description="异议处理环节按此到期；逾期自动转上一级",
            ge=1,
            le=30,
            extra={"unit": "个工作日"},
        ),
    ] = 10
    public_challenge: Annotated[
        bool, Meta(title="公众表单先答一道小题", description="防止机器批量提交；平时不用，被刷时打开")
    ] = False
    language: Annotated[
        Literal["zh-CN", "en"], Meta(title="界面语言", extra={"labels": {"zh-CN": "中文", "en": "English"}})
    ] = "zh-CN"
    single_sign_on: Annotated[SingleSignOnSettings | None, Meta(title="统一身份认证")] = None
    second_factor_roles: Annotated[
        tuple[StaffRole, ...],
        Meta(
            title="必须两步登录的岗位",
            description="这些岗位首次登录要先绑定动态验证码",
            extra={"labels": _ROLE_LABELS},
        ),
    ] = ()
    calendar: Annotated[dict[str, CalendarYear], Meta(title="放假安排")] = {}
    plugins: Annotated[dict[str, dict[str, Any]], Meta(title="启用的插件")] = {}

    @property
    def calendar_years(self) -> dict[int, CalendarYear]:
        """By year, as `WorkCalendar.with_years` takes them."""
        return {int(year): days for year, days in self.calendar.items()}


def problems_of(settings: TenantSettings) -> list[tuple[str, str]]:
    """What types alone can't say, as (key, sentence)."""
    return [*_total(settings), *_share(settings), *_degrees(settings), *_calendar(settings)]


def _total(settings: TenantSettings) -> list[tuple[str, str]]:
    if settings.delegated and settings.total_working_days > LONGEST_DELEGATED_TOTAL:
        return [
            (
                "total_working_days",
                f"确认权委托乡镇的，办结期限不超过 {LONGEST_DELEGATED_TOTAL} 个工作日（83号 二（一））",
            )
        ]
    return []


def _share(settings: TenantSettings) -> list[tuple[str, str]]:
    share = settings.spot_check_percent
    if share.is_finite() and 0 <= share <= 100:
        return []
    return [("spot_check_percent", "请填 0 到 100 之间的数（百分之几）")]


def _degrees(settings: TenantSettings) -> list[tuple[str, str]]:
    found = []
    for key in ("recusal_degrees", "relative_flag_degrees"):
        missing = [d for d in NEAR_RELATIVES if d not in getattr(settings, key)]
        if missing:
            named = "、".join(f"{_DEGREE_LABELS[d]}（{d}）" for d in missing)
            found.append((key, f"近亲属不能少：缺 {named}（57号 11；民法典 1045）"))
    return found


def _calendar(settings: TenantSettings) -> list[tuple[str, str]]:
    found = []
    for year, days in settings.calendar.items():
        at = f"calendar.{year}"
        if not (year.isdecimal() and len(year) == 4):
            found.append((at, "要写四位年份，例如 [calendar.2027]"))
            continue
        strange = sorted(day for day in (*days.off, *days.on) if day.year != int(year))
        if strange:
            found.append((at, f"{strange[0]} 不是 {year} 年的，请移到它自己的年份下"))
        both = sorted(set(days.off) & set(days.on))
        if both:
            found.append((at, f"{both[0]} 既写成放假又写成上班，请只留一处"))
    return found
