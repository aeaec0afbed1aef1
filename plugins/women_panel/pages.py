"""The panel's pages: the host's console, and the ballot on a phone (one household per screen)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from core.sdk import Call, Invalid, Page, Redirect, Reply, Transaction, decode
from plugins.women_panel import agendas, answers, balloting, records, sessions
from plugins.women_panel.answers import CaseLine, SessionAnswer
from plugins.women_panel.api import CHOICE_LABELS, AttendanceForm, BallotForm, RemovalForm, counted
from plugins.women_panel.meeting.console import console_values
from plugins.women_panel.permissions import PanelAction
from plugins.women_panel.scene import Scene
from plugins.women_panel.urn import Vote

MINE = {
    "may_vote": "等您投票", "voted": "您已投票", "recused": "您回避这一户", "absent": "您没有签到", "missed": "您没有投",
    "not_member": "",
}  # fmt: skip


TOLD = ("may_vote", "voted", "absent", "missed")
"""Who reads what a household says of itself: who sits here and stays in; neither kin nor members of another panel."""


MOST = 300
"""Sessions on one page: more than a district has villages that meet on one evening."""


async def home(call: Call) -> Reply:
    """The sessions of one's areas, open ones first."""
    scene = Scene.of(call)
    async with scene.platform.transaction() as tx:
        mine = await records.recent(tx, scene.areas(PanelAction.VIEW), MOST)
        counts = await agendas.counted(tx, [session.id for session in mine])
        villages = await scene.platform.area_names(tx, (s.area_code for s in mine))
        rows = [(s, villages[s.area_code], *counts.get(s.id, (0, 0))) for s in mine]
    hosts = any(scene.may(PanelAction.HOST, s.area_code) for s in mine)
    return Page("women_panel/home.html", {"rows": rows, "hosts": hosts, "panel": call.here})


async def show_round(call: Call) -> Reply:
    scene = Scene.of(call)
    async with scene.platform.transaction() as tx:
        found = await answers.round_answer(scene, tx, call.path["round_id"])
    return Page("women_panel/round.html", {"found": found, "panel": call.here, "states": agendas.STATES})


async def open_session(call: Call) -> Reply:
    made = await sessions.open_session(Scene.of(call), call.path["round_id"])
    return Redirect(f"{call.here}/sessions/{made}")


async def show_session(call: Call) -> Reply:
    """The host's console; whoever does not host gets their list of households to vote on."""
    found = await _found(call)
    if not found.may_host:
        return Page("women_panel/households.html", shown(call, found))
    return await _console(call, found)


async def _console(call: Call, found: SessionAnswer, changed: balloting.Changed | None = None) -> Page:
    scene = Scene.of(call)
    async with scene.platform.transaction() as tx:
        beside = await console_values(scene, tx, found)
    values = {**shown(call, found), **beside, "changed": changed, "at": call.path.get("case_id")}
    return Page("women_panel/console.html", values, changed.status if changed else 200)


async def show_households(call: Call) -> Reply:
    """The list to vote on, for a host who is a member as well."""
    return Page("women_panel/households.html", shown(call, await _found(call)))


async def take_attendance(call: Call) -> Reply:
    """The list as it stood when the page was opened comes with it: only what this host changed is taken."""
    typed = listed(call.typed, "present")
    if "seen" in call.typed:
        typed["seen"] = [account for account in listed(call.typed, "seen")["seen"] if account]
    form = decode(AttendanceForm, typed)
    await sessions.take_attendance(Scene.of(call), call.path["session_id"], form.present, form.seen)
    return _back(call, "#attendance")


async def remove_member(call: Call) -> Reply:
    form = decode(RemovalForm, call.typed)
    await sessions.remove_member(Scene.of(call), call.path["session_id"], form.account_id, form.reason)
    return _back(call, "#attendance")


async def close_household(call: Call) -> Reply:
    """What the page said when the button was pressed comes with it: the count can't be taken back."""
    session, case = call.path["session_id"], call.path["case_id"]
    said = {name: call.typed[name] for name in ("attempt", "voted", "waiting") if name in call.typed}
    try:
        seen = msgspec.convert(said, balloting.Seen, strict=False) if said else None
        closed = await balloting.close_household(Scene.of(call), session, case, seen)
    except msgspec.ValidationError:
        raise Invalid("人数没有送全，没有计票", hint="请刷新页面再试") from None
    except balloting.Changed as changed:
        return await _console(call, await _found(call), changed)
    counted(closed)
    return _back(call, f"#c-{call.path['case_id']}")


async def close_session(call: Call) -> Reply:
    await sessions.close_session(Scene.of(call), call.path["session_id"])
    return _back(call)


UNSCORED = "还有一项没有打分，每一项都选了才能往下走。"
UNCHOSEN = "请在下面选一个再往下走。"


