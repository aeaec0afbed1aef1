"""Encrypted and signed batches both ways: whom a department is asked about, and its replies in parts, versions and errors."""

from __future__ import annotations

import base64
import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from core.settings import Keyring
from core.storage.embedded import Urls
from core.web.csrf import token_for
from plugins.big_data_check import envelope
from tests.builders.casework import Case, id_numbers, renamed
from tests.builders.households import elderly_couple
from tests.plugins.big_data_check.files import csv_of, manifest_of
from tests.plugins.big_data_check.office import Office, an_office, results
from tests.plugins.big_data_check.test_files_and_notes import SETTINGS, row

pytestmark = pytest.mark.anyio

OURS, DEPARTMENT = X25519PrivateKey.generate(), X25519PrivateKey.generate()
OUR_SIGNATURE, THEIRS = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
STRANGER = "620802195101010019"


@pytest.fixture(scope="module")
async def county(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Office]:
    values = {
        **SETTINGS,
        "files.encrypted": True,
        "files.senders": {"车管所": envelope.as_text(THEIRS.public_key())},
        "files.departments": {"vehicles": envelope.as_text(DEPARTMENT.public_key())},
    }
    with pytest.MonkeyPatch.context() as environment:
        prefix = "ZHUNBAO_BIG_DATA_CHECK_FILES"
        environment.setenv(f"{prefix}_PRIVATE_KEY", envelope.as_text(OURS))
        environment.setenv(f"{prefix}_SIGNING_KEY", envelope.as_text(OUR_SIGNATURE))
        folder = tmp_path_factory.mktemp("county")
        async with an_office(database_urls, folder, keys, values=values) as office:
            yield office


def sealed(data: bytes, receiver: X25519PrivateKey = OURS) -> bytes:
    out = io.BytesIO()
    envelope.seal(io.BytesIO(data), out, receiver.public_key())
    return out.getvalue()


async def reply(
    office: Office, data: bytes, rows: int, *, sender: Ed25519PrivateKey = THEIRS, file: bytes | None = None,
    more: dict[str, Any] | None = None, **manifest: Any,
) -> httpx.Response:  # fmt: skip
    manifest.setdefault("as_of", office.bureau.today)
    made = manifest_of(data, rows, **manifest)
    sent = sealed(data) if file is None else file
    body = {
        "manifest": msgspec.to_builtins(made),
        "content_base64": base64.b64encode(sent).decode(),
        "signature": envelope.sign(sender, made.canonical(), sent),
        **(more or {}),
    }
    answer = await office.post(office.officer, "/deliveries", body)
    await office.bureau.house.work_off()
    return answer


async def a_batch(office: Office) -> str:
    made = await office.post(office.officer, "/batches", {"source": "vehicles"})
    assert made.status_code == 200, made.text
    return str(made.json()["number"])


async def cars(office: Office, case: Case) -> list[str]:
    return [r["result"] for r in results(await office.newest(case), "vehicles")]


async def test_a_batch_lists_who_is_unanswered_for_the_department_alone_and_logs_each(county: Office) -> None:
    facts = renamed(elderly_couple(), "批")
    case = await county.investigated(facts)
    number = await a_batch(county)
    page = await county.page(county.officer, "/deliveries")
    assert number in page.text
    address = page.text.partition("/batches/")[2].partition("/file")[0]
    file = await county.page(county.officer, f"/batches/{address}/file")
    with zipfile.ZipFile(io.BytesIO(file.content)) as packed:
        manifest, body = packed.read("manifest.json"), packed.read("table.csv.zbe")
        signature = packed.read("signature.txt").decode()
    ours = {"民政局": envelope.as_text(OUR_SIGNATURE.public_key())}
    assert envelope.signed_by(ours, manifest, body, signature) == "民政局"
    plain = io.BytesIO()
    envelope.unseal(io.BytesIO(body), plain, DEPARTMENT, 10**6)
    lines = list(csv.DictReader(io.StringIO(plain.getvalue().decode("utf-8-sig"))))
    assert json.loads(manifest)["rows"] == len(lines)
    mine = [line for line in lines if line["公民身份号码"] in id_numbers(facts)]
    assert len(mine) == 2
    assert all(line["受理编号"] and line["授权书编号"].startswith("SQ-") and line["用途"] for line in mine)
    logged = await county.rows(
        """SELECT count(*) AS n FROM big_data_check_log WHERE tenant_id = $1 AND process_id = $2 AND event = 'asked'
           AND outcome = $3 AND actor_id IS NOT NULL""",
        case.id,
        number,
    )
    assert logged[0]["n"] == 2
    clerk = await county.post(county.bureau.staff["township_reviewer"], "/batches", {"source": "vehicles"})
    assert clerk.status_code == 403
    assert (await county.post(county.officer, "/batches", {"source": "tax"})).status_code == 403


