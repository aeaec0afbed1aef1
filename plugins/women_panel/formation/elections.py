"""How a panel's seats are voted on: notice, nominations, the election meeting, and a by-election for seats that fell empty.

Who is elected is worked out from the votes (`eligibility`), never typed in.
"""

from __future__ import annotations

from uuid import UUID

from core.sdk import Blocked, FieldError, Invalid, Outcome, Records, View
from plugins.women_panel.config import OBSERVERS, PanelConfig, config_of
from plugins.women_panel.formation import eligibility, filed
from plugins.women_panel.formation.eligibility import NOBODY, Beside, FormationRules, Place
from plugins.women_panel.formation.filed import (
    ElectedLine,
    Election,
    ElectionForm,
    ElectionNotice,
    NominateForm,
    Nominations,
    NoticeForm,
    PanelFormation,
)

RULE = "评议小组推选规则"


def announce(view: View, form: NoticeForm) -> Outcome:
    """The notice of an election of the whole panel; nominations begin anew with it."""
    config = config_of(view)
    wrong = [] if config.size_min <= form.seats <= config.size_max else [_size(config)]
    return _announced(form, wrong, "推选公告")


def announce_by_election(view: View, form: NoticeForm) -> Outcome:
    """The notice of a by-election; who sits already keeps her seat."""
    free = vacancies(view.records)
    wrong = [] if form.seats <= free else [FieldError("seats", f"现在空出 {free} 个名额，不能补选更多")]
    return _announced(form, wrong, "补选公告")


def _announced(form: NoticeForm, errors: list[FieldError], title: str) -> Outcome:
    if form.nominate_until > form.held_on:
        errors.append(FieldError("nominate_until", "提名要在推选会之前截止"))
    refuse(f"{title}还要改一下", errors)
    notice = ElectionNotice(form.held_on, form.place, form.nominate_until, form.seats)
    return Outcome(records=(notice,), basis=f"发布{title}，名额 {form.seats} 人")


def nominate(view: View, form: NominateForm) -> Outcome:
    names = [n.name for n in form.nominees]
    doubled = [
        FieldError("nominees", f"{name} 列了两次") for name in sorted(set(names)) if names.count(name) > 1
    ]
    held = {n.account: n.name for n in filed.nominees_of(view.records).values() if n.account}
    for at, nominee in enumerate(form.nominees):
        if nominee.account is not None and held.setdefault(nominee.account, nominee.name) != nominee.name:
            doubled.append(FieldError(f"nominees-{at}-account", f"这个账号已经是 {held[nominee.account]} 的"))
    refuse("提名名单还要改一下", [*doubled, *_late(view, form), *_elected_as(view, form)])
    return Outcome(records=(Nominations(form.nominees),), basis=f"登记被提名人 {len(form.nominees)} 人")


def _elected_as(view: View, form: NominateForm) -> list[FieldError]:
    """Once the votes are on file the account of who won is settled: another one is another person, whom nobody elected."""
    won = filed.elected_as(view.records) if election_to_register(view.records) else {}
    return [
        FieldError(
            f"nominees-{at}-account",
            f"{nominee.name} 已经当选（或是候补），她的账号不能再换；换人要重新发布公告、重新推选",
        )
        for at, nominee in enumerate(form.nominees)
        if nominee.name in won and nominee.account != won[nominee.name]
    ]


def _late(view: View, form: NominateForm) -> list[FieldError]:
    """After the day the notice gave nobody new is nominated; answers and accounts of those who were may still be added."""
    notice, known = view.records.last(ElectionNotice), filed.nominees_of(view.records)
    if notice is None or view.today <= notice.nominate_until:
        return []
    return [
        FieldError(
            f"nominees-{at}-name",
            f"提名已在 {notice.nominate_until} 截止，不能再加 {nominee.name}；要延长的请重新发布公告",
        )
        for at, nominee in enumerate(form.nominees)
        if nominee.name not in known
    ]


def may_elect(view: View) -> Blocked | None:
    """An election is announced and people are nominated before anybody votes; each election has a notice of its own."""
    if not announced(view.records):
        return Blocked("还没有发布这次推选的公告。", RULE, "请先发布公告，写明时间、地点和名额")
    if not filed.nominees_of(view.records):
        return Blocked("发布公告以后还没有人被提名。", RULE, "请先“登记提名”")
    return None


