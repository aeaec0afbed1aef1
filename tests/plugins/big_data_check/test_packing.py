"""What a department packs is what a district opens; a wrong table is told before it is sent."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path

import pytest

from plugins.big_data_check import envelope, packing
from plugins.big_data_check.batch_file import BrokenDelivery, read, read_manifest
from tests.plugins.big_data_check.files import VEHICLE, csv_of


def ready(folder: Path, table: bytes) -> list[str]:
    for name in ("ours", "theirs"):
        packing.main(["keys", str(folder / name)])
    (folder / "m.json").write_text(
        json.dumps({"source": "vehicles", "as_of": "2026-08-31", "areas": ["620802"]})
    )
    (folder / "t.csv").write_bytes(table)
    receiver = (folder / "ours" / "encryption.pub").read_text()
    signing = str(folder / "theirs" / "signing.key")
    paths = [str(folder / name) for name in ("m.json", "t.csv", "out")]
    return ["pack", *paths, "--receiver", receiver, "--signing-key", signing]


def test_what_a_department_packs_its_district_opens_and_knows_whose_it_is(tmp_path: Path) -> None:
    packing.main(ready(tmp_path, csv_of(VEHICLE)))
    sent = {
        name: (tmp_path / "out" / name).read_bytes()
        for name in ("manifest.json", "table.zbe", "signature.txt")
    }
    manifest = read_manifest(sent["manifest.json"])
    senders = {"车管所": (tmp_path / "theirs" / "signing.pub").read_text()}
    signature = sent["signature.txt"].decode()
    assert envelope.signed_by(senders, manifest.canonical(), sent["table.zbe"], signature) == "车管所"
    plain = io.BytesIO()
    private = envelope.private_key((tmp_path / "ours" / "encryption.key").read_text())
    envelope.unseal(io.BytesIO(sent["table.zbe"]), plain, private, 10**6)
    assert read(manifest, plain.getvalue()).rows == manifest.rows == 1


def test_a_table_the_district_would_refuse_is_not_packed(tmp_path: Path) -> None:
    arguments = ready(tmp_path, csv_of((*VEHICLE[:6], "很贵")))
    with pytest.raises(BrokenDelivery):
        packing.main(arguments)
    assert not (tmp_path / "out").exists()


def test_a_private_key_is_its_owners_alone_and_never_replaced(tmp_path: Path) -> None:
    packing.make_keys(tmp_path)
    assert stat.S_IMODE((tmp_path / "signing.key").stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        packing.make_keys(tmp_path)
