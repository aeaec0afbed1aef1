"""Verification is for those whose task needs it: never the panel or the village, no relative, no other district."""

from __future__ import annotations

import pytest

from core.registry import kin
from tests.builders.casework import renamed
from tests.builders.households import elderly_couple, family_with_vehicle
from tests.builders.installation import DISTRICT
from tests.plugins.big_data_check.office import Office

pytestmark = pytest.mark.anyio
PATHS = ("/cases/{}", "/cases/{}/comparison")
NEVER = ("village_clerk", "visitor", "observer", "township_clerk")
MAY = ("verification_officer", "township_reviewer", "district_officer", "spot_checker", "confirming_officer")


async def test_the_village_and_the_panel_never_see_values_and_reviewers_do(office: Office) -> None:
    case = await office.investigated(renamed(family_with_vehicle(), "谁"))
    for path in PATHS:
        for role in NEVER:
            answer = await office.get(office.bureau.staff[role], path.format(case.id))
            assert answer.status_code == 403, (role, path)
        assert (await office.get(office.host, path.format(case.id))).status_code == 403
        for role in MAY:
            answer = await office.get(office.bureau.staff[role], path.format(case.id))
            assert answer.status_code == 200, (role, path, answer.text)
        for page in (*PATHS, "/cases/{}/report"):
            assert (
                await office.page(office.bureau.staff["village_clerk"], page.format(case.id))
            ).status_code == 403


async def test_a_relative_of_the_household_sees_nothing_and_explains_nothing(office: Office) -> None:
    case = await office.investigated(renamed(elderly_couple(), "亲"))
    applicant = next(iter(case.people.values()))
    house, district = office.bureau.house, office.bureau.district
    from datetime import date
    from uuid import UUID

    from core.registry.people import PersonPrivate

    async with house.inside(district) as tx:
        private = PersonPrivate("62080219800101109X", date(1980, 1, 1), "male")
        person = await house.zhunbao.registry.put_person(tx, "核对员甲", private)
        await kin.declare(tx, [(person, UUID(applicant), "sibling")], office.officer.id)
    related = await house.person(district, "verification_officer", DISTRICT, person_id=person)
    answer = await office.get(related, f"/cases/{case.id}")
    assert answer.status_code == 403
    assert "亲属" in answer.json()["detail"]
    assert (await office.page(related, f"/cases/{case.id}/report")).status_code == 403
    page = await house.client.get(f"/d/{district.code}/cases/{case.id}", headers=related.headers)
    assert "信息核对进度" not in page.text


async def test_every_look_is_logged_with_the_case(office: Office) -> None:
    case = await office.investigated(renamed(elderly_couple(), "看"))
    reviewer = office.bureau.staff["township_reviewer"]
    await office.page(reviewer, f"/cases/{case.id}")
    await office.page(reviewer, f"/cases/{case.id}/comparison")
    await office.page(reviewer, f"/cases/{case.id}/report")
    looks = await office.rows(
        """SELECT purpose FROM big_data_check_log WHERE tenant_id = $1 AND process_id = $2 AND event = 'looked'
           AND actor_id = $3 ORDER BY at, purpose""",
        case.id,
        reviewer.id,
    )
    assert len(looks) == 3


async def test_another_district_finds_no_such_case(office: Office) -> None:
    case = await office.investigated(renamed(elderly_couple(), "邻"))
    other = await office.bureau.house.district("621122-longxi")
    officer = await office.bureau.house.person(other, "verification_officer", "621122000000")
    address = f"/d/{other.code}/api/x/big_data_check/cases/{case.id}"
    answer = await office.bureau.house.client.get(address, headers=officer.headers)
    assert answer.status_code == 404
