"""A provincial data platform for tests, demos and measurements, in a process of its own; nothing of it runs in production.

python -m plugins.big_data_check.simulator --port 8790 [--latency-ms 40] [--faults late=0.2,duplicate=0.5,error=0.1]

PUT  /truth               {"<ID number>": {"name": "…", "vehicles": [{"reference": "…", "value": "…"}], …}}
                          15-digit numbers are found by 18 digits; a key that is no number is a namesake's record
PUT  /sources/{source}    {"state": "up" | "down" | "no_data" | "garbled", "as_of": "2026-02-28"}
PUT  /faults              {"late": 0.2, …}: shares of late, duplicate, error, garbled, swapped, hanging answers
GET  /log                 what was asked: query, source, case, purpose, authorisation, id_number, state
POST /queries, GET /queries/{ticket}   the platform itself, signed (`sources/http.py`)
"""

from __future__ import annotations

import argparse
import json
import os
import random
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote
from urllib.request import Request, urlopen
from uuid import uuid4

from plugins.big_data_check.sources.signing import holds, ready_signature

KEY = "ZHUNBAO_BIG_DATA_CHECK_PLATFORM_KEY"
IDENTITY = ("name", "birth_date", "area_code")
USUAL: dict[str, dict[str, str]] = {
    "vehicles": {"kind": "car"}, "real_estate": {"kind": "commercial"}, "market_entities": {"role": "owner"},
    "payroll": {"kind": "fiscal"}, "deposits": {"institution": "农村信用社"}, "securities": {"institution": "证券公司"},
    "household_registration": {"status": "normal"}, "marriage": {"status": "married"},
    "social_insurance": {"scheme": "城乡居民养老保险"}, "tax": {"item": "个人所得税"},
    "disability": {"kind": "limb", "grade": "3"}, "housing_fund": {},
}  # fmt: skip
"""What a record says when the truth leaves it out."""
ALIASES = {"plate": "reference"}


