"""Whole registries put into the inbox as Parquet: encrypted where they lie, opened only as far as they are read.

    <data>/plugins/big_data_check/<district>/inbox/<source>.parquet.zbe     sealed for the district's public key (`packing`)
    <data>/plugins/big_data_check/<district>/inbox/<source>.parquet         not sealed: sealed here before it is read
    <data>/plugins/big_data_check/<district>/inbox/<source>.manifest.json   what it is, as of which day, for which areas
    <data>/plugins/big_data_check/<district>/inbox/<source>.signature.txt   the sender's, where the district names senders

A district that takes encrypted files only does not read the other kind, and without a key of ours nothing can be sealed.
A snapshot is held to what a batch file is held to (`batch_file.Manifest`, `receiving.sender_of`), and is as old as its data.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

from core.sdk import Platform
from core.sdk.verification import Source
from plugins.big_data_check import envelope, parquet
from plugins.big_data_check.batch_file import BrokenDelivery, Manifest, read_manifest
from plugins.big_data_check.config import Files
from plugins.big_data_check.deliveries import oldest_fresh
from plugins.big_data_check.receiving import sender_of
from plugins.big_data_check.tables import IN_PIECES

PRIVATE = "files_private_key"
SEALED = ".parquet.zbe"


class Refused(ValueError):
    """The snapshot is not read; the text is for officers."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """A district's inbox and what it takes: `code` is the district's six digits, `today` its day."""

    platform: Platform
    files: Files
    code: str
    today: date

    def checked(self, source: Source) -> Manifest | None:
        """What lies there of a source, read through to its end and found to be what its manifest says; None: nothing does.

        Raises Refused; envelope.Unopenable for a file that was sealed for somebody else or cut off; pa.ArrowException for
        what is no Parquet.
        """
        folder = self.platform.folder / "inbox"
        with snapshot_of(self.platform, source, only_encrypted=self.files.encrypted) as given:
            if given is None:
                return None
            try:
                manifest = self._manifest(folder / f"{source.value}.manifest.json", source)
                table = hashlib.file_digest(given, "sha256").digest()  # type: ignore[arg-type]
                if table.hex() != manifest.sha256:
                    raise BrokenDelivery.whole("与清单的校验值不一致，可能没有放完，或清单是另一份的")
                self._signed(folder, source, manifest, table)
                there = parquet.opened(given, size=IN_PIECES.unpacked).rows
                if there != manifest.rows:
                    raise BrokenDelivery.whole(f"清单说有 {manifest.rows} 行，文件里有 {there} 行")
            except parquet.TooLarge as too_large:
                raise Refused(f"放入的快照没有使用：{too_large}") from None
            except BrokenDelivery as broken:
                told = "；".join(problem.message for problem in broken.problems)
                raise Refused(f"放入的快照没有使用：{told}") from None
            return manifest

    def opened(self, source: Source) -> AbstractContextManager[BinaryIO | None]:
        return snapshot_of(self.platform, source, only_encrypted=self.files.encrypted)

    def _manifest(self, path: Path, source: Source) -> Manifest:
        """Raises BrokenDelivery for what says nothing, or something that is not for here and now."""
        if not path.exists():
            raise BrokenDelivery.whole(
                f"旁边没有清单 {path.name}，不知道数据截至哪天、包括哪些地区；请连同清单一起放入"
            )
        manifest = read_manifest(path.read_bytes())
        oldest = oldest_fresh(self.today, self.files.max_age_days)
        if manifest.source is not source:
            raise BrokenDelivery.whole(f"清单写的来源是“{manifest.source.label}”")
        if manifest.format != "parquet" or manifest.batch or manifest.parts > 1:
            raise BrokenDelivery.whole(
                "快照要是一份完整的 Parquet 文件；分几份的、答复核对批次的，请在“批量文件”页面上传"
            )
        if strange := [a for a in manifest.areas if not a.startswith(self.code)]:
            raise BrokenDelivery.whole(f"清单里有不是本区的地区代码：{'、'.join(strange[:5])}")
        if manifest.as_of > self.today:
            raise BrokenDelivery.whole("数据截至日期在今天之后")
        if manifest.as_of < oldest:
            raise BrokenDelivery.whole(
                f"数据截至 {manifest.as_of}，超过 {self.files.max_age_days} 天，已经不能用于核对；请放入新的"
            )
        return manifest

    def _signed(self, folder: Path, source: Source, manifest: Manifest, table: bytes) -> None:
        """By a sender the district names: over the file as it lies, or over the table itself, which may have been sealed here."""
        path = folder / f"{source.value}.signature.txt"
        signature = path.read_text() if path.exists() else ""
        try:
            sender_of(self.files, manifest, table, signature)
        except BrokenDelivery:
            sealed = folder / f"{source.value}{SEALED}"
            if not sealed.exists() or not signature:
                raise
            with sealed.open("rb") as file:
                sender_of(self.files, manifest, hashlib.file_digest(file, "sha256").digest(), signature)


@contextmanager
def snapshot_of(platform: Platform, source: Source, *, only_encrypted: bool) -> Iterator[BinaryIO | None]:
    """The registry to read and seek in, or None where nobody put one.

    Raises Refused; envelope.Unopenable for a file that was sealed for somebody else or cut off.
    """
    inbox = platform.folder / "inbox"
    plain, sealed = inbox / f"{source.value}.parquet", inbox / f"{source.value}{SEALED}"
    secret = platform.setting(PRIVATE)
    if plain.exists():
        if only_encrypted:
            raise Refused("放入的快照没有加密，没有使用；请用本区的公钥加密后重新放入")
        if not secret:
            with plain.open("rb") as file:
                yield file
            return
        _seal(plain, sealed, secret)
    if not sealed.exists():
        yield None
        return
    if not secret:
        raise Refused("系统没有设置解密的密钥，打不开放入的快照；请联系系统管理员")
    with sealed.open("rb") as file, envelope.opened(file, envelope.private_key(secret)) as opened:
        yield opened


def _seal(plain: Path, sealed: Path, secret: str) -> None:
    """In one step: an interrupted sealing leaves the plain file, to be sealed next time."""
    unfinished = sealed.with_suffix(".unfinished")
    with plain.open("rb") as source, unfinished.open("wb") as target:
        unfinished.chmod(0o600)
        envelope.seal(source, target, envelope.private_key(secret).public_key())
    unfinished.rename(sealed)
    plain.unlink()
