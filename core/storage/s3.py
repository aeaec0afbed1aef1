"""Objects in an S3 store, through the minio SDK in threads of its own: it blocks, so it must not block others.

`ZHUNBAO_S3_URL` is `https://ACCESS:SECRET@host[:port]/bucket?region=cn-north-1`. A bucket made with object lock keeps reports
from being removed before their time; one with versioning keeps what somebody overwrites. Both work without.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import urllib3
from minio import Minio
from minio.commonconfig import GOVERNANCE
from minio.deleteobjects import DeleteObject
from minio.error import MinioException, S3Error
from minio.retention import Retention

from core.problems import FieldError, Invalid, NotFound, Unavailable
from core.storage.objects import LINK_LASTS, checked, is_name, verified

log = logging.getLogger(__name__)

_THREADS = 8
_CONNECT_SECONDS = 2.0
_READ_SECONDS = 3.0
_WITHOUT_LOCK = {
    "InvalidRequest",
    "ObjectLockConfigurationNotFoundError",
    "MethodNotAllowed",
    "NotImplemented",
}
_MISSING = {"NoSuchKey", "NoSuchObject", "NoSuchVersion", "ResourceNotFound"}

T = TypeVar("T")


class S3Objects:
    """One bucket; objects are `<tenant>/<sha256>`."""

    def __init__(self, url: str) -> None:
        self._bucket, self._client = _client(url)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="s3")

    async def put(self, tenant: UUID, data: bytes, media_type: str) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        if await self.exists(tenant, sha256):
            return sha256  # a versioned bucket would keep it twice
        await self._call(
            self._client.put_object, self._bucket, _name(tenant, sha256), io.BytesIO(data), len(data),
            content_type=media_type,
        )  # fmt: skip
        return sha256

    async def get(self, tenant: UUID, sha256: str) -> bytes:
        return verified(await self._call(self._read, _name(tenant, checked(sha256))), sha256)

    async def exists(self, tenant: UUID, sha256: str) -> bool:
        try:
            await self._call(self._client.stat_object, self._bucket, _name(tenant, checked(sha256)))
        except NotFound:
            return False
        return True

    async def upload_url(self, tenant: UUID, sha256: str) -> str | None:
        return await self._call(
            self._client.presigned_put_object, self._bucket, _name(tenant, checked(sha256)), LINK_LASTS
        )

    async def download_url(self, tenant: UUID, sha256: str) -> str | None:
        return await self._call(
            self._client.presigned_get_object, self._bucket, _name(tenant, checked(sha256)), LINK_LASTS
        )

    async def hold(self, tenant: UUID, sha256: str, until: datetime) -> bool:
        """In governance mode: only who may bypass it (a tenant's deletion) removes it earlier."""
        name = _name(tenant, checked(sha256))
        found = await self._call(self._client.stat_object, self._bucket, name)
        if not found.version_id:
            return False
        return await self._call(self._lock, name, found.version_id, until)

    async def discard(self, tenant: UUID, sha256: str) -> None:
        await self._call(self._remove, _name(tenant, checked(sha256)))

    async def names(self, tenant: UUID) -> list[str]:
        return await self._call(self._list, f"{tenant}/")

    async def remove_all(self, tenant: UUID) -> int:
        return await self._call(self._remove, f"{tenant}/")

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _call(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, partial(work, *args, **kwargs))
        except S3Error as error:
            if error.code in _MISSING:
                raise NotFound("没有找到这份材料") from error
            raise _unreachable(str(error.code)) from error
        except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
            raise _unreachable(type(error).__name__) from error

    def _read(self, name: str) -> bytes:
        response = self._client.get_object(self._bucket, name)
        try:
            return bytes(response.read())
        finally:
            response.close()
            response.release_conn()

    def _lock(self, name: str, version: str, until: datetime) -> bool:
        try:
            self._client.set_object_retention(self._bucket, name, Retention(GOVERNANCE, until), version)
        except S3Error as error:
            if error.code in _WITHOUT_LOCK:
                return False
            raise
        return True

    def _list(self, prefix: str) -> list[str]:
        found = self._client.list_objects(self._bucket, prefix, recursive=True)
        return sorted(n for n in (str(o.object_name).removeprefix(prefix) for o in found) if is_name(n))

    def _remove(self, prefix: str) -> int:
        versions = list(self._client.list_objects(self._bucket, prefix, recursive=True, include_version=True))
        everything = [DeleteObject(v.object_name, _version(v.version_id)) for v in versions]
        for error in self._client.remove_objects(self._bucket, everything, bypass_governance_mode=True):
            raise _unreachable(str(error.code))
        return len({v.object_name for v in versions})


def _client(url: str) -> tuple[str, Minio]:
    """Region always set (otherwise the SDK asks the server first); short timeouts, one retry."""
    parts = urlsplit(url)
    bucket = parts.path.strip("/")
    if not (parts.hostname and parts.username and parts.password and bucket) or "/" in bucket:
        raise Invalid(
            "环境变量 ZHUNBAO_S3_URL 不能用",
            fields=(
                FieldError(
                    "ZHUNBAO_S3_URL", "应为 https://访问账号:密钥@主机[:端口]/存储桶?region=区域 的样子"
                ),
            ),
        )
    http = urllib3.PoolManager(
        num_pools=4,
        maxsize=_THREADS,
        timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS),
        retries=urllib3.Retry(total=1, backoff_factor=0.1, status_forcelist=(500, 502, 503, 504)),
    )
    client = Minio(
        parts.netloc.rpartition("@")[2],
        access_key=unquote(parts.username),
        secret_key=unquote(parts.password),
        secure=parts.scheme == "https",
        region=parse_qs(parts.query).get("region", ["us-east-1"])[0],
        http_client=http,
    )
    return bucket, client


def _version(given: str | None) -> str | None:
    """A bucket without versioning calls its only version "null"."""
    return None if given in (None, "", "null") else given


def _name(tenant: UUID, sha256: str) -> str:
    return f"{tenant}/{sha256}"


def _unreachable(what: str) -> Unavailable:
    log.error("object store: %s", what)
    return Unavailable(
        "存放材料的服务没有响应，材料没有存取成功",
        hint="请稍后再试；一直不行，请管理员检查 ZHUNBAO_S3_URL 和对象存储。",
    )
