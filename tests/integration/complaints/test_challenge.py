"""The small question of public forms: asked where the district wants it, answered once, read aloud as well as any text."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import date
from urllib.parse import quote

import pytest

from core.access.public_limits import BY_PHONE
from core.settings import Keyring
from core.storage.embedded import Urls
from tests.builders.casework import Bureau, a_bureau, start_on
from tests.builders.installation import an_installation
from tests.integration.complaints.speaking import complaint, lines, walk

pytestmark = pytest.mark.anyio

DIGITS = "零一二三四五六七八九"


@pytest.fixture
async def guarded(
    fresh_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Bureau]:
    folder = tmp_path_factory.mktemp("guarded")
    start_on(folder, date(2026, 3, 2))
    async with an_installation(fresh_urls, folder, keys) as house:
        district = await house.district("621122-longxi", {"tenant.public_challenge": True})
        made = await a_bureau(house, district, ("village_clerk", "township_reviewer", "district_officer"))
        yield made


async def test_a_form_is_taken_with_the_right_answer_and_once_only(guarded: Bureau) -> None:
    client, url = guarded.house.client, guarded.url("/p/complaints/new")
    form = complaint(guarded)
    assert (await client.post(url, json=form)).status_code == 422
    asked = (await client.get(guarded.url("/p/challenge"))).json()
    one, other = re.findall(f"[{DIGITS[1:]}]", asked["question"])[:2]
    right = DIGITS.index(one) + DIGITS.index(other)
    for answer, status in ((right + 1, 422), (right, 201), (right, 422)):
        headers = {"x-challenge": f"{asked['token']} {answer}"}
        assert (await client.post(url, json=form, headers=headers)).status_code == status
    odd = ("", "x", "1.2.3 4", f"9999999999.{'a' * 16}.{'0' * 64} 5", f"{asked['token']} ²")
    for header in odd:
        assert (
            await client.post(url, json=form, headers={"x-challenge": header.encode()})
        ).status_code == 422
    answers = [
        {"about": "procedure"}, {"area_code": guarded.village}, {"whom": ""}, {"where": "village"}, {"content": "名单没有张贴出来"},
        {"name": ""}, {"phone": ""},
    ]  # fmt: skip
    page = await walk(guarded, "/p/complaints/new", answers)
    assert "受理回执" in page.text, page.text
    assert len(await lines(guarded, "township_reviewer")) == 2


async def test_who_does_not_answer_the_question_uses_up_nobodys_phone(guarded: Bureau) -> None:
    """Six forms with somebody else's number would silence that phone for a day."""
    client, url = guarded.house.client, guarded.url("/p/complaints/new")
    form = complaint(guarded) | {"name": "赵举", "phone": "13911112223"}
    for _ in range(BY_PHONE.most + 1):
        assert (await client.post(url, json=form)).status_code == 422
    for number in range(BY_PHONE.most + 1):
        asked = (await client.get(guarded.url("/p/challenge"))).json()
        one, other = re.findall(f"[{DIGITS[1:]}]", asked["question"])[:2]
        right = f"{asked['token']} {DIGITS.index(one) + DIGITS.index(other)}"
        sent = await client.post(url, json=form, headers={"x-challenge": right})
        assert sent.status_code == (201 if number < BY_PHONE.most else 429), sent.text


@pytest.fixture
async def own(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Bureau]:
    """A district that asks what only its people know: `public_question` of the plugin that has its `questions`."""
    folder = tmp_path_factory.mktemp("own")
    start_on(folder, date(2026, 3, 2))
    asked = {"questions": [{"question": "我们区的区政府在哪个镇？", "answers": ["柳湖镇", "柳湖", "LIUHU"]}]}
    async with an_installation(database_urls, folder, keys) as house:
        settings = {"tenant.public_challenge": True, "tenant.plugins.sms_notice": asked}
        yield await a_bureau(house, await house.district("620802-kongtong", settings))


async def test_a_districts_own_question_takes_each_right_answer_once_and_no_other(own: Bureau) -> None:
    client, url, form = own.house.client, own.url("/p/complaints/new"), complaint(own)
    for answer in ("柳湖镇", " 柳 湖 ", "ｌｉｕｈｕ"):
        asked = (await client.get(own.url("/p/challenge"))).json()
        assert (asked["question"], asked["number"]) == ("我们区的区政府在哪个镇？", False)
        assert "柳湖" not in str(asked)
        until, nonce, *sealed = asked["token"].split(".")
        cut = ".".join((until, nonce, *reversed(sealed)))
        later = ".".join((str(int(until) + 60), nonce, *sealed))
        for token, said, status in (
            (asked["token"], "文峰镇", 422),
            (asked["token"], "", 422),
            (later, answer, 422),
            (f"{until}.{nonce}", answer, 422),
            (asked["token"], answer, 201),
            (cut, answer, 422),
        ):
            headers = {"x-challenge": f"{token} {quote(said)}"}
            assert (await client.post(url, json=form, headers=headers)).status_code == status, (token, said)
