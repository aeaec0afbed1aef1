"""Paper slips for a household, counted and entered by two people who do not see each other's figures.

    host: to paper --enter--> one entry --enter by another, the same--> agreed
                                        └--another figure--> third look, by a third person:
                                                             agrees with either → agreed; with neither → all over again

Electronic votes of the attempt are void when a household goes to paper, so that nobody votes twice. Entries are sealed:
who enters second cannot read the first, not even in the database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import msgspec

from core.sdk import Conflict, FieldError, Invalid, Refused, Transaction
from plugins.women_panel import agendas, published, records, rules, scoring
from plugins.women_panel.agendas import Entry
from plugins.women_panel.filing import Closed, Counted, file_count
from plugins.women_panel.gates import check_case, check_open
from plugins.women_panel.meeting import diary
from plugins.women_panel.meeting.diary import Said
from plugins.women_panel.names import name_of
from plugins.women_panel.permissions import PanelAction
from plugins.women_panel.records import Session
from plugins.women_panel.recusal import demand_no_part
from plugins.women_panel.rules import Choice, Room
from plugins.women_panel.scene import Scene
from plugins.women_panel.sessions import attending, refresh_kin, running, standing

SHEETS_LENGTH = 4000
"""All entries of score forms are sealed at one length: sixty people, twelve criteria."""

Standing = Literal["none", "first", "differs", "agreed"]
"""How the entries stand: nobody entered, one did, two differ (a third look is due), or two agree."""


class Slips(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one person counted. Spoilt slips count as nothing but are on record.

    `sheets` are the score forms, one tuple of scores each, sorted: two people may take them from the box in any order.
    """

    agree: int
    disagree: int
    abstain: int
    spoilt: int = 0
    sheets: tuple[tuple[int, ...], ...] = ()

    @property
    def voters(self) -> int:
        return self.agree + self.disagree + self.abstain + len(self.sheets)

    @property
    def handed_in(self) -> int:
        return self.voters + self.spoilt


@dataclass(frozen=True, slots=True)
class Entries:
    """Who entered so far, and what two of them agree on. Figures stay in here until then."""

    by: tuple[UUID, ...]
    figures: tuple[Slips, ...]

    @property
    def agreed(self) -> Slips | None:
        return next((slips for slips, times in Counter(self.figures).items() if times >= 2), None)

    @property
    def standing(self) -> Standing:
        if self.agreed is not None:
            return "agreed"
        waiting: tuple[Standing, ...] = ("none", "first", "differs")
        return waiting[len(self.figures)]


def mark_of(entry: Entry) -> str:
    """What tells the slips of one attempt from those of an earlier one that may still lie in the box."""
    return f"本户第 {entry.attempt} 次投票"


async def to_paper(scene: Scene, session_id: UUID, case_id: UUID) -> None:
    """From now on this household is voted on with slips; what came from phones for it is void.

    Kinship is worked out anew: kin get no slip. Raises Refused (also to a host who is kin), Conflict.
    """
    async with scene.platform.transaction() as tx:
        session = await running(scene, tx, session_id)
        entry = await agendas.entry(tx, session.id, case_id, lock=True)
        if not session.config.paper_ballots:
            raise Refused(
                "本区没有开通纸质投票。", source="评议规则", hint="需要的，请区管理员在评议小组设置里允许"
            )
        check_open(session, entry)
        if entry.on_paper:  # kin found since are found at the count: a slip of theirs may be in the box
            case = await scene.platform.outline(tx, case_id)
            await demand_no_part(scene, tx, session.round_id, case)
            return
        members = standing(await records.seats(tx, session.id))
        case = await refresh_kin(scene, tx, session, case_id, members)
        check_case(case)
        await demand_no_part(scene, tx, session.round_id, case)
        await agendas.next_attempt(tx, session.id, case_id, on_paper=True)


async def enter(scene: Scene, session_id: UUID, case_id: UUID, slips: Slips) -> Standing:
    """One person's count of the slips. The same person enters once; a third is asked only when two differ.

    Raises Refused (kin, a voter's own count is no obstacle), Conflict (not on paper, entered already, agreed), Invalid.
    """
    async with scene.platform.transaction() as tx:
        session = await records.session(tx, session_id, "update")  # a third count may go into the diary
        scene.demand(PanelAction.ENTER, session.area_code)
        entry = await agendas.entry(tx, session.id, case_id, lock=True)
        check_open(session, entry)
        if not entry.on_paper:
            raise Conflict("这一户现在不录纸票。", hint="请主持人先把这一户改为纸质投票")
        case = await scene.platform.outline(tx, case_id)
        check_case(case)
        await demand_no_part(scene, tx, session.round_id, case)
        _check(session, slips, await room_of(tx, session, entry))
        so_far = await entries(scene, tx, session, entry)
        if so_far.agreed is not None:
            raise Conflict("这一户的纸票已经两人录入一致。", hint="请主持人结束投票")
        if scene.actor.account_id in so_far.by:
            raise Conflict(
                "您已经录过这一户了，要由另一个人再录。", source="纸票双人录入", hint="请换一个人清点、录入"
            )
        after = Entries((*so_far.by, scene.actor.account_id), (*so_far.figures, slips))
        if len(after.figures) == 3 and after.agreed is None:
            await _clear(scene, tx, session, entry, after.by)
            return "none"
        await _insert(scene, tx, session, entry, len(after.by), slips)
        return after.standing


