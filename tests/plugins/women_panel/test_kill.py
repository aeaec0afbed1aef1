"""kill -9 between sealing a ballot, storing it and answering: the phone sends again, and it counts exactly once."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import msgspec
import pytest

from core.settings import Keyring
from core.storage.embedded import Urls
from plugins.women_panel import urn
from plugins.women_panel.urn import Vote
from tests.plugins.women_panel.dying import Order
from tests.plugins.women_panel.test_publication import seal
from tests.plugins.women_panel.village import Village

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def killed(order: Order) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.plugins.women_panel.dying", stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await process.communicate(msgspec.json.encode(order))
    assert process.returncode == -signal.SIGKILL, said.decode()


@pytest.mark.parametrize(("when", "stored"), [("sealed", 0), ("committed", 1)])
async def test_a_server_killed_over_a_ballot_neither_loses_nor_doubles_it(
    village: Village, database_urls: Urls, keys: Keyring, tmp_path: Path, when: str, stored: int
) -> None:
    case, member, session = village.cases[0], village.members[0], await village.open_session()
    sealed = await seal(village, session, case, member, Vote("agree", tracker=urn.new_tracker()))
    path = f"{session}/cases/{case}/sealed-ballots"
    await killed(
        Order(when, database_urls.app, keys.text(), str(tmp_path), member.token, path, sealed, "phone")
    )
    for table in ("voter", "ballot"):
        rows = await village.rows(
            f"SELECT 1 FROM women_panel_{table} WHERE tenant_id = $1 AND case_id = $2",
            case,
        )
        assert len(rows) == stored, table
    again = await village.post(member, path, {"sealed": sealed}, "phone")
    assert again.status_code == 201, again.text
    await village.votes(session, case, village.members[1:], *["disagree"] * 10)
    told = (await village.close(session, case)).json()
    assert (told["agree"], told["disagree"]) == (1, 10)