async def test_a_reply_in_parts_answers_when_all_are_there_and_a_correction_takes_its_place(
    county: Office,
) -> None:
    facts = renamed(elderly_couple(), "份")
    first = id_numbers(facts)[0]
    case = await county.investigated(facts)
    batch = {"batch": await a_batch(county), "areas": (), "parts": 2}
    one = csv_of(row(STRANGER, "别人", plate="甘L10001"))
    assert (await reply(county, one, 1, part=1, **batch)).status_code == 200
    waiting = await county.newest(case)
    assert {r["result"] for r in results(waiting, "vehicles")} == {"unavailable"}
    assert "还差 1 份" in results(waiting, "vehicles")[0]["reason"]
    two = csv_of(row(first, facts.members[0].name, plate="甘L10002"))
    other = csv_of(row(first, facts.members[0].name, plate="甘L10003"))
    assert (await reply(county, two, 1, part=2, **batch)).status_code == 200
    assert await cars(county, case) == ["hit", "no_hit"]
    second_file = await reply(county, other, 1, part=2, **batch)
    assert second_file.status_code == 409
    assert "已经收过另一份文件" in second_file.json()["detail"]
    corrected = csv_of(row(STRANGER, "别人", plate="甘L10004"))
    answer = await reply(county, corrected, 1, **{**batch, "parts": 1, "version": 2})
    assert answer.status_code == 200, answer.text
    assert await cars(county, case) == ["no_hit", "no_hit"]
    assert (await reply(county, other, 1, part=1, **batch)).status_code == 409, "an old version comes late"


async def test_a_reply_to_a_batch_nobody_sent_or_from_nobody_we_know_is_refused(county: Office) -> None:
    data = csv_of(row(STRANGER, "别人", plate="甘L20001"))
    unknown = await reply(county, data, 1, batch="PL-0", areas=())
    assert unknown.status_code == 422
    assert "没有向这个来源发出过" in unknown.text
    forged = await reply(county, data, 1, sender=OUR_SIGNATURE)
    assert "签名不对" in forged.text
    unsigned = await reply(county, data, 1, more={"signature": ""})
    assert "没有签名" in unsigned.text
    plain = await reply(county, data, 1, file=data)
    assert "只收加密的文件" in plain.text
    cut = sealed(data)[:-1]
    assert "解不开" in (await reply(county, data, 1, file=cut)).text
    assert "解不开" in (await reply(county, data, 1, file=sealed(data, DEPARTMENT))).text
    [left] = await county.rows(
        "SELECT count(*) AS n FROM big_data_check_delivery WHERE tenant_id = $1 AND batch = 'PL-0'"
    )
    assert left["n"] == 0


