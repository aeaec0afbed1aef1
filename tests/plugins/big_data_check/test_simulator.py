"""The simulated platform itself: slow when told to be, calling back once or twice, one ticket for one question, signed only."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import uuid4

import httpx
import pytest

from plugins.big_data_check.sources.signing import headers, ready_holds
from tests.plugins.big_data_check.platform_process import KEY, SimulatedPlatform, a_platform


@pytest.fixture(scope="module")
def slow_platform() -> Iterator[SimulatedPlatform]:
    with a_platform(
        "--latency-ms", "150", "--late-ms", "100", "--faults", "late=1.0,duplicate=1.0"
    ) as started:
        yield started


@pytest.fixture
def called_back() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    heard: list[dict[str, Any]] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/ready", heard
        server.shutdown()
        thread.join()


def ask(platform: SimulatedPlatform, query: str, callback: str = "", key: str = KEY) -> httpx.Response:
    body = {
        "query": query, "source": "vehicles", "case": "c", "purpose": "p", "authorisation": "a", "callback": callback,
        "person": {"name": "王建国", "id_number": "620802195101010019"},
    }  # fmt: skip
    data = json.dumps(body).encode()
    signed = headers(key.encode(), "k", "POST", "/queries", data, int(time.time()), uuid4().hex)
    return httpx.post(f"{platform.url}/queries", content=data, headers=signed, trust_env=False)


def test_it_takes_its_time_and_calls_back_twice_with_a_signature_that_holds(
    slow_platform: SimulatedPlatform, called_back: tuple[str, list[dict[str, Any]]]
) -> None:
    address, heard = called_back
    query, began = str(uuid4()), time.monotonic()
    first = ask(slow_platform, query, address)
    assert time.monotonic() - began >= 0.15
    assert first.status_code == 202
    again = ask(slow_platform, query, address)
    assert again.json()["ticket"] == first.json()["ticket"]
    for _ in range(100):
        if len(heard) == 2:
            break
        time.sleep(0.05)
    assert len(heard) == 2
    for said in heard:
        assert said["ticket"] == first.json()["ticket"]
        assert ready_holds(
            KEY.encode(), query, said["ticket"], said["at"], said["signature"], int(time.time())
        )


def test_it_answers_nobody_without_the_right_key_or_twice_with_the_same_nonce(
    slow_platform: SimulatedPlatform,
) -> None:
    assert ask(slow_platform, str(uuid4()), key="wrong").status_code == 401
    signed = headers(KEY.encode(), "k", "GET", "/queries/x", b"", int(time.time()), "once")
    url = f"{slow_platform.url}/queries/x"
    assert httpx.get(url, headers=signed, trust_env=False).status_code == 404
    assert httpx.get(url, headers=signed, trust_env=False).status_code == 401