async def entries(scene: Scene, tx: Transaction, session: Session, entry: Entry) -> Entries:
    rows = await tx.fetch(
        """SELECT look, entered_by, sealed FROM women_panel_paper
           WHERE tenant_id = $1 AND session_id = $2 AND case_id = $3 AND attempt = $4 ORDER BY look""",
        tx.tenant, session.id, entry.case_id, entry.attempt,
    )  # fmt: skip
    figures = [
        msgspec.json.decode(
            scene.platform.unseal(bytes(row["sealed"]), _about(session, entry, row["look"])), type=Slips
        )
        for row in rows
    ]
    return Entries(tuple(row["entered_by"] for row in rows), tuple(figures))


async def count(scene: Scene, tx: Transaction, session: Session, entry: Entry, here: Room) -> Closed:
    """Close the household by its slips. Raises Conflict until two people agree on them, and while they are more than the
    people in the room: somebody who handed hers in was taken off the attendance since."""
    if not rules.complete(session.rules, here):
        return await file_count(
            scene, tx, session, entry, Counted("paper", 0, (), rules.tally(session.rules, here, {}), {})
        )
    so_far = await entries(scene, tx, session, entry)
    slips = so_far.agreed
    if slips is None:
        raise Conflict(
            "纸票还没有两个人录入一致，不能计票。", source="纸票双人录入",
            hint="请两个人各自清点、各自录入；两次不一样的，由第三个人再点一次",
        )  # fmt: skip
    if slips.handed_in > len(here.present):
        raise Conflict(
            f"纸票有 {slips.handed_in} 张，签到的人里能投这一户的只有 {len(here.present)} 人，不能计票。",
            source="纸票双人录入", hint="投完票离开的人也算到会，请先在签到名单里勾上，再结束投票",
        )  # fmt: skip
    form = session.rules.form
    countable = rules.countable(session.rules, here, slips.voters)
    lines = published.paper_lines(form, slips.sheets, slips.abstain) if form and countable else ()
    if form:
        told = published.result(session.rules, here.numbers, lines)
    else:
        votes: dict[Choice, int] = {
            "agree": slips.agree,
            "disagree": slips.disagree,
            "abstain": slips.abstain,
        }
        told = rules.tally(session.rules, here, votes)
    counters = [by for by, figures in zip(so_far.by, so_far.figures, strict=True) if figures == slips]
    done = Counted("paper", slips.voters, lines, told, {}, slips.spoilt, await _names(scene, tx, counters))
    return await file_count(scene, tx, session, entry, done)


async def _names(scene: Scene, tx: Transaction, accounts: Iterable[UUID]) -> tuple[str, ...]:
    listed = tuple(accounts)
    known = await scene.platform.colleagues(tx, listed)
    return tuple(name_of(known, account) for account in listed)


async def room_of(tx: Transaction, session: Session, entry: Entry) -> Room:
    seats = await records.seats(tx, session.id)
    recused = (await agendas.recusals(tx, session.id)).get(entry.case_id, {})
    return rules.room(standing(seats), recused, attending(seats), ())


def _check(session: Session, slips: Slips, here: Room) -> None:
    form, total = session.rules.form, slips.handed_in
    found = []
    if form is None and slips.sheets:
        found.append(FieldError("sheets", "这次评议不打分，请填同意、不同意、弃权的张数"))
    elif form is not None:
        if slips.agree or slips.disagree:
            found.append(FieldError("agree", "这次评议打分，请逐张录入分数，不填同意、不同意"))
        for at, sheet in enumerate(slips.sheets):
            if why := scoring.wrong(form, sheet):
                found.append(FieldError(f"sheets-{at}", f"第 {at + 1} 张：{why}"))
    if not total:
        found.append(
            FieldError("sheets" if form else "agree", "一张票也没有，不能录入；没有人投票的，这一户留到下次")
        )
    if total > len(here.present):
        found.append(
            FieldError(
                "sheets" if form else "agree",
                f"在场能投这一户的有 {len(here.present)} 人，一共录了 {total} 张",
            )
        )
    if found:
        raise Invalid("录入的纸票还要改一下", fields=tuple(found))


async def _insert(
    scene: Scene, tx: Transaction, session: Session, entry: Entry, look: int, slips: Slips
) -> None:
    length = 80 if session.rules.form is None else SHEETS_LENGTH
    sealed = scene.platform.seal(msgspec.json.encode(slips).ljust(length), _about(session, entry, look))
    await tx.execute(
        """INSERT INTO women_panel_paper (tenant_id, session_id, case_id, attempt, look, entered_by, entered_on, sealed)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        tx.tenant, session.id, entry.case_id, entry.attempt, look, scene.actor.account_id, scene.today, sealed,
    )  # fmt: skip


async def _clear(scene: Scene, tx: Transaction, session: Session, entry: Entry, by: Iterable[UUID]) -> None:
    """Three counts and no two alike: everybody counts again, and the diary says so, without the figures."""
    counters = "、".join(await _names(scene, tx, by))
    said = Said(f"{entry.number}：{counters}清点的纸票各不相同，全部重新清点、录入")
    await diary.add(tx, scene.platform, session.id, "recounted", scene.now, scene.actor.account_id, said=said)
    await tx.execute(
        "DELETE FROM women_panel_paper WHERE tenant_id = $1 AND session_id = $2 AND case_id = $3 AND attempt = $4",
        tx.tenant, session.id, entry.case_id, entry.attempt,
    )  # fmt: skip


def _about(session: Session, entry: Entry, look: int) -> bytes:
    return (
        b"paper"
        + session.id.bytes
        + entry.case_id.bytes
        + entry.attempt.to_bytes(4, "big")
        + look.to_bytes(2, "big")
    )
