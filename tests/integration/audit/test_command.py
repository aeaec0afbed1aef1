"""`zhunbao audit verify` as the audit administrator runs it: exit code, case number and row."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from uuid import uuid4

import pytest

from core.settings import Keyring
from tests.builders.casework import renamed
from tests.builders.households import elderly_couple
from tests.integration.audit.conftest import Archive

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Run:
    code: int
    said: str


async def zhunbao(archive: Archive, keys: Keyring, *arguments: str) -> Run:
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "ZHUNBAO_DATABASE_URL": archive.urls.app,
        "ZHUNBAO_OWNER_URL": archive.urls.owner,
        "ZHUNBAO_DATA": str(archive.folder),
        "ZHUNBAO_KEYS": keys.text(),
        "PYTHONUTF8": "1",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "core.cli", *arguments, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    assert process.returncode is not None
    return Run(process.returncode, out.decode())


async def test_the_command_names_case_and_row_and_fails_once_something_was_changed(
    archive: Archive, keys: Keyring
) -> None:
    run = await zhunbao(archive, keys, "audit", "verify")
    assert (run.code, "核查 2 件，全部相符" in run.said) == (0, True), run.said

    seq = await archive.seq_of("give_opinion")
    await archive.alter(
        "UPDATE journal SET basis = '改过' WHERE process_id = $1 AND seq = $2", archive.case.id, seq
    )
    run = await zhunbao(archive, keys, "audit", "verify", "--district", "620802")
    assert run.code == 1, run.said
    assert f"{archive.number} 第 {seq} 条" in run.said
    assert "1 处不符" in run.said
    assert "Traceback" not in run.said


async def test_an_unknown_district_is_said_to_be_unknown(archive: Archive, keys: Keyring) -> None:
    run = await zhunbao(archive, keys, "audit", "verify", "--district", "999999")
    assert (run.code, "999999" in run.said, "Traceback" in run.said) == (1, True, False)


async def test_what_is_filed_while_the_command_runs_is_no_discrepancy(
    archive: Archive, keys: Keyring
) -> None:
    bureau = archive.bureau
    case = await bureau.application(renamed(elderly_couple(), uuid4().hex[:6]))
    run, _ = await asyncio.gather(
        zhunbao(archive, keys, "audit", "verify", "--district", "620802"), bureau.take(case, "active")
    )
    told = [line for line in run.said.splitlines() if "第" in line and "条：" in line]
    assert not [
        line
        for line in told
        if archive.number not in line and not any(str(k.number) in line for k in archive.known)
    ]
