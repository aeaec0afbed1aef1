"""A panel is nominated, elected by a meeting, declares its kin, and is registered as elected."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader

from core.settings import Keyring
from core.storage.embedded import Urls
from tests.plugins.women_panel.electing import SEATS, declared, do, election, nominated, told
from tests.plugins.women_panel.village import Village, a_house, a_village, form_panel, register

pytestmark = pytest.mark.anyio


async def test_no_panel_without_an_election_on_file(forming: Village) -> None:
    refused = await register(forming, forming.members)
    assert refused.status_code == 403
    assert "还没有登记推选结果" in refused.text


async def test_no_election_without_a_notice_and_nominations(forming: Village) -> None:
    refused = await do(forming, "record_election", election(forming))
    assert refused.status_code == 403
    assert "还没有发布这次推选的公告" in refused.text
    held = {"held_on": forming.today.isoformat(), "nominate_until": forming.today.isoformat()}
    await do(forming, "announce_election", held | {"place": "村委会", "seats": SEATS})
    refused = await do(forming, "record_election", election(forming))
    assert "还没有人被提名" in refused.text


async def test_nobody_sits_who_has_not_declared_her_kin(forming: Village) -> None:
    village = forming
    await nominated(village)
    await do(village, "record_election", election(village))
    silent = village.members[3]
    most = [str(m.id) for m in village.members if m is not silent]
    await do(village, "declare_member_kin", {"declared": most})
    refused = await register(village, village.members)
    assert refused.status_code == 403
    assert f"还没有申报亲属关系：{silent.actor.name}" in refused.text
    await declared(village)
    assert (await register(village, village.members)).status_code == 200


async def test_the_panel_is_who_was_elected(forming: Village) -> None:
    village = forming
    await nominated(village)
    assert (await do(village, "record_election", election(village))).status_code == 200
    await declared(village)
    stranger = await village.newcomer("没人选过")
    slipped = await register(village, [*village.members[:10], stranger])
    assert "名单与推选结果不一致" in told(slipped)
    short = told(await register(village, village.members[:8]))
    assert "小组要有 11–11 人，现在选了 8 人" in short
    twice = told(await register(village, [*village.members[:10], village.members[0]]))
    assert "同一个人只能列一次" in twice
    assert (await register(village, village.members)).status_code == 200
    found = (await village.get(village.host, f"{village.panel}/rounds/{village.round_id}")).json()
    assert {m["account_id"] for m in found["members"]} == {str(m.id) for m in village.members}


async def test_a_man_is_not_elected_to_a_womens_panel(forming: Village) -> None:
    village = forming
    await nominated(village)
    votes = {m.actor.name: 50 - n for n, m in enumerate(village.members)} | {"张大哥": 58}
    assert (await do(village, "record_election", election(village, votes))).status_code == 200
    found = (await village.get(village.host, f"{village.panel}/rounds/{village.round_id}/formation")).json()
    his = next(n for n in found["nominees"] if n["name"] == "张大哥")
    assert (his["standing"], his["reason"]) == ("not_elected", "妇女评议小组由妇女组成")


async def test_a_man_nominated_as_a_woman_is_found_out_by_his_id_number(forming: Village) -> None:
    village = forming
    village.members[2] = await village.newcomer("王假名", sex="male")
    await nominated(village)
    assert (await do(village, "record_election", election(village))).status_code == 200
    await declared(village)
    refused = await register(village, village.members)
    assert refused.status_code == 403
    assert "按身份证号登记的性别，这些人不是：王假名" in refused.text
    page = await village.get(village.host, f"{village.pages}/rounds/{village.round_id}/formation")
    assert "这些人不是：王假名" in page.text
    assert "/do/form_panel" not in page.text


async def test_a_district_that_lets_men_sit_has_them(fresh_urls: Urls, tmp_path: Path, keys: Keyring) -> None:
    async with a_house(fresh_urls, tmp_path, keys, women_only=False) as place:
        village = await a_village(*place, formed=False)
        village.members[2] = await village.newcomer("王先生", sex="male")
        await form_panel(village)


async def test_a_member_nobody_knows_is_not_registered(forming: Village) -> None:
    village = forming
    village.members[2] = await village.house.person(
        village.district, "panel_member", village.area, name="无名氏"
    )
    await nominated(village)
    await do(village, "record_election", election(village))
    await declared(village)
    refused = await register(village, village.members)
    assert refused.status_code == 403
    assert "查不出性别和亲属关系：无名氏" in refused.text


async def test_a_meeting_that_was_too_small_elects_nobody(forming: Village) -> None:
    await nominated(forming)
    small = await do(forming, "record_election", election(forming, attended=49, issued=49, valid=49))
    assert "至少要到 50 人" in told(small)


async def test_more_ballots_than_people_are_refused(forming: Village) -> None:
    await nominated(forming)
    odd = await do(forming, "record_election", election(forming, attended=60, issued=61, valid=62))
    assert "发出的选票不能超过实到" in told(odd)
    assert "有效选票不能超过发出的" in told(odd)


async def test_an_election_of_tomorrow_is_refused(forming: Village) -> None:
    await nominated(forming)
    tomorrow = (forming.today + timedelta(days=1)).isoformat()
    early = await do(forming, "record_election", election(forming, held_on=tomorrow))
    assert "推选会日期不能晚于今天" in told(early)


async def test_a_tie_for_the_last_seat_needs_another_vote(forming: Village) -> None:
    village = forming
    extra = await village.newcomer("候补一")
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


async def test_an_election_is_watched_from_the_township_the_group_and_the_villagers(
    fresh_urls: Urls, tmp_path: Path, keys: Keyring
) -> None:
    kinds = ["township", "group", "villager"]
    async with a_house(fresh_urls, tmp_path, keys, observer_kinds=kinds) as place:
        village = await a_village(*place, formed=False)
        await nominated(village)
        alone = told(await do(village, "record_election", election(village)))
        assert "还缺来自“乡镇、村民小组”的监督员" in alone
        same = [{"account": str(village.observer.id), "kind": kind} for kind in kinds]
        assert "同一名监督员只能列一次" in told(
            await do(village, "record_election", election(village, observers=same))
        )
        others = [await village.newcomer(name, "observer") for name in ("组长", "乡镇干部")]
        three = [
            {"account": str(who.id), "kind": kind}
            for who, kind in zip((others[1], others[0], village.observer), kinds, strict=True)
        ]
        held = await do(village, "record_election", election(village, observers=three))
        assert held.status_code == 200, held.text


async def test_an_election_keeps_to_its_notice(forming: Village) -> None:
    await nominated(forming)
    assert "公告的名额是 11 人" in told(await do(forming, "record_election", election(forming, seats=12)))
    yesterday = (forming.today - timedelta(days=1)).isoformat()
    assert "不能比公告的早" in told(
        await do(forming, "record_election", election(forming, held_on=yesterday))
    )


async def test_there_are_no_more_votes_than_the_ballots_could_hold(forming: Village) -> None:
    village = forming
    extra = await village.newcomer("候补一")
    await nominated(village, extra)
    votes = {m.actor.name: 58 for m in village.members} | {"候补一": 1}
    assert "得票加起来超过了选票能有的票数" in told(
        await do(village, "record_election", election(village, votes))
    )


async def test_nobody_new_is_nominated_after_the_day_the_notice_gave(
    fresh_urls: Urls, tmp_path: Path, keys: Keyring
) -> None:
    async with a_house(fresh_urls, tmp_path, keys) as place:
        village = await a_village(*place, formed=False)
        await nominated(village)
        village.house.later(days=1)
        late = {"name": "后来的", "nominated_by": "一组", "answer": "accepted"}
        refused = told(await do(village, "nominate", {"nominees": [late]}))
        assert "截止" in refused
        assert "不能再加 后来的" in refused
        known = {"name": village.members[0].actor.name, "nominated_by": "一组", "answer": "accepted",
                 "account": str(village.members[0].id)}  # fmt: skip
        assert (await do(village, "nominate", {"nominees": [known]})).status_code == 200


async def test_a_villager_who_applies_is_no_observer(forming: Village) -> None:
    village = forming
    applicant = await village.house.person(
        village.district, "observer", village.area, name="申请的村民", person_id=village.applicants[0]
    )
    await nominated(village)
    watched = [{"account": str(applicant.id), "kind": "villager"}]
    assert (await do(village, "record_election", election(village, observers=watched))).status_code == 200
    await declared(village)
    members = {"members": [str(m.id) for m in village.members], "attendance": 60}
    refused = await do(village, "form_panel", members | {"observers": [str(applicant.id)]})
    assert refused.status_code == 403
    assert "没有申请的村民" in refused.text


async def test_a_villager_of_whom_nothing_is_known_is_no_observer(forming: Village) -> None:
    village = forming
    unknown = await village.house.person(village.district, "observer", village.area, name="不知谁")
    await nominated(village)
    watched = [{"account": str(unknown.id), "kind": "villager"}]
    await do(village, "record_election", election(village, observers=watched))
    await declared(village)
    members = {"members": [str(m.id) for m in village.members], "attendance": 60}
    refused = await do(village, "form_panel", members | {"observers": [str(unknown.id)]})
    assert refused.status_code == 403
    assert "查不出家里有没有申请" in refused.text


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
    await nominated(village)
    assert "现任水桥村村委会主任" in (await village.get(village.host, f"{page}/formation")).text
    await do(village, "record_election", election(village))
    waiting = (await village.get(village.host, f"{page}/formation")).text
    assert "还没有申报" in waiting
    await declared(village)
    await register(village, village.members)
    shown = (await village.get(village.host, f"{page}/formation")).text
    for part in (
        "应到 100 人，实到 60 人",
        "当选",
        "本人没有同意参选",
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
