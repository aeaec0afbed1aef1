"""The panel over JSON: what its pages can do, programs can do."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from core.sdk import Call, Conflict, File, Json
from core.sdk.household import Form
from plugins.women_panel import answers, balloting, publication, sessions
from plugins.women_panel.answers import Cast
from plugins.women_panel.config import ReasonText
from plugins.women_panel.filing import Closed
from plugins.women_panel.gates import check_sender, withdrawn
from plugins.women_panel.scene import Scene
from plugins.women_panel.urn import Said, Score, Tracker, Vote

CHOICE_LABELS = {"agree": "同意", "disagree": "不同意", "abstain": "弃权"}
SAID_LABELS = {**CHOICE_LABELS, "score": "打分"}


class SessionForm(Form, frozen=True):
    """Empty: every household of the round without a result."""

    cases: Annotated[tuple[UUID, ...], Meta(title="只评议这些户", max_length=500)] = ()


class AttendanceForm(Form, frozen=True):
    present: Annotated[
        tuple[UUID, ...], Meta(title="在场的成员", max_length=60, extra={"widget": "accounts"})
    ] = ()
    seen: Annotated[
        Annotated[tuple[UUID, ...], Meta(max_length=60)] | None,
        Meta(title="名单上原来在场的成员", description="填了的，只记与它不同的人；不填的，全部重记"),
    ] = None
    """The list as it stood when it was ticked: what others changed since stays as it is."""


Sender = Annotated[UUID | None, Meta(title="投票的人", description="填了的，要和登录的人一致；手机总是填")]
"""Whoever declared or sealed: a phone may send it later, when another woman is signed in there (409 `another_account`)."""
Attempt = Annotated[
    Annotated[int, Meta(ge=1)] | None,
    Meta(title="第几次投票", description="封票的时候是第几次；作废了的不收"),
]


class BallotForm(Form, frozen=True):
    """`scores` with `score`, where the district votes by a form. `tracker`: twelve digits the phone made; else made here."""

    choice: Annotated[Said, Meta(title="您的意见", extra={"labels": SAID_LABELS})]
    reason: Annotated[str, Meta(title="理由", max_length=40)] = ""
    scores: Annotated[tuple[Score, ...], Meta(title="各项打分", max_length=12)] = ()
    tracker: Annotated[Tracker, Meta(title="查票号")] = ""
    account_id: Sender = None
    attempt: Attempt = None


class SealedBallotForm(Form, frozen=True):
    """HPKE (RFC 9180, base mode, P-256, HKDF-SHA256, AES-256-GCM) for the session's `ballot_key`: see `sealing`."""

    sealed: Annotated[
        str, Meta(title="封好的票", min_length=100, max_length=1000, pattern="^[A-Za-z0-9+/]+=*$")
    ]
    account_id: Sender = None
    attempt: Attempt = None


class ConflictForm(Form, frozen=True):
    """She stays out of the household; no more is said."""

    account_id: Sender = None


class RemovalForm(Form, frozen=True):
    account_id: Annotated[UUID, Meta(title="成员", extra={"widget": "account"})]
    reason: Annotated[ReasonText, Meta(title="理由")]


class NoBody(Form, frozen=True):
    """Nothing to say."""


class CountForm(Form, frozen=True):
    """`seen`: how the household stood when the count was asked for; refused with 409 where it no longer does."""

    seen: Annotated[balloting.Seen | None, Meta(title="看到的人数")] = None


class Removed(msgspec.Struct, frozen=True):
    """`voted_again` households are voted on again, because the removed member's ballot cannot be told apart."""

    voted_again: int


class Recused(msgspec.Struct, frozen=True):
    session_id: UUID
    case_id: UUID
    mine: str = "recused"


async def show_round(call: Call) -> Json:
    scene = Scene.of(call)
    async with scene.platform.transaction() as tx:
        return Json(await answers.round_answer(scene, tx, call.path["round_id"]))


async def open_session(call: Call) -> Json:
    made = await sessions.open_session(Scene.of(call), call.path["round_id"], call.body.cases)
    return await _session(call, made, 201)


async def show_session(call: Call) -> Json:
    return await _session(call, call.path["session_id"])


async def take_attendance(call: Call) -> Json:
    await sessions.take_attendance(Scene.of(call), call.path["session_id"], call.body.present, call.body.seen)
    return await _session(call, call.path["session_id"])


async def remove_member(call: Call) -> Json:
    form: RemovalForm = call.body
    again = await sessions.remove_member(
        Scene.of(call), call.path["session_id"], form.account_id, form.reason
    )
    return Json(Removed(again))


async def cast(call: Call) -> Json:
    session, case = call.path["session_id"], call.path["case_id"]
    form: BallotForm = call.body
    check_sender(call.actor.account_id, form.account_id)
    vote = Vote(form.choice, form.reason, form.scores, form.tracker)
    tracker = await balloting.cast(Scene.of(call), session, case, vote, call.idempotency_key, form.attempt)
    return Json(Cast(session, case, tracker="" if form.tracker else tracker), 201)


async def cast_sealed(call: Call) -> Json:
    session, case = call.path["session_id"], call.path["case_id"]
    form: SealedBallotForm = call.body
    check_sender(call.actor.account_id, form.account_id)
    key = call.idempotency_key
    await balloting.cast(Scene.of(call), session, case, form.sealed, key, form.attempt)
    return Json(Cast(session, case), 201)


async def show_record(call: Call) -> File:
    """The published record as it was written, byte for byte: its SHA-256 is on the case's file."""
    scene = Scene.of(call)
    async with scene.platform.transaction() as tx:
        found = await publication.publication(scene, tx, call.path["session_id"], call.path["case_id"])
    return File(found.text.encode(), "application/json", f"{found.record.case}.json")


async def declare_conflict(call: Call) -> Json:
    session, case = call.path["session_id"], call.path["case_id"]
    form: ConflictForm = call.body
    check_sender(call.actor.account_id, form.account_id)
    await balloting.declare_conflict(Scene.of(call), session, case)
    return Json(Recused(session, case))


async def close_household(call: Call) -> Json:
    form: CountForm = call.body
    closed = await balloting.close_household(
        Scene.of(call), call.path["session_id"], call.path["case_id"], form.seen
    )
    told = counted(closed)
    return Json(told)


async def close_session(call: Call) -> Json:
    await sessions.close_session(Scene.of(call), call.path["session_id"])
    return await _session(call, call.path["session_id"])


def counted(closed: Closed) -> answers.Result:
    """The count. Raises Conflict when the vote has to start again, or nobody votes on it any more; either is stored by then."""
    if closed.withdrawn:
        raise withdrawn()
    if closed.tally is None:
        raise Conflict(
            "有已投票的成员后来查出与这户有亲属关系，这一户的票全部作废，没有计票。",
            source="近亲属回避（57号 11）", hint="请其余成员对这一户重新投票，再结束投票",
        )  # fmt: skip
    return answers.result_of(closed.tally, closed.reasons)


async def _session(call: Call, session_id: UUID, status: int = 200) -> Json:
    scene = Scene.of(call)
    async with scene.platform.transaction() as tx:
        return Json(await answers.session_answer(scene, tx, session_id), status)
