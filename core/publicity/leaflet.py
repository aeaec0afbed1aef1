"""What a village is told: criteria, amounts, steps and phone, said from the district's rules in force. Pure: values in, sentences out.

Change a standard or a tier, and the next leaflet and the next broadcast say the new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from core.rules.five_haves_rules import Rule
from core.rules.five_haves_tables import least
from core.rules.parameters import Mode, ParameterSet
from core.rules.values import fen
from core.tenancy.settings import TenantSettings


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Leaflet:
    village: str
    office: str
    phone: str
    since: date
    sections: tuple[Section, ...]


RIGHTS = (
    "符合条件的都能享受，没有名额限制；不符合的，谁打招呼也不行。",
    "家里情况变化了要及时告诉村委会：收入增加了要退出，生病、上学、遭灾的可以申请。",
    "发现优亲厚友、弄虚作假，请打监督电话，可以不留姓名。",
)


def leaflet(
    village: str,
    settings: TenantSettings,
    rules: ParameterSet,
    steps: Sequence[str],
    today: date,
    calendar: Sequence[tuple[str, date]] = (),
) -> Leaflet:
    """The leaflet of a village as of `today`. `steps` are the procedure's (`core.publicity.steps`); `calendar`: the
    village's round by step, with its last planned day."""
    told = (
        *steps,
        f"办理时间：从受理起，{settings.total_working_days} 个工作日内办结，特殊情况会书面告知。",
    )
    return Leaflet(
        village, settings.office_name, settings.supervision_phone, rules.effective_from,
        (
            Section("谁可以申请", _criteria(rules)),
            Section("能领多少", _amounts(rules)),
            Section("怎么申请，怎么审", told),
            *_dates(calendar, today),
            Section("请您记住", RIGHTS),
        ),
    )  # fmt: skip


def _dates(calendar: Sequence[tuple[str, date]], today: date) -> tuple[Section, ...]:
    """What is still to come of the village's round, and that one may apply afterwards as well."""
    ahead = sorted(((day, step) for step, day in calendar if day >= today), key=lambda one: one[0])
    if not ahead:
        return ()
    lines = [f"{step}：到 {day.year} 年 {day.month} 月 {day.day} 日。" for day, step in ahead]
    return (Section("本村的日程", (*lines, "错过了也没关系：以后随时可以到乡镇民政办申请。")),)


def _criteria(rules: ParameterSet) -> tuple[str, ...]:
    monthly = (rules.standard / 12).quantize(Decimal("0.01"), ROUND_HALF_UP)
    found = [
        "户籍在本地、共同生活的家庭，家庭成员人均收入低于低保标准，财产也符合规定的，都可以申请。",
        f"现在的农村低保标准是每人每年 {_yuan(rules.standard)} 元，合每月 {_yuan(monthly)} 元。",
        "没有劳动能力的重病、重残人员，家庭人均收入高一些的，也可以单人申请。",
    ]
    found += [f"家里有下面情况的，先要说明和核实：{'；'.join(_assets(rules))}。"] if _assets(rules) else []
    return tuple(found)


def _assets(rules: ParameterSet) -> list[str]:
    """What the district asks about, said roughly: the exact rule is the officer's, a leaflet must not frighten people off."""
    haves, listed = rules.five_haves, list[str]()
    if haves.vehicle is not None:
        limit = _from(haves.vehicle, "value")
        listed.append(f"单辆价值 {_yuan(limit)} 元以上的车辆、大型农机" if limit else "机动车辆")
    if haves.deposits is not None:
        limit = _from(haves.deposits, "total")
        listed.append(f"全家存款等 {_yuan(limit)} 元以上" if limit else "存款等明显超过规定")
    if haves.housing is not None:
        listed.append("购买了商品房")
    if haves.entity is not None:
        listed.append("开办公司、企业等")
    if haves.payroll is not None:
        listed.append("家里有财政供养人员")
    return listed


def _from(rule: Rule, amount: str) -> Decimal | None:
    """The smallest amount anybody is asked about; None where that does not go by this amount alone."""
    found = least(rule, amount)
    return fen(min(found)) if found else None


def _amounts(rules: ParameterSet) -> tuple[str, ...]:
    if rules.mode is not Mode.TIER:
        return ("按补差发放：家庭人均收入比标准低多少，就补多少，按月打到您的账户。",)
    tiers = "；".join(f"{tier.category}每人每月 {_yuan(tier.amount)} 元" for tier in rules.tiers)
    return (
        f"分档发放，按月打到您的账户：{tiers}。",
        "定在哪一类，看家庭收入和劳动能力，有困难程度的统一算法。",
    )


_SAID = {
    **dict(zip("0123456789", "零幺二三四五六七八九", strict=True)),
    ".": "点", "/": "斜杠", "-": "横杠", "_": "下划线", ":": "冒号",
}  # fmt: skip


def spoken(address: str) -> str:
    """An address as it is read out and typed after: sign by sign, letters by name, without `https://` and the last slash."""
    plain = address.partition("://")[2] or address
    return " ".join(_SAID.get(sign, sign) for sign in plain.rstrip("/").lower())


def script(leaflet: Leaflet, address: str = "") -> str:
    """To be read out on the village loudspeaker: short sentences, numbers said twice, no brackets.

    `address` is where the policy stands on line; empty: nothing is said of it.
    """
    return "\n".join(script_lines(leaflet, address)) + "\n"


def script_lines(leaflet: Leaflet, address: str = "") -> list[str]:
    """The same, line by line."""
    lines = [f"{leaflet.village}的乡亲们，请注意，现在广播农村低保政策。"]
    for section in leaflet.sections:
        lines.append(
            f"{section.title}？" if section.title.startswith(("谁", "能", "怎么")) else f"{section.title}。"
        )
        lines += section.sentences
    lines += [
        f"监督电话：{leaflet.phone}。再说一遍，监督电话：{leaflet.phone}。",
        f"有不明白的，请问村委会，或者到{leaflet.office}咨询。广播完毕。",
    ]
    if address:
        said = spoken(address)
        lines.insert(-1, f"用手机也能看政策、提申请。打开浏览器，一个一个输入：{said}。再说一遍：{said}。")
    return lines


def _yuan(value: Decimal) -> str:
    text = f"{value:,.2f}"
    return text.removesuffix(".00")
