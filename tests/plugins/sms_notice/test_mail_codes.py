"""An e-mail address is sent no notice before the code mailed there has come back; codes are few."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from core.web.visit import COOKIE
from plugins.sms_notice import confirming, people
from tests.builders.installation import Somebody
from tests.plugins.sms_notice.scene import Scene
from tests.plugins.sms_notice.smtp_server import MailServer, a_mail_server
from tests.plugins.sms_notice.test_routes import X, page

pytestmark = pytest.mark.anyio

ADDRESS = "xiuying@example.com"


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MailServer]:
    """The district's mail server."""
    async with a_mail_server() as made:
        monkeypatch.setenv("ZHUNBAO_SMS_NOTICE_MAIL_URL", made.url)
        monkeypatch.setenv("ZHUNBAO_SMS_NOTICE_MAIL_FROM", "minzheng@example.gov.cn")
        yield made


@pytest.fixture
async def me(scene: Scene) -> Somebody:
    """An applicant with an account."""
    case = await scene.case()
    return await scene.house.person(
        scene.district, "applicant", "620802001001",
        person_id=UUID(case.people[case.facts.applicant.name]),
    )  # fmt: skip


async def say(scene: Scene, me: Somebody, path: str, body: Any = None, status: int = 200) -> Any:
    answer = await scene.bureau.post(me, f"{X}/mine/mail{path}", body or {})
    assert answer.status_code == status, answer.text
    return answer.json()


async def give(scene: Scene, me: Somebody, address: str = ADDRESS) -> Any:
    """The address is given, and the worker has mailed its code."""
    given = await say(scene, me, "", {"mail": address})
    await scene.house.work_off()
    return given["mail"]


async def known(scene: Scene, me: Somebody) -> str:
    """Where notices would go now."""
    platform = (await scene.context()).platform
    async with scene.house.inside(scene.district) as tx:
        person = await tx.fetchval(
            "SELECT person_id FROM account WHERE tenant_id = $1 AND id = $2", tx.tenant, me.id
        )
        return (await people.mails(tx, platform, [person])).get(person, "")


def code_in(server: MailServer) -> str:
    """What the last letter says."""
    [code] = re.findall(r"\d{6}", server.letters[-1].get_content())  # type: ignore[attr-defined]
    return str(code)


