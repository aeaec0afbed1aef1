"""A public page on a slow line: everything a browser fetches for it, as transferred, stays under 150 kB."""

from __future__ import annotations

import httpx
import pytest

from tests.api.markup import read
from tests.builders.casework import Bureau
from tests.builders.households import elderly_couple

pytestmark = pytest.mark.anyio

BUDGET = 150_000


async def transferred(client: httpx.AsyncClient, address: str) -> tuple[int, str]:
    async with client.stream("GET", address, headers={"accept-encoding": "gzip"}) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
        assert answer.status_code == 200, address
        text = raw.decode() if "content-encoding" not in answer.headers else ""
    return len(raw), text


async def test_every_public_page_weighs_less_than_its_budget(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(elderly_couple()), "posted")
    await bureau.do("village_clerk", case, "start_posting", {"photos": [bureau.photo]})
    client, base = bureau.house.client, f"/d/{bureau.district.code}"
    token = (await client.get(bureau.url("/postings"))).json()[0]["token"]
    pages = (
        "/", "/p/postings", f"/p/postings/{token}", f"/p/postings/{token}/object",
        "/p/policy", "/p/complaints", "/p/complaints/new", "/p/complaints/status", "/sign-in",
    )  # fmt: skip
    for path in pages:
        weight, text = await transferred(client, base + path)
        page = read(text)
        fetched = [e.attributes.get("href", "") for e in page.all("link")]
        fetched += [e.attributes.get("src", "") for e in (*page.all("script"), *page.all("img"))]
        fetched += [e.attributes.get("href", "").partition("#")[0] for e in page.all("use")]
        for address in {a for a in fetched if a}:
            weight += (await transferred(client, address))[0]
        assert 1000 < weight < BUDGET, f"{path}: {weight} bytes"
