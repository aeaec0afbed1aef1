"""A real S3 store (Ceph RGW): links for browsers, large files in parts, versions, and reports nobody can remove."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from minio import Minio
from minio.error import S3Error

from core.problems import NotFound, Unavailable
from core.storage.objects import Altered
from core.storage.s3 import S3Objects
from tests.builders.object_store import ACCESS, LOCKED, PLAIN, SECRET

PHOTO = b"\xff\xd8\xff" + b"photo" * 1000
REPORT = b"%PDF-1.7 a report"


@pytest.fixture
def s3(s3_address: str) -> Iterator[S3Objects]:
    store = S3Objects(f"{s3_address}/{LOCKED}")
    yield store
    store.close()


@pytest.fixture
def admin(s3_address: str) -> Minio:
    """What somebody with the key, but without our program, can do."""
    return Minio(s3_address.rpartition("@")[2], ACCESS, SECRET, secure=False, region="us-east-1")


async def test_a_browser_can_put_and_fetch_by_link(s3: S3Objects, tenant: UUID) -> None:
    sha256 = hashlib.sha256(PHOTO).hexdigest()
    put, got = await s3.upload_url(tenant, sha256), await s3.download_url(tenant, sha256)
    assert put is not None
    assert got is not None
    async with httpx.AsyncClient(trust_env=False) as browser:
        assert (await browser.put(put, content=PHOTO)).status_code == 200
        assert (await browser.get(got)).content == PHOTO
        assert (await browser.get(got.replace("X-Amz-Signature=", "X-Amz-Signature=0"))).status_code == 403
        assert (await browser.get(got.partition("?")[0])).status_code == 403
    assert await s3.get(tenant, sha256) == PHOTO
    await s3.remove_all(tenant)


async def test_a_wrong_secret_is_told_as_unavailable(s3_address: str, tenant: UUID) -> None:
    s3 = S3Objects(f"{s3_address.replace('@', 'x@')}/{PLAIN}")
    with pytest.raises(Unavailable):
        await s3.put(tenant, PHOTO, "image/jpeg")
    s3.close()


async def test_a_large_file_goes_up_in_parts_and_comes_back_whole(
    s3: S3Objects, admin: Minio, tenant: UUID
) -> None:
    large = bytes(range(256)) * (12 * 4096)
    sha256 = await s3.put(tenant, large, "application/octet-stream")
    etag = admin.stat_object(LOCKED, f"{tenant}/{sha256}").etag
    assert etag is not None
    assert etag.endswith("-3"), "three parts of at most five mebibytes"
    assert await s3.get(tenant, sha256) == large
    await s3.remove_all(tenant)


async def test_an_overwritten_object_is_noticed_and_its_first_version_is_still_there(
    s3: S3Objects, admin: Minio, tenant: UUID
) -> None:
    sha256 = await s3.put(tenant, PHOTO, "image/jpeg")
    name = f"{tenant}/{sha256}"
    first = admin.stat_object(LOCKED, name).version_id
    admin.put_object(LOCKED, name, io.BytesIO(b"swapped"), 7)
    with pytest.raises(Altered):
        await s3.get(tenant, sha256)
    kept = admin.get_object(LOCKED, name, version_id=first)
    assert kept.read() == PHOTO
    kept.close()
    kept.release_conn()
    assert await s3.remove_all(tenant) == 1
    assert not list(admin.list_objects(LOCKED, f"{tenant}/", recursive=True, include_version=True))


async def test_a_held_report_cannot_be_removed_by_anybody_but_the_deletion_of_its_district(
    s3: S3Objects, admin: Minio, tenant: UUID
) -> None:
    sha256 = await s3.put(tenant, REPORT, "application/pdf")
    assert await s3.hold(tenant, sha256, datetime.now(UTC) + timedelta(days=180))
    name = f"{tenant}/{sha256}"
    version = admin.stat_object(LOCKED, name).version_id
    with pytest.raises(S3Error) as refused:
        admin.remove_object(LOCKED, name, version_id=version)
    assert refused.value.code == "AccessDenied"
    assert await s3.get(tenant, sha256) == REPORT
    assert await s3.remove_all(tenant) == 1
    assert not await s3.exists(tenant, sha256)


async def test_a_bucket_without_lock_says_that_it_holds_nothing(s3_address: str, tenant: UUID) -> None:
    s3 = S3Objects(f"{s3_address}/{PLAIN}")
    sha256 = await s3.put(tenant, REPORT, "application/pdf")
    until = datetime.now(UTC) + timedelta(days=1)
    assert not await s3.hold(tenant, sha256, until)
    with pytest.raises(NotFound):
        await s3.hold(tenant, "0" * 64, until)
    await s3.remove_all(tenant)
    s3.close()
