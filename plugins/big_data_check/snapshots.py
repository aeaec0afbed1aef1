"""Whole registries put into the inbox as Parquet: encrypted where they lie, opened only as far as they are read.

    <data>/plugins/big_data_check/<district>/inbox/<source>.parquet.zbe     sealed for the district's public key (`packing`)
    <data>/plugins/big_data_check/<district>/inbox/<source>.parquet         not sealed: sealed here before it is read

A district that takes encrypted files only does not read the other kind, and without a key of ours nothing can be sealed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from core.sdk import Platform
from core.sdk.verification import Source
from plugins.big_data_check import envelope

PRIVATE = "files_private_key"
SEALED = ".parquet.zbe"


class Refused(ValueError):
    """The snapshot is not read; the text is for officers."""


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
