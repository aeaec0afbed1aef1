"""The steps by which a panel is formed and kept whole, as actions of a village round; each leaves its record.

    announce_election → nominate → record_election → declare_member_kin → form_panel ⇒ the panel meets
                                                                          replace_member: a substitute steps in

Districts that only register who was elected start at `form_panel`; where an election is on file, the panel is who won it.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.sdk import Action, Blocked, FieldError, Invalid, Outcome, Records, View
from core.sdk.household import CaseBrief, DeclareKin, RelativeLine, round_subject
from plugins.women_panel.config import PanelConfig, config_of
from plugins.women_panel.formation import eligibility, filed
from plugins.women_panel.formation.eligibility import FormationRules
from plugins.women_panel.formation.filed import (
    DeclaredKin,
    ElectedLine,
    Election,
    ElectionForm,
    ElectionNotice,
    KinForm,
    KinLine,
    LeavingForm,
    MemberKinship,
    NominateForm,
    Nominations,
    NoticeForm,
    PanelChange,
    PanelForm,
    PanelFormation,
)

RULE = "评议小组推选规则"


def announce(view: View, form: NoticeForm) -> Outcome:
    config, errors = config_of(view), []
    if not config.size_min <= form.seats <= config.size_max:
        errors.append(FieldError("seats", f"小组要有 {config.size_min}–{config.size_max} 人"))
    if form.nominate_until > form.held_on:
        errors.append(FieldError("nominate_until", "提名要在推选会之前截止"))
    _refuse("推选公告还要改一下", errors)
    notice = ElectionNotice(form.held_on, form.place, form.nominate_until, form.seats)
    return Outcome(records=(notice,), basis=f"发布推选公告，名额 {form.seats} 人")


def nominate(view: View, form: NominateForm) -> Outcome:
    names = [n.name for n in form.nominees]
    doubled = [
        FieldError("nominees", f"{name} 列了两次") for name in sorted(set(names)) if names.count(name) > 1
    ]
    held = {n.account: n.name for n in filed.nominees_of(view.records).values() if n.account}
    for at, nominee in enumerate(form.nominees):
        if nominee.account is not None and held.setdefault(nominee.account, nominee.name) != nominee.name:
            doubled.append(FieldError(f"nominees-{at}-account", f"这个账号已经是 {held[nominee.account]} 的"))
    _refuse("提名名单还要改一下", doubled)
    return Outcome(records=(Nominations(form.nominees),), basis=f"登记被提名人 {len(form.nominees)} 人")


def record_election(view: View, form: ElectionForm) -> Outcome:
    """Raises Invalid where the numbers can't be, the meeting was too small, or the last seat is tied."""
    config = config_of(view)
    rules, nominees = FormationRules.of(config), filed.nominees_of(view.records)
    votes = {line.name: line.votes for line in form.votes}
    _refuse("推选结果还要改一下", [*_numbers(rules, config, form), *_votes(form, set(nominees))])
    standing = [filed.candidate_of(n, votes.get(n.name, 0)) for n in nominees.values()]
    forgotten = [c.name for c in standing if not eligibility.fault(c, rules) and c.name not in votes]
    tied = eligibility.tied_at_the_edge(standing, rules, form.seats)
    places = eligibility.elect(standing, rules, form.seats)
    elected = sum(p.standing == "elected" for p in places)
    errors = []
    if forgotten:
        errors.append(FieldError("votes", f"这些人同意参选，还没有登记得票：{'、'.join(forgotten)}"))
    elif tied:
        errors.append(
            FieldError(
                "votes", f"{'、'.join(tied)} 得票相同，最后的名额定不下来；请对他们再投一次，登记最后的得票"
            )
        )
    elif elected < config.size_min:
        errors.append(
            FieldError("votes", f"只选出 {elected} 人，至少要 {config.size_min} 人；请补充提名，再推选一次")
        )
    _refuse("推选结果还要改一下", errors)
    lines = tuple(ElectedLine(p.name, p.votes, p.standing, p.place, p.reason) for p in places)
    record = Election(
        form.held_on, form.place, form.chair, form.tellers, form.seats, form.entitled, form.attended, form.issued,
        form.valid, lines, form.observers, form.photos, form.minutes,
    )  # fmt: skip
    return Outcome(
        records=(record,), evidence=(*form.photos, *form.minutes),
        basis=f"推选会实到 {form.attended} 人，选出 {elected} 人，候补 {len(record.names('substitute'))} 人",
    )  # fmt: skip


def _numbers(rules: FormationRules, config: PanelConfig, form: ElectionForm) -> list[FieldError]:
    found = []
    needed = eligibility.meeting_needs(rules, form.entitled)
    if form.attended > form.entitled:
        found.append(FieldError("attended", f"实到不能超过应到（{form.entitled} 人）"))
    elif form.attended < needed:
        found.append(
            FieldError("attended", f"应到 {form.entitled} 人，至少要到 {needed} 人推选才有效，请另开推选会")
        )
    if form.issued > form.attended:
        found.append(FieldError("issued", f"发出的选票不能超过实到（{form.attended} 人）"))
    if form.valid > form.issued:
        found.append(FieldError("valid", f"有效选票不能超过发出的（{form.issued} 张）"))
    if not config.size_min <= form.seats <= config.size_max:
        found.append(FieldError("seats", f"小组要有 {config.size_min}–{config.size_max} 人"))
    kinds = {line.kind for line in form.observers}
    if len({line.account for line in form.observers}) < config.observers_min:
        found.append(FieldError("observers", f"至少要有 {config.observers_min} 名监督员"))
    if "villager" not in kinds:
        found.append(FieldError("observers", "至少要有一名没有申请的村民当监督员"))
    return found


