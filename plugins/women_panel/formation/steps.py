"""The steps by which a panel is formed and kept whole, as actions of a village round; each leaves its record.

    announce_election → nominate → record_election → declare_member_kin → form_panel ⇒ the panel meets
    replace_member: a substitute steps in; with none left
    announce_by_election → nominate → record_by_election → declare_member_kin → seat_members

There is no shorter way: a panel is who was elected, and nobody sits who has not declared her kin. After a step back
(`reopen`) a panel that is still whole may be registered again as it was; any other is elected anew.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.sdk import Action, Blocked, FieldError, Invalid, Outcome, Records, View
from core.sdk.household import CaseBrief, DeclareKin, RelativeLine, round_subject
from plugins.women_panel.config import PanelConfig, config_of
from plugins.women_panel.formation import elections, eligibility, filed
from plugins.women_panel.formation.elections import RULE, accounts_of, election_to_register, refuse
from plugins.women_panel.formation.filed import (
    DeclaredKin,
    Election,
    ElectionForm,
    KinForm,
    KinLine,
    LeavingForm,
    MemberKinship,
    NominateForm,
    NoticeForm,
    PanelChange,
    PanelForm,
    PanelFormation,
)


def declare_kin(view: View, form: KinForm) -> Outcome:
    """Direct relations enter the kinship register; every one keeps the member out of that household here."""
    cases, errors, lines, direct = round_subject(view).cases, [], [], []
    for at, line in enumerate(form.lines):
        case = _household(cases, line.household)
        if isinstance(case, str):
            errors.append(FieldError(f"lines-{at}-household", case))
            continue
        lines.append(DeclaredKin(line.member, case.id, line.relation))
        if line.relation != "other" and case.applicant_id is not None:
            direct.append(_register(line, case.applicant_id))
    refuse("亲属申报还要改一下", errors)
    declared = tuple(dict.fromkeys((*form.declared, *(line.member for line in form.lines))))
    return Outcome(
        records=(MemberKinship(declared, tuple(lines), form.papers),), effects=(DeclareKin(tuple(direct)),),
        basis=f"{len(declared)} 名成员申报亲属关系，涉及 {len({line.case_id for line in lines})} 户",
        evidence=form.papers,
    )  # fmt: skip


def _household(cases: tuple[CaseBrief, ...], said: str) -> CaseBrief | str:
    """The household meant by an applicant's name or a case number, or why it can't be told."""
    found = [c for c in cases if said.strip() in (c.number, c.applicant)]
    if len(found) == 1:
        return found[0]
    return f"本轮没有“{said}”这一户" if not found else f"有 {len(found)} 户的申请人叫“{said}”，请填这户的编号"


def _register(line: KinLine, applicant: UUID) -> RelativeLine:
    assert line.relation != "other"
    return RelativeLine(applicant, "成员", line.relation, "评议小组成员", line.member, "panel")


def may_form(view: View) -> Blocked | None:
    """A panel is registered from an election; after a step back the same panel may go on while it is still whole."""
    election = election_to_register(view.records)
    if election is None:
        if whole(view):
            return None
        if view.records.last(PanelFormation) is not None:
            return Blocked(
                "原来的小组不足最少人数，或者任期已满，要重新推选。", RULE,
                "请重新发布公告、登记提名，开推选会，再“登记推选结果”",
            )  # fmt: skip
        return Blocked("还没有登记推选结果。", RULE, "请先登记提名，开推选会，再“登记推选结果”")
    return _ready(view, election)


def may_seat(view: View) -> Blocked | None:
    """Whoever won a by-election takes her seat once she has declared her kin."""
    election = election_to_register(view.records)
    if election is None or not election.sitting:
        return Blocked("没有等着上任的补选成员。", RULE, "名额空出、没有候补的，请先补选")
    if watching := _watching(view, (*election.names("elected"), *election.names("substitute"))):
        return Blocked(
            f"这些当选人是小组的监督员，不能同时是成员：{'、'.join(watching)}。", RULE,
            "请重新发布补选公告、另行推选；或者退回“组建评议小组”，另请监督员",
        )  # fmt: skip
    return _ready(view, election)


def _watching(view: View, names: tuple[str, ...]) -> list[str]:
    """Those of the nominees who watch the panel as it stands."""
    panel = view.records.last(PanelFormation)
    observers = panel.observers if panel else ()
    return [name for name, account in accounts_of(view.records, names).items() if account in observers]


def _ready(view: View, election: Election) -> Blocked | None:
    accounts = accounts_of(view.records, election.names("elected"))
    without = [name for name, account in accounts.items() if account is None]
    if without:
        return Blocked(
            f"这些当选人还没有账号：{'、'.join(without)}。",
            RULE,
            "请在“登记提名”里给她们补上账号，再登记一次",
        )
    done = filed.kin_declared(view.records)
    missing = [name for name, account in accounts.items() if account not in done]
    if missing:
        return Blocked(
            f"这些当选成员还没有申报亲属关系：{'、'.join(missing)}。", "近亲属回避（57号 11）",
            "请逐人签字申报，没有亲属的也要申报，再“登记成员的亲属关系”",
        )  # fmt: skip
    return None


def whole(view: View) -> bool:
    """Whether the panel on file may still meet: enough members, within its term."""
    panel = view.records.last(PanelFormation)
    if panel is None or len(panel.members) < config_of(view).size_min:
        return False
    return panel.term_ends is None or view.today <= panel.term_ends


def as_elected(view: View) -> dict[str, Any]:
    """What the form starts with: the winners of the election on file, or the panel that goes on."""
    election, panel = election_to_register(view.records), view.records.last(PanelFormation)
    if election is None:
        if panel is None:
            return {}
        return {
            "members": [str(m) for m in panel.members], "observers": [str(o) for o in panel.observers],
            "attendance": panel.attendance, "photos": list(panel.photos), "minutes": list(panel.minutes),
        }  # fmt: skip
    members = [str(a) for a in accounts_of(view.records, election.names("elected")).values() if a]
    return {
        "members": members, "observers": [str(line.account) for line in election.observers],
        "attendance": election.attended, "photos": list(election.photos), "minutes": list(election.minutes),
    }  # fmt: skip


def form_panel(view: View, form: PanelForm) -> Outcome:
    """The panel is who was elected. Raises Invalid where the list is another."""
    config, election = config_of(view), election_to_register(view.records)
    before = view.records.last(PanelFormation)
    wrong = _not_as_elected(view.records, election, form) if election else _not_as_before(before, form)
    formed, ends = view.today, eligibility.term_end(view.today, config.term_months)
    if election is not None:
        named = accounts_of(view.records, election.names("substitute")).values()
        substitutes = tuple(account for account in named if account)
    else:
        assert before is not None
        substitutes, formed, ends = before.substitutes, before.formed_on or formed, before.term_ends or ends
    if both := [filed.name_of(view.records, a) for a in substitutes if a in form.observers]:
        wrong.append(FieldError("observers", f"候补成员不能当监督员，请另请监督员：{'、'.join(both)}"))
    refuse("小组名单还要改一下", [*_wrong_lists(config, form), *wrong])
    record = PanelFormation(
        form.members, form.observers, form.attendance, form.photos, form.minutes, substitutes, formed, ends,
    )  # fmt: skip
    return Outcome(
        "formed", (record,), basis=f"选出评议小组 {len(form.members)} 人，监督员 {len(form.observers)} 人",
        evidence=(*form.photos, *form.minutes),
    )  # fmt: skip


def _wrong_lists(config: PanelConfig, form: PanelForm) -> list[FieldError]:
    found = []
    members, observers = set(form.members), set(form.observers)
    if len(members) != len(form.members) or members & observers:
        found.append(FieldError("members", "同一个人只能列一次，也不能既是成员又是监督员"))
    if not config.size_min <= len(members) <= config.size_max:
        found.append(
            FieldError(
                "members", f"小组要有 {config.size_min}–{config.size_max} 人，现在选了 {len(members)} 人"
            )
        )
    if len(observers) < config.observers_min:
        found.append(
            FieldError("observers", f"至少要有 {config.observers_min} 名监督员，现在选了 {len(observers)} 名")
        )
    return found


def _not_as_elected(records: Records, election: Election, form: PanelForm) -> list[FieldError]:
    """The panel is who was elected: nobody is left out, nobody is slipped in."""
    accounts = accounts_of(records, election.names("elected"))
    if set(form.members) != set(accounts.values()):
        return [FieldError("members", f"名单与推选结果不一致，当选的是：{'、'.join(accounts)}")]
    missing = {line.account for line in election.observers} - set(form.observers)
    if missing:
        return [FieldError("observers", f"推选会上的监督员少列了 {len(missing)} 名")]
    return []


def _not_as_before(panel: PanelFormation | None, form: PanelForm) -> list[FieldError]:
    if panel is not None and set(form.members) == set(panel.members):
        return []
    return [FieldError("members", "没有重新推选，名单要与原来的小组一样；要换人的，请重新推选")]


def seat_members(view: View, _: Any) -> Outcome:
    """The winners of a by-election join the panel; its term stays."""
    panel, election = view.records.last(PanelFormation), election_to_register(view.records)
    assert panel is not None
    assert election is not None
    joined = tuple(a for a in accounts_of(view.records, election.names("elected")).values() if a)
    waiting = tuple(a for a in accounts_of(view.records, election.names("substitute")).values() if a)
    record = PanelFormation(
        (*panel.members, *joined), panel.observers, election.attended, election.photos, election.minutes,
        (*panel.substitutes, *waiting), panel.formed_on, panel.term_ends,
    )  # fmt: skip
    return Outcome(
        records=(record,), basis=f"补选成员 {len(joined)} 人上任，小组现有 {len(record.members)} 人"
    )


def replace_member(view: View, form: LeavingForm) -> Outcome:
    """The first substitute in order steps in; with none left the panel goes on smaller, or is formed anew."""
    panel = view.records.last(PanelFormation)
    if panel is None or form.member not in panel.members:
        raise Invalid("这个人不是小组成员", fields=(FieldError("member", "请从现在的成员里选"),))
    gone = {change.member for change in view.records.all(PanelChange)}
    follower = next((a for a in panel.substitutes if a not in gone), None)
    if follower in panel.observers:
        name = filed.name_of(view.records, follower)
        raise Invalid(
            "候补成员是监督员，不能递补",
            fields=(
                FieldError(
                    "member",
                    f"按顺序该递补的是{name}，她是小组的监督员；请先退回“组建评议小组”，另请监督员，重新登记小组",
                ),
            ),
        )
    members = tuple(m for m in panel.members if m != form.member) + ((follower,) if follower else ())
    left = tuple(a for a in panel.substitutes if a != follower)
    record = PanelFormation(
        members, panel.observers, panel.attendance, panel.photos, panel.minutes, left, panel.formed_on,
        panel.term_ends,
    )  # fmt: skip
    change = PanelChange(form.member, form.why, follower, form.notes, form.papers)
    short = len(members) < config_of(view).size_min
    return Outcome(
        records=(change, record), evidence=form.papers,
        basis=f"成员退出（{filed.LEAVING[form.why]}），" + ("候补递补" if follower else "没有候补")
        + ("；不足最少人数，要退回重新推选" if short else ""),
    )  # fmt: skip


def a_panel(view: View) -> Blocked | None:
    if view.records.last(PanelFormation):
        return None
    return Blocked("还没有登记评议小组。", RULE, "请先“登记评议小组”")


def may_replace(view: View) -> Blocked | None:
    """Who was elected takes her seat first: a panel filed in between would pass for the outcome of that election."""
    if election_to_register(view.records) is not None:
        return Blocked("推选出的成员还没有上任。", RULE, "请先登记她们的亲属关系、让她们上任，再登记成员退出")
    return a_panel(view)


ANNOUNCE = Action("announce_election", "发布推选公告", elections.announce, NoticeForm)
NOMINATE = Action("nominate", "登记提名", elections.nominate, NominateForm)
ELECT = Action(
    "record_election", "登记推选结果", elections.record_election, ElectionForm, guard=elections.may_elect
)
DECLARE = Action("declare_member_kin", "登记成员的亲属关系", declare_kin, KinForm)
FORM = Action(
    "form_panel",
    "登记评议小组",
    form_panel,
    PanelForm,
    ("formed",),
    may_form,
    primary=True,
    asks_first=True,
    prefill=as_elected,
)
REPLACE = Action(
    "replace_member", "成员退出、候补递补", replace_member, LeavingForm, guard=may_replace, asks_first=True,
    consequence="退出的成员不再投票，由第一顺位的候补递补；已有的评议结果不变。",
)  # fmt: skip
ANNOUNCE_BY_ELECTION = Action(
    "announce_by_election",
    "发布补选公告",
    elections.announce_by_election,
    NoticeForm,
    guard=elections.may_fill,
)
BY_ELECT = Action(
    "record_by_election",
    "登记补选结果",
    elections.record_by_election,
    ElectionForm,
    guard=elections.may_by_elect,
)
SEAT = Action(
    "seat_members", "补选成员上任", seat_members, guard=may_seat, asks_first=True,
    consequence="补选当选的成员从下一次评议会起参加投票；已有的评议结果不变。",
)  # fmt: skip
