"""The audit administrator verifies the archive in a browser, a piece at a time, as `zhunbao audit verify` does at once."""

from __future__ import annotations

import re
from html import unescape

import pytest

from core.web.views import verification
from tests.integration.audit.conftest import Archive
from tests.integration.web.browsing import Browser, words

pytestmark = pytest.mark.anyio

PAGE = "/admin/audit/verification"
NEXT = re.compile(r'hx-get="([^"]+)"')


async def _auditor(archive: Archive) -> Browser:
    house, district = archive.bureau.house, archive.bureau.district
    return Browser(house, district, await house.person(district, "audit_admin"))


async def _to_the_end(auditor: Browser) -> tuple[list[str], str]:
    """(every piece's words, the last piece's), following what each page asks for next."""
    said, address = [], f"{PAGE}?step=1"
    for _ in range(200):
        answer = await auditor.get(address)
        assert answer.status_code == 200
        said.append(words(answer.text))
        following = NEXT.search(answer.text)
        if following is None:
            return said, said[-1]
        address = PAGE + "?" + unescape(following[1]).rpartition("?")[2]
    raise AssertionError("the verification never ends")


async def test_every_process_is_verified_piece_by_piece_and_the_same_is_found_as_on_the_command_line(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "PIECE", 0.0)  # one process a piece
    auditor = await _auditor(archive)
    assert "开始核查" in await auditor.see(PAGE)
    before, end = await _to_the_end(auditor)
    async with archive.bureau.house.inside(archive.bureau.district) as tx:
        total = await tx.fetchval("SELECT count(*) FROM process WHERE tenant_id = $1", tx.tenant)
    assert len(before) == total + 1
    assert f"已核查 {total} / {total} 件" in end
    seq = await archive.seq_of("accept")
    await archive.alter("DELETE FROM process_record WHERE process_id = $1 AND seq = $2", archive.case.id, seq)
    after, end = await _to_the_end(auditor)
    assert "处不符" in end
    assert not any(archive.number in piece for piece in before)
    assert sum(f"{archive.number} 第 {seq} 条：应有 1 份填写内容，现存 0 份" in piece for piece in after) == 1


async def test_nobody_but_the_audit_administrator_verifies(archive: Archive) -> None:
    house, district = archive.bureau.house, archive.bureau.district
    for role in ("system_admin", "security_admin"):
        other = Browser(house, district, await house.person(district, role))
        assert (await other.get(PAGE)).status_code == 403
    assert (await Browser(house, district).get(PAGE)).status_code == 303


async def test_a_forged_place_in_the_address_begins_anew_rather_than_failing(archive: Archive) -> None:
    auditor = await _auditor(archive)
    assert "开始核查" in await auditor.see(f"{PAGE}?step=9&checked=-1&wrong=x")
    assert "已核查 7 / " in await auditor.see(f"{PAGE}?step=1&after=zzzz&checked=7")
