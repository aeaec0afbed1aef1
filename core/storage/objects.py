"""Photographs and papers, by the SHA-256 of their bytes: in a folder here, or in any S3 store (`s3.py`).

An object never changes; what is read is checked against its name, so that a swapped file is noticed.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from core.problems import NotFound, Unavailable

if TYPE_CHECKING:
    from core.settings import Settings

LINK_LASTS = timedelta(minutes=10)

_SHA256 = re.compile(r"[0-9a-f]{64}")


class ObjectStore(Protocol):
    """All methods raise Unavailable when the store does not answer."""

    async def put(self, tenant: UUID, data: bytes, media_type: str) -> str:
        """Store bytes once; returns their SHA-256 in hex."""
        ...

    async def get(self, tenant: UUID, sha256: str) -> bytes:
        """Raises NotFound; Unavailable when what is stored is no longer what was."""
        ...

    async def exists(self, tenant: UUID, sha256: str) -> bool: ...

    async def upload_url(self, tenant: UUID, sha256: str) -> str | None:
        """Where a browser may put these bytes itself for ten minutes; None: only through us."""
        ...

    async def download_url(self, tenant: UUID, sha256: str) -> str | None:
        """Where a browser may fetch these bytes itself for ten minutes; None: only through us."""
        ...

    async def hold(self, tenant: UUID, sha256: str, until: datetime) -> bool:
        """Lock an object (UTC): nobody removes it before. False where the store cannot (a folder, a bucket without lock).

        Raises NotFound. The lawful deletion of a tenant (`remove_all`) is not held up by it.
        """
        ...

    async def discard(self, tenant: UUID, sha256: str) -> None:
        """Remove one object with every version, when its purpose is over; what is not there is no error."""
        ...

    async def names(self, tenant: UUID) -> list[str]:
        """The SHA-256 of every object a tenant has, of whatever kind, in order: for its export."""
        ...

    async def remove_all(self, tenant: UUID) -> int:
        """Remove everything of a tenant with every version, for its deletion; returns how many objects there were."""
        ...


def object_store(settings: Settings) -> ObjectStore:
    """The store the settings name."""
    if settings.s3_url:
        from core.storage.s3 import S3Objects

        return S3Objects(settings.s3_url)
    return FolderObjects(settings.data / "objects")


class Altered(Unavailable):
    """An object whose bytes are not those it is named after."""


def is_name(sha256: str) -> bool:
    return _SHA256.fullmatch(sha256) is not None


def checked(sha256: str) -> str:
    """A name that is one; anything else is simply not there."""
    if not is_name(sha256):
        raise NotFound("没有找到这份材料")
    return sha256


def verified(data: bytes, sha256: str) -> bytes:
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Altered(
            "这份材料的内容与登记时不一致，可能已损坏或被替换，不能使用",
            hint="请联系系统管理员从备份恢复。",
        )
    return data


class FolderObjects:
    """Objects as files `<tenant>/<first two digits>/<sha256>`, written under another name first, then moved."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, tenant: UUID, data: bytes, media_type: str) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        with _storing():
            await asyncio.to_thread(_write, self._file(tenant, sha256), data)
        return sha256

    async def get(self, tenant: UUID, sha256: str) -> bytes:
        file = self._file(tenant, checked(sha256))
        try:
            return verified(await asyncio.to_thread(file.read_bytes), sha256)
        except FileNotFoundError:
            raise NotFound("没有找到这份材料") from None

    async def exists(self, tenant: UUID, sha256: str) -> bool:
        return is_name(sha256) and await asyncio.to_thread(self._file(tenant, sha256).is_file)

    async def upload_url(self, tenant: UUID, sha256: str) -> str | None:
        return None

    async def download_url(self, tenant: UUID, sha256: str) -> str | None:
        return None

    async def hold(self, tenant: UUID, sha256: str, until: datetime) -> bool:
        if not await self.exists(tenant, checked(sha256)):
            raise NotFound("没有找到这份材料")
        return False

    async def discard(self, tenant: UUID, sha256: str) -> None:
        await asyncio.to_thread(self._file(tenant, checked(sha256)).unlink, missing_ok=True)

    async def names(self, tenant: UUID) -> list[str]:
        folder = self._folder / str(tenant)
        with _storing():
            found = await asyncio.to_thread(lambda: [f.name for f in folder.rglob("*") if f.is_file()])
        return sorted(name for name in found if is_name(name))

    async def remove_all(self, tenant: UUID) -> int:
        folder = self._folder / str(tenant)
        files = await asyncio.to_thread(lambda: sum(f.is_file() for f in folder.rglob("*")))
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        return files

    def _file(self, tenant: UUID, sha256: str) -> Path:
        return self._folder / str(tenant) / sha256[:2] / sha256


def _write(file: Path, data: bytes) -> None:
    if file.is_file() and file.stat().st_size == len(data):
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("xb") as out:
            draft.chmod(0o600)
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


@contextlib.contextmanager
def _storing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"材料没有存下来（{error.strerror}）", hint="请稍后再试；一直不行，请管理员检查磁盘空间和权限。"
        ) from error