@dataclass
class Platform:
    """Everything the simulator knows; guarded by `lock`, since every request has its own thread."""

    key: bytes
    latency: float = 0.0
    late_seconds: float = 1.0
    as_of: str = ""
    faults: dict[str, float] = field(default_factory=dict)
    truth: dict[str, dict[str, Any]] = field(default_factory=dict)
    sources: dict[str, dict[str, str]] = field(default_factory=dict)
    log: list[dict[str, Any]] = field(default_factory=list)
    tickets: dict[str, tuple[float, dict[str, Any]]] = field(default_factory=dict)
    by_query: dict[str, str] = field(default_factory=dict)
    nonces: set[str] = field(default_factory=set)
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 - faults, not secrets
    lock: threading.Lock = field(default_factory=threading.Lock)

    def strikes(self, fault: str) -> bool:
        return self.chance.random() < self.faults.get(fault, 0.0)

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What the registries hold about the person asked for, and about namesakes without a readable number."""
        source, person = asked["source"], asked["person"]
        settings = self.sources.get(source, {})
        heading = {"query": asked["query"], "source": source, "state": "answered"}
        if settings.get("state") == "no_data":
            return {**heading, "state": "no_data", "reason": "平台没有接入这个地区的数据"}
        yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
        records = [
            record
            for number, entry in self.truth.items()
            if _same_number(number, person["id_number"])
            or (not _is_number(number) and entry.get("name") == person["name"])
            for record in _records(number, entry, source, person["name"])
        ]
        return {**heading, "as_of": settings.get("as_of") or self.as_of or yesterday, "records": records}

    def promise(self, asked: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        """A ticket for later; the same query always gets the same one."""
        ticket = self.by_query.setdefault(asked["query"], uuid4().hex)
        if ticket not in self.tickets:
            self.tickets[ticket] = (time.monotonic() + self.late_seconds, answer)
            if asked.get("callback"):
                times = 2 if self.strikes("duplicate") else 1
                for n in range(times):
                    wait = self.late_seconds + 0.05 * (n + 1)
                    threading.Timer(wait, self._call_back, (asked, ticket)).start()
        return {"query": asked["query"], "source": asked["source"], "state": "accepted", "ticket": ticket}

    def _call_back(self, asked: dict[str, Any], ticket: str) -> None:
        at = int(time.time())
        body = {
            "query": asked["query"], "ticket": ticket, "at": at,
            "signature": ready_signature(self.key, asked["query"], ticket, at),
        }  # fmt: skip
        request = Request(  # noqa: S310 - the address comes from a signed request
            asked["callback"], json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        try:
            urlopen(request, timeout=5).close()  # noqa: S310
        except OSError:
            return


def _is_number(text: str) -> bool:
    return len(text) in (15, 18) and text[:15].isdigit()


def _same_number(registered: str, asked: str) -> bool:
    if len(registered) == 15 and registered.isdigit():
        return asked[:6] + asked[8:17] == registered and asked[6:8] == "19"
    return registered.upper() == asked.upper()


def _records(number: str, entry: dict[str, Any], source: str, name: str) -> list[dict[str, Any]]:
    found = entry.get(source, [])
    rows = found if isinstance(found, list) else [found]
    who = {key: entry.get(key, "") for key in IDENTITY}
    who["name"] = who["name"] or name
    who["id_number"] = number if _is_number(number) else ""
    return [
        {**who, "values": {**USUAL.get(source, {}), **{ALIASES.get(k, k): v for k, v in row.items()}}}
        for row in rows
    ]


class Handler(BaseHTTPRequestHandler):
    """One request. Control addresses are open; the platform's own want a signature."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/log":
            with self.platform.lock:
                self._send(200, list(self.platform.log))
        elif self.path == "/health":
            self._send(200, {"up": True})
        elif self.path.startswith("/queries/") and self._signed(b""):
            self._fetch(unquote(self.path.removeprefix("/queries/")))

    def do_PUT(self) -> None:
        body = self._body()
        with self.platform.lock:
            if self.path == "/truth":
                self.platform.truth = json.loads(body)
            elif self.path == "/faults":
                self.platform.faults = json.loads(body)
            elif self.path.startswith("/sources/"):
                self.platform.sources[self.path.removeprefix("/sources/")] = json.loads(body)
            else:
                return self._send(404, {})
        return self._send(200, {"taken": True})

    def do_DELETE(self) -> None:
        with self.platform.lock:
            self.platform.log.clear()
        self._send(200, {"taken": True})

    def do_POST(self) -> None:
        body = self._body()
        if self.path != "/queries":
            return self._send(404, {})
        if self._signed(body):
            self._ask(json.loads(body))
        return None

    def _ask(self, asked: dict[str, Any]) -> None:
        platform = self.platform
        with platform.lock:
            state = platform.sources.get(asked["source"], {}).get("state", "up")
            said = {k: asked.get(k) for k in ("query", "source", "case", "purpose", "authorisation")}
            platform.log.append({**said, "id_number": asked["person"]["id_number"], "state": state})
            struck = next(
                (f for f in ("hanging", "error", "garbled", "swapped", "late") if platform.strikes(f)), ""
            )
            answer = platform.answer(asked)
            struck = struck if state == "up" else state
            promised = platform.promise(asked, answer) if struck == "late" else None
        time.sleep(platform.latency)
        if promised is not None:
            self._send(202, promised)
        elif struck in ("down", "error"):
            self._send(503, {})
        elif struck == "garbled":
            self._raw(200, b'{"query": "')
        elif struck == "swapped":
            self._send(200, {**answer, "query": str(uuid4())})
        else:
            if struck == "hanging":
                time.sleep(30)
            self._send(200, answer)

    def _fetch(self, ticket: str) -> None:
        with self.platform.lock:
            found = self.platform.tickets.get(ticket)
            asked = next((q for q, t in self.platform.by_query.items() if t == ticket), "")
        if found is None:
            return self._send(404, {})
        ready_at, answer = found
        if time.monotonic() < ready_at:
            waiting = {"query": asked, "source": answer["source"], "state": "accepted", "ticket": ticket}
            return self._send(202, waiting)
        return self._send(200, answer)

    @property
    def platform(self) -> Platform:
        return self.server.platform

    def _signed(self, body: bytes) -> bool:
        sent = {name.lower(): value for name, value in self.headers.items()}
        nonce = sent.get("x-nonce", "")
        good = holds(self.platform.key, self.command, self.path, body, sent, int(time.time()))
        with self.platform.lock:
            good = good and nonce not in self.platform.nonces
            self.platform.nonces.add(nonce)
        if not good:
            self._send(401, {})
        return good

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("content-length", "0")))

    def _send(self, status: int, value: object) -> None:
        self._raw(status, json.dumps(value, ensure_ascii=False).encode())

    def _raw(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the standard library's
        """Nothing: addresses would be all there is to say, and those are in /log."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, platform: Platform) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.platform = platform

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that went away is no news."""


def shares(text: str) -> dict[str, float]:
    """`late=0.2,error=0.1` as a mapping."""
    return {
        name: float(share) for name, _, share in (part.partition("=") for part in text.split(",") if part)
    }


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m plugins.big_data_check.simulator")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--late-ms", type=float, default=1000.0)
    parser.add_argument(
        "--as-of", default="", help="the day every source's data is of; without it, yesterday"
    )
    parser.add_argument("--faults", type=shares, default={})
    parser.add_argument("--secret", default=os.environ.get(KEY, "simulated"))
    given = parser.parse_args(arguments)
    platform = Platform(
        given.secret.encode(), given.latency_ms / 1000, given.late_ms / 1000, given.as_of, given.faults
    )
    Server(given.port, platform).serve_forever()


if __name__ == "__main__":
    main()
