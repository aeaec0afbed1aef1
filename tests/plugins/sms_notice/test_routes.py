"""The plugin's `routes`: officers see the messages of their areas, send again, change the wording; nobody sees a phone."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from core.web.visit import COOKIE
from plugins.sms_notice import store
from plugins.sms_notice.store import Message
from tests.builders.installation import OTHER_VILLAGE, Somebody
from tests.plugins.sms_notice.scene import PHONE, Scene

pytestmark = pytest.mark.anyio

X = "/x/sms_notice"


async def test_sent_again_to_who_wants_no_texts_it_stands_in_their_account(scene: Scene) -> None:
    message = await refused(scene)
    async with scene.house.inside(scene.district) as tx:
        await store.opt_out(tx, message.phone_index, "household", (await scene.context()).now)
    again = await post(scene, "township_clerk", f"/messages/{message.id}/resend")
    assert again.status_code == 403, "nowhere to send it to"
    await scene.house.person(scene.district, "applicant", "620802001001", person_id=message.person_id)
    again = await post(scene, "township_clerk", f"/messages/{message.id}/resend")
    assert again.status_code == 200, again.text
    await scene.house.work_off()
    told = await scene.only()
    assert (told.state, told.channel) == ("delivered", "in_app")


async def refused(scene: Scene) -> Message:
    """A message the gateway did not take."""
    scene.gateway.faults(refuse=[PHONE])
    await scene.send(await scene.one_queued())
    scene.gateway.faults()
    return await scene.only()


async def get(scene: Scene, office: str, path: str) -> Any:
    answer = await scene.bureau.get(office, f"{X}{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post(scene: Scene, office: str | Somebody, path: str, body: Any = None) -> httpx.Response:
    return await scene.bureau.post(office, f"{X}{path}", body or {})


async def page(scene: Scene, office: str, path: str) -> httpx.Response:
    address = f"/d/{scene.district.code}{X}{path}"
    return await scene.house.client.get(address, headers=_browser(scene, office))


async def submit(scene: Scene, office: str, path: str, **typed: str) -> httpx.Response:
    """A page's form, with the token the page gave."""
    shown = await page(scene, office, path.removesuffix("/resend").removesuffix("/opt-out"))
    found = re.search(r'name="_csrf" value="([^"]+)"', shown.text)
    assert found is not None, shown.text
    address = f"/d/{scene.district.code}{X}{path}"
    data = {"_csrf": found[1], **typed}
    return await scene.house.client.post(address, data=data, headers=_browser(scene, office))


def _browser(scene: Scene, office: str) -> dict[str, str]:
    return {"cookie": f"{COOKIE}={scene.bureau.staff[office].token}", "accept": "text/html"}


async def test_messages_are_listed_by_state_with_their_reasons(scene: Scene) -> None:
    await refused(scene)
    listed = await get(scene, "township_clerk", "/messages?state=refused")
    [line] = listed["messages"]
    assert (line["notice_label"], line["state_label"], line["detail"]) == (
        "已受理", "被拒绝", "号码不对",
    )  # fmt: skip
    assert listed["counts"] == {"refused": 1}
    assert (await get(scene, "township_clerk", "/messages?state=sent"))["messages"] == []


async def test_only_officers_of_the_area_see_a_message(scene: Scene) -> None:
    message = await refused(scene)
    elsewhere = await scene.house.person(scene.district, "township_clerk", "620802003000")
    for somebody, status, count in ((scene.bureau.staff["district_officer"], 200, 1), (elsewhere, 404, 0)):
        listed = await scene.bureau.get(somebody, f"{X}/messages")
        assert len(listed.json()["messages"]) == count
        assert (await scene.bureau.get(somebody, f"{X}/messages/{message.id}")).status_code == status
        again = await post(scene, somebody, f"/messages/{message.id}/resend")
        assert again.status_code == status
    assert OTHER_VILLAGE


@pytest.mark.parametrize("office", ["village_clerk", "visitor", "observer"])
async def test_others_have_no_door_here(scene: Scene, office: str) -> None:
    assert (await scene.bureau.get(office, f"{X}/messages")).status_code == 403


async def test_one_message_shows_its_text_and_never_the_phone(scene: Scene) -> None:
    message = await refused(scene)
    shown = await get(scene, "township_reviewer", f"/messages/{message.id}")
    assert shown["phone"] == "138****0001"
    assert shown["text"].startswith("【平凉市崆峒区民政局】马**，")
    assert not shown["may_send_again"], "a reviewer looks and does not send"
    for path in ("/messages", f"/messages/{message.id}"):
        assert PHONE not in (await page(scene, "district_officer", path)).text


async def test_sending_again_uses_a_new_key(scene: Scene) -> None:
    message = await refused(scene)
    answer = await post(scene, "district_officer", f"/messages/{message.id}/resend")
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "queued"
    await scene.house.work_off()
    [received] = scene.gateway.messages()
    assert received["key"] == f"{message.id}-1"
    assert (await scene.only()).state == "sent"


