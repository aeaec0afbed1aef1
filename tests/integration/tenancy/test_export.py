"""Everything a tenant has in one file: its own rows, of every table, and proof that nothing was changed."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from core.problems import Conflict, NotFound
from core.storage.objects import FolderObjects
from core.tenancy import lifecycle
from tests.builders.bundles import DISTRICTS
from tests.integration.tenancy.conftest import House

pytestmark = pytest.mark.anyio
KONGTONG, LINGTAI, _ = DISTRICTS
PHOTO, SEALED = b"\xff\xd8\xff photo", b"what somebody handed in with a complaint, encrypted"
SHA = hashlib.sha256(PHOTO).hexdigest()


def names(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir() if entry.is_file()]


async def exported(house: House, file: Path) -> lifecycle.Manifest:
    tenant = await house.create(KONGTONG)
    neighbour = await house.create(LINGTAI)
    objects = FolderObjects(file.parent / "objects")
    await objects.put(tenant.id, PHOTO, "image/jpeg")
    await objects.put(tenant.id, SEALED, "application/octet-stream")
    await objects.put(neighbour.id, b"the neighbour's", "application/pdf")
    async with house.database.transaction(tenant.id) as tx:
        await tx.execute(
            """INSERT INTO evidence (tenant_id, sha256, media_type, size, uploaded_by, uploaded_at)
               VALUES ($1, $2, 'image/jpeg', 9, $1, $3) ON CONFLICT DO NOTHING""",
            tenant.id, SHA, house.clock(),
        )  # fmt: skip
    async with house.database.transaction(tenant.id) as tx:
        await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return await lifecycle.export(tx, tenant, file, house.clock(), objects)


async def test_an_export_holds_the_tenants_rows_of_every_table(house: House, tmp_path: Path) -> None:
    file = tmp_path / "620802.zip"
    manifest = await exported(house, file)
    assert (manifest.code, manifest.name) == ("620802", "崆峒区")
    rows = {part.file: part.rows for part in manifest.parts}
    assert rows["tables/config_version.jsonl"] == 1
    assert {"tables/process.jsonl", "tables/household.jsonl", "tables/account.jsonl"} <= rows.keys()
    with zipfile.ZipFile(file) as archive:
        (line,) = archive.read("tables/config_version.jsonl").decode().splitlines()
        assert json.loads(line)["tenant_id"] == manifest.tenant_id
        assert archive.read(f"evidence/{SHA}") == PHOTO
        assert archive.read(f"objects/{hashlib.sha256(SEALED).hexdigest()}") == SEALED
        assert len([name for name in archive.namelist() if name.startswith(("evidence/", "objects/"))]) == 2
    assert lifecycle.verify(file) == (manifest, [])


async def test_a_changed_export_is_found_out(house: House, tmp_path: Path) -> None:
    file, forged = tmp_path / "a.zip", tmp_path / "b.zip"
    await exported(house, file)
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(forged, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content + b"x" if name.endswith("config_version.jsonl") else content)
        new.writestr("tables/more.jsonl", b"{}")
    assert lifecycle.verify(forged)[1] == ["tables/more.jsonl", "tables/config_version.jsonl"]


async def test_an_export_overwrites_nothing_and_leaves_no_half_file(house: House, tmp_path: Path) -> None:
    file = tmp_path / "there.zip"
    file.write_text("x")
    with pytest.raises(Conflict, match="已经存在"):
        await exported(house, file)
    tenant = await house.create(KONGTONG)

    with pytest.raises(NotFound, match="没有找到这份材料"):
        async with house.database.transaction(tenant.id) as tx:
            lost = FolderObjects(tmp_path / "lost")
            await lifecycle.export(tx, tenant, tmp_path / "new.zip", house.clock(), lost)
    assert names(tmp_path) == ["there.zip"]
