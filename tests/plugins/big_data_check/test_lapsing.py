"""Authorisations that run out: who sees them coming, whom the household hears it from, and that nothing is asked after them."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sdk import Conflict
from core.sdk.documents import first_sheet
from core.sdk.house import Bound
from plugins.big_data_check.authorisation import Consent, Person, expires, lapses, permitted
from plugins.big_data_check.lapsing.watching import run_watch
from plugins.big_data_check.signatures import signatures
from tests.builders.casework import Case, renamed
from tests.builders.households import elderly_couple, marginal_family
from tests.plugins.big_data_check.office import Office, plugin_context
from tests.plugins.big_data_check.test_consent import signed, submitted, with_daughter

BORN = date(2009, 3, 15)
CHILD = Person(uuid4(), "王小明", BORN)


@given(st.dates(date(2020, 1, 1), date(2027, 3, 14)), st.booleans())
def test_what_a_guardian_signed_for_a_minor_ends_when_they_come_of_age(
    signed_on: date, incapable: bool
) -> None:
    consent = Consent(CHILD.person_id, signed_on, guardian="王建国", incapable=incapable)
    last = lapses(consent, CHILD)
    assert last == (expires(consent) if incapable else min(expires(consent), date(2027, 3, 14)))
    for today in (last, last + timedelta(days=1)):
        found = permitted("SQ-1", [CHILD], [consent], today)
        assert bool(found.may) == (today <= last)
        assert bool(found.refused) == (today > last)


def test_who_came_of_age_is_told_to_sign_for_themselves() -> None:
    consent = Consent(CHILD.person_id, date(2026, 9, 1), guardian="王建国")
    found = permitted("SQ-1", [CHILD], [consent], date(2027, 3, 15))
    assert found.refused[0].reason == "已满18岁，监护人签的不再有效，请本人重新签署"
    assert signatures([CHILD], [consent], date(2027, 3, 15))[0].guardian == ""


def test_a_signature_that_never_held_counts_as_missing() -> None:
    today = date(2026, 9, 1)
    grown = Person(uuid4(), "王建国", date(1970, 1, 1))
    consents = [Consent(CHILD.person_id, today), Consent(grown.person_id, today + timedelta(days=1))]
    assert [s.until for s in signatures([CHILD, grown], consents, today)] == [None, None]


async def watch(office: Office) -> None:
    """What the clock does every hour, and the worker after it."""
    await run_watch(await plugin_context(office), {})
    await office.bureau.house.work_off()


async def listed(office: Office, tab: str, who: str = "township_clerk") -> dict[str, Any]:
    answer = await office.get(office.bureau.staff[who], f"/authorisations?tab={tab}")
    assert answer.status_code == 200, answer.text
    return {row["case_id"]: row for row in answer.json()["rows"]}


async def reminders(office: Office, case: Case) -> int:
    rows = await office.rows(
        "SELECT seq FROM journal WHERE tenant_id = $1 AND process_id = $2 AND action = 'remind_authorisation'",
        case.id,
    )
    return len(rows)


async def beside(office: Office, who: str = "township_clerk") -> list[str]:
    answer = await office.bureau.get(who, "/work")
    assert answer.status_code == 200, answer.text
    return [item["label"] for item in answer.json()["beside"]]


@pytest.mark.anyio
async def test_a_household_is_reminded_before_and_after_and_stands_on_the_list_until_all_have_signed(
    office: Office,
) -> None:
    bureau = office.bureau
    supporter = signed(office, "到", sources=["vehicles"])
    case, answer = await submitted(
        office, with_daughter("到", consent=True), supporter_authorisations=[supporter]
    )
    assert answer.status_code == 200, answer.text
    await bureau.house.work_off()
    assert await listed(office, "soon") == {}
    assert not any("核对授权" in label for label in await beside(office))

    bureau.house.later(days=340)
    await watch(office)
    await watch(office)
    line = (await listed(office, "soon"))[str(case.id)]
    assert (line["soon"], line["lapsed"], line["supporters"], line["missing"]) == (3, 0, 1, 0)
    assert await reminders(office, case) == 1
    assert "1 户的核对授权快到期，请约时间重签" in await beside(office)
    assert "1 户的核对授权快到期，请约时间重签" in await beside(office, "village_clerk")
    told = await office.rows(
        "SELECT id FROM sms_notice_message WHERE tenant_id = $1 AND process_id = $2 AND notice = 'authorisation'",
        case.id,
    )
    assert len(told) == 1

    bureau.house.later(days=40)
    await watch(office)
    assert await reminders(office, case) == 2
    line = (await listed(office, "lapsed"))[str(case.id)]
    assert (line["lapsed"], line["soon"]) == (3, 0)
    work = await bureau.house.client.get(
        f"/d/{bureau.district.code}/work", headers=bureau.staff["township_clerk"].headers
    )
    assert "1 户的核对授权已过期，补签前不能核对" in work.text
    page = await office.page(bureau.staff["township_clerk"], "/authorisations?tab=lapsed")
    assert f"/cases/{case.id}/do/renew_authorisation" in page.text
    assert "赡养人 1 人，要本人签" in page.text
    await renewed_by_all(office, case)


@pytest.mark.anyio
async def test_households_whose_signatures_run_out_on_one_day_are_all_reminded(office: Office) -> None:
    cases = [(await submitted(office, renamed(elderly_couple(), mark)))[0] for mark in ("同日甲", "同日乙")]
    await office.bureau.house.work_off()
    office.bureau.house.later(days=380)
    await watch(office)
    assert [await reminders(office, case) for case in cases] == [1, 1]


@pytest.mark.anyio
async def test_who_never_signs_again_holds_up_no_reminder_of_others(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    bureau = office.bureau
    case, _ = await submitted(
        office, with_daughter("拖", consent=True), supporter_authorisations=[signed(office, "拖")]
    )
    await bureau.house.work_off()
    bureau.house.later(days=380)
    await watch(office)
    assert await reminders(office, case) == 1
    people = [{"person_id": p, "signed_on": bureau.today.isoformat()} for p in case.people.values()]
    form = {"authorisations": people, "papers": [bureau.photo]}
    await bureau.do("village_clerk", case, "renew_authorisation", form)
    await bureau.house.work_off()
    await watch(office)
    assert await reminders(office, case) == 1, "the daughter's day was told before"
    bureau.house.later(days=340)
    acting = Bound.act

    async def busy(*_: Any, **__: Any) -> Any:
        raise Conflict("正在办理")

    monkeypatch.setattr(Bound, "act", busy)
    await watch(office)
    monkeypatch.setattr(Bound, "act", acting)
    await watch(office)
    assert await reminders(office, case) == 1, "tried again the next day, not every hour"
    bureau.house.later(days=1)
    await watch(office)
    await watch(office)
    assert await reminders(office, case) == 2


async def renewed_by_all(office: Office, case: Case) -> None:
    """The form knows who has to sign; the case leaves the list with the last of them."""
    bureau = office.bureau
    form = await bureau.house.client.get(
        f"/d/{bureau.district.code}/cases/{case.id}/do/renew_authorisation",
        headers=bureau.staff["township_clerk"].headers,
    )
    assert form.status_code == 200, form.text
    assert "马兰到（赡养人）" in form.text
    assert form.text.count(" selected>") >= 3
    today, daughter = bureau.today.isoformat(), await supporter_of(office, case)
    papers = {"papers": [bureau.photo]}
    people = [{"person_id": p, "signed_on": today} for p in case.people.values()]
    await bureau.do("village_clerk", case, "renew_authorisation", {"authorisations": people, **papers})
    await bureau.house.work_off()
    line = (await listed(office, "lapsed"))[str(case.id)]
    assert (line["lapsed"], line["supporters"]) == (1, 1)
    hers = [{"person_id": daughter, "signed_on": today}]
    await bureau.do("village_clerk", case, "renew_authorisation", {"authorisations": hers, **papers})
    await bureau.house.work_off()
    assert str(case.id) not in await listed(office, "lapsed")
    assert str(case.id) not in await listed(office, "soon")


async def supporter_of(office: Office, case: Case) -> str:
    z = office.bureau.house.zhunbao
    async with office.bureau.house.inside(office.bureau.district) as tx:
        situation = await z.situations.load(tx, office.bureau.staff["township_clerk"].actor, case.id)
    from core.stages.application import Application

    application = situation.view.records.last(Application)
    assert application is not None
    return str(next(iter(application.supporters)))


@pytest.mark.anyio
async def test_the_renewed_signature_of_a_supporter_is_good_for_the_same_data_and_no_more(
    office: Office,
) -> None:
    bureau = office.bureau
    supporter = signed(office, "再", sources=["vehicles"])
    case, _ = await submitted(office, with_daughter("再", consent=True), supporter_authorisations=[supporter])
    await bureau.take(case, "investigating")
    await bureau.do("visitor", case, "record_visit", bureau.visit(case))
    bureau.house.later(days=400)
    people = [*case.people.values(), await supporter_of(office, case)]
    renewed = [{"person_id": p, "signed_on": bureau.today.isoformat()} for p in people]
    await bureau.do(
        "township_clerk", case, "renew_authorisation", {"authorisations": renewed, "papers": [bureau.photo]}
    )
    await office.request(case)
    request = await office.newest(case)
    hers = {r["source"]: r for r in request["results"] if "马兰再" in r["person"]}
    assert hers["vehicles"]["result"] == "no_hit"
    assert hers["deposits"]["reason"] == "授权书没有包括这个来源"


@pytest.mark.anyio
async def test_a_stranger_cannot_sign_and_a_minor_not_without_a_guardian(office: Office) -> None:
    case = await office.visited(renamed(elderly_couple(), "生"))
    stranger = [{"person_id": str(uuid4()), "signed_on": office.bureau.today.isoformat()}]
    form = {"authorisations": stranger, "papers": [office.bureau.photo]}
    refused = await office.bureau.act("township_clerk", case, "renew_authorisation", form)
    assert refused.status_code == 422
    assert "也不是签过授权的赡养人" in refused.text
    facts = renamed(marginal_family(), "幼")
    family = await office.visited(facts)
    child = next(m for m in facts.members if m.birth_date.year > 2010)
    line = {"person_id": family.people[child.name], "signed_on": office.bureau.today.isoformat()}
    form = {"authorisations": [line], "papers": [office.bureau.photo]}
    refused = await office.bureau.act("township_clerk", family, "renew_authorisation", form)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "authorisations.0.guardian"
    assert "未满18岁，请填写签字的监护人" in refused.text
    form["authorisations"] = [{**line, "guardian": facts.applicant.name}]
    await office.bureau.do("township_clerk", family, "renew_authorisation", form)


@pytest.mark.anyio
async def test_a_source_that_was_silent_is_not_asked_again_once_the_signature_ran_out(office: Office) -> None:
    office.simulated.source("vehicles", state="down")
    case = await office.investigated(renamed(elderly_couple(), "哑"))
    before = len(office.simulated.asked())
    assert before
    office.simulated.source("vehicles", state="up")
    office.bureau.house.later(days=400)
    await office.sweep()
    assert len(office.simulated.asked()) == before
    request = await office.newest(case)
    vehicles = [r for r in request["results"] if r["source"] == "vehicles"]
    assert {r["result"] for r in vehicles} == {"no_data"}
    assert all("过期，请重新签署" in r["reason"] for r in vehicles)


@pytest.mark.anyio
async def test_only_those_who_collect_signatures_see_the_list_and_only_of_their_area(office: Office) -> None:
    assert (await office.get(office.host, "/authorisations")).status_code == 403
    for role in ("visitor", "observer", "spot_checker"):
        assert (await office.get(office.bureau.staff[role], "/authorisations")).status_code == 403
    await office.visited(renamed(elderly_couple(), "域"))
    office.bureau.house.later(days=340)
    await watch(office)
    assert await listed(office, "soon", "district_officer")
    elsewhere = await office.bureau.house.person(
        office.bureau.district, "township_clerk", office.bureau.district.code + "999000"
    )
    answer = await office.get(elsewhere, "/authorisations?tab=soon")
    assert answer.json()["rows"] == []
    assert answer.json()["counts"] == {
        "soon": 0, "lapsed": 0, "missing": 0, "withdrawn": 0, "uncovered": 0,
    }  # fmt: skip


@pytest.mark.anyio
async def test_the_list_is_taken_as_excel_by_whoever_sees_it_and_that_is_kept(office: Office) -> None:
    case = await office.visited(renamed(elderly_couple(), "表"))
    office.bureau.house.later(days=340)
    await watch(office)
    clerk = office.bureau.staff["township_clerk"]
    page = await office.page(clerk, "/authorisations?tab=soon")
    assert "/authorisations/excel?tab=soon" in page.text
    file = await office.page(clerk, "/authorisations/excel?tab=soon")
    assert file.status_code == 200
    assert "spreadsheetml" in file.headers["content-type"]
    rows = [list(row) for row in first_sheet(io.BytesIO(file.content))]
    lines = await listed(office, "soon")
    assert len(rows) == len(lines) + 1
    line, [mine] = lines[str(case.id)], [row for row in rows if row[0] == lines[str(case.id)]["case_number"]]
    assert mine[1:3] == [line["title"], mine[2]]
    assert (str(mine[3]), mine[5]) == (line["first_until"], 2)
    kept = await office.rows(
        """SELECT process_id, actor_id, outcome FROM big_data_check_log
           WHERE tenant_id = $1 AND event = 'looked' AND purpose = '下载核对授权名单'"""
    )
    assert {str(row["process_id"]) for row in kept} == {*lines, "None"}
    assert {row["actor_id"] for row in kept} == {clerk.id}
    assert f"列出 {len(lines)} 户" in {row["outcome"] for row in kept}
    assert (await office.page(office.host, "/authorisations/excel?tab=soon")).status_code == 403
    uncovered = await office.page(clerk, "/authorisations/excel?tab=uncovered")
    assert next(first_sheet(io.BytesIO(uncovered.content)))[0] == "申请人"


@pytest.mark.anyio
async def test_work_items_are_not_asked_for_by_those_who_hold_no_permission(office: Office) -> None:
    """`work_items`: an observer's desk has nothing of verification."""
    assert await beside(office, "observer") == []
