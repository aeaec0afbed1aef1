"""A panel is nominated, elected by a meeting, declares its kin, is registered as elected, and kept whole by substitutes."""

from __future__ import annotations

import io
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from tests.builders.installation import Somebody
from tests.plugins.women_panel.village import Village, form_panel

pytestmark = pytest.mark.anyio

SEATS = 11


async def do(
    village: Village, action: str, form: dict[str, Any], who: Somebody | None = None
) -> httpx.Response:
    return await village.act(who or village.host, f"rounds/{village.round_id}", action, form)


async def nominated(village: Village, extra: Somebody | None = None) -> None:
    """The eleven members, a cadre nobody may elect, one who declined, and a substitute to be."""
    nominees: list[dict[str, Any]] = [
        {"name": m.actor.name, "nominated_by": "一组", "answer": "accepted", "account": str(m.id)}
        for m in village.members
    ]
    nominees += [
        {"name": "王主任", "nominated_by": "二组", "answer": "accepted", "posts": ["水桥村村委会主任"]},
        {"name": "李婉拒", "nominated_by": "二组", "answer": "declined"},
    ]
    if extra is not None:
        nominees.append(
            {"name": "候补一", "nominated_by": "自荐", "answer": "accepted", "account": str(extra.id)}
        )
    answer = await do(village, "nominate", {"nominees": nominees})
    assert answer.status_code == 200, answer.text


def election(village: Village, votes: dict[str, int] | None = None, **more: Any) -> dict[str, Any]:
    counted = votes or {m.actor.name: 50 - n for n, m in enumerate(village.members)}
    return {
        "held_on": village.today.isoformat(), "place": "村委会", "chair": "主持人", "tellers": "监票人、计票人",
        "seats": SEATS, "entitled": 100, "attended": 60, "issued": 60, "valid": 58,
        "votes": [{"name": name, "votes": n} for name, n in counted.items()],
        "observers": [{"account": str(village.observer.id), "kind": "villager"}],
    } | more  # fmt: skip


def told(answer: httpx.Response) -> str:
    assert answer.status_code == 422, answer.text
    return " ".join(error["message"] for error in answer.json()["errors"])


async def test_the_panel_is_who_was_elected(forming: Village) -> None:
    village = forming
    await nominated(village)
    assert (await do(village, "record_election", election(village))).status_code == 200
    stranger = await village.house.person(village.district, "panel_member", village.area, name="没人选过")
    slipped = await form_panel(village, [*village.members[:10], stranger])
    assert "名单与推选结果不一致" in told(slipped)
    assert (await form_panel(village, village.members)).status_code == 200
    found = (await village.get(village.host, f"{village.panel}/rounds/{village.round_id}")).json()
    assert {m["account_id"] for m in found["members"]} == {str(m.id) for m in village.members}


async def test_a_meeting_that_was_too_small_elects_nobody(forming: Village) -> None:
    await nominated(forming)
    small = await do(forming, "record_election", election(forming, attended=49, issued=49, valid=49))
    assert "至少要到 50 人" in told(small)


async def test_more_ballots_than_people_are_refused(forming: Village) -> None:
    await nominated(forming)
    odd = await do(forming, "record_election", election(forming, attended=60, issued=61, valid=62))
    assert "发出的选票不能超过实到" in told(odd)
    assert "有效选票不能超过发出的" in told(odd)


async def test_a_tie_for_the_last_seat_needs_another_vote(forming: Village) -> None:
    village = forming
    extra = await village.house.person(village.district, "panel_member", village.area, name="候补一")
    await nominated(village, extra)
    votes = {m.actor.name: 50 - n for n, m in enumerate(village.members)} | {"候补一": 40}
    assert "得票相同" in told(await do(village, "record_election", election(village, votes)))


async def test_nobody_forgotten_and_nobody_unknown(forming: Village) -> None:
    village = forming
    await nominated(village)
    votes = {m.actor.name: 50 - n for n, m in enumerate(village.members)}
    unknown = await do(village, "record_election", election(village, votes | {"外村人": 3}))
    assert "外村人 没有被提名" in told(unknown)
    votes.pop(village.members[3].actor.name)
    assert "还没有登记得票" in told(await do(village, "record_election", election(village, votes)))


async def test_an_election_needs_a_villager_who_watches(forming: Village) -> None:
    await nominated(forming)
    observers = [{"account": str(forming.observer.id), "kind": "township"}]
    refused = await do(forming, "record_election", election(forming, observers=observers))
    assert "没有申请的村民" in told(refused)


async def test_a_villager_who_applies_is_no_observer(forming: Village) -> None:
    village = forming
    applicant = await village.house.person(
        village.district, "observer", village.area, name="申请的村民", person_id=village.applicants[0]
    )
    await nominated(village)
    watched = [{"account": str(applicant.id), "kind": "villager"}]
    assert (await do(village, "record_election", election(village, observers=watched))).status_code == 200
    members = {"members": [str(m.id) for m in village.members], "attendance": 60}
    refused = await do(village, "form_panel", members | {"observers": [str(applicant.id)]})
    assert refused.status_code == 403
    assert "没有申请的村民" in refused.text


