"""Registries in the inbox are encrypted where they lie, and read without ever being unsealed onto a disk."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from core.registry.verification import Source
from plugins.big_data_check import envelope
from plugins.big_data_check.snapshots import Refused, snapshot_of

OURS = X25519PrivateKey.generate()
NUMBER = "620802195101010019"


@dataclass
class Here:
    """As much of a platform as an inbox needs."""

    folder: Path
    key: str = envelope.as_text(OURS)

    def setting(self, name: str) -> str:
        assert name == "files_private_key"
        return self.key

    @property
    def inbox(self) -> Path:
        found = self.folder / "inbox"
        found.mkdir(exist_ok=True)
        return found


def registry() -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"id_number": [NUMBER] * 1000}), out, compression="none", use_dictionary=False)
    return out.getvalue()


def opened(here: Any, *, only_encrypted: bool = False) -> Any:
    return snapshot_of(here, Source.VEHICLES, only_encrypted=only_encrypted)


def test_a_plain_snapshot_is_sealed_before_it_is_read_and_nothing_plain_stays(tmp_path: Path) -> None:
    here = Here(tmp_path)
    (here.inbox / "vehicles.parquet").write_bytes(registry())
    for _ in range(2):  # the second time from the sealed file
        with opened(here) as file:
            assert pq.ParquetFile(pa.PythonFile(file, "r")).read().num_rows == 1000
    assert [f.name for f in here.inbox.iterdir()] == ["vehicles.parquet.zbe"]
    assert NUMBER.encode() in registry()
    assert NUMBER.encode() not in (here.inbox / "vehicles.parquet.zbe").read_bytes()


def test_a_newer_plain_snapshot_takes_the_place_of_the_sealed_one(tmp_path: Path) -> None:
    here = Here(tmp_path)
    for rows in (1, 2):
        pq.write_table(pa.table({"id_number": [NUMBER] * rows}), here.inbox / "vehicles.parquet")
        with opened(here) as file:
            assert pq.ParquetFile(pa.PythonFile(file, "r")).metadata.num_rows == rows


def test_a_district_that_takes_encrypted_files_only_reads_no_other(tmp_path: Path) -> None:
    here = Here(tmp_path)
    with opened(here, only_encrypted=True) as file:
        assert file is None
    (here.inbox / "vehicles.parquet").write_bytes(registry())
    with pytest.raises(Refused, match="没有加密"), opened(here, only_encrypted=True):
        pass


def test_what_is_sealed_for_somebody_else_cut_off_or_without_a_key_is_not_read(tmp_path: Path) -> None:
    here, sealed = Here(tmp_path), io.BytesIO()
    envelope.seal(io.BytesIO(registry()), sealed, OURS.public_key())
    file = here.inbox / "vehicles.parquet.zbe"
    file.write_bytes(sealed.getvalue()[:-100])
    with pytest.raises(envelope.Unopenable), opened(here):
        pass
    other = io.BytesIO()
    envelope.seal(io.BytesIO(registry()), other, X25519PrivateKey.generate().public_key())
    file.write_bytes(other.getvalue())
    with pytest.raises(envelope.Unopenable), opened(here):
        pass
    with pytest.raises(Refused, match="密钥"), opened(Here(tmp_path, key="")):
        pass


def test_a_sealed_file_cut_after_a_whole_segment_is_noticed(tmp_path: Path) -> None:
    sealed, plain = io.BytesIO(), bytes(3 * envelope.SEGMENT)
    envelope.seal(io.BytesIO(plain), sealed, OURS.public_key())
    whole = envelope.opened(io.BytesIO(sealed.getvalue()), OURS)
    whole.seek(envelope.SEGMENT - 5)
    assert whole.read(10) == bytes(10)
    assert whole.seek(0, io.SEEK_END) == len(plain)
    cut = sealed.getvalue()[: -(envelope.SEGMENT + 16)]
    with pytest.raises(envelope.Unopenable):
        envelope.opened(io.BytesIO(cut), OURS)
