"""In a demo a villager's code can be read on a page; anywhere else there is neither the page nor a word of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.app import build
from core.settings import Keyring, Settings
from plugins.sms_notice.simulator import Carrier, Received, serve
from tests.builders.casework import Bureau
from tests.integration.web.browsing import Browser

ADDRESS = "http://127.0.0.1:8190"


@pytest.fixture
def gateway() -> Iterator[tuple[str, Carrier]]:
    """The stand-in a demo runs, with one text of this district and one of another."""
    carrier = Carrier("demo", "secret")
    for n, district in enumerate(("620802", "621122")):
        text = f"您的登录验证码是 {'13579' if n == 0 else '86420'}{n}，5 分钟内有效。"
        carrier.received[str(n)] = Received(
            str(n), "13900001234", "崆峒民政", text, district, "r", 1_788_750_000.0 + n
        )
    server = serve(carrier, "127.0.0.1", 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", carrier
    server.shutdown()
    server.server_close()


def with_phones(bureau: Bureau, address: str) -> Browser:
    """The pages as they are in a demo whose texts are told at this address."""
    object.__setattr__(bureau.house.zhunbao.web_services, "demo_phones", address)
    return Browser(bureau.house, bureau.district)


async def test_a_demos_villager_reads_the_code_of_their_own_district(
    bureau: Bureau, gateway: tuple[str, Carrier]
) -> None:
    me = with_phones(bureau, gateway[0])
    assert "验证码在“演示手机”里看" in await me.see("/apply")
    page = await me.see("/demo/phones")
    assert "135790" in page
    assert "864201" not in page


async def test_a_gateway_that_is_silent_is_said_so(bureau: Bureau) -> None:
    page = await with_phones(bureau, "http://127.0.0.1:9").see("/demo/phones", 503)
    assert "演示用的短信网关没有回答" in page


async def test_elsewhere_there_is_no_such_page_and_no_word_of_it(bureau: Bureau) -> None:
    me = Browser(bureau.house, bureau.district)
    assert "演示" not in await me.see("/apply")
    await me.see("/demo/phones", 404)


@pytest.mark.parametrize(("demo", "found"), [("1", ADDRESS), ("0", ""), ("", "")])
def test_only_a_demo_takes_the_address(tmp_path: Path, keys: Keyring, demo: str, found: str) -> None:
    environment = {"ZHUNBAO_DEMO_PHONES": ADDRESS, "ZHUNBAO_DATA": str(tmp_path), "ZHUNBAO_KEYS": keys.text()}
    settings = Settings.from_env(environment | ({"ZHUNBAO_DEMO": demo} if demo else {}))
    assert settings.demo_phones == found
    assert build(settings, plugins=()).settings.demo_phones == found
