"""Whoever signed may take it back (PIPL 15): from then on nothing is asked about them, and nothing ends by itself."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from core.sdk import Records
from core.stages.calculation import Calculation
from plugins.big_data_check.authorisation import Consent, Person, permitted
from plugins.big_data_check.signatures import signatures
from plugins.big_data_check.taking_back import AuthorisationWithdrawal
from tests.builders.casework import Case, id_numbers, renamed
from tests.builders.households import elderly_couple, marginal_family
from tests.builders.installation import VILLAGE, Somebody
from tests.plugins.big_data_check.office import Office, results
from tests.plugins.big_data_check.test_consent import DAUGHTER, signed, submitted, with_daughter
from tests.plugins.big_data_check.test_lapsing import listed, reminders, supporter_of, watch

pytestmark = pytest.mark.anyio

GROWN = Person(uuid4(), "王建国", date(1970, 1, 1))
SIGNED, WITHDRAWN = date(2026, 8, 10), date(2026, 9, 1)


def asked_after(*consents: Consent) -> tuple[bool, str]:
    found = permitted("SQ-1", [GROWN], consents, date(2026, 9, 20))
    return bool(found.may), found.refused[0].reason if found.refused else ""


def test_who_took_it_back_is_not_asked_about_until_they_sign_anew() -> None:
    gone = Consent(GROWN.person_id, SIGNED, taken_back=WITHDRAWN)
    assert asked_after(gone) == (False, "已于 2026-09-01 撤回核对授权，不再查询")
    old_paper = Consent(GROWN.person_id, WITHDRAWN - timedelta(days=1))
    assert asked_after(gone, old_paper) == (False, "已于 2026-09-01 撤回核对授权，不再查询")
    assert asked_after(gone, Consent(GROWN.person_id, WITHDRAWN)) == (True, "")


def test_what_was_taken_back_is_neither_missing_nor_due() -> None:
    gone = Consent(GROWN.person_id, SIGNED, taken_back=WITHDRAWN)
    [one] = signatures([GROWN], [gone], date(2026, 9, 20))
    assert (one.until, one.taken_back) == (None, WITHDRAWN)


async def by_paper(office: Office, case: Case, person: str, who: str = "village_clerk", **form: Any) -> Any:
    body = {"person_id": person, "papers": [office.bureau.photo], **form}
    return await office.bureau.act(who, case, "withdraw_authorisation", body)


async def taken_back(office: Office, case: Case, person: str, **form: Any) -> None:
    answer = await by_paper(office, case, person, **form)
    assert answer.status_code == 200, answer.text
    await office.bureau.house.work_off()


async def renewed(office: Office, case: Case, *people: str) -> None:
    lines = [{"person_id": p, "signed_on": office.bureau.today.isoformat()} for p in people]
    form = {"authorisations": lines, "papers": [office.bureau.photo]}
    await office.bureau.do("township_clerk", case, "renew_authorisation", form)
    await office.bureau.house.work_off()


def of(office: Office, case: Case, person: str) -> int:
    """How often the platform was asked about one member."""
    numbers = dict(zip(case.people.values(), id_numbers(case.facts), strict=True))
    return sum(line["id_number"] == numbers[person] for line in office.simulated.asked())


async def panel_of(office: Office, case: Case, who: str) -> str:
    house = office.bureau.house
    page = await house.client.get(
        f"/d/{office.bureau.district.code}/cases/{case.id}", headers=office.bureau.staff[who].headers
    )
    assert page.status_code == 200
    return page.text


async def test_who_withdraws_while_a_source_is_silent_is_asked_about_no_more(office: Office) -> None:
    office.simulated.source("vehicles", state="down")
    case = await office.investigated(renamed(elderly_couple(), "撤问"))
    one, other = case.people.values()
    before = {p: of(office, case, p) for p in (one, other)}
    await taken_back(office, case, one)
    office.simulated.source("vehicles", state="up")
    office.bureau.house.later(hours=2)
    await office.sweep()

    assert (of(office, case, one), of(office, case, other) > before[other]) == (before[one], True)
    answers = {r["person_id"]: r for r in results(await office.newest(case), "vehicles")}
    assert answers[one]["result"] == "no_data"
    assert "撤回核对授权，不再查询" in answers[one]["reason"]
    assert answers[other]["result"] == "no_hit"


async def test_an_application_with_a_withdrawn_authorisation_cannot_be_verified_and_says_so(
    office: Office,
) -> None:
    case = await office.visited(renamed(elderly_couple(), "撤核"))
    one, other = case.people.values()
    name = next(iter(case.people))
    await taken_back(office, case, one)

    refused = await office.bureau.act("township_clerk", case, "request_verification")
    assert refused.status_code == 403
    assert f"{name}撤回了核对授权，不能再查询" in refused.text
    for who in ("village_clerk", "verification_officer"):
        page = await panel_of(office, case, who)
        assert "核对授权已撤回" in page
        assert "这份申请现在核不了，也就不能确认" in page
    assert "核对授权已撤回" not in await panel_of(office, case, "visitor")

    await renewed(office, case, one)
    await office.request(case)
    assert of(office, case, one) == of(office, case, other) > 0
    assert "核对授权已撤回" not in await panel_of(office, case, "verification_officer")


async def test_what_was_not_complete_before_holds_the_investigation_whatever_an_officer_notes(
    office: Office,
) -> None:
    office.simulated.source("vehicles", state="down")
    case = await office.investigated(renamed(elderly_couple(), "撤注"))
    one, _ = case.people.values()
    await taken_back(office, case, one)
    office.simulated.source("vehicles", state="up")
    office.bureau.house.later(hours=2)
    await office.sweep()
    blanks = [r["id"] for r in (await office.newest(case))["results"] if r["needs_note"]]
    request = (await office.newest(case))["id"]
    noted = await office.post(
        office.officer, f"/requests/{request}/notes", {"queries": blanks, "note": "本人撤回了授权"}
    )
    assert noted.status_code == 200, noted.text
    await office.bureau.house.work_off()
    held = await office.bureau.act("township_clerk", case, "complete_investigation")
    assert held.status_code == 403
    assert "撤回了核对授权，没有核完的不能再查" in held.text


async def test_what_was_complete_before_stays_valid(office: Office) -> None:
    case = await office.investigated(renamed(elderly_couple(), "撤后"))
    one, _ = case.people.values()
    before = (await office.newest(case))["reports"]
    await taken_back(office, case, one)
    done = await office.bureau.act("township_clerk", case, "complete_investigation")
    assert done.status_code == 200, done.text
    assert (await office.newest(case))["reports"] == before


async def test_an_answer_that_is_under_way_when_somebody_withdraws_is_not_kept(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from plugins.big_data_check import asking

    facts = renamed(elderly_couple(), "撤途")
    case = await office.visited(facts)
    one = next(iter(case.people.values()))
    office.register(facts, facts.members[0].name, vehicles={"reference": "甘L70001", "value": "62000"})
    really = asking._answers

    async def meanwhile(*args: Any) -> Any:
        answers = await really(*args)
        assert (await by_paper(office, case, one)).status_code == 200
        return answers

    monkeypatch.setattr(asking, "_answers", meanwhile)
    await office.bureau.do("township_clerk", case, "request_verification")
    await office.bureau.house.work_off()
    assert {r["result"] for r in (await office.newest(case))["results"] if r["person_id"] == one} == {
        "no_data"
    }
    assert "甘L70001" not in (await office.page(office.officer, f"/cases/{case.id}")).text


async def test_a_paper_is_needed_a_child_is_withdrawn_by_who_signed_and_nobody_twice(office: Office) -> None:
    facts = renamed(marginal_family(), "撤纸")
    case = await office.visited(facts)
    child = next(m for m in facts.members if m.birth_date.year > 2010)
    grown = next(m for m in facts.members if m.birth_date.year < 2000)
    without = await by_paper(office, case, case.people[grown.name], papers=[])
    assert (without.status_code, without.json()["errors"][0]["field"]) == (422, "papers")
    await taken_back(office, case, case.people[child.name])
    [filed] = (await records_of(office, case)).all(AuthorisationWithdrawal)
    assert (filed.guardian, filed.in_person) == (facts.applicant.name, False), "who signed for the child"
    again = await by_paper(office, case, case.people[child.name])
    assert (again.status_code, again.json()["errors"][0]["field"]) == (422, "person_id")
    assert (await by_paper(office, case, str(uuid4()))).status_code == 422
    assert (await by_paper(office, case, case.people[grown.name], who="visitor")).status_code == 403
    assert (await by_paper(office, case, case.people[grown.name], who="observer")).status_code == 403


async def records_of(office: Office, case: Case) -> Records:
    async with office.bureau.house.inside(office.bureau.district) as tx:
        actor = office.bureau.staff["township_clerk"].actor
        return (await office.bureau.house.zhunbao.situations.load(tx, actor, case.id)).view.records


async def test_an_old_paper_undoes_nothing(office: Office) -> None:
    case = await office.visited(renamed(elderly_couple(), "撤旧"))
    one = next(iter(case.people.values()))
    office.bureau.house.later(days=3)
    await taken_back(office, case, one)
    yesterday = (office.bureau.today - timedelta(days=1)).isoformat()
    form = {"authorisations": [{"person_id": one, "signed_on": yesterday}], "papers": [office.bureau.photo]}
    refused = await office.bureau.act("township_clerk", case, "renew_authorisation", form)
    assert refused.status_code == 422
    assert "撤回了授权，以前签的不算" in refused.text


async def test_a_supporter_takes_theirs_back_by_paper_and_holds_up_nothing(office: Office) -> None:
    case, _ = await submitted(
        office,
        with_daughter("撤赡", consent=True, household_per_capita=Decimal(9000)),
        supporter_authorisations=[signed(office, "撤赡")],
    )
    await office.bureau.take(case, "investigating")
    await office.bureau.do("visitor", case, "record_visit", office.bureau.visit(case))
    await taken_back(office, case, await supporter_of(office, case))
    await office.request(case)
    assert DAUGHTER not in {line["id_number"] for line in office.simulated.asked()}
    hers = [r for r in (await office.newest(case))["results"] if "马兰撤赡" in r["person"]]
    assert {r["result"] for r in hers} <= {"no_data"}
    assert "不推算赡养费" in await panel_of(office, case, "verification_officer")
    await office.bureau.do("township_clerk", case, "prepare_worksheet")
    sheet = (await records_of(office, case)).last(Calculation)
    assert sheet is not None
    [daughter] = sheet.file.facts.supporters
    assert (daughter.consent, daughter.household_per_capita) == (False, None), "unverified, nothing imputed"


async def at_home(office: Office, case: Case, person: str) -> Somebody:
    district = office.bureau.district
    return await office.bureau.house.person(
        district, "applicant", district.code + VILLAGE[6:], person_id=UUID(person)
    )


async def test_a_villager_takes_back_their_own_at_home_and_nobody_elses(office: Office) -> None:
    house, code = office.bureau.house, office.bureau.district.code
    case = await office.visited(renamed(elderly_couple(), "撤家"))
    one, other = case.people.values()
    me = await at_home(office, case, one)
    home = await house.client.get(f"/d/{code}/my/{case.id}", headers=me.headers)
    assert "/do/withdraw_authorisation" in home.text
    form = await house.client.get(f"/d/{code}/cases/{case.id}/do/withdraw_authorisation", headers=me.headers)
    assert form.status_code == 200
    theirs = await office.bureau.act(me, case, "withdraw_authorisation", {"person_id": other})
    assert theirs.status_code == 422, theirs.text
    assert "您只能撤回自己的授权" in theirs.text
    mine = await office.bureau.act(me, case, "withdraw_authorisation", {"person_id": one})
    assert mine.status_code == 200, mine.text
    await house.work_off()
    home = await house.client.get(f"/d/{code}/my/{case.id}", headers=me.headers)
    assert "家里有人撤回了核对授权" in home.text
    assert "申请办不下去" in home.text
    [row] = await office.rows(
        """SELECT basis, actor_id FROM journal WHERE tenant_id = $1 AND process_id = $2
           AND action = 'withdraw_authorisation'""",
        case.id,
    )
    assert (row["basis"], row["actor_id"]) == ("本人在网上撤回核对授权 1 人", me.id)


async def test_a_parent_who_signed_for_a_child_takes_that_back_too(office: Office) -> None:
    facts = renamed(marginal_family(), "撤代")
    child = next(m for m in facts.members if m.birth_date.year > 2010)
    case = await office.bureau.application(facts)
    form = office.bureau.submission(case)
    for line in form["authorisations"]:
        if line["person_id"] == case.people[child.name]:
            line["guardian"] = facts.applicant.name
    assert (await office.bureau.act("township_clerk", case, "submit", form)).status_code == 200
    me = await at_home(office, case, case.people[facts.applicant.name])
    mine = await office.bureau.act(me, case, "withdraw_authorisation", {"person_id": case.people[child.name]})
    assert mine.status_code == 200, mine.text


async def test_the_list_counts_who_withdrew_and_reminds_them_of_nothing(office: Office) -> None:
    case = await office.visited(renamed(elderly_couple(), "撤单"))
    for person in case.people.values():
        await taken_back(office, case, person)
    line = (await listed(office, "withdrawn"))[str(case.id)]
    assert (line["withdrawn"], line["missing"], line["first_until"]) == (2, 0, None)
    assert str(case.id) not in await listed(office, "missing")
    page = await office.page(office.bureau.staff["township_clerk"], "/authorisations?tab=withdrawn")
    assert "2 人撤回了" in page.text
    office.bureau.house.later(days=400)
    await watch(office)
    assert await reminders(office, case) == 0


async def test_a_paid_household_is_looked_at_by_a_person_and_stays_paid(office: Office) -> None:
    bureau = office.bureau
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), "撤保")), "active")
    await taken_back(office, case, next(iter(case.people.values())))
    await watch(office)
    answer = await bureau.get("township_clerk", f"/cases/{case.id}")
    assert answer.json()["state"] == "reviewing", answer.text
    starts = await office.rows(
        "SELECT seq FROM journal WHERE tenant_id = $1 AND process_id = $2 AND action = 'start_review'",
        case.id,
    )
    assert len(starts) == 1
    paid = await office.rows(
        """SELECT until_month FROM benefit b JOIN process p ON p.tenant_id = b.tenant_id AND p.subject_id = b.household_id
           WHERE b.tenant_id = $1 AND p.id = $2""",
        case.id,
    )
    assert [row["until_month"] for row in paid] == [None]
    assert "不会自动停发" in await panel_of(office, case, "township_clerk")
    await watch(office)
    again = await office.rows(
        "SELECT seq FROM journal WHERE tenant_id = $1 AND process_id = $2 AND action = 'start_review'",
        case.id,
    )
    assert len(again) == 1
