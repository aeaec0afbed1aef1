"""Large files in a test: rows nobody owns, sent in pieces small enough that a few rows are many."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Sequence
from typing import Any

import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plugins.big_data_check import envelope
from tests.plugins.big_data_check.files import manifest_of
from tests.plugins.big_data_check.office import Office
from tests.plugins.big_data_check.test_files_and_notes import row

THEIRS = Ed25519PrivateKey.generate()
FILES = itertools.count(100)
SMALL = 1000
"""Bytes of a piece in these tests, so that a few rows are many pieces."""


def cars(count: int, *others: Sequence[str]) -> list[Sequence[str]]:
    """Rows of no household of ours; no two files are the same."""
    letter = next(FILES)
    return [*(row("620802195101010019", "别人", plate=f"甘{letter}{n:05}") for n in range(count)), *others]


async def announced(office: Office, data: bytes, rows: int, **manifest: Any) -> httpx.Response:
    manifest.setdefault("as_of", office.bureau.today)
    manifest.setdefault("version", await next_version(office))
    made = manifest_of(manifest.pop("plain", data), rows, **manifest)
    body = {"manifest": msgspec.to_builtins(made), "size": len(data), "signature": envelope.sign(THEIRS, made.canonical(), data)}  # fmt: skip
    return await office.post(office.officer, "/intakes", body)


async def next_version(office: Office) -> int:
    [found] = await office.rows(
        "SELECT coalesce(max(version), 0) + 1 AS n FROM big_data_check_delivery WHERE tenant_id = $1"
    )
    return int(found["n"])


async def piece(office: Office, intake: str, place: int, data: bytes) -> httpx.Response:
    body = {"place": place, "content_base64": base64.b64encode(data).decode()}
    return await office.post(office.officer, f"/intakes/{intake}/pieces", body)


async def sent(office: Office, data: bytes, rows: int, *, check: bool = True, **manifest: Any) -> str:
    """Announced and all its pieces sent; its id."""
    answer = await announced(office, data, rows, **manifest)
    assert answer.status_code == 200, answer.text
    intake = str(answer.json()["id"])
    for place, start in enumerate(range(0, len(data), SMALL)):
        taken = await piece(office, intake, place, data[start : start + SMALL])
        assert taken.status_code == 200, taken.text
    if check:
        await office.bureau.house.work_off()
    return intake


async def shown(office: Office, intake: str) -> Any:
    answer = await office.get(office.officer, f"/intakes/{intake}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def left(office: Office, intake: str) -> tuple[int, int, int]:
    """Rows, deliveries and pieces of it that there are."""
    counts = []
    for table, column in (("record", "delivery_id"), ("delivery", "id"), ("piece", "intake_id")):
        [found] = await office.rows(
            f"SELECT count(*) AS n FROM big_data_check_{table} WHERE tenant_id = $1 AND {column} = $2", intake
        )
        counts.append(int(found["n"]))
    return counts[0], counts[1], counts[2]
