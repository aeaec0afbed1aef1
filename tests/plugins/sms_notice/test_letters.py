"""What people answer: kept sealed, read by officers of the area and logged, answered; scripts in it are only text."""

from __future__ import annotations

import asyncio
import re
from uuid import UUID

import httpx
import pytest

from core.sdk import TextMessage
from core.web.visit import COOKIE
from plugins.sms_notice import replies, store
from plugins.sms_notice.events import index_of
from plugins.sms_notice.replies import meant
from plugins.sms_notice.ways import ForCodes
from tests.plugins.sms_notice.scene import PHONE, Scene

pytestmark = pytest.mark.anyio

X = "/x/sms_notice"
SCRIPTS = (
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "javascript:alert(1)", "{{7*7}}", "<svg/onload=alert(1)>",
    "</textarea><script>alert(1)</script>", "'-alert(1)-'", "<a href=javascript:alert(1)>点这里</a>",
)  # fmt: skip


async def take(scene: Scene, text: str, source: str, phone: str = PHONE) -> bool:
    async with scene.house.inside(scene.district) as tx:
        return await replies.take(tx, await scene.context(), phone, text, source)


async def letter(scene: Scene) -> UUID:
    async with scene.house.inside(scene.district) as tx:
        [found], _ = await replies.listed(tx, ["620802"], "open", 9, 0)
    return found.id


async def page(scene: Scene, office: str, path: str, **form: str) -> httpx.Response:
    """A page, or with a form what it answers to being sent."""
    address = f"/d/{scene.district.code}{X}"
    headers = {"cookie": f"{COOKIE}={scene.bureau.staff[office].token}", "accept": "text/html"}
    shown = await scene.house.client.get(
        f"{address}{path.removesuffix('/open').removesuffix('/done')}", headers=headers
    )
    if not form:
        return shown
    found = re.search(r'name="_csrf" value="([^"]+)"', shown.text)
    assert found is not None
    return await scene.house.client.post(
        f"{address}{path}", data={"_csrf": found[1], **form}, headers=headers
    )


async def looks(scene: Scene) -> list[tuple[UUID, list[str]]]:
    async with scene.house.inside(scene.district) as tx:
        rows = await tx.fetch("SELECT account_id, fields FROM access_log WHERE event = 'looked' ORDER BY at")
    return [(row["account_id"], list(row["fields"])) for row in rows]


@pytest.mark.parametrize(
    ("text", "kind"),
    [("TD", "opt_out"), (" 退订。", "opt_out"), ("td!", "opt_out"), ("恢复", "opt_in"), ("我不想退订", "question"), ("", "question")],
)  # fmt: skip
def test_only_the_agreed_words_are_obeyed(text: str, kind: str) -> None:
    assert meant(text) == kind


async def test_a_letter_is_kept_once_and_sealed(scene: Scene) -> None:
    await scene.send(await scene.one_queued())
    assert await take(scene, "我家搬到王家庄了", "kannel 1")
    assert not await take(scene, "我家搬到王家庄了", "kannel 1")
    async with scene.house.inside(scene.district) as tx:
        [row] = await tx.fetch("SELECT phone, body, area_code FROM sms_notice_reply")
    assert PHONE.encode() not in row["phone"]
    assert "王家庄".encode() not in row["body"]
    assert row["area_code"] == "620802001001", "where the last notice to this phone was about"


async def heard_news(scene: Scene) -> None:
    """The phone is told that a complaint has news."""
    sent = await ForCodes(await scene.context()).send(
        TextMessage("1", PHONE, "您的 T620802-2026-000001 号事项有了新进展。", "complaint_news")
    )
    assert sent.state == "accepted"
    await scene.house.work_off()


async def listed_by(scene: Scene, office: str) -> list[str]:
    found = (await scene.bureau.get(office, f"{X}/letters")).json()
    shown = await page(scene, office, "/letters")
    assert ("138****0001" in shown.text) == bool(found["total"])
    return [line["id"] for line in found["letters"]]


@pytest.mark.parametrize("told", [True, False])
async def test_what_is_answered_to_news_of_a_complaint_is_not_for_the_officers_of_the_case(
    scene: Scene, told: bool
) -> None:
    """The same phone had a notice of its case before and after; the clerk may be whom the complaint is about."""
    await scene.send(await scene.one_queued())
    if told:
        await heard_news(scene)
    await scene.one_more_queued()
    await take(scene, "这个答复我不满意" if told else "对 T620802-2026-000001 的答复不满意", "1")
    async with scene.house.inside(scene.district) as tx:
        [row] = await tx.fetch("SELECT id, process_id, message_id, area_code FROM sms_notice_reply")
        assert await replies.open_ones(tx, "620802") == 0
    assert (row["process_id"], row["message_id"], row["area_code"]) == (None, None, "620802000000")
    path = f"/letters/{row['id']}"
    for office in ("township_clerk", "township_reviewer", "confirming_officer"):
        assert await listed_by(scene, office) == []
        assert (await page(scene, office, path)).status_code == 404
        for action, body in (("open", {}), ("done", {"note": "已答复"})):
            refused = await scene.bureau.post(office, f"{X}{path}/{action}", body)
            assert refused.status_code in {403, 404}
            assert "不满意" not in refused.text
    assert await listed_by(scene, "district_officer") == [str(row["id"])]
    opened = await page(scene, "district_officer", f"{path}/open", _open="1")
    assert "请不要转告" in opened.text
    assert "不满意" in opened.text


