"""A large file: sent in pieces, checked row by row in the background, taken in one step or not at all."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from core.settings import Keyring
from core.storage.embedded import Urls
from core.web.csrf import token_for
from plugins.big_data_check import envelope
from plugins.big_data_check.intake import checking, sending
from tests.builders.casework import id_numbers
from tests.plugins.big_data_check.files import HEADING, VEHICLE, csv_of, manifest_of, xlsx_of
from tests.plugins.big_data_check.large_files import (
    SMALL,
    announced,
    cars,
    left,
    next_version,
    piece,
    sent,
    shown,
)
from tests.plugins.big_data_check.office import Office, an_office, plugin_context, results, silent
from tests.plugins.big_data_check.test_files_and_notes import SETTINGS, row, without_car

pytestmark = pytest.mark.anyio

OURS = X25519PrivateKey.generate()


@pytest.fixture(scope="module")
async def county(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Office]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHUNBAO_BIG_DATA_CHECK_FILES_PRIVATE_KEY", envelope.as_text(OURS))
        patch.setattr(sending, "PIECE", SMALL)
        patch.setattr(checking, "PIECE", SMALL)
        patch.setattr(checking, "CHUNK", 50)
        async with an_office(
            database_urls, tmp_path_factory.mktemp("county"), keys, values=SETTINGS
        ) as office:
            yield office


@pytest.mark.parametrize("kind", ["csv", "gb18030", "bom", "parquet", "xlsx", "sealed"])
async def test_a_file_in_pieces_answers_like_any_other_once_all_of_it_was_checked(
    county: Office, kind: str
) -> None:
    facts = without_car(f"大{kind[0]}{kind[-1]}")
    case = await county.investigated(facts)
    number = id_numbers(facts)[0]
    rows = cars(180, row(number, facts.members[0].name, plate="甘L77777"))
    data, form, plain = csv_of(*rows), "csv", None
    if kind == "gb18030":
        data = csv_of(*rows, encoding="gb18030")
    elif kind == "bom":
        data = csv_of(*rows, encoding="utf-8-sig")
    elif kind == "parquet":
        out, form = io.BytesIO(), "parquet"
        pq.write_table(pa.table({h: [r[n] for r in rows] for n, h in enumerate(HEADING)}), out, row_group_size=60)  # fmt: skip
        data = out.getvalue()
    elif kind == "xlsx":
        data, form = xlsx_of(*rows), "xlsx"
    elif kind == "sealed":
        out, plain = io.BytesIO(), data
        envelope.seal(io.BytesIO(data), out, OURS.public_key())
        data = out.getvalue()
    intake = await sent(county, data, len(rows), check=False, format=form, plain=plain or data)
    assert "hit" not in {r["result"] for r in results(await county.newest(case), "vehicles")}
    await county.bureau.house.work_off()
    done = await shown(county, intake)
    assert (done["state"], done["done"], done["good"], done["faulty"]) == ("taken", 181, 181, 0), done
    request = await county.newest(case)
    assert silent(request) == []
    assert results(request, "vehicles")[0]["result"] == "hit"
    page = await county.page(county.officer, f"/intakes/{intake}")
    assert "已导入" in page.text


async def test_wrong_rows_are_an_officers_to_decide_and_until_then_nobody_is_answered(county: Office) -> None:
    facts = without_car("定")
    case = await county.investigated(facts)
    number = id_numbers(facts)[0]
    wrong = row(number, facts.members[0].name, value="很贵")
    rows = cars(120, wrong, row("620802195101010019", "别人", value="x"))
    before = await county.newest(case)
    intake = await sent(county, csv_of(*rows), len(rows))
    waiting = await shown(county, intake)
    assert (waiting["state"], waiting["good"], waiting["faulty"]) == ("deciding", 120, 2)
    assert waiting["columns"] == {"评估价值": 2}
    assert [(p["row"], p["column"]) for p in waiting["problems"]] == [(122, "评估价值"), (123, "评估价值")]
    assert "很贵" not in str(waiting), "what stood in a cell is not repeated"
    assert (await county.newest(case))["results"] == before["results"]
    table = await county.page(county.officer, f"/intakes/{intake}/problems")
    assert table.text.splitlines()[1].startswith("122,评估价值,")
    taken = [
        d["source"] for d in (await county.get(county.officer, "/deliveries")).json() if d["rows"] == 120
    ]
    assert taken == [], "not among the files that were taken"
    on_desk = [
        i for i in (await county.bureau.get(county.officer, "/work")).json()["beside"] if intake in i["href"]
    ]
    assert [(i["urgent"], "2 行有错误，等您决定" in i["label"]) for i in on_desk] == [(True, True)]
    desk = await county.bureau.house.client.get(
        f"/d/{county.bureau.district.code}/work", headers=county.officer.headers
    )
    assert f"/x/big_data_check/intakes/{intake}" in desk.text
    clerk = (await county.bureau.get("township_clerk", "/work")).json()["beside"]
    assert not any(intake in item["href"] for item in clerk)
    bare = await county.post(county.officer, f"/intakes/{intake}/decision", {"keep_good": True})
    assert bare.status_code == 422
    body = {"keep_good": True, "why": "车管所下月更正"}
    assert (await county.post(county.officer, f"/intakes/{intake}/decision", body)).status_code == 200
    assert intake not in (await county.bureau.get(county.officer, "/work")).text
    await county.bureau.house.work_off()
    [mine, *_] = results(await county.newest(case), "vehicles")
    assert mine["result"] == "no_data"
    assert "有错误，没有导入" in mine["reason"]
    again = await county.post(county.officer, f"/intakes/{intake}/decision", body)
    assert again.status_code == 409


async def test_an_officer_who_takes_nothing_leaves_nothing_behind(county: Office) -> None:
    rows = cars(60, row("620802195101010019", "别人", value="x"))
    intake = await sent(county, csv_of(*rows), len(rows))
    assert (await left(county, intake))[:2] == (61, 1)
    answer = await county.post(county.officer, f"/intakes/{intake}/decision", {"keep_good": False})
    assert answer.json()["state"] == "cancelled"
    await county.bureau.house.work_off()
    assert await left(county, intake) == (0, 0, 0)


async def test_a_file_that_is_not_what_its_manifest_says_is_refused_and_leaves_nothing(
    county: Office,
) -> None:
    data = csv_of(*cars(70))
    short = await sent(county, data, 71)
    assert "清单说有 71 行，文件里有 70 行" in (await shown(county, short))["reason"]
    other = await sent(county, data, 70, plain=data + b"x")
    assert "校验值不一致" in (await shown(county, other))["reason"]
    headless = csv_of(*(r[:3] for r in cars(60)), heading=HEADING[:3])
    wrong = await shown(county, columns := await sent(county, headless, 60))
    assert wrong["state"] == "refused"
    assert {p["column"] for p in wrong["problems"]} == {"号牌号码", "车辆类型"}
    stranger = io.BytesIO()
    envelope.seal(io.BytesIO(data), stranger, X25519PrivateKey.generate().public_key())
    closed = await sent(county, stranger.getvalue(), 70, plain=data)
    assert "解不开" in (await shown(county, closed))["reason"]
    for intake in (short, other, columns, closed):
        assert await left(county, intake) == (0, 0, 0)
        assert "什么都没有导入" in (await county.page(county.officer, f"/intakes/{intake}")).text


async def test_pieces_come_in_order_may_come_twice_and_are_of_one_file(county: Office) -> None:
    data = csv_of(*cars(70))
    intake = str((await announced(county, data, 70)).json()["id"])
    assert (await piece(county, intake, 1, data[SMALL : 2 * SMALL])).status_code == 409, "out of turn"
    assert (await piece(county, intake, 0, data[: SMALL - 1])).status_code == 422, "cut off"
    for _ in range(2):
        came = await piece(county, intake, 0, data[:SMALL])
        assert (came.status_code, came.json()["pieces"]) == (200, 1)
    assert (await piece(county, intake, 0, b"x" * SMALL)).status_code == 409, "of another file"
    page = await county.page(county.officer, f"/intakes/{intake}")
    assert 'data-place="1"' in page.text
    assert (await county.post(county.officer, f"/intakes/{intake}/stop")).json()["state"] == "cancelled"
    await county.bureau.house.work_off()
    assert await left(county, intake) == (0, 0, 0)
    assert (await piece(county, intake, 1, data[SMALL : 2 * SMALL])).status_code == 409


async def test_what_lies_in_the_object_store_and_on_disk_is_encrypted(county: Office) -> None:
    rows = cars(60)
    intake = await sent(county, csv_of(*rows), 60, check=False)
    kept = await county.rows(
        "SELECT object_sha256 FROM big_data_check_piece WHERE tenant_id = $1 AND intake_id = $2", intake
    )
    objects = county.bureau.house.zhunbao.objects
    for one in kept:
        stored = await objects.get(county.bureau.district.id, one["object_sha256"])
        assert b"620802195101010019" not in stored
        assert "别人".encode() not in stored
    await county.bureau.house.work_off()
    assert (await shown(county, intake))["state"] == "taken"


async def test_a_check_whose_worker_died_goes_on_from_the_last_rows_it_kept(
    county: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = cars(150, row("620802195101010019", "别人", value="x"))
    intake = await sent(county, csv_of(*rows), len(rows), check=False)
    keep, kept = checking._Check._keep, 0

    async def dies(self: Any, *chunk: Any) -> None:
        nonlocal kept
        if kept == 2:
            raise asyncio.CancelledError
        kept += 1
        await keep(self, *chunk)

    context = await plugin_context(county)
    monkeypatch.setattr(checking._Check, "_keep", dies)
    with pytest.raises(asyncio.CancelledError):
        await checking.run_intake(context, {"intake": intake})
    monkeypatch.setattr(checking._Check, "_keep", keep)
    assert (await shown(county, intake))["done"] == 100
    await county.bureau.house.work_off()
    done = await shown(county, intake)
    assert (done["state"], done["done"], done["faulty"]) == ("deciding", 151, 1)
    assert await left(county, intake) == (151, 1, -(-len(csv_of(*rows)) // SMALL))
    await county.post(county.officer, f"/intakes/{intake}/decision", {"keep_good": False})


async def test_a_check_stops_where_an_officer_stops_it(
    county: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = await sent(county, csv_of(*cars(150)), 150, check=False)
    keep = checking._Check._keep

    async def stopped(self: Any, *chunk: Any) -> None:
        await keep(self, *chunk)
        await county.post(county.officer, f"/intakes/{intake}/stop")

    monkeypatch.setattr(checking._Check, "_keep", stopped)
    await county.bureau.house.work_off()
    done = await shown(county, intake)
    assert (done["state"], done["done"]) == ("cancelled", 50)
    assert await left(county, intake) == (0, 0, 0)


async def test_two_files_for_one_request_are_told_apart_before_the_second_is_sent(county: Office) -> None:
    rows = cars(60, row("620802195101010019", "别人", value="x"))
    data, version = csv_of(*rows), await next_version(county)
    first = await sent(county, data, 61, version=version)
    other = await announced(county, csv_of(*cars(61)), 61, version=version)
    assert other.status_code == 409
    assert "另一个文件正在检查" in other.json()["detail"]
    quick = {
        "manifest": msgspec.to_builtins(manifest_of(csv_of(VEHICLE), 1, as_of=county.bureau.today, version=version)),
        "content_base64": base64.b64encode(csv_of(VEHICLE)).decode(),
    }  # fmt: skip
    assert (await county.post(county.officer, "/deliveries", quick)).status_code == 409
    await county.post(county.officer, f"/intakes/{first}/decision", {"keep_good": False})
    await county.bureau.house.work_off()
    assert (await county.post(county.officer, "/deliveries", quick)).status_code == 200
    late = await announced(county, csv_of(*cars(61)), 61, version=version)
    assert "已经收过另一份文件" in late.json()["detail"]


async def test_too_many_wrong_rows_end_the_check_and_say_how_many_in_which_column(
    county: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugins.big_data_check.batch_file.MOST_LEFT_OUT", 20)
    rows = [row("620802195101010019", "别人", value="x")] * 300
    done = await shown(county, await sent(county, csv_of(*rows), 300))
    assert done["state"] == "refused"
    assert "没有再往下查" in done["reason"]
    assert done["columns"] == {"评估价值": 50}


async def test_the_page_takes_announces_and_pieces_and_refuses_what_is_none(county: Office) -> None:
    client, headers = county.bureau.house.client, county.officer.headers
    address = f"/d/{county.bureau.district.code}/x/big_data_check"
    token = {"_csrf": token_for(county.officer.token)}
    data = csv_of(*cars(60))
    made = manifest_of(data, 60, as_of=county.bureau.today, version=await next_version(county))
    files = {"manifest": ("manifest.json", msgspec.json.encode(made))}
    opened = await client.post(f"{address}/intakes", files=files, data={**token, "_size": str(len(data))}, headers=headers)  # fmt: skip
    assert opened.status_code == 303, opened.text[:300]
    for place, start in enumerate(range(0, len(data), SMALL)):
        body = {"piece": ("piece", data[start : start + SMALL])}
        came = await client.post(f"{opened.headers['location']}/pieces", files=body, data={**token, "_place": str(place)}, headers=headers)  # fmt: skip
        assert came.status_code == 303, came.text[:300]
    await county.bureau.house.work_off()
    assert "已导入" in (await client.get(opened.headers["location"], headers=headers)).text
    bad = await client.post(
        f"{address}/intakes", files=files, data={**token, "_size": "viel"}, headers=headers
    )
    assert bad.status_code == 422


async def test_a_large_file_is_nobodys_but_the_verification_officers(county: Office) -> None:
    intake = await sent(county, csv_of(*cars(60)), 60)
    for who in (county.host, county.bureau.staff["township_reviewer"], county.bureau.staff["village_clerk"]):
        assert (await county.get(who, f"/intakes/{intake}")).status_code == 403
        assert (await county.page(who, f"/intakes/{intake}")).status_code == 403
