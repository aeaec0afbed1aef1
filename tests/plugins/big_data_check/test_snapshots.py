"""Registries in the inbox are encrypted where they lie, and read without ever being unsealed onto a disk."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from core.registry.verification import Source
from plugins.big_data_check import envelope
from plugins.big_data_check.bulk import copying
from plugins.big_data_check.config import Files
from plugins.big_data_check.packing import pack
from plugins.big_data_check.parquet import TooLarge
from plugins.big_data_check.snapshots import Inbox, Refused, snapshot_of
from tests.plugins.big_data_check.files import manifest_of

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


def repeating(rows: int) -> bytes:
    """A registry whose every row names the same long text, for a few bits a row."""
    out = io.BytesIO()
    long = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["x" * 20_000]))
    cars = {
        "id_number": [NUMBER] * rows,
        "name": ["某某"] * rows,
        "reference": long,
        "kind": ["car"] * rows,
        "remark": long,
    }
    pq.write_table(pa.table(cars), out)
    return out.getvalue()


def opened(here: Any, *, only_encrypted: bool = False) -> Any:
    return snapshot_of(here, Source.VEHICLES, only_encrypted=only_encrypted)


TODAY = date(2026, 8, 31)


def placed(here: Here, *, signed: Ed25519PrivateKey | None = None, **changes: Any) -> None:
    """A registry with its manifest, and a signature where somebody signs."""
    data = registry()
    made = manifest_of(data, 1000, **{"format": "parquet", "as_of": TODAY, **changes})
    (here.inbox / "vehicles.parquet").write_bytes(data)
    (here.inbox / "vehicles.manifest.json").write_bytes(made.canonical())
    if signed:
        signature = envelope.sign(signed, made.canonical(), data)
        (here.inbox / "vehicles.signature.txt").write_text(signature)


def checked(here: Any, **files: Any) -> Any:
    return Inbox(here, Files(**files), "620802", TODAY).checked(Source.VEHICLES)


def test_a_snapshot_says_as_of_which_day_it_is_and_is_refused_when_that_is_too_long_ago(
    tmp_path: Path,
) -> None:
    here = Here(tmp_path)
    assert checked(here) is None
    placed(here, as_of=TODAY - timedelta(days=45))
    assert checked(here).as_of == TODAY - timedelta(days=45)
    placed(here, as_of=TODAY - timedelta(days=46))
    with pytest.raises(Refused, match="超过 45 天"):
        checked(here)
    placed(here, as_of=TODAY + timedelta(days=1))
    with pytest.raises(Refused, match="今天之后"):
        checked(here)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"rows": 999}, "999 行"),
        ({"sha256": "0" * 64}, "校验值"),
        ({"source": Source.TAX}, "来源"),
        ({"areas": ("620123",)}, "不是本区"),
        ({"batch": "PL-1"}, "完整"),
        ({"part": 1, "parts": 2}, "完整"),
    ],
)
def test_a_manifest_that_is_not_of_this_file_or_not_for_this_district_refuses_it(
    tmp_path: Path, changes: dict[str, Any], why: str
) -> None:
    here = Here(tmp_path)
    data = registry()
    made = msgspec.structs.replace(manifest_of(data, 1000, format="parquet", as_of=TODAY), **changes)
    (here.inbox / "vehicles.parquet").write_bytes(data)
    (here.inbox / "vehicles.manifest.json").write_bytes(made.canonical())
    with pytest.raises(Refused, match=why):
        checked(here)


def test_without_a_manifest_a_snapshot_is_not_used(tmp_path: Path) -> None:
    here = Here(tmp_path)
    (here.inbox / "vehicles.parquet").write_bytes(registry())
    with pytest.raises(Refused, match="没有清单"):
        checked(here)


def test_where_senders_are_named_a_snapshot_bears_the_signature_of_one_of_them_also_when_it_was_sealed_here(
    tmp_path: Path,
) -> None:
    here, theirs = Here(tmp_path), Ed25519PrivateKey.generate()
    senders = {"车管所": envelope.as_text(theirs.public_key())}
    placed(here)
    with pytest.raises(Refused, match="没有签名"):
        checked(here, senders=senders)
    placed(here, signed=Ed25519PrivateKey.generate())
    with pytest.raises(Refused, match="签名不对"):
        checked(here, senders=senders)
    placed(here, signed=theirs)
    for _ in range(2):  # the second time from the file sealed here
        assert checked(here, senders=senders).rows == 1000
    assert not (here.inbox / "vehicles.parquet").exists()


def test_what_packing_makes_can_be_put_into_the_inbox_as_it_is(tmp_path: Path) -> None:
    here, theirs = Here(tmp_path), Ed25519PrivateKey.generate()
    table = tmp_path / "table.parquet"
    columns = {
        "id_number": [NUMBER],
        "name": ["王"],
        "reference": ["甘L1"],
        "kind": ["car"],
        "value": ["62000"],
    }
    pq.write_table(pa.table(columns), table)
    told = {"source": "vehicles", "as_of": TODAY.isoformat(), "areas": ["620802"]}
    pack(told, table, tmp_path / "out", envelope.as_text(OURS.public_key()), envelope.as_text(theirs))
    for made, name in (
        ("table.zbe", "parquet.zbe"),
        ("manifest.json", "manifest.json"),
        ("signature.txt", "signature.txt"),
    ):
        (tmp_path / "out" / made).rename(here.inbox / f"vehicles.{name}")
    senders = {"车管所": envelope.as_text(theirs.public_key())}
    assert checked(here, senders=senders, encrypted=True).rows == 1


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


def test_a_snapshot_that_unfolds_to_far_more_than_it_says_is_refused_while_it_is_copied(
    tmp_path: Path,
) -> None:
    here: Any = Here(tmp_path, key="")
    (here.inbox / "vehicles.parquet").write_bytes(repeating(4000))  # 80 MB and more
    inbox = Inbox(here, Files(), "620802", TODAY)
    with pytest.raises(TooLarge, match="展开后过大"):
        next(copying._batches(inbox, Source.VEHICLES))


def test_a_snapshot_with_a_column_of_lists_is_refused_with_its_column(tmp_path: Path) -> None:
    here, out = Here(tmp_path), io.BytesIO()
    pq.write_table(pa.table({"id_number": [[NUMBER] * 3]}), out)
    made = manifest_of(out.getvalue(), 1, format="parquet", as_of=TODAY)
    (here.inbox / "vehicles.parquet").write_bytes(out.getvalue())
    (here.inbox / "vehicles.manifest.json").write_bytes(made.canonical())
    with pytest.raises(Refused, match="“id_number”一列"):
        checked(here)
