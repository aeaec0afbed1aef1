"""Evidence by its hash: stored once, checked when read, a tenant's own; and a store that does not answer."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from core.problems import Invalid, NotFound, Unavailable
from core.settings import Settings
from core.storage.objects import FolderObjects, ObjectStore, object_store
from core.storage.s3 import S3Objects
from tests.builders import object_store as object_store_builder

PHOTO = b"\xff\xd8\xff" + b"photo" * 1000


@pytest.fixture(params=["folder", object_store_builder.PLAIN, object_store_builder.LOCKED])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ObjectStore]:
    if request.param == "folder":
        yield FolderObjects(tmp_path / "objects")
    else:
        store = S3Objects(f"{request.getfixturevalue('s3_address')}/{request.param}")
        yield store
        store.close()


async def test_what_was_stored_comes_back_by_its_hash(objects: ObjectStore, tenant: UUID) -> None:
    sha256 = await objects.put(tenant, PHOTO, "image/jpeg")
    assert sha256 == hashlib.sha256(PHOTO).hexdigest()
    assert await objects.get(tenant, sha256) == PHOTO
    assert await objects.exists(tenant, sha256)


async def test_storing_twice_is_storing_once(objects: ObjectStore, tenant: UUID) -> None:
    assert await objects.put(tenant, PHOTO, "image/jpeg") == await objects.put(tenant, PHOTO, "image/jpeg")
    assert await objects.remove_all(tenant) == 1


async def test_another_tenant_does_not_have_it(objects: ObjectStore, tenant: UUID) -> None:
    sha256 = await objects.put(tenant, PHOTO, "image/jpeg")
    assert not await objects.exists(uuid4(), sha256)
    with pytest.raises(NotFound):
        await objects.get(uuid4(), sha256)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63])
async def test_a_name_that_is_none_is_simply_not_there(objects: ObjectStore, tenant: UUID, name: str) -> None:
    with pytest.raises(NotFound):
        await objects.get(tenant, name)
    assert not await objects.exists(tenant, name)


async def test_a_deleted_tenant_leaves_nothing(objects: ObjectStore, tenant: UUID) -> None:
    kept = uuid4()
    other = await objects.put(kept, PHOTO, "image/jpeg")
    names = [await objects.put(tenant, PHOTO + bytes([n]), "image/jpeg") for n in range(3)]
    assert await objects.remove_all(tenant) == 3
    assert not any([await objects.exists(tenant, name) for name in names])
    assert await objects.exists(kept, other)
    await objects.remove_all(kept)


async def test_a_tenants_objects_are_listed_and_no_neighbours(objects: ObjectStore, tenant: UUID) -> None:
    other = uuid4()
    names = [await objects.put(tenant, PHOTO + bytes([n]), "image/jpeg") for n in range(3)]
    await objects.put(other, PHOTO, "image/jpeg")
    assert await objects.names(tenant) == sorted(names)
    assert await objects.names(uuid4()) == []
    await objects.remove_all(tenant)
    await objects.remove_all(other)


async def test_what_is_discarded_is_gone_and_nothing_else_is(objects: ObjectStore, tenant: UUID) -> None:
    kept, gone = [await objects.put(tenant, PHOTO + bytes([n]), "image/jpeg") for n in range(2)]
    await objects.discard(tenant, gone)
    await objects.discard(tenant, gone)
    assert (await objects.exists(tenant, kept), await objects.exists(tenant, gone)) == (True, False)
    await objects.remove_all(tenant)


async def test_a_swapped_file_is_noticed(tmp_path: Path, tenant: UUID) -> None:
    objects = FolderObjects(tmp_path)
    sha256 = await objects.put(tenant, PHOTO, "image/jpeg")
    (tmp_path / str(tenant) / sha256[:2] / sha256).write_bytes(PHOTO[::-1])
    with pytest.raises(Unavailable, match="不一致"):
        await objects.get(tenant, sha256)


async def test_a_folder_that_cannot_be_written_is_a_problem_people_understand(
    tmp_path: Path, tenant: UUID
) -> None:
    (tmp_path / "objects").write_text("a file in the way")
    with pytest.raises(Unavailable, match="没有存下来"):
        await FolderObjects(tmp_path / "objects").put(tenant, PHOTO, "image/jpeg")


def test_the_settings_say_which_store(tmp_path: Path) -> None:
    assert isinstance(object_store(Settings(data=tmp_path)), FolderObjects)
    s3 = object_store(Settings(data=tmp_path, s3_url="https://key:secret@s3.example/bucket"))
    assert isinstance(s3, S3Objects)
    s3.close()


@pytest.mark.parametrize("url", ["https://s3/bucket", "https://a:b@s3/", "https://a:b@s3/one/two"])
def test_an_address_that_cannot_be_used_says_how_it_should_look(url: str) -> None:
    with pytest.raises(Invalid) as told:
        S3Objects(url)
    assert told.value.fields[0].field == "ZHUNBAO_S3_URL"
    assert "存储桶" in told.value.fields[0].message


async def test_a_store_that_does_not_answer_is_told_within_seconds(tenant: UUID) -> None:
    s3 = S3Objects("http://key:secret@127.0.0.1:1/bucket")
    began = time.monotonic()
    with pytest.raises(Unavailable) as told:
        await s3.put(tenant, PHOTO, "image/jpeg")
    s3.close()
    assert time.monotonic() - began < 8
    assert "ZHUNBAO_S3_URL" in told.value.hint


async def test_links_are_made_without_asking_the_store(tenant: UUID) -> None:
    s3 = S3Objects("https://key:secret@s3.example:9000/bucket?region=cn-north-1")
    link = await s3.download_url(tenant, "0" * 64)
    s3.close()
    assert link is not None
    assert link.startswith(f"https://s3.example:9000/bucket/{tenant}/{'0' * 64}?")
    assert "X-Amz-Expires=600" in link
    assert "secret" not in link
    assert "cn-north-1" in link
