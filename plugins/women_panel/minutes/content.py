"""What the minutes of a session say. Written from the rows, the same for everybody; `without` leaves out kin's households.

Nobody's vote is in it: who voted is a number, how is the closed household's count.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from core.sdk import CHINA, Colleague, Records, Transaction
from core.sdk.household import BALLOT_LABELS
from plugins.women_panel import agendas, published, records, urn
from plugins.women_panel.agendas import Entry, Origin
from plugins.women_panel.config import BASIS, ROUNDINGS
from plugins.women_panel.formation import filed
from plugins.women_panel.formation.filed import PanelFormation
from plugins.women_panel.meeting import diary
from plugins.women_panel.names import GONE, name_of
from plugins.women_panel.records import Seat, Session
from plugins.women_panel.scene import Scene


class MinutesHousehold(msgspec.Struct, frozen=True, kw_only=True):
    """One household of the agenda. `record` is the SHA-256 of what is published of its vote; `hidden` from its kin.

    Of paper slips: how many were `spoilt`, and who `entered` the count that two agreed on.
    """

    case_id: UUID
    number: str
    title: str
    state: agendas.State
    recused: tuple[str, ...] = ()
    attempts: int = 1
    on_paper: bool = False
    voted: int = 0
    result: str = ""
    roster: int = 0
    eligible: int = 0
    quorum: int = 0
    present: int = 0
    needed: int = 0
    agree: int = 0
    disagree: int = 0
    abstain: int = 0
    mean: str = ""
    reasons: dict[str, int] = {}
    record: str = ""
    spoilt: int = 0
    entered: tuple[str, ...] = ()
    hidden: bool = False


class Noted(msgspec.Struct, frozen=True):
    at: str
    who: str
    text: str
    papers: tuple[str, ...] = ()


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the minutes of one session hold. `left` were there and gone before its end; `signers` may sign: account,
    what as, name."""

    number: str
    village: str
    session: int
    opened: str
    closed: str
    host: str
    rule: str
    seed: str
    present: tuple[str, ...]
    left: tuple[str, ...]
    absent: tuple[str, ...]
    removed: tuple[str, ...]
    observers: tuple[str, ...]
    households: tuple[MinutesHousehold, ...]
    arrivals: tuple[Noted, ...]
    pauses: tuple[Noted, ...]
    notes: tuple[Noted, ...]
    recounts: tuple[Noted, ...]
    sheets: tuple[str, ...]
    signers: tuple[tuple[UUID, str, str], ...]

    @property
    def digest(self) -> str:
        """SHA-256 of all of it, in hex: what people sign."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()

    def without(self, cases: Collection[UUID]) -> Content:
        """The same for somebody who stays out of `cases`: neither result nor counts of these."""
        lines = tuple(
            MinutesHousehold(case_id=h.case_id, number=h.number, title=h.title, state=h.state, hidden=True)
            if h.case_id in cases
            else h
            for h in self.households
        )
        return msgspec.structs.replace(self, households=lines)


async def content_of(scene: Scene, tx: Transaction, session: Session) -> Content:
    """The minutes as they stand now."""
    seats = await records.seats(tx, session.id)
    round_ = await scene.platform.situation(tx, session.round_id)
    process, panel = round_.view.process, panel_then(round_.view.records, session)
    observers = panel.observers if panel else ()
    events = await diary.events(tx, scene.platform, session.id)
    people = {*seats, *observers, session.opened_by, *(e.by for e in events)}
    known = dict(await scene.platform.colleagues(tx, people))
    for account in seats.keys() - known.keys():
        named = filed.name_of(round_.view.records, account)
        known[account] = Colleague(account, f"{named}{GONE}", None)
    came = frozenset(e.account_id for e in events if e.kind in ("arrived", "code") and e.account_id)
    removed = await _removed(tx, session, known)
    return Content(
        number=f"{process.number}-{session.number}", village=process.title, session=session.number,
        opened=_moment(session.opened_at), closed=_moment(session.closed_at), host=name_of(known, session.opened_by),
        rule=rule_in_words(session), seed=session.seed, removed=removed, **_attendance(seats, came, known),
        observers=tuple(name_of(known, a) for a in observers), households=await _households(scene, tx, session, known),
        arrivals=_noted(events, known, "arrived", "left", "code"), pauses=_noted(events, known, "paused", "resumed"),
        notes=_noted(events, known, "note"), recounts=_noted(events, known, "recounted"),
        sheets=tuple(p for e in events if e.kind == "sheet" for p in e.said.papers),
        signers=_signers(session, seats, came, observers, known),
    )  # fmt: skip


def panel_then(kept: Records, session: Session) -> PanelFormation | None:
    """The panel as it stood when the session opened, whoever was elected since."""
    formed = (
        f.record for f in kept.filed if isinstance(f.record, PanelFormation) and f.at <= session.opened_at
    )
    return next(reversed([*formed]), None)


def _attendance(
    seats: Mapping[UUID, Seat], came: Collection[UUID], known: Mapping[UUID, Colleague]
) -> dict[str, tuple[str, ...]]:
    """Names by how they attended: `present` at the end, `left` before it, `absent` all the time."""
    found: dict[str, list[str]] = {"present": [], "left": [], "absent": []}
    for seat in seats.values():
        if not seat.removed:
            how = "present" if seat.present else "left" if seat.account_id in came else "absent"
            found[how].append(name_of(known, seat.account_id))
    return {how: tuple(sorted(names)) for how, names in found.items()}


async def _removed(tx: Transaction, session: Session, known: Mapping[UUID, Colleague]) -> tuple[str, ...]:
    rows = await tx.fetch(
        """SELECT account_id, removed_reason FROM women_panel_member
           WHERE tenant_id = $1 AND session_id = $2 AND removed_at IS NOT NULL""",
        tx.tenant,
        session.id,
    )
    return tuple(sorted(f"{name_of(known, row['account_id'])}（{row['removed_reason']}）" for row in rows))


async def _households(
    scene: Scene, tx: Transaction, session: Session, known: Mapping[UUID, Colleague]
) -> tuple[MinutesHousehold, ...]:
    cases = {case.id: case for case in await scene.platform.cases_of(tx, session.round_id)}
    recusals = await agendas.recusals(tx, session.id)
    voted = await urn.all_voters(tx, session.id)
    found = []
    for entry in await agendas.entries(tx, session.id):
        text = await agendas.published(tx, session.id, entry.case_id)
        out = recusals.get(entry.case_id, {})
        count = len(voted.get((entry.case_id, entry.attempt), ()))
        found.append(_household(entry, cases[entry.case_id].title, out, known, count, text))
    return tuple(found)


def _household(
    entry: Entry,
    title: str,
    out: Mapping[UUID, Origin],
    known: Mapping[UUID, Colleague],
    voted: int,
    record: str,
) -> MinutesHousehold:
    recused = tuple(sorted(f"{name_of(known, a)}（{agendas.WHY_OUT[origin]}）" for a, origin in out.items()))
    common = MinutesHousehold(
        case_id=entry.case_id, number=entry.number, title=title, state=entry.state, recused=recused,
        attempts=entry.attempt, on_paper=entry.on_paper, voted=voted,
    )  # fmt: skip
    told = entry.tally
    if told is None:
        return common
    if record:
        slips = published.read(record)
        common = msgspec.structs.replace(
            common, record=published.digest(record), spoilt=slips.spoilt, entered=slips.entered
        )
    return msgspec.structs.replace(
        common, result=BALLOT_LABELS[told.result], roster=told.roster, eligible=told.eligible_roster,
        quorum=told.quorum, present=told.present, needed=told.needed, agree=told.agree, disagree=told.disagree,
        abstain=told.abstain, mean=told.mean, reasons=entry.reasons,
    )  # fmt: skip


def rule_in_words(session: Session) -> str:
    """The whole rule a household was counted by, as the district had set it."""
    config, form = session.config, session.rules.form
    valid = f"到会人数达到应到（回避后）的 {config.quorum} 有效，人数不是整数的{ROUNDINGS[config.rounding]}"
    if form is not None:
        parts = "、".join(f"{c.name}（权重 {c.weight}）" for c in form.criteria)
        trimmed = f"去掉最高、最低各 {form.trim} 张后的" if form.trim else ""
        enough = (
            f"交上来的打分表（弃权的也算）不少于有效人数{f'、多于 {2 * form.trim} 张' if form.trim else ''}才有结果，"
            "打了分的不够这么多张的，不通过"
        )
        return f"{valid}；每项打 {form.least} 到 {form.most} 分：{parts}；{trimmed}平均分达到 {form.mark} 分通过；{enough}"
    over = "超过" if config.pass_more_than else "达到"
    tied = "，同意和不同意票数相同的不算通过" if config.tie_fails else ""
    return f"{valid}；同意{over}{BASIS[config.basis]}的 {config.pass_share} 通过{tied}"


def _noted(
    events: list[diary.Event], known: Mapping[UUID, Colleague], *kinds: diary.Kind
) -> tuple[Noted, ...]:
    words = {
        "arrived": "到会",
        "left": "离席",
        "code": "到会（签到码）",
        "paused": "暂停",
        "resumed": "继续",
        "note": "",
        "recounted": "",
    }
    found = []
    for event in events:
        if event.kind in kinds:
            who = name_of(known, event.account_id or event.by)
            text = " ".join(part for part in (words[event.kind], event.said.text) if part)
            found.append(Noted(_moment(event.at), who, text, event.said.papers))
    return tuple(found)


def _signers(
    session: Session,
    seats: Mapping[UUID, Seat],
    came: Collection[UUID],
    observers: Collection[UUID],
    known: Mapping[UUID, Colleague],
) -> tuple[tuple[UUID, str, str], ...]:
    """Everybody who was there, gone early or taken out: else who objects is sent out before the end."""
    here = sorted(
        (name_of(known, s.account_id), s.account_id)
        for s in seats.values()
        if s.present or s.account_id in came
    )
    found = [(session.opened_by, "主持人", name_of(known, session.opened_by))]
    found += [(account, "成员", name) for name, account in here if account != session.opened_by]
    found += [(account, "监督员", name_of(known, account)) for account in observers]
    return tuple(found)


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}" if at else ""
