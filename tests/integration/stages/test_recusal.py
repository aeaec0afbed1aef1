"""Who is related to a household stays out of its case: at every stage, by API, replayed form and page (57号 11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest

from core.kernel.forms import flatten
from core.registry import kin
from core.web.csrf import token_for
from tests.builders.casework import Bureau, Case, renamed
from tests.builders.households import elderly_couple
from tests.builders.installation import Somebody
from tests.builders.steps import forms_of
from tests.builders.village_round import villager

pytestmark = pytest.mark.anyio

OFFICES = (
    "village_clerk", "panel_member", "panel_host", "observer", "visitor", "township_clerk", "township_reviewer",
    "verification_officer", "district_officer", "spot_checker", "confirming_officer",
)  # fmt: skip
WAY = (
    "draft",
    "submitted",
    "accepted",
    "investigating",
    "assessed",
    "posted",
    "reported",
    "confirmed",
    "active",
)


@dataclass
class Kin:
    """Somebody of every office, and a household whose applicant is her brother."""

    bureau: Bureau
    case: Case
    sister: Somebody

    async def offered(self) -> list[str]:
        house = self.bureau.house
        async with house.inside(self.bureau.district) as tx:
            situation = await house.zhunbao.situations.load(
                tx, self.bureau.staff["district_officer"].actor, self.case.id
            )
            return [a.action.name for a in situation.available()]

    async def tries_everything(self, state: str) -> None:
        """Every step the stage offers, by the API and by the page's form; nothing moves."""
        bureau, case = self.bureau, self.case
        before = await bureau.read(case)
        assert before["state"] == state
        forms = forms_of(bureau, case)
        for action in await self.offered():
            by_api = await bureau.act(self.sister, case, action, forms[action][0])
            assert by_api.status_code == 403, (state, action, by_api.text)
            assert any(word in by_api.text for word in ("回避", "岗位", "自动完成")), (
                state,
                action,
                by_api.text,
            )
            by_page = await self.page(action, forms[action][0], before["version"])
            assert by_page == 403, (state, action)
        after = await bureau.read(case)
        assert (after["version"], after["state"]) == (before["version"], state)

    async def page(self, action: str, form: dict[str, Any], version: int) -> int:
        """The filled-in form of a step, sent as the browser would, past its check-your-answers."""
        own = {"_csrf": token_for(self.sister.token), "_version": str(version), "_confirmed": "1"}
        address = f"/d/{self.bureau.district.code}/cases/{self.case.id}/do/{action}"
        body = urlencode([*flatten(form), *own.items()])
        headers = self.sister.headers | {"content-type": "application/x-www-form-urlencoded"}
        answer = await self.bureau.house.client.post(address, content=body, headers=headers)
        assert (await self.bureau.house.client.get(address, headers=self.sister.headers)).status_code in (
            403,
            409,
        )
        return answer.status_code


async def somebody_related(bureau: Bureau, name: str, relation: str = "sibling") -> Kin:
    facts = renamed(elderly_couple(), name)
    case = await bureau.application(facts)
    area = bureau.district.code.ljust(12, "0")
    number = 800 + sum(map(ord, name)) % 90
    person = await villager(bureau, f"{name}的姐姐", number)
    sister = await bureau.house.somebody(
        bureau.district, [(office, area) for office in OFFICES], name=f"{name}的姐姐", person_id=person
    )
    async with bureau.house.inside(bureau.district) as tx:
        await kin.declare(tx, [(person, UUID(case.people[facts.applicant.name]), "sibling")], sister.id)
    return Kin(bureau, case, sister)


async def test_a_relative_with_every_office_can_do_nothing_at_any_stage(bureau: Bureau) -> None:
    kin_ = await somebody_related(bureau, "亲")
    case = kin_.case
    for state in WAY[:7]:
        await bureau.take(case, state)
        await kin_.tries_everything(state)
        if state == "posted":
            await bureau.do("village_clerk", case, "start_posting", {"photos": [bureau.photo]})
            await kin_.tries_everything(state)
            bureau.house.later(days=8)
            await bureau.do("village_clerk", case, "end_posting", {"photos": [bureau.photo]})
    # Computed kinship with somebody of the staff concerned puts the case among those the district must visit.
    marks = (await bureau.read(case))["marks"]
    assert "relative_flag" in marks
    await bureau.do("district_officer", case, "send_to_spot_check")
    await kin_.tries_everything("spot_check")
    await bureau.do("spot_checker", case, "record_spot_check", bureau.spot_check())
    for state in ("spot_check", "confirmed", "active"):
        if state != "spot_check":
            await (
                bureau.do("confirming_officer", case, "confirm")
                if state == "confirmed"
                else bureau.take(case, state)
            )
        await kin_.tries_everything(state)
    await bureau.do("township_clerk", case, "start_review", {"cause": "due"})
    await kin_.tries_everything("reviewing")
    await bureau.do("visitor", case, "record_visit", forms_of(bureau, case)["record_visit"][1])
    await bureau.do("township_clerk", case, "prepare_worksheet")
    stop = {"outcome": "propose_stop", "reason": "重新核算后收入超过标准"}
    await bureau.do("township_reviewer", case, "conclude_review", stop)
    await kin_.tries_everything("hearing")
    await bureau.do("township_clerk", case, "record_hearing", forms_of(bureau, case)["record_hearing"][0])
    await kin_.tries_everything("hearing")


