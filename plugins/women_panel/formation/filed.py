"""What the formation of a panel leaves on the round's file, and the forms it is entered with."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, structs

from core.sdk import Record, Records
from core.sdk.household import Account, Form, Notes, Papers, Photos
from plugins.women_panel.config import OBSERVERS, ObserverKind
from plugins.women_panel.formation.eligibility import Answer, Candidate, Sex, Standing

SEXES = {"female": "女", "male": "男"}
ANSWERS = {"asked": "还没答复", "accepted": "本人同意", "declined": "本人不同意"}
STANDINGS = {"elected": "当选", "substitute": "候补", "not_elected": "未当选"}
RELATIONS = {
    "spouse": "申请人的配偶",
    "parent": "申请人的父母",
    "child": "申请人的子女",
    "sibling": "申请人的兄弟姐妹",
    "other": "申请人的其他近亲属，或者这户别的成员的近亲属",
}
LEAVING = {
    "resigned": "本人辞去",
    "moved": "外出、搬走",
    "ill": "患病",
    "office": "担任了不能兼任的职务",
    "unfit": "不公正、泄密",
    "died": "去世",
}

Name = Annotated[str, Meta(title="姓名", min_length=2, max_length=50)]
Votes = Annotated[int, Meta(title="得票", ge=0, le=20000, extra={"unit": "票"})]


class PanelForm(Form, frozen=True):
    members: Annotated[
        tuple[UUID, ...], Meta(title="当选成员", min_length=1, max_length=60, extra={"widget": "accounts"})
    ]
    observers: Annotated[
        tuple[UUID, ...],
        Meta(title="监督员", description="乡镇、村民小组，以及至少一名没有申请的村民", min_length=1, max_length=20,
             extra={"widget": "accounts", "office": "role:observer"}),
    ]  # fmt: skip
    attendance: Annotated[int, Meta(title="到会人数", ge=1, le=20000, extra={"unit": "人"})]
    photos: Photos = ()
    minutes: Papers = ()


class PanelFormation(Record, frozen=True):
    """A panel as it stands on file; filed anew when somebody steps in. `term_ends` is the last day it may meet."""

    members: tuple[UUID, ...]
    observers: tuple[UUID, ...]
    attendance: int
    photos: tuple[str, ...] = ()
    minutes: tuple[str, ...] = ()
    substitutes: tuple[UUID, ...] = ()
    formed_on: date | None = None
    term_ends: date | None = None


class NoticeForm(Form, frozen=True):
    held_on: Annotated[date, Meta(title="推选会日期")]
    place: Annotated[str, Meta(title="地点", min_length=2, max_length=100)]
    nominate_until: Annotated[date, Meta(title="提名截止")]
    seats: Annotated[int, Meta(title="名额", ge=1, le=60, extra={"unit": "人"})]


class ElectionNotice(Record, frozen=True):
    held_on: date
    place: str
    nominate_until: date
    seats: int


class Nominee(Form, frozen=True):
    """`posts` empty: an ordinary villager. `account` may follow later: nominate her again with it."""

    name: Name
    nominated_by: Annotated[
        str, Meta(title="谁提名", description="提名人姓名、村民小组，或者自荐", min_length=2, max_length=100)
    ]
    group_name: Annotated[str, Meta(title="村民小组", max_length=40)] = ""
    posts: Annotated[
        tuple[Annotated[str, Meta(min_length=2, max_length=40)], ...],
        Meta(title="现任职务", description="每行一个；普通村民空着", max_length=5, extra={"widget": "lines"}),
    ] = ()
    sex: Annotated[
        Sex, Meta(title="性别", description="登记小组时再按身份证号查验", extra={"labels": SEXES})
    ] = "female"
    answer: Annotated[Answer, Meta(title="本人是否同意", extra={"labels": ANSWERS})] = "asked"
    account: Annotated[
        UUID | None,
        Meta(title="她的账号", description="当选后投票要用，可以以后再补", extra={"widget": "account"}),
    ] = None


class NominateForm(Form, frozen=True):
    nominees: Annotated[
        tuple[Nominee, ...],
        Meta(title="被提名人", description="再登记一次同名的，以后一次为准", min_length=1, max_length=60),
    ]


class Nominations(Record, frozen=True):
    nominees: tuple[Nominee, ...]


class VotesLine(Form, frozen=True):
    name: Name
    votes: Votes


class ObserverLine(Form, frozen=True):
    account: Annotated[Account, Meta(title="监督员", extra={"office": "role:observer"})]
    kind: Annotated[ObserverKind, Meta(title="来自", extra={"labels": OBSERVERS})]


class ElectionForm(Form, frozen=True):
    held_on: Annotated[date, Meta(title="推选会日期")]
    place: Annotated[str, Meta(title="地点", min_length=2, max_length=100)]
    chair: Annotated[str, Meta(title="主持人", min_length=2, max_length=50)]
    tellers: Annotated[str, Meta(title="监票、计票人", min_length=2, max_length=200)]
    seats: Annotated[int, Meta(title="名额", ge=1, le=60, extra={"unit": "人"})]
    entitled: Annotated[
        int, Meta(title="应到", description="有推选权的村民或户代表", ge=1, le=20000, extra={"unit": "人"})
    ]
    attended: Annotated[int, Meta(title="实到", ge=1, le=20000, extra={"unit": "人"})]
    issued: Annotated[int, Meta(title="发出选票", ge=1, le=20000, extra={"unit": "张"})]
    valid: Annotated[int, Meta(title="有效选票", ge=0, le=20000, extra={"unit": "张"})]
    votes: Annotated[
        tuple[VotesLine, ...],
        Meta(
            title="得票", description="同意参选的每一位都要登记，没有得票的填 0", min_length=1, max_length=60
        ),
    ]
    observers: Annotated[tuple[ObserverLine, ...], Meta(title="监督员", min_length=1, max_length=20)]
    photos: Photos = ()
    minutes: Papers = ()


class ElectedLine(Form, frozen=True):
    """One nominee's outcome; `place` in the order of the elected or of the substitutes."""

    name: str
    votes: int
    standing: Standing
    place: int = 0
    reason: str = ""


