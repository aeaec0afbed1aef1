"""Somebody who complains or objects, without an account: through pages as a browser would, or over the API."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from typing import Any

import httpx

from tests.api.markup import read
from tests.builders.casework import Bureau

CONTENT = "村主任的亲戚家有小汽车，还想吃低保。"
SECRET_NAME, SECRET_PHONE = "赵举报", "13911112222"


def complaint(bureau: Bureau, **more: Any) -> dict[str, Any]:
    return {"about": "household", "area_code": bureau.village, "content": CONTENT, **more}


async def complain(bureau: Bureau, key: str = "", **more: Any) -> dict[str, Any]:
    """Over the API; returns the receipt."""
    headers = {"idempotency-key": key} if key else {}
    url = bureau.url("/p/complaints/new")
    answer = await bureau.house.client.post(url, json=complaint(bureau, **more), headers=headers)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def standing(bureau: Bureau, code: str) -> httpx.Response:
    return await bureau.house.client.post(bureau.url("/p/complaints/status"), json={"code": code})


async def lines(bureau: Bureau, who: Any, tab: str = "open") -> list[dict[str, Any]]:
    answer = await bureau.get(who, f"/complaints?tab={tab}")
    assert answer.status_code == 200, answer.text
    return list(answer.json())


async def walk(
    bureau: Bureau, path: str, answers: Sequence[dict[str, str]], files: Sequence[bytes] = ()
) -> httpx.Response:
    """One question after another as a browser sends them, then the check page with the papers."""
    client, address = bureau.house.client, f"/d/{bureau.district.code}{path}"
    page = await client.get(address)
    for answer in answers:
        page = await client.post(address, data={**hidden(page), **answer, "_next": "1"})
        assert page.status_code == 200, page.text
    sent: Any = {
        "data": {**hidden(page), "_send": "1", **solved(page)},
        "files": [("papers", (f"{n}.jpg", data, "image/jpeg")) for n, data in enumerate(files)]
        or [("papers", ("", b"", "application/octet-stream"))],
    }
    return await client.post(address, **sent)


def hidden(page: httpx.Response) -> dict[str, str]:
    found = read(page.text).all("input")
    return {
        e.attributes["name"]: e.attributes.get("value", "")
        for e in found
        if e.attributes.get("type") == "hidden" and e.attributes.get("name", "") != "_csrf"
    }


def solved(page: httpx.Response) -> dict[str, str]:
    """The small question's answer, where one is asked."""
    asked = re.search(r"([一二三四五六七八九])加([一二三四五六七八九])等于几", unescape(page.text))
    digits = "零一二三四五六七八九"
    return {"_answer": str(digits.index(asked[1]) + digits.index(asked[2]))} if asked else {}
