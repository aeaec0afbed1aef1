"""What the wider group has before it, and what it said: per household, for one person; kin see nothing of theirs.

Sums, labour capacity and the panel's count only. Bank, property and registry data are not in any of these types.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from core.sdk import CHINA, Platform, Process, Refused, Transaction
from core.sdk.household import BALLOT_LABELS, Weighed, weighed
from plugins.women_panel.appraisal import store
from plugins.women_panel.appraisal.store import Appraisal, Opinion, Participant, Stance
from plugins.women_panel.minutes.book import sealed_of
from plugins.women_panel.permissions import PanelAction
from plugins.women_panel.recusal import declared_in_round, kept_out
from plugins.women_panel.scene import Scene
from plugins.women_panel.sessions import a_round

STAGE = "comprehensive_appraisal"
STANCES: dict[Stance, str] = {"include": "建议纳入", "exclude": "建议不纳入", "unclear": "情况不清，建议再查"}


class WeighedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One household. Yuan per year as text; `recused` are participants who stay out of it; `hidden` from its kin.

    `variance` says how ballot and worksheet disagree, `against` that the opinion goes against the worksheet.
    """

    case_id: UUID
    number: str
    applicant: str
    persons: int = 0
    total: str = ""
    per_capita: str = ""
    standard: str = ""
    labour_index: str = ""
    eligible: bool | None = None
    ballot: str = ""
    agree: int = 0
    disagree: int = 0
    abstain: int = 0
    variance: str = ""
    stance: Stance | None = None
    reason: str = ""
    changed: int = 0
    against: bool = False
    recused: tuple[str, ...] = ()
    hidden: bool = False


class Taker(msgspec.Struct, frozen=True):
    name: str
    role: str
    account_id: UUID | None


class AppraisalAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is None before the first meeting. `digest` is of the whole content: what participants sign."""

    id: UUID | None
    round_id: UUID
    round_number: str
    village: str
    number: int = 0
    place: str = ""
    opened: str = ""
    closed: bool = False
    at_stage: bool
    may_lead: bool
    participants: tuple[Taker, ...] = ()
    lines: tuple[WeighedLine, ...] = ()
    digest: str = ""

    @property
    def left(self) -> int:
        """Households without an opinion; those hidden from a reader are not missing to her."""
        return sum(line.stance is None and not line.hidden for line in self.lines)

    @property
    def variances(self) -> int:
        return sum(bool(line.variance) for line in self.lines)

    def without(self, cases: Collection[UUID]) -> AppraisalAnswer:
        """The same for somebody who stays out of `cases`."""
        lines = tuple(
            WeighedLine(case_id=li.case_id, number=li.number, applicant=li.applicant, hidden=True)
            if li.case_id in cases
            else li
            for li in self.lines
        )
        return msgspec.structs.replace(self, lines=lines)


async def for_actor(scene: Scene, tx: Transaction, round_id: UUID) -> AppraisalAnswer:
    """What the actor may see of the round's latest appraisal. Raises NotFound, Refused."""
    found = await whole(scene, tx, round_id)
    if not found.may_lead and scene.actor.account_id not in {t.account_id for t in found.participants}:
        raise Refused(
            "综合评议的收入、劳动力情况只给主持和参加综合评议的人看。", source="个人信息保护法 6、28",
            hint="参加的人由主持综合评议的人登记",
        )  # fmt: skip
    found = await _as_sealed(scene.platform, tx, found)
    return found.without(await kept_out(scene, tx, round_id))


async def _as_sealed(platform: Platform, tx: Transaction, found: AppraisalAnswer) -> AppraisalAnswer:
    """A closed appraisal as it was signed: what has changed on the households' files since is no part of it."""
    sealed = await sealed_of(tx, found.id) if found.id and found.closed else None
    if sealed is None:
        return found
    if sealed.content is None:  # closed under a version that kept the file alone
        return msgspec.structs.replace(found, digest=sealed.digest)
    assert found.id is not None
    plain = platform.unseal(bytes(sealed.content), _about(found.id))
    kept = msgspec.json.decode(plain, type=AppraisalAnswer)
    return msgspec.structs.replace(kept, closed=True, at_stage=found.at_stage, may_lead=found.may_lead)


