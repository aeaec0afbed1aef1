"""What was handed in with a complaint leaves with the district, still under lock: the file tells nobody who complained."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from core.tenancy import lifecycle
from tests.builders.casework import JPEG, Bureau
from tests.integration.complaints.speaking import CONTENT, SECRET_NAME, SECRET_PHONE, walk

pytestmark = pytest.mark.anyio
SEEN = b"what the neighbour saw"


async def test_a_districts_export_holds_every_paper_of_its_complaints_and_names_nobody(
    bureau: Bureau, tmp_path: Path
) -> None:
    answers = [
        {"about": "household"}, {"area_code": bureau.village}, {"whom": ""}, {"where": "village"}, {"content": CONTENT},
        {"name": SECRET_NAME}, {"phone": SECRET_PHONE},
    ]  # fmt: skip
    sent = await walk(bureau, "/p/complaints/new", answers, [JPEG + SEEN])
    assert "受理回执" in sent.text, sent.text
    house, tenant, file = bureau.house, bureau.district, tmp_path / "all.zip"
    async with house.inside(tenant) as tx:
        papers = await tx.fetch("SELECT sha256 FROM complaint_paper WHERE tenant_id = $1", tenant.id)
        await lifecycle.export(tx, tenant, file, house.zhunbao.clock(), house.zhunbao.objects)
    assert len(papers) == 1
    with zipfile.ZipFile(file) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    assert f"objects/{papers[0]['sha256']}" in held
    for name, body in held.items():
        for secret in (SEEN, SECRET_NAME.encode(), SECRET_PHONE.encode(), CONTENT.encode()):
            assert secret not in body, name
    assert lifecycle.verify(file)[1] == []