async def test_a_relative_reads_neither_assets_nor_worksheet_nor_what_was_said(bureau: Bureau) -> None:
    kin_ = await somebody_related(bureau, "看")
    await bureau.take(kin_.case, "reported")
    officer = await bureau.read(kin_.case, "confirming_officer")
    assert officer["decision"]
    seen = await bureau.read(kin_.case, kin_.sister)
    assert not seen["decision"]
    assert not seen["ballot"]
    assert not seen["findings"]
    assert not seen["actions"]
    assert not any(step["basis"] or step["evidence"] for step in seen["journal"])
    page = await bureau.house.client.get(
        f"/d/{bureau.district.code}/cases/{kin_.case.id}", headers=kin_.sister.headers
    )
    assert page.status_code == 200
    assert "回避" in page.text
    assert "930.00" not in page.text
    for kind in ("worksheet", "acceptance"):
        paper = await bureau.house.client.get(
            f"/d/{bureau.district.code}/cases/{kin_.case.id}/papers/{kind}", headers=kin_.sister.headers
        )
        assert paper.status_code == 404
    file = await bureau.get(kin_.sister, f"{kin_.case.path}/evidence/{bureau.photo}")
    assert file.status_code == 404


async def test_the_district_may_excuse_a_relative_with_a_reason_that_stands_in_the_journal(
    bureau: Bureau,
) -> None:
    kin_ = await somebody_related(bureau, "例")
    case = await bureau.take(kin_.case, "investigating")
    form = {"account": str(kin_.sister.id), "reason": "本乡镇没有其他调查员，经区级研究同意"}
    for nobody in ("township_reviewer", "township_clerk", "visitor"):
        assert (await bureau.act(nobody, case, "override_recusal", form)).status_code == 403
    assert (await bureau.act(kin_.sister, case, "override_recusal", form)).status_code == 403, (
        "nobody excuses themself"
    )
    without = await bureau.act("district_officer", case, "override_recusal", form | {"reason": ""})
    assert (without.status_code, "reason" in without.text) == (422, True)

    await bureau.do("district_officer", case, "override_recusal", form)
    step = (await bureau.read(case))["journal"][-1]
    assert (step["action"], "经区级研究同意" in step["basis"]) == ("override_recusal", True)
    visited = await bureau.act(kin_.sister, case, "record_visit", bureau.visit(case))
    assert visited.status_code == 200, visited.text


async def test_a_relative_is_no_second_investigator_and_no_second_checker(bureau: Bureau) -> None:
    kin_ = await somebody_related(bureau, "陪")
    case = await bureau.take(kin_.case, "investigating")
    with_sister = bureau.visit(case) | {"second_investigator": str(kin_.sister.id)}
    refused = await bureau.act("visitor", case, "record_visit", with_sister)
    assert (refused.status_code, "亲属关系" in refused.text) == (403, True)
    await bureau.take(case, "reported")
    await bureau.do("district_officer", case, "send_to_spot_check")
    check = bureau.spot_check() | {"second_checker": str(kin_.sister.id)}
    refused = await bureau.act("spot_checker", case, "record_spot_check", check)
    assert (refused.status_code, "亲属关系" in refused.text) == (403, True)


async def test_somebody_named_as_a_relative_stays_out_even_when_the_register_knows_no_person_of_theirs(
    bureau: Bureau,
) -> None:
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), "名")), "accepted")
    visitor = await bureau.house.person(bureau.district, "visitor", bureau.village[:9] + "000", name="无档案")
    line = {
        "member": next(iter(case.people.values())), "relative": "无档案", "relation": "sibling",
        "position": "乡镇调查员", "account": str(visitor.id),
    }  # fmt: skip
    await bureau.do("township_clerk", case, "declare_relatives", {"relatives": [line]})
    await bureau.do("township_clerk", case, "start_investigation")
    refused = await bureau.act(visitor, case, "record_visit", bureau.visit(case))
    assert (refused.status_code, "亲属关系" in refused.text) == (403, True)


async def test_a_niece_stays_out_only_where_the_district_says_so(bureau: Bureau) -> None:
    """Kongtong follows the statutory degrees; a daughter of a sibling is computed, not declared."""
    kin_ = await somebody_related(bureau, "侄")
    person = await villager(bureau, "侄女", 899)
    niece = await bureau.house.person(
        bureau.district, "visitor", bureau.village[:9] + "000", name="侄女", person_id=person
    )
    assert kin_.sister.actor.person_id is not None
    async with bureau.house.inside(bureau.district) as tx:
        await kin.declare(tx, [(kin_.sister.actor.person_id, person, "parent")], niece.id)
    case = await bureau.take(kin_.case, "investigating")
    visited = await bureau.act(niece, case, "record_visit", bureau.visit(case))
    assert visited.status_code == 200, "uncles and aunts are not in Kongtong's degrees"


async def test_the_household_itself_acts_on_its_own_case_and_on_nothing_else(bureau: Bureau) -> None:
    case = await bureau.application(renamed(elderly_couple(), "己"))
    other = await bureau.application(renamed(elderly_couple(), "邻"))
    me = await bureau.house.person(
        bureau.district,
        "applicant",
        bureau.village,
        name="本人",
        person_id=UUID(next(iter(case.people.values()))),
    )
    sent = await bureau.act(me, case, "submit", bureau.submission(case))
    assert sent.status_code == 200, sent.text
    for action, form in (
        ("submit", bureau.submission(other)),
        ("withdraw", {"reason": "不想办了", "signed": [bureau.photo]}),
    ):
        assert (await bureau.act(me, other, action, form)).status_code == 404
    assert (await bureau.get(me, other.path)).status_code == 404
    for action in ("accept", "request_supplement"):
        assert (await bureau.act(me, case, action, {"items": ["病历复印件"]})).status_code in (403, 422)