async def test_what_is_on_its_way_is_not_sent_again(scene: Scene) -> None:
    message = await scene.one_queued()
    answer = await post(scene, "district_officer", f"/messages/{message.id}/resend")
    assert answer.status_code == 409
    assert answer.json()["detail"] == "这条短信现在是“等待发送”，不用重发。"


async def test_a_reviewer_may_not_send(scene: Scene) -> None:
    message = await refused(scene)
    assert (await post(scene, "township_reviewer", f"/messages/{message.id}/resend")).status_code == 403


async def test_without_a_phone_on_file_sending_again_says_what_to_do(scene: Scene) -> None:
    message = await scene.one_queued(phone="")
    answer = await post(scene, "district_officer", f"/messages/{message.id}/resend")
    assert answer.status_code == 403
    assert (answer.json()["detail"], answer.json()["hint"]) == (
        "这户现在没有登记手机号。", "请先补登申请人的手机号，再重发",
    )  # fmt: skip


async def test_a_household_that_wants_no_texts_is_left_alone_until_it_does(scene: Scene) -> None:
    message = await refused(scene)
    out = await post(scene, "township_clerk", f"/messages/{message.id}/opt-out")
    assert out.json()["opted_out"]
    again = await post(scene, "township_clerk", f"/messages/{message.id}/resend")
    assert (again.status_code, again.json()["detail"]) == (403, "这户已经要求不再接收短信。")
    back = await post(scene, "township_clerk", f"/messages/{message.id}/opt-in")
    assert not back.json()["opted_out"]


async def test_a_wording_is_previewed_with_its_cost_before_it_is_kept(scene: Scene) -> None:
    body = {"text": "{姓名}，您的申请（{编号}）收到了。"}
    shown = (await post(scene, "district_officer", "/wordings/accepted/preview", body)).json()
    assert (shown["preview"], shown["segments"], shown["version"]) == (
        "【平凉市崆峒区民政局】王**，您的申请（620802-2026-000001）收到了。回复TD退订", 1, 0,
    )  # fmt: skip
    kept = (await post(scene, "district_officer", "/wordings/accepted", body)).json()
    assert kept["version"] == 1
    listed = await get(scene, "township_clerk", "/wordings")
    assert next(w for w in listed if w["notice"] == "accepted")["text"] == body["text"]


async def test_a_wrong_wording_is_refused_at_its_field(scene: Scene) -> None:
    answer = await post(
        scene, "district_officer", "/wordings/accepted", {"text": "{姓名}，您的身份证{身份证号}已核对。"}
    )
    assert answer.status_code == 422
    assert "没有变量“身份证号”" in answer.text
    assert (
        await post(scene, "district_officer", "/wordings/birthday", {"text": "生日快乐，祝您幸福"})
    ).status_code == 404
    assert (await post(scene, "township_clerk", "/wordings/accepted", {"text": "x" * 20})).status_code == 403


async def test_the_pages_show_the_same(scene: Scene) -> None:
    message = await refused(scene)
    listed = await page(scene, "district_officer", "/messages?state=refused")
    assert listed.status_code == 200
    assert "被拒绝" in listed.text
    one = await page(scene, "district_officer", f"/messages/{message.id}")
    assert "138****0001" in one.text
    assert "重发" in one.text
    wordings = await page(scene, "township_clerk", "/wordings")
    assert "标准内容" in wordings.text
    assert (await page(scene, "district_officer", "/messages?page=x&state=y&notice=z")).status_code == 200


async def test_an_empty_page_says_what_fills_it(scene: Scene) -> None:
    shown = await page(scene, "district_officer", "/messages")
    assert "受理、公示、确认等环节办理之后，通知会自动出现。" in shown.text


async def test_a_message_is_sent_again_from_its_page(scene: Scene) -> None:
    message = await refused(scene)
    answer = await submit(scene, "district_officer", f"/messages/{message.id}/resend")
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].endswith(f"/messages/{message.id}")
    assert (await scene.only()).state == "queued"
    out = await submit(scene, "district_officer", f"/messages/{message.id}/opt-out")
    assert out.status_code == 303


async def test_a_wording_is_changed_on_its_page_after_a_preview(scene: Scene) -> None:
    text = "{姓名}，您的申请（{编号}）我们收到了。"
    shown = await submit(scene, "district_officer", "/wordings/accepted", text=text, _preview="1")
    assert "王**，您的申请（620802-2026-000001）我们收到了。" in shown.text
    assert "按 1 条计费" in shown.text
    wrong = await submit(scene, "district_officer", "/wordings/accepted", text="{卡号}是多少，请告诉我们")
    assert wrong.status_code == 422
    assert "没有变量“卡号”" in wrong.text
    assert "{卡号}是多少" in wrong.text, "what was typed is kept"
    kept = await submit(scene, "district_officer", "/wordings/accepted", text=text)
    assert kept.status_code == 303
    assert text in (await page(scene, "district_officer", "/wordings/accepted")).text