class Election(Record, frozen=True):
    """`sitting` is how many sat already: 0 elects a whole panel, otherwise it is a by-election for seats that fell empty."""

    held_on: date
    place: str
    chair: str
    tellers: str
    seats: int
    entitled: int
    attended: int
    issued: int
    valid: int
    lines: tuple[ElectedLine, ...]
    observers: tuple[ObserverLine, ...]
    photos: tuple[str, ...] = ()
    minutes: tuple[str, ...] = ()
    sitting: int = 0

    def names(self, standing: Standing) -> tuple[str, ...]:
        """Those elected, or the substitutes, in order."""
        found = [line for line in self.lines if line.standing == standing]
        return tuple(line.name for line in sorted(found, key=lambda line: line.place))


class KinLine(Form, frozen=True):
    member: Annotated[Account, Meta(title="成员")]
    household: Annotated[
        str, Meta(title="哪一户", description="申请人姓名或这户的编号", min_length=2, max_length=60)
    ]
    relation: Annotated[
        Literal["spouse", "parent", "child", "sibling", "other"],
        Meta(title="成员是", extra={"labels": RELATIONS}),
    ]


class KinForm(Form, frozen=True):
    declared: Annotated[
        tuple[UUID, ...],
        Meta(title="已经签字申报的成员", description="没有亲属的也要申报", min_length=1, max_length=60,
             extra={"widget": "accounts"}),
    ]  # fmt: skip
    lines: Annotated[tuple[KinLine, ...], Meta(title="与本轮各户的亲属关系", max_length=100)] = ()
    papers: Papers = ()


class DeclaredKin(Form, frozen=True):
    member: UUID
    case_id: UUID
    relation: str


class MemberKinship(Record, frozen=True):
    """What members declared themselves. `declared` includes those who have no relative among the households."""

    declared: tuple[UUID, ...]
    lines: tuple[DeclaredKin, ...] = ()
    papers: tuple[str, ...] = ()


