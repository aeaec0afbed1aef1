"""What is asked of somebody who complains or objects, and of those who answer. Titles are the questions as a neighbour asks them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

MOST_PAPERS = 6

Village = Annotated[
    str,
    Meta(
        title="这件事在哪个村？", pattern="^[0-9]{12}$",
        extra={"widget": "area", "message": "请从列表里选择村或社区"},
    ),
]  # fmt: skip
Content = Annotated[
    str,
    Meta(
        title="请把情况说清楚", description="什么时候、在哪里、发生了什么。知道多少写多少",
        min_length=4, max_length=2000, extra={"widget": "textarea"},
    ),
]  # fmt: skip
Name = Annotated[
    str,
    Meta(
        title="您怎么称呼？",
        description="可以不写。写了的，我们逐件答复您本人；您是谁，对被反映的人和他的同事保密",
        max_length=50,
    ),
]
Phone = Annotated[
    str,
    Meta(
        title="您的手机号？", description="可以不写", pattern="^(1[0-9]{10}|0[0-9]{2,3}-?[0-9]{7,8})?$",
        extra={"widget": "phone", "message": "请填写 11 位手机号，或带区号的固定电话"},
    ),
]  # fmt: skip
AboutWhat = Annotated[
    Literal["household", "official", "procedure"],
    Meta(
        title="您要反映什么？",
        extra={"labels": {"household": "某一户不该享受，或者该享受没享受", "official": "某位干部或工作人员", "procedure": "办事的程序、公示、评议等"}},
    ),
]  # fmt: skip
Where = Annotated[
    Literal["village", "township", "district"],
    Meta(
        title="这个人、这件事是哪一级的？",
        description="由上一级来查；不清楚的选“村里”，我们会核对",
        extra={"labels": {"village": "村里", "township": "乡镇", "district": "区县"}},
    ),
]
Whom = Annotated[
    str, Meta(title="反映的是谁，哪一户？", description="写姓名；说不清名字的，写清楚是哪一家、什么职务", max_length=100)
]  # fmt: skip
Told = Annotated[
    Literal["phone", "in_person", "letter"],
    Meta(title="怎么反映来的", extra={"labels": {"phone": "电话", "in_person": "当面", "letter": "信件"}}),
]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all forms here."""


class PublicComplaintForm(Strict, frozen=True, kw_only=True):
    """A complaint by anybody, on line."""

    about: AboutWhat
    area_code: Village
    whom: Whom = ""
    where: Where = "village"
    content: Content
    name: Name = ""
    phone: Phone = ""


class IntakeForm(Strict, frozen=True, kw_only=True):
    """The same, told to a clerk; `posting` makes it an objection to a posting that hangs."""

    channel: Told
    about: AboutWhat
    area_code: Village
    whom: Whom = ""
    where: Where = "village"
    content: Content
    name: Name = ""
    phone: Phone = ""


class PublicObjectionForm(Strict, frozen=True, kw_only=True):
    """An objection to what a posting says. `entry`: the line it is about, counted from 1; 0: the whole list."""

    entry: Annotated[int, Meta(title="对哪一户有不同意见？", ge=0, le=2000, extra={"widget": "entry"})]
    content: Content
    name: Name = ""
    phone: Phone = ""


class ObjectionIntakeForm(Strict, frozen=True, kw_only=True):
    """An objection told to a clerk."""

    channel: Told
    entry: Annotated[int, Meta(title="对哪一户有不同意见？", ge=0, le=2000, extra={"widget": "entry"})]
    content: Content
    name: Name = ""
    phone: Phone = ""


class CodeForm(Strict, frozen=True, kw_only=True):
    """The code of a receipt: whoever has it may see how the complaint stands."""

    code: Annotated[str, Meta(title="查询码", description="在受理回执上，10 位", min_length=8, max_length=20)]