def announced(records: Records) -> bool:
    """Whether a notice is out that belongs to no election settled before."""
    notice = records.last_filed(ElectionNotice)
    return notice is not None and notice.seq > _settled(records)


def may_fill(view: View) -> Blocked | None:
    """A by-election is for seats that fell empty with no substitute left."""
    return None if vacancies(view.records) > 0 else Blocked("小组没有空出的名额，不用补选。", RULE)


def may_by_elect(view: View) -> Blocked | None:
    return may_fill(view) or may_elect(view)


def record_election(view: View, form: ElectionForm) -> Outcome:
    """Raises Invalid where the numbers can't be, the meeting was too small, or the last seat is tied."""
    config = config_of(view)
    seats = [] if config.size_min <= form.seats <= config.size_max else [_size(config)]
    return _elected(view, form, seats, at_least=config.size_min)


def record_by_election(view: View, form: ElectionForm) -> Outcome:
    """The same for seats that fell empty. Ordinary villagers keep their share of the panel as a whole."""
    panel, free = view.records.last(PanelFormation), vacancies(view.records)
    assert panel is not None
    seats = [] if form.seats <= free else [FieldError("seats", f"现在空出 {free} 个名额，不能补选更多")]
    sitting = [n for n in filed.everybody_nominated(view.records).values() if n.account in panel.members]
    posts = sum(bool(n.posts) for n in sitting)
    twice = {n.name for n in sitting} & {line.name for line in form.votes}
    seats += [FieldError("votes", f"{name} 已经是小组成员，不参加补选") for name in sorted(twice)]
    if {line.account for line in form.observers} & {*panel.members, *panel.substitutes}:
        seats.append(FieldError("observers", "小组成员、候补成员不能当补选的监督员，请另请监督员"))
    return _elected(view, form, seats, at_least=1, beside=Beside(len(panel.members), posts))


def _elected(
    view: View,
    form: ElectionForm,
    errors: list[FieldError],
    *,
    at_least: int,
    beside: Beside = NOBODY,
) -> Outcome:
    config = config_of(view)
    rules, nominees = FormationRules.of(config), filed.nominees_of(view.records)
    votes = {line.name: line.votes for line in form.votes}
    errors += [*_against_notice(view, form), *_watching_themselves(view, form, nominees)]
    refuse("推选结果还要改一下", [*errors, *_numbers(rules, config, form), *_votes(form, set(nominees))])
    standing = [filed.candidate_of(n, votes.get(n.name, 0)) for n in nominees.values()]
    forgotten = [c.name for c in standing if not eligibility.fault(c, rules) and c.name not in votes]
    places = eligibility.elect(standing, rules, form.seats, beside)
    elected = sum(p.standing == "elected" for p in places)
    if forgotten:
        errors.append(FieldError("votes", f"这些人同意参选，还没有登记得票：{'、'.join(forgotten)}"))
    elif tied := eligibility.tied_at_the_edge(standing, rules, form.seats, beside):
        errors.append(
            FieldError(
                "votes", f"{'、'.join(tied)} 得票相同，最后的名额定不下来；请对他们再投一次，登记最后的得票"
            )
        )
    elif tied := eligibility.tied_substitutes(standing, rules, form.seats, beside):
        errors.append(
            FieldError(
                "votes", f"{'、'.join(tied)} 得票相同，候补的先后定不下来；请对他们再投一次，登记最后的得票"
            )
        )
    elif elected < at_least:
        errors.append(
            FieldError(
                "votes",
                f"只选出 {elected} 人，至少要 {at_least} 人；请补充提名（普通村民至少占 {config.ordinary_share}），再推选一次",
            )
        )
    refuse("推选结果还要改一下", errors)
    record = _record(form, places, beside.members)
    kind = "补选会" if beside.members else "推选会"
    return Outcome(
        records=(record,), evidence=(*form.photos, *form.minutes),
        basis=f"{kind}实到 {form.attended} 人，选出 {elected} 人，候补 {len(record.names('substitute'))} 人",
    )  # fmt: skip