def another(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_nothing_is_sent_to_an_address_before_its_code_has_come_back(
    scene: Scene, me: Somebody, server: MailServer
) -> None:
    assert await give(scene, me) == {"address": ADDRESS, "confirmed": False}
    assert await known(scene, me) == ""
    [letter] = server.letters
    assert letter["To"] == ADDRESS
    kept = await say(scene, me, "/confirm", {"code": f" {code_in(server)} "})
    assert kept["mail"] == {"address": ADDRESS, "confirmed": True}
    assert await known(scene, me) == ADDRESS


async def test_the_letter_with_the_code_speaks_of_nobody(
    scene: Scene, me: Somebody, server: MailServer
) -> None:
    case = await scene.accepted()
    applicant = case.facts.applicant.name
    somebody = await scene.house.person(
        scene.district, "applicant", "620802001001", person_id=UUID(case.people[applicant])
    )
    await give(scene, somebody)
    text = server.letters[-1].as_string() + server.letters[-1].get_content()  # type: ignore[attr-defined]
    async with scene.house.inside(scene.district) as tx:
        number = await tx.fetchval("SELECT number FROM process WHERE id = $1", case.id)
    for word in (number, applicant, applicant[0] + "**", "低保", "申请", "受理"):
        assert word not in text


async def test_neither_code_nor_address_stands_open_in_the_database(
    scene: Scene, me: Somebody, server: MailServer
) -> None:
    await give(scene, me)
    async with scene.house.inside(scene.district) as tx:
        row = await tx.fetchrow("SELECT * FROM sms_notice_mail WHERE tenant_id = $1", tx.tenant)
        queued = await tx.fetch("SELECT convert_from(payload, 'utf8') AS text FROM pgqueuer")
    stored = b"|".join(value for value in row.values() if isinstance(value, bytes))
    assert code_in(server).encode() not in stored
    assert ADDRESS.encode() not in stored
    assert not any(code_in(server) in job["text"] or ADDRESS in job["text"] for job in queued)


async def test_five_wrong_codes_use_one_up_and_a_new_one_is_mailed(
    scene: Scene, me: Somebody, server: MailServer
) -> None:
    await give(scene, me)
    right = code_in(server)
    for left in (4, 3, 2, 1):
        wrong = await say(scene, me, "/confirm", {"code": another(right)}, 422)
        assert f"还可以试 {left} 次" in str(wrong["errors"])
    await say(scene, me, "/confirm", {"code": another(right)}, 422)
    refused = await say(scene, me, "/confirm", {"code": right}, 422)
    assert "请点“再发一次”" in str(refused["errors"])
    await say(scene, me, "/code")
    await scene.house.work_off()
    assert len(server.letters) == 2
    await say(scene, me, "/confirm", {"code": code_in(server)})
    assert await known(scene, me) == ADDRESS


async def test_a_code_lapses_after_half_an_hour(scene: Scene, me: Somebody, server: MailServer) -> None:
    await give(scene, me)
    scene.house.later(minutes=30)
    await say(scene, me, "/confirm", {"code": code_in(server)}, 422)
    assert await known(scene, me) == ""


async def test_a_later_code_ends_the_earlier_one(scene: Scene, me: Somebody, server: MailServer) -> None:
    await give(scene, me)
    first = code_in(server)
    await say(scene, me, "/code")
    await scene.house.work_off()
    if first != code_in(server):
        await say(scene, me, "/confirm", {"code": first}, 422)
    await say(scene, me, "/confirm", {"code": code_in(server)})


async def test_a_changed_address_is_confirmed_anew(scene: Scene, me: Somebody, server: MailServer) -> None:
    await give(scene, me)
    await say(scene, me, "/confirm", {"code": code_in(server)})
    old = code_in(server)
    await give(scene, me)
    assert len(server.letters) == 1, "the one on file, given once more, stays confirmed"
    assert await known(scene, me) == ADDRESS
    await give(scene, me, "other@example.com")
    assert await known(scene, me) == ""
    assert server.letters[-1]["To"] == "other@example.com"
    if old != code_in(server):
        await say(scene, me, "/confirm", {"code": old}, 422)


async def test_taken_back_it_is_gone(scene: Scene, me: Somebody, server: MailServer) -> None:
    await give(scene, me)
    await say(scene, me, "/confirm", {"code": code_in(server)})
    assert (await say(scene, me, "", {"mail": ""}))["mail"] is None
    assert await known(scene, me) == ""


async def test_one_person_gets_five_codes_a_day_however_often_the_address_changes(
    scene: Scene, me: Somebody, server: MailServer
) -> None:
    for number in range(confirming.OF_ONE_PERSON):
        await give(scene, me, f"address{number}@example.com")
        await say(scene, me, "", {"mail": ""})
    await say(scene, me, "", {"mail": ADDRESS}, 429)
    await scene.house.work_off()
    assert all(letter["To"] != ADDRESS for letter in server.letters)
    assert (await scene.bureau.get(me, f"{X}/mine")).json()["mail"] is None
    scene.house.later(days=1)
    await give(scene, me)
    assert server.letters[-1]["To"] == ADDRESS


async def test_one_address_gets_five_codes_a_day_whoever_gives_it(
    scene: Scene, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirming, "OF_ONE_ADDRESS", 2)
    for status in (200, 200, 429):
        case = await scene.case()
        somebody = await scene.house.person(
            scene.district, "applicant", "620802001001",
            person_id=UUID(case.people[case.facts.applicant.name]),
        )  # fmt: skip
        await say(scene, somebody, "", {"mail": ADDRESS.upper()}, status)
    await scene.house.work_off()
    assert len(server.letters) == 2


async def test_a_refused_address_leaves_the_confirmed_one_alone(
    scene: Scene, me: Somebody, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await give(scene, me)
    await say(scene, me, "/confirm", {"code": code_in(server)})
    monkeypatch.setattr(confirming, "OF_ONE_PERSON", 1)
    await say(scene, me, "", {"mail": "other@example.com"}, 429)
    assert await known(scene, me) == ADDRESS


async def test_where_no_mail_is_set_up_no_address_is_taken(scene: Scene, me: Somebody) -> None:
    refused = await say(scene, me, "", {"mail": ADDRESS}, 403)
    assert refused["detail"] == "我们还没有开通邮件通知，邮箱没有登记。"
    scene.bureau.staff["me"] = me
    assert "也发到邮箱" not in (await page(scene, "me", "/mine")).text


async def test_a_mailbox_that_does_not_take_the_code_is_said_so(
    scene: Scene, me: Somebody, server: MailServer
) -> None:
    server.refuses = {ADDRESS}
    await give(scene, me)
    scene.bureau.staff["me"] = me
    shown = await page(scene, "me", "/mine")
    assert ADDRESS in shown.text
    assert "请核对有没有写错" in shown.text


async def test_a_server_that_is_busy_gets_the_code_later(
    scene: Scene, me: Somebody, server: MailServer
) -> None:
    server.busy = True
    await say(scene, me, "", {"mail": ADDRESS})
    context = await scene.context()
    async with scene.house.inside(scene.district) as tx:
        row = await tx.fetchrow(
            "SELECT person_id, code_id FROM sms_notice_mail WHERE tenant_id = $1", tx.tenant
        )
    job = {"person": str(row["person_id"]), "code": str(row["code_id"])}
    with pytest.raises(confirming.NotMailed) as told:
        await confirming.deliver(context, job)
    assert ADDRESS not in str(told.value)
    server.busy = False
    await confirming.deliver(context, job)
    await confirming.deliver(context, job)
    assert len(server.letters) == 1, "a job that comes twice mails once"


async def test_the_page_says_unconfirmed_takes_the_code_and_keeps_wrong_ones_at_the_field(
    scene: Scene, me: Somebody, server: MailServer
) -> None:
    scene.bureau.staff["me"] = me
    await submit(scene, "", mail=ADDRESS)
    await scene.house.work_off()
    shown = await page(scene, "me", "/mine")
    assert "未确认" in shown.text
    assert ADDRESS in shown.text
    assert "验证码已经发到这个邮箱" in shown.text
    wrong = await submit(scene, "/confirm", code=another(code_in(server)))
    assert wrong.status_code == 422
    assert "验证码不对，还可以试 4 次" in wrong.text
    assert (await submit(scene, "/code")).status_code == 303
    await scene.house.work_off()
    assert (await submit(scene, "/confirm", code=code_in(server))).status_code == 303
    shown = await page(scene, "me", "/mine")
    assert "已确认" in shown.text
    assert "再发一次" not in shown.text


async def submit(scene: Scene, path: str, **typed: str) -> httpx.Response:
    shown = await page(scene, "me", "/mine")
    found = re.search(r'name="_csrf" value="([^"]+)"', shown.text)
    assert found is not None, shown.text
    headers = {"cookie": shown.request.headers["cookie"], "accept": "text/html"}
    address = f"/d/{scene.district.code}{X}/mine/mail{path}"
    return await scene.house.client.post(address, data={"_csrf": found[1], **typed}, headers=headers)


async def test_an_account_that_is_nobodys_gives_no_address(scene: Scene, server: MailServer) -> None:
    answer = await scene.bureau.post("township_clerk", f"{X}/mine/mail", {"mail": ADDRESS})
    assert answer.status_code == 403


async def test_a_villager_finds_their_notices_from_their_own_page(scene: Scene, me: Somebody) -> None:
    headers = {"cookie": f"{COOKIE}={me.token}", "accept": "text/html"}
    home = await scene.house.client.get(f"/d/{scene.district.code}/my", headers=headers)
    assert f'href="/d/{scene.district.code}{X}/mine"' in home.text
    assert "我的通知" in home.text