async def test_good_rows_are_kept_only_with_a_reason_and_the_others_are_never_passed(county: Office) -> None:
    county.bureau.house.later(days=60)
    facts = renamed(elderly_couple(), "错")
    first, second = id_numbers(facts)
    case = await county.investigated(facts)
    data = csv_of(
        row(first, facts.members[0].name, plate="甘L30001", value="很多"),
        row(STRANGER, "别人", plate="甘L30002"),
    )
    refused = await reply(county, data, 2)
    assert refused.status_code == 422
    assert "其余 1 行没有错误" in refused.json()["detail"]
    silent = await reply(county, data, 2, more={"keep_good": True, "why": " "})
    assert silent.status_code == 422
    assert "写明原因" in silent.text
    taken = await reply(county, data, 2, more={"keep_good": True, "why": "车管所月底更正"})
    assert (taken.status_code, taken.json()["left_out"], taken.json()["rows"]) == (200, 1, 1)
    request = await county.newest(case)
    assert [r["result"] for r in results(request, "vehicles")] == ["no_data", "no_hit"]
    assert "有错误" in results(request, "vehicles")[0]["reason"]
    nobody = csv_of(row("", "", plate="甘L30003"), row(STRANGER, "别人", plate="甘L30004"))
    more = {"keep_good": True, "why": "一行没有写是谁"}
    assert (await reply(county, nobody, 2, version=2, more=more)).status_code == 200
    assert await cars(county, case) == ["no_data", "no_data"]
    assert second


async def test_the_file_is_kept_as_it_came_and_removed_when_it_no_longer_answers(county: Office) -> None:
    from plugins.big_data_check.jobs import run_forget

    county.bureau.house.later(days=60)
    data = csv_of(row(STRANGER, "别人", plate="甘L40001"))
    sent = sealed(data)
    assert (await reply(county, data, 1, file=sent)).status_code == 200
    [kept] = await county.rows(
        "SELECT object_sha256, sender FROM big_data_check_delivery WHERE tenant_id = $1 ORDER BY taken_at DESC LIMIT 1"
    )
    z, tenant = county.bureau.house.zhunbao, county.bureau.district.id
    assert kept["sender"] == "车管所"
    assert await z.objects.get(tenant, kept["object_sha256"]) == sent
    county.bureau.house.later(days=60)
    async with county.bureau.house.inside(county.bureau.district) as tx:
        scope = await z.runtimes.scope(tx)
    await run_forget(z.host.context(scope, "big_data_check"), {})
    assert not await z.objects.exists(tenant, kept["object_sha256"])


async def test_the_page_makes_a_batch_and_offers_to_keep_the_good_rows(county: Office) -> None:
    await county.investigated(renamed(elderly_couple(), "页"))
    address = f"/d/{county.bureau.district.code}/x/big_data_check"
    client, headers = county.bureau.house.client, county.officer.headers
    token = {"_csrf": token_for(county.officer.token)}
    made = await client.post(f"{address}/batches", data={**token, "_source": "vehicles"}, headers=headers)
    assert made.status_code == 303, made.text[:300]
    assert "核对批次已经生成" in (await client.get(made.headers["location"], headers=headers)).text
    data = csv_of(row(STRANGER, "别人", plate="甘L50001"), row(STRANGER, "", plate="甘L50002"))
    manifest = manifest_of(data, 2, as_of=county.bureau.today)
    sent = sealed(data)
    files = {
        "manifest": ("manifest.json", msgspec.json.encode(manifest)), "table": ("t.zbe", sent),
        "signature": ("signature.txt", envelope.sign(THEIRS, manifest.canonical(), sent).encode()),
    }  # fmt: skip
    refused = await client.post(f"{address}/deliveries", files=files, data=token, headers=headers)
    assert refused.status_code == 422
    assert "其余 1 行没有错误" in refused.text
    more = {**token, "keep_good": "yes", "why": "姓名下月补报"}
    taken = await client.post(f"{address}/deliveries", files=files, data=more, headers=headers)
    assert taken.status_code == 303, taken.text[:300]
    shown = await client.get(taken.headers["location"], headers=headers)
    assert "1 行有错误没有导入" in shown.text
    assert "姓名下月补报" in shown.text
