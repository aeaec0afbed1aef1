"""Signatures between us and the gateway, both ways: HMAC-SHA256 over a canonical text, in the manner of Aliyun's RPC style.

request   POST&%2F&<percent-encoded, sorted parameters>          receipt   its lines, joined by newlines
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable, Mapping
from urllib.parse import quote


def sign_request(parameters: Mapping[str, str], secret: str) -> str:
    """The `Signature` parameter of a request with these other parameters."""
    query = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in sorted(parameters.items()))
    return _mac(f"POST&{_quoted('/')}&{_quoted(query)}", f"{secret}&")


def request_holds(parameters: Mapping[str, str], secret: str) -> bool:
    """Whether `Signature` is that of the other parameters."""
    others = {name: value for name, value in parameters.items() if name != "Signature"}
    return hmac.compare_digest(
        parameters.get("Signature", "").encode(), sign_request(others, secret).encode()
    )


def sign_lines(lines: Iterable[str], secret: str) -> str:
    """The signature of a receipt: every line quoted, so that no two different receipts read the same.

    White space around a line does not count, and a line break is one character: what is read from a form has neither.
    """
    return _mac("\n".join(_quoted(line.replace("\r\n", "\n").strip()) for line in lines), secret)


def lines_hold(lines: Iterable[str], signature: str, secret: str) -> bool:
    return hmac.compare_digest(signature.encode(), sign_lines(lines, secret).encode())


def _quoted(text: str) -> str:
    return quote(text, safe="~")


def _mac(text: str, secret: str) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), "sha256")).decode()