class RatingForm(Strict, frozen=True, kw_only=True):
    """What the complainant thinks of the answer. `review`: the level above is to look at it again, once."""

    code: Annotated[str, Meta(title="查询码", min_length=8, max_length=20, extra={"widget": "hidden"})]
    rating: Annotated[
        Literal["3", "2", "1"],
        Meta(title="您对答复满意吗？", extra={"labels": {"3": "满意", "2": "基本满意", "1": "不满意"}}),
    ]
    review: Annotated[bool, Meta(title="请上一级再复核一次")] = False


class Result(StrEnum):
    FOUNDED = "founded"
    PARTLY = "partly"
    UNFOUNDED = "unfounded"
    NOT_OURS = "not_ours"

    @property
    def label(self) -> str:
        return {"founded": "属实", "partly": "部分属实", "unfounded": "不属实", "not_ours": "不属于低保工作，已告知去处"}[
            self.value
        ]  # fmt: skip


class ReplyForm(Strict, frozen=True, kw_only=True):
    outcome: Annotated[
        Result, Meta(title="核查结果", extra={"labels": {str(r): r.label for r in Result}, "widget": "radio"})
    ]
    reply: Annotated[
        str,
        Meta(
            title="答复", description="反映人凭查询码看得到；不要写反映人是谁", min_length=10, max_length=2000,
            extra={"widget": "textarea"},
        ),
    ]  # fmt: skip


class PassUpForm(Strict, frozen=True, kw_only=True):
    reason: Annotated[
        Literal["concerned", "beyond"],
        Meta(
            title="为什么转上一级",
            extra={"labels": {"concerned": "牵涉本级的人，应当回避", "beyond": "超出本级权限"}},
        ),
    ]


class ReissueForm(Strict, frozen=True, kw_only=True):
    """Somebody lost their receipt and stands at the counter: what they say they left, not what the register shows."""

    name: Annotated[
        str, Meta(title="来人说的称呼", description="当时留下的称呼；没有留的空着", max_length=50)
    ] = ""
    phone: Annotated[
        str,
        Meta(
            title="来人说的电话", description="当时留下的电话；没有留的空着",
            pattern="^(1[0-9]{10}|0[0-9]{2,3}-?[0-9]{7,8})?$",
            extra={"widget": "phone", "message": "请填写 11 位手机号，或带区号的固定电话"},
        ),
    ] = ""  # fmt: skip
    present: Annotated[
        Literal["yes"],
        Meta(
            title="反映人本人当面来",
            extra={"labels": {"yes": "本人在场，新回执只交给本人"}, "widget": "radio"},
        ),
    ]


class ComplaintReceipt(msgspec.Struct, frozen=True):
    """What the complainant is given. `code` is shown here and never again."""

    number: str
    code: str
    due: str
    level: str


class ComplaintStanding(msgspec.Struct, frozen=True):
    """How a complaint stands, for whoever has its code."""

    number: str
    about: str
    state: str
    state_label: str
    received_on: str
    due: str
    level: str
    outcome: str = ""
    reply: str = ""
    rating: int | None = None
    may_rate: bool = False
    may_review: bool = False


class ComplaintLine(msgspec.Struct, frozen=True):
    """A complaint in the handler's list: neither what was said nor by whom."""

    id: UUID
    number: str
    about: str
    about_label: str
    channel: str
    area_code: str
    area: str
    level: str
    level_label: str
    state: str
    state_label: str
    named: bool
    received_on: str
    due: str
    overdue: bool


class ComplaintEvent(msgspec.Struct, frozen=True):
    at: str
    label: str
    who: str = ""
    note: str = ""


class ComplaintFile(msgspec.Struct, frozen=True):
    """A complaint as whoever answers it reads it. Who complained takes a look of its own (`complainant`)."""

    line: ComplaintLine
    whom: str
    content: str
    papers: int
    events: tuple[ComplaintEvent, ...]
    outcome: str = ""
    reply: str = ""
    rating: int | None = None
    case_id: UUID | None = None
    case_number: str = ""
    answered_in_case: bool = False


class Complainant(msgspec.Struct, frozen=True):
    name: str
    phone: str