class LeavingForm(Form, frozen=True):
    member: Annotated[Account, Meta(title="退出的成员")]
    why: Annotated[
        Literal["resigned", "moved", "ill", "office", "unfit", "died"],
        Meta(title="原因", extra={"labels": LEAVING}),
    ]
    notes: Notes = ""
    papers: Papers = ()


class PanelChange(Record, frozen=True):
    """Who left and which substitute stepped in; None: nobody was left to."""

    member: UUID
    why: str
    stepped_in: UUID | None
    notes: str = ""
    papers: tuple[str, ...] = ()


RECORDS: tuple[type[Record], ...] = (ElectionNotice, Nominations, Election, MemberKinship, PanelChange)


def nominees_of(records: Records) -> dict[str, Nominee]:
    """Everybody nominated since the last notice, by name; of namesakes entered twice the later entry."""
    notice = records.last_filed(ElectionNotice)
    since = notice.seq if notice else -1
    found: dict[str, Nominee] = {}
    for filed in records.filed:
        if filed.seq >= since and isinstance(filed.record, Nominations):
            found.update({nominee.name: nominee for nominee in filed.record.nominees})
    return found


def voted_on(records: Records) -> dict[str, Nominee]:
    """Who stood at the election held last. An account that was on file then stays: nobody else takes a winner's seat; one that
    was not may follow, until the next notice."""
    held = records.last_filed(Election)
    if held is None:
        return nominees_of(records)
    notices = [f.seq for f in records.filed if isinstance(f.record, ElectionNotice)]
    since = max((seq for seq in notices if seq < held.seq), default=-1)
    until = min((seq for seq in notices if seq > held.seq), default=None)
    found: dict[str, Nominee] = {}
    fixed: dict[str, UUID] = {}
    for kept in records.filed:
        if not isinstance(kept.record, Nominations) or kept.seq < since or (until and kept.seq >= until):
            continue
        for nominee in kept.record.nominees:
            if kept.seq < held.seq and nominee.account:
                fixed[nominee.name] = nominee.account
            elif kept.seq < held.seq:
                fixed.pop(nominee.name, None)
            found[nominee.name] = structs.replace(nominee, account=fixed.get(nominee.name, nominee.account))
    return found


def elected_as(records: Records) -> dict[str, UUID]:
    """By name: the account of everybody who won a seat or a substitute's place at the election held last, where it was known."""
    held, notice = records.last_filed(Election), records.last_filed(ElectionNotice)
    if held is None or (notice is not None and notice.seq > held.seq):
        return {}
    assert isinstance(held.record, Election)
    won, before = {*held.record.names("elected"), *held.record.names("substitute")}, dict[str, UUID | None]()
    for kept in records.filed:
        if isinstance(kept.record, Nominations) and kept.seq < held.seq:
            before |= {nominee.name: nominee.account for nominee in kept.record.nominees}
    return {name: account for name, account in before.items() if account and name in won}


def name_of(records: Records, account: UUID) -> str:
    """The name an account was nominated under: also of one that has ended since."""
    named = (n.name for n in everybody_nominated(records).values() if n.account == account)
    return next(named, "没有登记姓名的成员")


def everybody_nominated(records: Records) -> dict[str, Nominee]:
    """The same over the whole round, whichever election it was for."""
    return {n.name: n for kept in records.all(Nominations) for n in kept.nominees}


def candidate_of(nominee: Nominee, votes: int = 0) -> Candidate:
    return Candidate(nominee.name, nominee.posts, nominee.answer, votes, nominee.sex)


def kin_declared(records: Records) -> frozenset[UUID]:
    """Members who have declared, with relatives or without."""
    return frozenset(account for kept in records.all(MemberKinship) for account in kept.declared)


def kept_out_by_word(records: Records) -> dict[UUID, frozenset[UUID]]:
    """By case: members who declared themselves kin of the household, in whatever degree."""
    found: dict[UUID, set[UUID]] = {}
    for kept in records.all(MemberKinship):
        for line in kept.lines:
            found.setdefault(line.case_id, set()).add(line.member)
    return {case: frozenset(members) for case, members in found.items()}
