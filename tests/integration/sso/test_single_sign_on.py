"""Single sign-on against a real provider: linked by its verified subject, never with roles of its own."""

from __future__ import annotations

import html
import re
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx
import pytest

from core.settings import Keyring
from core.storage.embedded import Urls
from core.tenancy.tenants import Tenant
from core.web.csrf import token_for
from core.web.visit import COOKIE
from tests.builders.installation import House, Somebody, an_installation

pytestmark = pytest.mark.anyio

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
BACK = "http://zhunbao.test/d/620802/sign-in/sso/back"


@dataclass(frozen=True)
class Provider:
    issuer: str


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    node = shutil.which("node") or str(ROOT / ".venv/bin/node")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [node, str(HERE / "provider.mjs")], env={"PORT": str(port), "BACK": BACK}, cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        while "up" not in process.stdout.readline():
            assert process.poll() is None, "the provider did not start"
        yield Provider(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


@pytest.fixture
async def house(fresh_urls: Urls, tmp_path: Path, keys: Keyring) -> AsyncIterator[House]:
    async with an_installation(fresh_urls, tmp_path, keys) as installed:
        yield installed


@pytest.fixture
async def district(house: House, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    monkeypatch.setenv("ZHUNBAO_OIDC_SECRET_620802", "zhunbao-secret-0123456789abcdef")
    chosen = {"issuer": provider.issuer, "client_id": "zhunbao", "label": "政务统一认证"}
    return await house.district("620802-kongtong", {"tenant.single_sign_on": chosen})


class Phone:
    """A browser: our cookies by hand, the provider's own; signs in there as `who`."""

    def __init__(self, house: House, session: str = "") -> None:
        self.house = house
        self.cookies = {COOKIE: session} if session else {}

    async def get(self, address: str) -> httpx.Response:
        self.house.client.cookies.clear()
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = await self.house.client.get(address, headers={"cookie": sent} if sent else {})
        self.cookies |= {name: value.strip('"') for name, value in answer.cookies.items()}
        return answer

    async def there_and_back(
        self, who: str, start: str = "/d/620802/sign-in/sso", **changed: str
    ) -> httpx.Response:
        away = (await self.get(start)).headers["location"]
        back = await at_the_provider(away, who)
        query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
        return await self.get(f"{BACK}?{urlencode({**query, **changed})}")


async def at_the_provider(address: str, who: str) -> str:
    """Through its own pages; where it sends the browser in the end."""
    async with httpx.AsyncClient(trust_env=False) as browser:
        answer = await browser.get(address)
        for _ in range(12):
            if answer.is_redirect:
                target = urljoin(str(answer.url), answer.headers["location"])
                if target.startswith(BACK):
                    return target
                answer = await browser.get(target)
                continue
            action = html.unescape(re.search(r'action="([^"]+)"', answer.text)[1])  # type: ignore[index]
            form: dict[str, Any] = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', answer.text))
            if 'name="login"' in answer.text:
                form |= {"login": who, "password": "x"}
            answer = await browser.post(urljoin(str(answer.url), action), data=form)
    raise AssertionError("the provider never sent the browser back")


async def linked(house: House, somebody: Somebody, who: str) -> None:
    start = f"/d/620802/sign-in/sso?link={token_for(somebody.token)}"
    answer = await Phone(house, somebody.token).there_and_back(who, start)
    assert answer.headers["location"] == "/d/620802/second-factor?linked=1"


async def test_a_linked_identity_signs_in_with_the_accounts_own_roles(house: House, district: Tenant) -> None:
    clerk = await house.person(district, "district_officer")
    page = await house.client.get("/d/620802/sign-in")
    assert "用政务统一认证登录" in page.text
    await linked(house, clerk, "zhangsan")
    phone = Phone(house)
    entered = await phone.there_and_back("zhangsan", "/d/620802/sign-in/sso?next=/d/620802/rounds")
    assert (entered.status_code, entered.headers["location"]) == (303, "/d/620802/rounds")
    me = await house.client.get(
        "/d/620802/api/me", headers={"authorization": f"Bearer {phone.cookies[COOKIE]}"}
    )
    assert me.json()["account_id"] == str(clerk.id)
    assert [g["role"] for g in me.json()["grants"]] == ["district_officer"]


async def test_an_unknown_identity_gets_no_account_and_is_told_what_to_do(
    house: House, district: Tenant
) -> None:
    phone = Phone(house)
    answer = await phone.there_and_back("stranger")
    assert answer.status_code == 403
    assert "还没有关联" in answer.text
    assert COOKIE not in phone.cookies


async def test_an_answer_that_is_not_this_devices_own_is_refused(house: House, district: Tenant) -> None:
    clerk = await house.person(district, "district_officer")
    await linked(house, clerk, "zhangsan")
    away = (await Phone(house).get("/d/620802/sign-in/sso")).headers["location"]
    back = await at_the_provider(away, "zhangsan")
    stolen = await Phone(house).get(back)
    assert (stolen.status_code, "不是从这台设备开始的" in stolen.text) == (403, True)
    forged = await Phone(house).there_and_back("zhangsan", state="forged")
    assert forged.status_code == 403
    wrong = await Phone(house).there_and_back("zhangsan", code="forged")
    assert (wrong.status_code, "没有承认" in wrong.text) == (403, True)


async def test_one_identity_belongs_to_one_account_and_linking_needs_the_pages_token(
    house: House, district: Tenant
) -> None:
    first, second = [await house.person(district, "district_officer") for _ in range(2)]
    await linked(house, first, "zhangsan")
    start = f"/d/620802/sign-in/sso?link={token_for(second.token)}"
    taken = await Phone(house, second.token).there_and_back("zhangsan", start)
    assert (taken.status_code, "另一个账号" in taken.text) == (409, True)
    forged = await Phone(house, second.token).get("/d/620802/sign-in/sso?link=forged")
    assert forged.status_code == 403


async def test_a_second_factor_is_asked_for_all_the_same(house: House, district: Tenant) -> None:
    clerk = await house.person(district, "district_officer")
    await linked(house, clerk, "lisi")
    async with house.inside(district) as tx:
        await house.accounts.set_totp(tx, clerk.actor, clerk.id)
    answer = await Phone(house).there_and_back("lisi")
    assert (answer.status_code, 'name="_ticket"' in answer.text) == (200, True)


async def test_a_provider_that_is_away_leaves_the_password(house: House) -> None:
    chosen = {"issuer": "http://127.0.0.1:9", "client_id": "zhunbao"}
    await house.district("620802-kongtong", {"tenant.single_sign_on": chosen})
    answer = await house.client.get("/d/620802/sign-in/sso")
    assert answer.status_code == 503
    assert "用账号密码登录" in answer.text