def _watching_themselves(
    view: View, form: ElectionForm, nominees: dict[str, filed.Nominee]
) -> list[FieldError]:
    """Nobody watches an election she stands in, nor joins a panel that she watches."""
    panel, watching = view.records.last(PanelFormation), {line.account for line in form.observers}
    if panel is not None and vacancies(view.records):
        watching |= {*panel.observers}
    both = [n.name for n in nominees.values() if n.answer == "accepted" and n.account in watching]
    if not both:
        return []
    named = "、".join(both)
    return [
        FieldError(
            "observers", f"{named} 同时是监督员，不能参选；请另请监督员，或者在“登记提名”里记为本人不同意"
        )
    ]


def _against_notice(view: View, form: ElectionForm) -> list[FieldError]:
    """What the village was told holds: the seats, and no meeting before its day. A later one may be needed (too few came)."""
    found, notice = [], view.records.last(ElectionNotice)
    assert notice is not None
    if form.held_on > view.today:
        found.append(FieldError("held_on", "推选会日期不能晚于今天"))
    if form.held_on < notice.held_on:
        found.append(
            FieldError("held_on", f"公告的推选会在 {notice.held_on}，不能比公告的早；改期的请重新发布公告")
        )
    if form.seats != notice.seats:
        found.append(FieldError("seats", f"公告的名额是 {notice.seats} 人；要改名额的请重新发布公告"))
    return found


def _record(form: ElectionForm, places: list[Place], sitting: int) -> Election:
    lines = tuple(ElectedLine(p.name, p.votes, p.standing, p.place, p.reason) for p in places)
    return Election(
        form.held_on, form.place, form.chair, form.tellers, form.seats, form.entitled, form.attended, form.issued,
        form.valid, lines, form.observers, form.photos, form.minutes, sitting,
    )  # fmt: skip


def _size(config: PanelConfig) -> FieldError:
    return FieldError("seats", f"小组要有 {config.size_min}–{config.size_max} 人")


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
    return [*found, *_watchers(config, form)]


def _watchers(config: PanelConfig, form: ElectionForm) -> list[FieldError]:
    """A villager who did not apply always watches, beside whoever else the district sends (domain part 2)."""
    accounts, found = [line.account for line in form.observers], []
    if len(set(accounts)) < len(accounts):
        found.append(FieldError("observers", "同一名监督员只能列一次"))
    if len(set(accounts)) < config.observers_min:
        found.append(FieldError("observers", f"至少要有 {config.observers_min} 名监督员"))
    missing = {*config.observer_kinds, "villager"} - {line.kind for line in form.observers}
    if missing:
        named = "、".join(title for kind, title in OBSERVERS.items() if kind in missing)
        found.append(FieldError("observers", f"还缺来自“{named}”的监督员，每一种至少一名"))
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
    if sum(line.votes for line in form.votes) > form.valid * form.seats:
        most = f"{form.valid} 张有效选票、每张最多选 {form.seats} 人"
        found.append(FieldError("votes", f"得票加起来超过了选票能有的票数（{most}），请核对"))
    return found


def vacancies(records: Records) -> int:
    """Seats that fell empty since the panel was elected, after every substitute stepped in."""
    panel = records.last(PanelFormation)
    whole = next((e for e in reversed(records.all(Election)) if not e.sitting), None)
    if panel is None or whole is None:
        return 0
    return max(0, len(whole.names("elected")) - len(panel.members))


def _settled(records: Records) -> int:
    """Where on file the latest election stands whose winners took their seats; -1 before any did."""
    panel = records.last_filed(PanelFormation)
    held = [
        f.seq
        for f in records.filed
        if isinstance(f.record, Election) and panel is not None and f.seq < panel.seq
    ]
    return max(held, default=-1)


def election_to_register(records: Records) -> Election | None:
    """The election whose winners are not on the panel yet: none since a panel was registered from it."""
    election, panel = records.last_filed(Election), records.last_filed(PanelFormation)
    if election is None or (panel is not None and panel.seq > election.seq):
        return None
    assert isinstance(election.record, Election)
    return election.record


def accounts_of(records: Records, names: tuple[str, ...]) -> dict[str, UUID | None]:
    """By name, in order: the account a nominee votes with."""
    nominees = filed.voted_on(records)
    return {name: nominees[name].account if name in nominees else None for name in names}


def refuse(title: str, errors: list[FieldError]) -> None:
    if errors:
        raise Invalid(title, fields=tuple(errors))