async def test_a_member_who_leaves_is_followed_by_the_first_substitute(forming: Village) -> None:
    village = forming
    extra = await village.house.person(village.district, "panel_member", village.area, name="候补一")
    await nominated(village, extra)
    votes = {m.actor.name: 50 - n for n, m in enumerate(village.members)} | {"候补一": 9}
    assert (await do(village, "record_election", election(village, votes))).status_code == 200
    assert (await form_panel(village, village.members)).status_code == 200
    leaves = {"member": str(village.members[0].id), "why": "moved"}
    assert (await do(village, "replace_member", leaves)).status_code == 200
    found = (await village.get(village.host, f"{village.panel}/rounds/{village.round_id}")).json()
    sitting = {m["account_id"] for m in found["members"]}
    assert str(extra.id) in sitting
    assert str(village.members[0].id) not in sitting
    again = await do(village, "replace_member", {"member": str(village.members[1].id), "why": "ill"})
    assert again.status_code == 200
    alone = await village.post(village.host, f"{village.panel}/rounds/{village.round_id}/sessions")
    assert alone.status_code == 403
    assert "至少要有 11 人" in alone.text


async def test_nobody_is_replaced_while_the_panel_sits(village: Village) -> None:
    session = await village.open_session()
    leaves = {"member": str(village.members[0].id), "why": "moved"}
    refused = await do(village, "replace_member", leaves)
    assert refused.status_code == 403
    assert "评议会正在进行" in refused.text
    await village.post(village.host, f"{session}/close")
    assert (await do(village, "replace_member", leaves)).status_code == 200


async def test_what_a_member_declares_keeps_her_out(village: Village) -> None:
    """A direct relation enters the kinship register; any other keeps her out of that household here."""
    sister, cousin = village.members[0], village.members[1]
    form = {
        "declared": [str(m.id) for m in village.members],
        "lines": [
            {"member": str(sister.id), "household": "申请人1", "relation": "sibling"},
            {"member": str(cousin.id), "household": "申请人1", "relation": "other"},
        ],
    }  # fmt: skip
    assert (await do(village, "declare_member_kin", form)).status_code == 200
    session = await village.open_session()
    for kin in (sister, cousin):
        assert (await village.line(kin, session, village.cases[0]))["mine"] == "recused"
        assert (await village.vote(kin, session, village.cases[0], "agree")).status_code == 403
    assert (await village.line(village.host, session, village.cases[0]))["eligible_roster"] == 9
    edges = await village.rows(
        "SELECT relation FROM kinship WHERE tenant_id = $1 AND person_b = $2", village.applicants[0]
    )
    assert [row["relation"] for row in edges] == ["sibling"]


async def test_a_household_nobody_knows_cannot_be_declared(village: Village) -> None:
    form = {
        "declared": [str(village.members[0].id)],
        "lines": [{"member": str(village.members[0].id), "household": "没这户", "relation": "other"}],
    }
    assert "本轮没有" in told(await do(village, "declare_member_kin", form))


async def test_the_formation_page_shows_what_is_on_file_and_prints_it(forming: Village) -> None:
    village, page = forming, f"{forming.pages}/rounds/{forming.round_id}"
    early = await village.get(village.host, f"{page}/papers/announcement")
    assert early.status_code == 409
    assert "还没有登记推选结果" in early.text
    held = {"held_on": village.today.isoformat(), "nominate_until": village.today.isoformat()}
    notice = await do(village, "announce_election", held | {"place": "村委会", "seats": SEATS})
    assert notice.status_code == 200, notice.text
    await nominated(village)
    assert "现任水桥村村委会主任" in (await village.get(village.host, f"{page}/formation")).text
    await do(village, "record_election", election(village))
    await form_panel(village, village.members)
    shown = (await village.get(village.host, f"{page}/formation")).text
    for part in (
        "应到 100 人，实到 60 人",
        "当选",
        "本人没有同意参选",
        "还没有申报",
        "没有申请的村民",
        "任期到",
    ):
        assert part in shown, part
    said = {
        "notice": "名额：11人", "nomination": "被提名人", "announcement": "有效选票58张", "members": "任期到",
        "kinship": "申报人",
    }  # fmt: skip
    for kind, part in said.items():
        pdf = await village.get(village.host, f"{page}/papers/{kind}")
        assert pdf.headers["content-type"] == "application/pdf", pdf.text
        text = "".join("".join(p.extract_text() for p in PdfReader(io.BytesIO(pdf.content)).pages).split())
        assert part in text, (kind, text)
    assert (await village.get(village.host, f"{page}/papers/anything")).status_code == 404


async def test_a_panel_whose_term_is_over_does_not_meet(village: Village) -> None:
    village.house.later(days=366)
    host = await village.house.person(village.district, "panel_host", village.area, name="主持人")
    refused = await village.post(host, f"{village.panel}/rounds/{village.round_id}/sessions")
    assert refused.status_code == 403
    assert "任期" in refused.text