def _votes(form: ElectionForm, known: set[str]) -> list[FieldError]:
    found, seen = [], set[str]()
    for at, line in enumerate(form.votes):
        if line.name not in known:
            found.append(FieldError(f"votes-{at}-name", f"{line.name} 没有被提名，请先登记提名"))
        elif line.name in seen:
            found.append(FieldError(f"votes-{at}-name", f"{line.name} 列了两次"))
        if line.votes > form.valid:
            found.append(FieldError(f"votes-{at}-votes", f"得票不能超过有效选票（{form.valid} 张）"))
        seen.add(line.name)
    return found


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
    _refuse("亲属申报还要改一下", errors)
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
    """Where a district asks for the whole procedure, a panel is not simply typed in."""
    if not config_of(view).full_formation:
        return None
    election = current_election(view.records)
    if election is None:
        return Blocked("还没有登记推选结果。", RULE, "请先登记提名，开推选会，再“登记推选结果”")
    done, accounts = filed.kin_declared(view.records), accounts_of(view.records, election.names("elected"))
    missing = [name for name, account in accounts.items() if account is None or account not in done]
    if missing:
        return Blocked(
            f"这些当选成员还没有申报亲属关系：{'、'.join(missing)}。", "近亲属回避（57号 11）",
            "请逐人签字申报，没有亲属的也要申报，再“登记成员的亲属关系”",
        )  # fmt: skip
    return None


def current_election(records: Records) -> Election | None:
    """The latest election, unless a panel was registered from it already and sent back since."""
    return records.last(Election)


def accounts_of(records: Records, names: tuple[str, ...]) -> dict[str, UUID | None]:
    """By name, in order: the account a nominee votes with."""
    nominees = filed.nominees_of(records)
    return {name: nominees[name].account if name in nominees else None for name in names}


def as_elected(view: View) -> dict[str, Any]:
    """What the form starts with: the winners of the election on file."""
    election = current_election(view.records)
    if election is None:
        return {}
    members = [str(a) for a in accounts_of(view.records, election.names("elected")).values() if a]
    return {
        "members": members, "observers": [str(line.account) for line in election.observers],
        "attendance": election.attended, "photos": list(election.photos), "minutes": list(election.minutes),
    }  # fmt: skip


def form_panel(view: View, form: PanelForm) -> Outcome:
    config, election = config_of(view), current_election(view.records)
    _refuse(
        "小组名单还要改一下", [*_wrong_lists(config, form), *_not_as_elected(view.records, election, form)]
    )
    substitutes = accounts_of(view.records, election.names("substitute")).values() if election else ()
    record = PanelFormation(
        form.members, form.observers, form.attendance, form.photos, form.minutes,
        tuple(account for account in substitutes if account), view.today,
        eligibility.term_end(view.today, config.term_months),
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


def _not_as_elected(records: Records, election: Election | None, form: PanelForm) -> list[FieldError]:
    """The panel is who was elected: nobody is left out, nobody is slipped in."""
    if election is None:
        return []
    accounts = accounts_of(records, election.names("elected"))
    without = [name for name, account in accounts.items() if account is None]
    if without:
        return [FieldError("members", f"这些当选人还没有账号：{'、'.join(without)}；请在“登记提名”里补上")]
    if set(form.members) != set(accounts.values()):
        return [FieldError("members", f"名单与推选结果不一致，当选的是：{'、'.join(accounts)}")]
    missing = {line.account for line in election.observers} - set(form.observers)
    if missing:
        return [FieldError("observers", f"推选会上的监督员少列了 {len(missing)} 名")]
    return []


def replace_member(view: View, form: LeavingForm) -> Outcome:
    """The first substitute in order steps in; with none left the panel goes on smaller, or is formed anew."""
    panel = view.records.last(PanelFormation)
    if panel is None or form.member not in panel.members:
        raise Invalid("这个人不是小组成员", fields=(FieldError("member", "请从现在的成员里选"),))
    gone = {change.member for change in view.records.all(PanelChange)}
    follower = next((a for a in panel.substitutes if a not in gone), None)
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


def _refuse(title: str, errors: list[FieldError]) -> None:
    if errors:
        raise Invalid(title, fields=tuple(errors))


ANNOUNCE = Action("announce_election", "发布推选公告", announce, NoticeForm)
NOMINATE = Action("nominate", "登记提名", nominate, NominateForm)
ELECT = Action("record_election", "登记推选结果", record_election, ElectionForm)
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
    "replace_member", "成员退出、候补递补", replace_member, LeavingForm, guard=a_panel, asks_first=True,
    consequence="退出的成员不再投票，由第一顺位的候补递补；已有的评议结果不变。",
)  # fmt: skip
