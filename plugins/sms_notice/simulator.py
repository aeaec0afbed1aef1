"""A gateway on this machine, for the demo and for tests: takes signed messages once per key, reports delivery, fails on demand.

    python -m plugins.sms_notice.simulator --port 8190 --report-to http://127.0.0.1:8000

    POST   /           a message (see `gateway.py`); the same OutId again gives the same answer and is counted
    GET    /messages   what was received: {"messages": [{key, phone, sign, text, reference, times, …}]}
    DELETE /messages   forget them
    PUT    /faults     {"down": bool, "slow": seconds, "lose": n answers, "refuse": [phones], "undelivered": [phones]}
    POST   /answers    {"phone", "text", "district"}: somebody answers, reported like a receipt
    GET    /health

Account (`ZHUNBAO_SMS_NOTICE_KEY_ID`, else "demo") and secret (`…_SECRET_DEMO`, else `…_SECRET`) come from the environment,
as for the plugin. Nothing is sent anywhere.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import secrets
import threading
import time
import urllib.request
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from plugins.sms_notice.receipts import Answer, ReceiptForm, Report, lines_of
from plugins.sms_notice.signing import request_holds, sign_lines

log = logging.getLogger(__name__)

KEPT = 20_000
"""Messages remembered; the oldest are forgotten."""


class Faults(msgspec.Struct, forbid_unknown_fields=True):
    """What goes wrong. `lose`: that many messages are taken and the answer never sent."""

    down: bool = False
    slow: float = 0.0
    lose: int = 0
    refuse: tuple[str, ...] = ()
    undelivered: tuple[str, ...] = ()


@dataclass
class Received:
    """One message as a phone would show it. `times`: how often it was handed over under this key."""

    key: str
    phone: str
    sign: str
    text: str
    district: str
    reference: str
    at: float
    times: int = 1


@dataclass
class Carrier:
    """What the gateway knows, safe for several threads."""

    key_id: str
    secret: str = field(repr=False)
    report_to: str = ""
    delay: float = 1.0
    faults: Faults = field(default_factory=Faults)
    received: OrderedDict[str, Received] = field(default_factory=OrderedDict)
    _nonces: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, parameters: Mapping[str, str]) -> dict[str, str]:
        """The answer to one request."""
        if parameters.get("AccessKeyId") != self.key_id or not request_holds(parameters, self.secret):
            return {"Code": "SignatureDoesNotMatch", "Message": "signature"}
        phone, key = parameters.get("PhoneNumbers", ""), parameters.get("OutId", "")
        with self._lock:
            if parameters["SignatureNonce"] in self._nonces:
                return {"Code": "SignatureNonceUsed", "Message": "nonce"}
            self._remember(self._nonces, parameters["SignatureNonce"], None)
            if phone in self.faults.refuse or not phone.isdigit():
                return {"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": "number"}
            known = self.received.get(key)
            if known is not None:
                known.times += 1
                return {"Code": "OK", "BizId": known.reference, "Message": "OK"}
            made = Received(
                key, phone, parameters.get("SignName", ""), parameters.get("Content", ""),
                parameters.get("ExtendCode", ""), secrets.token_hex(10), time.time(),
            )  # fmt: skip
            self._remember(self.received, key, made)
        self._report_later(made)
        return {"Code": "OK", "BizId": made.reference, "Message": "OK"}

    def lose_one(self) -> bool:
        """Whether the answer to this message is to be lost."""
        with self._lock:
            lost = self.faults.lose > 0
            self.faults.lose -= lost
            return lost

    def messages(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(one) for one in self.received.values()]

    def forget(self) -> None:
        with self._lock:
            self.received.clear()

    def receipt(self, reports: Sequence[Report], answers: Sequence[Answer] = ()) -> ReceiptForm:
        """A signed receipt."""
        unsigned = ReceiptForm(self.key_id, secrets.token_hex(8), "", tuple(reports), tuple(answers))
        return msgspec.structs.replace(unsigned, signature=sign_lines(lines_of(unsigned), self.secret))

    def report(self, district: str, form: ReceiptForm) -> int:
        """Hand a receipt to the district it belongs to; the HTTP status, 0 when nobody answered."""
        address = f"{self.report_to}/d/{district}/api/x/sms_notice/receipts"
        request = urllib.request.Request(  # noqa: S310 - an operator's address
            address, msgspec.json.encode(form), {"content-type": "application/json"}, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                return int(answer.status)
        except OSError as error:
            log.warning(
                "no receipt for district %s: %s", district, getattr(error, "code", type(error).__name__)
            )
            return int(getattr(error, "code", 0))

    def _report_later(self, one: Received) -> None:
        if not self.report_to or not one.district:
            return
        if one.phone in self.faults.undelivered:
            report = Report(one.key, one.reference, "failed", "UNDELIV")
        else:
            report = Report(one.key, one.reference, "delivered", "DELIVRD")
        timer = threading.Timer(self.delay, self._report_until_taken, (one.district, report))
        timer.daemon = True
        timer.start()

    def _report_until_taken(self, district: str, report: Report) -> None:
        for pause in (1.0, 5.0, 20.0, 0.0):
            status = self.report(district, self.receipt([report]))
            if 200 <= status < 300:
                return
            time.sleep(pause)

    @staticmethod
    def _remember(kept: OrderedDict[str, Any], key: str, value: Any) -> None:
        kept[key] = value
        while len(kept) > KEPT:
            kept.popitem(last=False)


class Desk(BaseHTTPRequestHandler):
    """HTTP in front of the carrier."""

    protocol_version = "HTTP/1.1"
    carrier: Carrier

    def do_POST(self) -> None:
        body = self._body()
        if self.path == "/answers":
            told = msgspec.json.decode(body, type=dict[str, str])
            answers = [Answer(told["phone"], told["text"])]
            self._say({"status": self.carrier.report(told["district"], self.carrier.receipt([], answers))})
            return
        faults = self.carrier.faults
        if faults.down:
            self._say({"Code": "ServiceUnavailable"}, 503)
            return
        answer = self.carrier.take(dict(parse_qsl(body.decode(), keep_blank_values=True)))
        time.sleep(faults.slow)
        if answer["Code"] == "OK" and self.carrier.lose_one():
            self.close_connection = True
            return
        self._say(answer, 200 if answer["Code"] == "OK" else 400)

    def do_GET(self) -> None:
        if self.path == "/health":
            self._say({"ok": True})
        elif self.path == "/messages":
            self._say({"messages": self.carrier.messages()})
        else:
            self._say({"Code": "NotFound"}, 404)

    def do_PUT(self) -> None:
        self.carrier.faults = msgspec.json.decode(self._body(), type=Faults)
        self._say({"ok": True})

    def do_DELETE(self) -> None:
        self.carrier.forget()
        self._say({"ok": True})

    def log_message(self, *_: object) -> None:
        """Requests hold phones; nothing of them is logged."""

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def _say(self, what: Mapping[str, Any], status: int = 200) -> None:
        body = json.dumps(what, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(carrier: Carrier, host: str, port: int) -> ThreadingHTTPServer:
    """A server that is ready; the caller runs `serve_forever`. Port 0: any free one."""
    desk = type("Desk", (Desk,), {"carrier": carrier})
    return ThreadingHTTPServer((host, port), desk)


def _secret(key_id: str) -> str:
    """What signs both ways: the account's own, else the installation's."""
    names = (f"ZHUNBAO_SMS_NOTICE_SECRET_{key_id.upper()}", "ZHUNBAO_SMS_NOTICE_SECRET")
    return next((os.environ[name] for name in names if os.environ.get(name)), "")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run until stopped."""
    parser = argparse.ArgumentParser(
        prog="python -m plugins.sms_notice.simulator", description="短信网关模拟器"
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument(
        "--report-to", default="", help="平台地址，送达回执发到这里，例如 http://127.0.0.1:8000"
    )
    parser.add_argument("--delay", type=float, default=1.0, help="多少秒后给出回执")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    key_id = os.environ.get("ZHUNBAO_SMS_NOTICE_KEY_ID", "demo")
    secret = _secret(key_id)
    if not secret:
        parser.error(f"ZHUNBAO_SMS_NOTICE_SECRET_{key_id.upper()} is not set")
    carrier = Carrier(key_id, secret, given.report_to.rstrip("/"), given.delay)
    log.info("SMS gateway simulator on http://%s:%s", given.host, given.port)
    serve(carrier, given.host, given.port).serve_forever()


if __name__ == "__main__":
    main()
