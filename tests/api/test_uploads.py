"""Files that are not what they should be: said in Chinese, with what to do, and nothing typed beside them is lost."""

from __future__ import annotations

import io
import zipfile
from random import Random
from uuid import uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.registry.file_kinds import is_whole, kind_of
from core.simulate import papers
from tests.api import markup
from tests.api.prepared import Prepared
from tests.api.test_bad_input import CHINESE
from tests.api.test_bad_pages import check, filled, page, send

MEGABYTE = 1024 * 1024
JPEG, PNG, PDF = (make(Random(7))[0] for make in (papers.jpeg, papers.png, papers.pdf))


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("photo.jpg", JPEG)
    return out.getvalue()


BAD: dict[str, tuple[str, bytes, str]] = {
    "empty": ("photo.jpg", b"", "空"),
    "wrong kind": ("notes.txt", "一些文字".encode(), "JPG"),
    "nine megabytes": ("photo.jpg", JPEG + b"\0" * 9 * MEGABYTE, "8 MB"),
    "a PNG header and garbage": ("photo.png", b"\x89PNG\r\n\x1a\n" + b"garbage" * 100, "不完整"),
    "a PNG cut off": ("photo.png", PNG[:-20], "不完整"),
    "a PNG with a flipped bit": ("photo.png", PNG[:60] + bytes([PNG[60] ^ 1]) + PNG[61:], "不完整"),
    "a JPEG header and garbage": ("photo.jpg", b"\xff\xd8\xff" + b"garbage" * 100, "不完整"),
    "a JPEG cut off": ("photo.jpg", JPEG[:-2], "不完整"),
    "a PDF cut off": ("paper.pdf", PDF[:-30], "不完整"),
    "a double extension": ("photo.jpg.exe", b"MZ\x90\x00" + b"\0" * 100, "JPG"),
    "a zip renamed": ("photo.jpg", archive(), "JPG"),
    "a page": ("photo.jpg", b"<html><script>alert(1)</script></html>", "JPG"),
    "a drawing with script": (
        "photo.svg",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        "JPG",
    ),
    "a GIF": ("photo.gif", b"GIF89a" + b"\0" * 40, "JPG"),
}


async def evidence(prepared: Prepared, name: str, data: bytes, kind: str = "image/jpeg") -> httpx.Response:
    who = prepared.bureau.staff["village_clerk"]
    return await prepared.house.client.post(
        prepared.bureau.url("/evidence"), files={"file": (name, data, kind)}, headers=who.headers
    )


@pytest.mark.parametrize("what", BAD)
async def test_a_bad_file_is_told_by_the_api(prepared: Prepared, what: str) -> None:
    name, data, said = BAD[what]
    answer = await evidence(prepared, name, data)
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    [error] = problem["errors"]
    assert error["field"] == "file"
    assert CHINESE.search(error["message"])
    assert said in problem["detail"] + error["message"]


@pytest.mark.parametrize(
    ("name", "data"),
    [("照片.JPG", JPEG), ("x.png.jpg", PNG), ("../../etc/passwd", PDF), ("", JPEG), ("\u202egpj.exe", JPEG)],
)
async def test_the_name_of_a_file_does_not_matter(prepared: Prepared, name: str, data: bytes) -> None:
    answer = await evidence(prepared, name, data, "application/octet-stream")
    assert answer.status_code == (201 if name else 422), answer.text


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"file": "no file"}},
        {"files": {"other": ("a.jpg", JPEG)}},
        {"json": {"file": "x"}},
        {"content": b""},
    ],
)
async def test_an_upload_without_a_file_says_so(prepared: Prepared, body: dict[str, object]) -> None:
    who = prepared.bureau.staff["village_clerk"]
    answer = await prepared.house.client.post(prepared.bureau.url("/evidence"), headers=who.headers, **body)  # type: ignore[arg-type]
    assert answer.status_code == 422, answer.text
    assert [e["field"] for e in answer.json()["errors"]] == ["file"]


async def test_a_body_beyond_all_measure_is_refused_before_it_is_read(prepared: Prepared) -> None:
    answer = await evidence(prepared, "photo.jpg", JPEG + b"\0" * 13 * MEGABYTE)
    assert answer.status_code == 413
    assert CHINESE.search(answer.json()["detail"])
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("what", [w for w in BAD if w != "nine megabytes"])
async def test_a_pages_form_with_a_bad_file_keeps_what_was_typed(prepared: Prepared, what: str) -> None:
    name, data, said = BAD[what]
    case, who = prepared.cases["investigating"], prepared.bureau.staff["visitor"]
    path = f"{case.path}/do/record_visit"
    shown = markup.read((await page(prepared, who, path)).text)
    sent = filled(markup.controls(markup.main_form(shown)))
    answer = await send(prepared, who, path, sent, files={"photos": (name, data, "image/jpeg")})
    check(answer, sent)
    again = markup.read(answer.text)
    [(href, text)] = [line for line in markup.errors_at_top(again).lines if line[0] == "#f-photos"]
    assert href == "#f-photos"
    assert name[:20] in text
    assert said in text + again.words or CHINESE.search(text)


async def test_a_good_file_beside_a_bad_one_is_kept(prepared: Prepared) -> None:
    case, who = prepared.cases["investigating"], prepared.bureau.staff["visitor"]
    path = f"{case.path}/do/record_visit"
    good = JPEG + uuid4().bytes
    files = [("photos", ("gut.jpg", good, "image/jpeg")), ("photos", ("schlecht.jpg", b"x", "image/jpeg"))]
    answer = await send(prepared, who, path, [("interviewee", "张某")], files=files)
    assert answer.status_code == 422
    found = {c.name: c.value for c in markup.controls(markup.main_form(markup.read(answer.text)))}
    assert found["interviewee"] == "张某"
    assert len(found["photos"]) == 64


@given(st.binary(max_size=400), st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-"]))
def test_checking_a_file_ends_whatever_it_holds(rest: bytes, magic: bytes) -> None:
    kind = kind_of(magic + rest)
    assert kind is not None
    assert is_whole(magic + rest, kind) in (True, False)


@pytest.mark.parametrize("make", [papers.jpeg, papers.png, papers.pdf])
def test_whole_files_are_whole_and_shortened_ones_are_not(make: object) -> None:
    for seed in range(20):
        data, kind = make(Random(seed))  # type: ignore[operator]
        assert kind_of(data) == kind
        assert is_whole(data, kind)
        assert not is_whole(data[: len(data) // 2], kind)