def sealed_content(platform: Platform, found: AppraisalAnswer) -> bytes:
    """The whole content as it is signed over, to be kept with the sealed minutes."""
    assert found.id is not None
    return platform.seal(msgspec.json.encode(found), _about(found.id))


def _about(appraisal_id: UUID) -> bytes:
    return b"appraisal" + appraisal_id.bytes


async def whole(scene: Scene, tx: Transaction, round_id: UUID) -> AppraisalAnswer:
    """Everything, whoever asks: for checking and for the minutes."""
    round_ = await a_round(scene, tx, round_id)
    process = round_.view.process
    scene.demand(PanelAction.VIEW, process.area_code)
    held = await store.of_round(tx, round_id)
    latest = held[-1] if held else None
    at_stage = STAGE in round_.spec.types_at(process.state)
    takers = await store.participants(tx, latest.id) if latest else []
    found = AppraisalAnswer(
        id=latest.id if latest else None, round_id=round_id, round_number=process.number, village=process.title,
        number=latest.number if latest else 0, place=latest.place if latest else "",
        opened=_moment(latest.opened_at) if latest else "", closed=latest is not None and latest.closed_at is not None,
        at_stage=at_stage, may_lead=scene.may(PanelAction.APPRAISE, process.area_code),
        participants=tuple(Taker(t.name, t.role, t.account_id) for t in takers),
        lines=await _lines(scene, tx, round_id, latest, takers) if latest or at_stage else (),
    )  # fmt: skip
    return msgspec.structs.replace(found, digest=_digest(found))


async def _lines(
    scene: Scene, tx: Transaction, round_id: UUID, latest: Appraisal | None, takers: Collection[Participant]
) -> tuple[WeighedLine, ...]:
    opinions = await store.opinions(tx, scene.platform, latest.id) if latest else {}
    accounts = {t.account_id: t.name for t in takers if t.account_id}
    people = await scene.platform.colleagues(tx, accounts)
    declared = await declared_in_round(scene.platform, tx, round_id)
    found = []
    for case in await scene.platform.cases_of(tx, round_id):
        if case.ended:
            continue
        situation = await scene.platform.situation(tx, case.id)
        said = declared.get(case.id, frozenset())
        recused = tuple(
            accounts[a] for a, p in people.items() if a in said or situation.subject.keeps_out(a, p.person_id)
        )
        opinion = opinions.get(case.id)
        recused += opinion.stayed_out if opinion else ()
        found.append(_line(case, weighed(situation.view), opinion, recused))
    return tuple(found)


def _line(
    case: Process, known: Weighed | None, said: Opinion | None, recused: tuple[str, ...]
) -> WeighedLine:
    line = WeighedLine(case_id=case.id, number=case.number, applicant=case.title, recused=recused)
    if said is not None:
        line = msgspec.structs.replace(line, stance=said.stance, reason=said.reason, changed=said.seq - 1)
    if known is None:
        return line
    ballot = known.ballot
    against = (
        said is not None and said.stance != "unclear" and (said.stance == "include") is not known.eligible
    )
    return msgspec.structs.replace(
        line, persons=known.persons, total=_yuan(known.total), per_capita=_yuan(known.per_capita),
        standard=_yuan(known.standard), labour_index=f"{known.labour_index:.2f}", eligible=known.eligible,
        ballot=BALLOT_LABELS[ballot.result] if ballot else "", agree=ballot.agree if ballot else 0,
        disagree=ballot.disagree if ballot else 0, abstain=ballot.abstain if ballot else 0, variance=known.variance,
        against=against,
    )  # fmt: skip


def _yuan(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _digest(found: AppraisalAnswer) -> str:
    """Of what was said, not of who looks."""
    said = msgspec.structs.replace(found, digest="", at_stage=True, may_lead=True, closed=False)
    return hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()


def _moment(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}"
