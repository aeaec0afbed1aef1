"""Supporters by their own consent, the incapable by their guardian, signatures renewed; never a query without one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.registry.people import PersonPrivate
from core.registry.verification import Source
from core.rules.facts import LegalSupporter
from plugins.big_data_check.authorisation import Consent, Person, permitted
from tests.builders.casework import Case, id_numbers, renamed
from tests.builders.households import elderly_couple
from tests.plugins.big_data_check.office import Office, results
from tests.plugins.big_data_check.test_matching import number

TODAY = date(2026, 9, 1)
DAUGHTER = number(date(1980, 5, 6), 20)

persons = st.lists(
    st.builds(Person, st.uuids(), st.just("某"), st.dates(date(1930, 1, 1), date(2026, 8, 1)), st.booleans()),
    max_size=6,
    unique_by=lambda p: p.person_id,
)


@st.composite
def files(draw: st.DrawFn) -> tuple[str, list[Person], list[Consent]]:
    people = draw(persons)
    ids = [p.person_id for p in people] + [uuid4()]
    consent = st.builds(
        Consent,
        st.sampled_from(ids),
        st.dates(date(2025, 1, 1), date(2027, 1, 1)),
        st.sampled_from(["", " ", "王建国"]),
        st.booleans(),
        st.none() | st.frozensets(st.sampled_from(list(Source)), min_size=1),
        st.booleans(),
    )
    return draw(st.sampled_from(["", " ", "SQ-1"])), people, draw(st.lists(consent, max_size=8))


@given(files())
def test_nobody_is_ever_asked_about_without_a_signature_that_holds_today(
    file: tuple[str, list[Person], list[Consent]],
) -> None:
    case_number, people, consents = file
    found = permitted(case_number, people, consents, TODAY)
    by_id = {p.person_id: p for p in people}
    assert set(found.may) | {r.person_id for r in found.refused} == set(by_id)
    for person_id, sources in found.may.items():
        person = by_id[person_id]
        assert case_number.strip()
        mine = [c for c in consents if c.person_id == person_id and sources <= (c.sources or set(Source))]
        good = [c for c in mine if c.signed_on <= TODAY <= c.signed_on + timedelta(days=366)]
        assert good
        if person.supporter:
            assert any(c.supporter for c in good)
        minor = [c for c in good if (c.signed_on - person.birth_date).days < 18 * 365]
        assert any(c.guardian.strip() or not (c.incapable or c in minor) for c in good)


def test_a_later_signature_takes_the_place_of_an_earlier_one() -> None:
    person = Person(uuid4(), "王建国", date(1960, 1, 1))
    old, new = Consent(person.person_id, date(2025, 1, 1)), Consent(person.person_id, date(2026, 8, 1))
    for consents in ([old, new], [new, old]):
        found = permitted("SQ-1", [person], consents, TODAY)
        assert found.until == {person.person_id: date(2027, 8, 1)}


def with_daughter(suffix: str, **more: Any) -> Any:
    facts = renamed(elderly_couple(), suffix)
    daughter = LegalSupporter(
        name=f"马兰{suffix}", relation="女儿", supports=(facts.members[0].person_id,), **more
    )
    return msgspec.structs.replace(facts, supporters=(daughter,))


async def submitted(office: Office, facts: Any, **form: Any) -> tuple[Case, Any]:
    bureau = office.bureau
    case = await bureau.application(facts)
    body = {**bureau.submission(case), **form}
    return case, await bureau.act("township_clerk", case, "submit", body)


def signed(office: Office, suffix: str, **more: Any) -> dict[str, Any]:
    today = office.bureau.today.isoformat()
    return {"name": f"马兰{suffix}", "id_number": DAUGHTER, "signed_on": today, **more}


@pytest.mark.anyio
async def test_a_supporter_who_signed_is_asked_about_and_what_she_owns_is_not_the_households(
    office: Office,
) -> None:
    facts = with_daughter("赡", consent=True)
    case, answer = await submitted(
        office, facts, supporter_authorisations=[signed(office, "赡", sources=["vehicles", "payroll"])]
    )
    assert answer.status_code == 200, answer.text
    office.simulated.knows(
        {DAUGHTER: {"name": "马兰赡", "vehicles": {"reference": "甘L88888", "value": "90000"}}}
    )
    await office.bureau.take(case, "investigating")
    await office.bureau.do("visitor", case, "record_visit", office.bureau.visit(case))
    await office.request(case)
    request = await office.newest(case)
    hers = {r["source"]: r for r in request["results"] if "马兰赡" in r["person"]}
    assert len(hers) == 12
    assert hers["vehicles"]["result"] == "hit"
    assert hers["deposits"]["reason"] == "授权书没有包括这个来源"
    asked = [line["source"] for line in office.simulated.asked() if line["id_number"] == DAUGHTER]
    assert sorted(asked) == ["payroll", "vehicles"]
    assert request["reports"][0]["findings"] == []
    page = await office.page(office.officer, f"/cases/{case.id}")
    assert "马兰赡（赡养人）" in page.text


@pytest.mark.anyio
async def test_a_supporter_who_has_not_agreed_or_is_not_declared_is_refused(office: Office) -> None:
    for k, consent, changes, said in (
        ("甲", False, {}, "还没有勾选"),
        ("乙", True, {"name": "没有这个人"}, "请先在那里填写"),
        ("丙", True, {"id_number": "620802198005060000"}, "身份证号不对"),
        ("丁", True, {"signed_on": "2099-01-01"}, "不能晚于今天"),
    ):
        form = signed(office, k, **changes)
        _, answer = await submitted(
            office, with_daughter(k, consent=consent), supporter_authorisations=[form]
        )
        assert answer.status_code == 422
        assert said in answer.text
    assert office.simulated.asked() == []


@pytest.mark.anyio
async def test_a_member_who_cannot_sign_needs_a_guardian(office: Office) -> None:
    facts = renamed(elderly_couple(), "监")
    case = await office.bureau.application(facts)
    form = office.bureau.submission(case)
    form["authorisations"][0] |= {"incapable": True, "guardian": ""}
    refused = await office.bureau.act("township_clerk", case, "submit", form)
    assert refused.status_code == 422
    assert "签字的监护人" in refused.text
    form["authorisations"][0]["guardian"] = "村委会"
    assert (await office.bureau.act("township_clerk", case, "submit", form)).status_code == 200


@pytest.mark.anyio
async def test_a_signature_that_ran_out_is_renewed_and_then_everybody_is_asked_about(office: Office) -> None:
    facts = renamed(elderly_couple(), "续")
    case = await office.visited(facts)
    office.bureau.house.later(days=400)
    await office.request(case)
    assert office.simulated.asked() == []
    page = await office.page(office.officer, f"/cases/{case.id}")
    assert "没有有效授权、不能查询" in page.text
    assert "过期，请重新签署" in page.text
    today = office.bureau.today.isoformat()
    people = [str(UUID(person)) for person in case.people.values()]
    form = {
        "authorisations": [{"person_id": p, "signed_on": today} for p in people],
        "papers": [office.bureau.photo],
    }
    assert (
        await office.bureau.act("verification_officer", case, "renew_authorisation", form)
    ).status_code == 403
    await office.bureau.do("township_clerk", case, "renew_authorisation", form)
    await office.request(case)
    request = await office.newest(case)
    assert {line["id_number"] for line in office.simulated.asked()} == set(id_numbers(facts))
    assert all(r["result"] == "no_hit" for r in results(request, "tax"))
    view = await office.verification(case)
    assert view["unsigned"] == []
    assert (
        view["authorised_until"] == office.bureau.today.replace(year=office.bureau.today.year + 1).isoformat()
    )


@pytest.mark.anyio
async def test_a_member_who_joins_later_signs_and_is_asked_about_as_the_others_are(office: Office) -> None:
    bureau, facts = office.bureau, renamed(elderly_couple(), "添")
    case, theirs = await office.visited(facts), number(date(1990, 3, 7), 41)
    async with bureau.house.inside(bureau.district) as tx:
        private = PersonPrivate(theirs, date(1990, 3, 7), "female")
        joined = await bureau.house.zhunbao.registry.put_person(tx, "马小添", private)
        await tx.execute(
            """INSERT INTO household_member (tenant_id, household_id, person_id, relation, position)
               SELECT $1, subject_id, $2, 'child', 9 FROM process WHERE tenant_id = $1 AND id = $3""",
            tx.tenant,
            joined,
            case.id,
        )
    early = await bureau.act("township_clerk", case, "request_verification")
    assert (early.status_code, "马小添还没有签署核对授权书" in early.text) == (403, True)
    signature = {"person_id": str(joined), "signed_on": bureau.today.isoformat()}
    form = {"authorisations": [signature], "papers": [bureau.photo]}
    await bureau.do("township_clerk", case, "renew_authorisation", form)
    await office.request(case)
    assert theirs in {line["id_number"] for line in office.simulated.asked()}
    assert {r["result"] for r in results(await office.newest(case), "tax")} == {"no_hit"}


@pytest.mark.anyio
async def test_before_an_application_there_is_nothing_to_renew_and_the_field_says_so(office: Office) -> None:
    case = await office.bureau.application(renamed(elderly_couple(), "早"))
    person = str(UUID(next(iter(case.people.values()))))
    form = {
        "authorisations": [{"person_id": person, "signed_on": office.bureau.today.isoformat()}],
        "papers": [office.bureau.photo],
    }
    refused = await office.bureau.act("township_clerk", case, "renew_authorisation", form)
    assert refused.status_code == 422, refused.text
    assert [field["field"] for field in refused.json()["errors"]] == ["authorisations"]