async def test_months_after_the_news_answers_go_to_the_officers_again(scene: Scene) -> None:
    await scene.send(await scene.one_queued())
    await heard_news(scene)
    async with scene.house.inside(scene.district) as tx:
        await tx.execute(
            "UPDATE sms_notice_message SET created_at = created_at - interval '91 days' WHERE process_id IS NULL"
        )
    await take(scene, "什么时候来？", "1")
    assert len(await listed_by(scene, "township_clerk")) == 1


async def test_a_repeated_no_more_does_not_undo_a_later_again(scene: Scene) -> None:
    for text, source in (("TD", "1"), ("恢复", "2"), ("TD", "1")):
        await take(scene, text, source)
    context = await scene.context()
    async with scene.house.inside(scene.district) as tx:
        assert not await store.opted_out(tx, index_of(context.platform, PHONE))


async def test_a_flood_from_one_phone_is_kept_to_a_few_and_no_more_still_holds(scene: Scene) -> None:
    kept = [await take(scene, f"第 {n} 封", f"{n}") for n in range(replies.MOST - 2)]
    kept += await asyncio.gather(*(take(scene, f"又 {n} 封", f"again {n}") for n in range(6)))
    assert sum(kept) == replies.MOST
    assert await take(scene, "TD", "no more")
    assert not await take(scene, "TD", "x", phone="0933-8210000"), "a carrier names mobile phones"


async def test_a_letter_is_opened_with_a_log_entry_and_then_shows_phone_and_text(scene: Scene) -> None:
    await scene.send(await scene.one_queued())
    await take(scene, "什么时候来？", "1")
    one, before = await letter(scene), len(await looks(scene))
    listed = await page(scene, "township_clerk", "/letters")
    closed = await page(scene, "township_clerk", f"/letters/{one}")
    for shown in (listed, closed):
        assert "138****0001" in shown.text
        assert PHONE not in shown.text
        assert "什么时候来" not in shown.text
    assert len(await looks(scene)) == before
    opened = await page(scene, "township_clerk", f"/letters/{one}/open", _open="1")
    assert f"tel:{PHONE}" in opened.text
    assert "什么时候来？" in opened.text
    assert (await looks(scene))[-1] == (scene.bureau.staff["township_clerk"].id, ["phone", "sms_reply"])


async def test_a_letter_is_answered_by_phone_and_done(scene: Scene) -> None:
    await scene.send(await scene.one_queued())
    await take(scene, "什么时候来？", "1")
    one = await letter(scene)
    empty = await page(scene, "township_clerk", f"/letters/{one}/done", note=" ")
    assert empty.status_code == 422
    done = await page(scene, "township_clerk", f"/letters/{one}/done", note="已电话告知周三上午入户")
    assert done.status_code == 303, done.text
    assert "没有等待答复的来信" in (await page(scene, "township_clerk", "/letters")).text
    assert "已电话告知周三上午入户" in (await page(scene, "township_clerk", f"/letters/{one}")).text
    again = await scene.bureau.post("township_clerk", f"{X}/letters/{one}/done", {"note": "再办一次"})
    assert again.status_code == 403


async def test_officers_of_other_areas_and_lookers_have_no_say(scene: Scene) -> None:
    await scene.send(await scene.one_queued())
    await take(scene, "什么时候来？", "1")
    one = await letter(scene)
    elsewhere = await scene.house.person(scene.district, "township_clerk", "620802003000")
    assert (await scene.bureau.post(elsewhere, f"{X}/letters/{one}/open", {})).status_code == 404
    assert (await scene.bureau.get(elsewhere, f"{X}/letters")).json()["total"] == 0
    refused = await scene.bureau.post("township_reviewer", f"{X}/letters/{one}/done", {"note": "已告知"})
    assert refused.status_code == 403


@pytest.mark.parametrize("script", SCRIPTS)
async def test_a_script_in_a_letter_or_a_note_is_shown_as_text(scene: Scene, script: str) -> None:
    await take(scene, script, script)
    one = await letter(scene)
    opened = await page(scene, "district_officer", f"/letters/{one}/open", _open="1")
    assert opened.status_code == 200
    await page(scene, "district_officer", f"/letters/{one}/done", note=f"{script} 已答复")
    for shown in (opened, await page(scene, "district_officer", f"/letters/{one}")):
        if "<" in script:
            assert script not in shown.text
        assert "49" not in re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", shown.text, re.S)
        assert 'href="javascript' not in shown.text


async def test_ones_own_notices_are_new_until_they_are_seen(scene: Scene) -> None:
    message = await scene.one_queued()
    person = await scene.house.person(
        scene.district, "applicant", "620802001001", person_id=message.person_id
    )
    mine = (await scene.bureau.get(person, f"{X}/mine")).json()
    assert mine["unread"] == 1
    assert "已受理" in mine["notices"][0]["text"]
    scene.bureau.staff["me"] = person
    shown = await page(scene, "me", "/mine")
    assert "1 条还没看" in shown.text
    assert "我的通知" in shown.text
    headers = {"cookie": f"{COOKIE}={person.token}", "accept": "text/html"}
    token = re.search(r'name="_csrf" value="([^"]+)"', shown.text)
    assert token is not None
    address = f"/d/{scene.district.code}{X}/mine"
    await scene.house.client.post(f"{address}/read", data={"_csrf": token[1]}, headers=headers)
    assert (await scene.bureau.get(person, f"{X}/mine")).json()["unread"] == 0
    wrong = await scene.house.client.post(
        f"{address}/mail", data={"_csrf": token[1], "mail": "x@"}, headers=headers
    )
    assert wrong.status_code == 422


async def test_nobody_finds_anybody_elses_notices(scene: Scene) -> None:
    await scene.one_queued()
    for office in ("township_clerk", "visitor"):
        assert (await scene.bureau.get(office, f"{X}/mine")).json() == {
            "unread": 0,
            "notices": [],
            "mail": None,
        }