async def show_ballot(call: Call) -> Reply:
    """One household: who they are, and three big buttons."""
    return await _ballot(call, "women_panel/ballot.html")


async def ask_again(call: Call) -> Reply:
    """What was pressed, before it is sealed: the last moment to change it."""
    choice, scores = str(call.typed.get("choice", "")), listed(call.typed, "scores")["scores"]
    scored = choice == "score" and len(scores) == len((await _found(call)).criteria) and all(scores)
    if choice not in CHOICE_LABELS and not scored:
        wrong = UNSCORED if choice == "score" else UNCHOSEN
        return await _ballot(call, "women_panel/ballot.html", status=422, wrong=wrong, scores=scores)
    return await _ballot(call, "women_panel/confirm.html", choice=choice, scores=scores if scored else [])


async def cast(call: Call) -> Reply:
    try:
        scores = listed(call.typed, "scores") if "scores" in call.typed else {}
        form = decode(BallotForm, {**call.typed, **scores})
        tracker = await balloting.cast(
            Scene.of(call), call.path["session_id"], call.path["case_id"], Vote(form.choice, form.reason, form.scores),
            call.own.get("_key", "")[:100] or None,
        )  # fmt: skip
    except Invalid as invalid:
        choice = str(call.typed.get("choice", ""))
        wrong = invalid.fields[0].message if invalid.fields else invalid.detail
        if choice not in CHOICE_LABELS:
            kept = listed(call.typed, "scores")["scores"]
            return await _ballot(call, "women_panel/ballot.html", status=422, wrong=wrong, scores=kept)
        return await _ballot(call, "women_panel/confirm.html", status=422, choice=choice, wrong=wrong)
    # Answered at once and not by a redirect: no address, and so no log, ever holds a tracker.
    return await _ballot(call, "women_panel/sealed.html", tracker=tracker)


async def declare_conflict(call: Call) -> Reply:
    await balloting.declare_conflict(Scene.of(call), call.path["session_id"], call.path["case_id"])
    return await _onwards(call)


async def _found(call: Call) -> SessionAnswer:
    scene = Scene.of(call)
    async with scene.platform.transaction() as tx:
        return await answers.session_answer(scene, tx, call.path["session_id"])


def shown(call: Call, found: SessionAnswer) -> dict[str, Any]:
    mine = [
        c for c in found.cases if c.mine in ("may_vote", "voted") and not (c.on_paper and c.state == "open")
    ]
    return {
        "found": found, "panel": call.here, "session": f"{call.here}/sessions/{found.id}", "states": agendas.STATES,
        "mine": MINE, "next": _next(found), "voted": sum(c.mine == "voted" for c in mine), "to_vote": len(mine),
        "member": any(c.mine != "not_member" for c in found.cases),
    }  # fmt: skip


def _next(found: SessionAnswer) -> CaseLine | None:
    return next(
        (c for c in found.cases if c.state == "open" and c.mine == "may_vote" and not c.on_paper), None
    )


async def _ballot(call: Call, template: str, *, status: int = 200, **values: Any) -> Page:
    scene, case_id = Scene.of(call), call.path["case_id"]
    async with scene.platform.transaction() as tx:
        found = await answers.session_answer(scene, tx, call.path["session_id"])
        line = await _line(tx, found, case_id)
        household = (await answers.households_of(scene, tx, [await scene.platform.process(tx, case_id)]))[
            case_id
        ]
        told = line.mine in TOLD and not await answers.related(scene, tx, found.round_id, case_id)
        photo = told and line.mine == "may_vote" and case_id in await agendas.photos(tx, found.id)
    place = 1 + found.cases.index(line)
    around = {
        **shown(call, found),
        "line": line,
        "household": household,
        "told": told,
        "photo": photo,
        "scores": [],
        "place": place,
        "choices": CHOICE_LABELS,
    }
    return Page(template, {"wrong": "", **around, **values}, status)


async def _line(tx: Transaction, found: SessionAnswer, case_id: UUID) -> CaseLine:
    """Raises NotFound for a household that is not on this session's agenda."""
    await agendas.entry(tx, found.id, case_id)
    return next(c for c in found.cases if c.case_id == case_id)


async def _onwards(call: Call) -> Redirect:
    """To the next household, or to the list when there is none left."""
    found = await _found(call)
    ahead = _next(found)
    here = f"{call.here}/sessions/{found.id}"
    return Redirect(f"{here}/vote#{ahead.case_id}" if ahead else f"{here}/households")


def _back(call: Call, anchor: str = "") -> Redirect:
    return Redirect(f"{call.here}/sessions/{call.path['session_id']}{anchor}")


def listed(typed: Any, name: str) -> dict[str, Any]:
    """A single ticked box comes as one text, several as a list."""
    value = typed.get(name, [])
    return {name: [value] if isinstance(value, str) else value if isinstance(value, list) else []}
