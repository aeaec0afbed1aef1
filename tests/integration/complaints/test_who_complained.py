"""Nobody but whoever answers learns who complained: every page, log, notice, job, export and table is looked through.

A receipt that was lost is made out anew for whoever says what they left; who left a phone hears that there is news.
"""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid3, uuid5

import pytest
from litestar.routes import HTTPRoute
from pypdf import PdfReader

from core.complaints import news
from core.complaints.register import Register
from core.plugin_host.discovery import discover
from core.sdk import SDK_VERSION, NotificationChannel, Plugin, PluginContext, Sent, TextMessage, hookimpl
from core.settings import Keyring
from core.storage.crypto import FieldCipher
from core.storage.embedded import Urls
from core.tenancy import lifecycle
from plugins.sms_notice import replies
from tests.api.prepared import BEGIN, Prepared, a_prepared_district
from tests.builders.casework import start_on
from tests.builders.installation import an_installation
from tests.integration.complaints.speaking import SECRET_NAME, SECRET_PHONE, complain, lines, standing
from tests.isolation.two_districts import Door

pytestmark = pytest.mark.anyio
ACCUSED, HANDLER = "township_clerk", "district_officer"
SAID = {"name": SECRET_NAME, "phone": SECRET_PHONE, "present": "yes"}
REPLY = {"outcome": "founded", "reply": "经核查，反映的情况属实，已经纠正。"}
SENT: list[TextMessage] = []


class Phone:
    """A channel that keeps what it is given."""

    name = "phone"

    async def send(self, message: TextMessage) -> Sent:
        SENT.append(message)
        return Sent("accepted", message.key)


@hookimpl
def notification_channels(context: PluginContext) -> Sequence[NotificationChannel]:
    return (Phone(),)


def a_phone() -> Plugin:
    module = ModuleType("a_phone_hooks")
    module.notification_channels = notification_channels  # type: ignore[attr-defined]
    return Plugin(name="a_phone", title="手机", version="1.0.0", sdk=">=1.0,<2", hooks=module)


@pytest.fixture(scope="module")
async def prepared(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Prepared]:
    folder = tmp_path_factory.mktemp("installation")
    start_on(folder, BEGIN)
    plugins = [*discover(SDK_VERSION), a_phone()]
    async with an_installation(database_urls, folder, keys, plugins=plugins) as house:
        values: dict[str, Any] = {"tenant.plugins.a_phone": {}}
        yield await a_prepared_district(
            house, ("submitted", "investigating", "posted", "active"), values=values
        )


@pytest.fixture(autouse=True)
def nothing_sent() -> None:
    SENT.clear()


async def of_the_clerk(prepared: Prepared, **more: Any) -> tuple[dict[str, Any], str]:
    """The receipt of a complaint about the township's clerk, and its path for whoever answers it."""
    said = {"about": "official", "whom": ACCUSED, "where": "township", **more}
    receipt = await complain(prepared.bureau, **said)
    [line] = [c for c in await lines(prepared.bureau, HANDLER) if c["number"] == receipt["number"]]
    return receipt, f"/complaints/{line['id']}"


async def test_a_lost_receipt_is_made_out_anew_and_the_earlier_code_opens_nothing(prepared: Prepared) -> None:
    bureau = prepared.bureau
    receipt, path = await of_the_clerk(prepared, name=SECRET_NAME, phone=SECRET_PHONE)
    for wrong in ({"name": "赵举"}, {"phone": "13911112223"}, {"name": ""}, {"phone": ""}):
        refused = await bureau.post(HANDLER, f"{path}/reissue", SAID | wrong)
        assert refused.status_code == 422, refused.text
        assert SECRET_NAME not in refused.text
        assert (await standing(bureau, receipt["code"])).status_code == 200
    absent = {key: value for key, value in SAID.items() if key != "present"}
    assert (await bureau.post(HANDLER, f"{path}/reissue", absent)).status_code == 422
    fresh = (await bureau.post(HANDLER, f"{path}/reissue", SAID | {"name": f" {SECRET_NAME} "})).json()
    assert fresh["number"] == receipt["number"]
    assert (await standing(bureau, receipt["code"])).status_code == 404
    assert (await standing(bureau, fresh["code"])).json()["number"] == receipt["number"]
    assert (await bureau.post(HANDLER, f"{path}/reissue", SAID)).status_code == 429, "five tries a day"
    events = (await bureau.get(HANDLER, path)).json()["events"]
    assert [e["label"] for e in events][-1].startswith("申请补发查询码")
    assert sum(e["label"] == "当面补发查询码" for e in events) == 1
    async with prepared.house.inside(prepared.district) as tx:
        logged = await tx.fetch("SELECT purpose FROM access_log WHERE purpose LIKE '%补发%'")
    assert [row["purpose"] for row in logged].count("当面补发查询码") == 1
    assert len(logged) == 6


async def test_whoever_has_looked_at_the_contact_does_not_make_the_receipt_out_anew(
    prepared: Prepared,
) -> None:
    """They could say it themself, hold the code, and be content with their own answer."""
    bureau, house = prepared.bureau, prepared.house
    receipt, path = await of_the_clerk(prepared, name=SECRET_NAME, phone=SECRET_PHONE)
    await bureau.post(HANDLER, f"{path}/complainant", {"purpose": "电话答复反映人"})
    refused = await bureau.post(HANDLER, f"{path}/reissue", SAID)
    assert (refused.status_code, "另一位同事" in refused.text) == (409, True)
    assert (await standing(bureau, receipt["code"])).status_code == 200
    colleague = await house.person(prepared.district, HANDLER, name="另一位")
    fresh = await bureau.post(colleague, f"{path}/reissue", SAID)
    assert fresh.status_code == 200, fresh.text
    assert (await standing(bureau, receipt["code"])).status_code == 404


async def test_the_number_in_an_officers_address_bar_does_not_give_the_receipts_code_away(
    prepared: Prepared,
) -> None:
    """Nobody without the keys can try codes against it at home."""
    receipt, path = await of_the_clerk(prepared)
    code, tenant, shown = (
        receipt["code"].replace("-", ""),
        prepared.district.id,
        UUID(path.rpartition("/")[2]),
    )
    seed = f"zhunbao:{tenant}:complaint:{code}"
    assert shown not in {derive(NAMESPACE_URL, seed) for derive in (uuid3, uuid5)}
    assert shown == Register(prepared.house.zhunbao.cipher).id_for(tenant, code)
    assert shown != Register(FieldCipher(Keyring.generate())).id_for(tenant, code)


async def test_nobody_but_whoever_answers_can_try_and_the_anonymous_left_nothing_to_say(
    prepared: Prepared,
) -> None:
    bureau = prepared.bureau
    _, path = await of_the_clerk(prepared, name=SECRET_NAME)
    for who in (ACCUSED, "township_reviewer", "village_clerk"):
        assert (await bureau.post(who, f"{path}/reissue", SAID)).status_code in {403, 404}
    _, path = await of_the_clerk(prepared)
    refused = await bureau.post(HANDLER, f"{path}/reissue", {"present": "yes"})
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "这件是匿名反映的，没有留下是谁，不能补发。",
    )


@pytest.mark.parametrize("phone", [SECRET_PHONE, "0933-8212345", ""])
async def test_who_left_a_mobile_phone_hears_of_the_answer_once_and_by_number_alone(
    prepared: Prepared, phone: str
) -> None:
    receipt, path = await of_the_clerk(prepared, name=SECRET_NAME, phone=phone)
    assert (await prepared.bureau.post(HANDLER, f"{path}/reply", REPLY)).status_code == 200
    await prepared.house.work_off()
    told = [(m.phone, m.text) for m in SENT]
    assert told == ([(phone, news.words(receipt["number"]))] if phone == SECRET_PHONE else [])


@pytest.mark.parametrize(("hour", "wait"), [(7, 1), (8, 0), (20, 0), (21, 11), (23, 9), (0, 8)])
def test_nobody_is_woken_for_news(hour: int, wait: int) -> None:
    assert news.till_morning(datetime(2026, 8, 10, (hour - 8) % 24, tzinfo=UTC)) == timedelta(hours=wait)


def texts_of(body: bytes, kind: str) -> str:
    """What people read of an answer: PDFs' words, a workbook's sheets, else the text."""
    if body.startswith(b"%PDF"):
        return "".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    return body.decode("utf-8", "replace")


async def everything_shown(prepared: Prepared, complaint: str) -> dict[str, str]:
    """Every address there is to read, asked by everybody of the district, by address and person."""
    found: dict[str, str] = {}
    for route in prepared.house.zhunbao.litestar.routes:
        if not isinstance(route, HTTPRoute) or "GET" not in route.methods:
            continue
        values = {name: some[0] for name, some in prepared.ids(route.path).items() if some}
        values |= {"complaint_id": complaint, "case": values["process_id"], "round": values["process_id"]}
        address = Door(route.path, "GET", ()).at(prepared.district.code, values)
        for name, who in prepared.people.items():
            answer = await prepared.house.client.get(address, headers=who.headers if who else {})
            prepared.house.client.cookies.clear()
            if answer.status_code == 200:
                found[f"{name} {address}"] = texts_of(answer.content, answer.headers.get("content-type", ""))
    return found


async def answered_by_text(prepared: Prepared, text: str) -> None:
    """The complainant answers the text with the news, which reached them on the phone of their own case."""
    house = prepared.house
    async with house.inside(prepared.district) as tx:
        context = house.zhunbao.host.context(await house.zhunbao.runtimes.scope(tx), "sms_notice")
        assert await replies.take(tx, context, SECRET_PHONE, text, "carrier 1")


async def test_nothing_anybody_can_read_names_who_complained(
    prepared: Prepared, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house, bureau, district = prepared.house, prepared.bureau, prepared.district
    with caplog.at_level(logging.DEBUG):
        receipt, path = await of_the_clerk(prepared, name=SECRET_NAME, phone=SECRET_PHONE)
        applicant = prepared.cases["active"].facts.applicant.name
        await complain(bureau, whom=applicant, name=SECRET_NAME, phone=SECRET_PHONE)
        assert (await bureau.post(HANDLER, f"{path}/reissue", SAID)).status_code == 200
        await bureau.post(HANDLER, f"{path}/complainant", {"purpose": "电话答复反映人"})
        await bureau.post(HANDLER, f"{path}/reply", REPLY)
        await answered_by_text(prepared, f"对 {receipt['number']} 的答复不满意")
        async with house.inside(district) as tx:
            jobs = await tx.fetch("SELECT convert_from(payload, 'utf8') AS sent FROM pgqueuer")
        await house.work_off()
        shown = await everything_shown(prepared, path.rpartition("/")[2])
        async with house.inside(district) as tx:
            file = tmp_path / "all.zip"
            await lifecycle.export(tx, district, file, house.zhunbao.clock(), house.zhunbao.objects)
    assert receipt["number"] in shown[f"{HANDLER} /d/620802{path}"], (
        "the look was where there is something to see"
    )
    assert not any(receipt["number"] in text for who, text in shown.items() if who.startswith(f"{ACCUSED} "))
    letters, hidden = "/d/620802/x/sms_notice/letters", f"{SECRET_PHONE[:3]}****{SECRET_PHONE[-4:]}"
    assert hidden in shown[f"{HANDLER} {letters}"], "whoever answers complaints reads what was answered"
    assert f"{ACCUSED} {letters}" in shown
    assert not any(hidden in text for who, text in shown.items() if who.startswith(f"{ACCUSED} "))
    assert len(shown) > 200
    assert any("/admin" in address for address in shown)
    assert any("audit" in address for address in shown)
    places = {
        **shown, "log": caplog.text, "jobs": "".join(row["sent"] for row in jobs),
        "export": texts_of(file.read_bytes(), ""), "texts": "".join(m.text for m in SENT),
    }  # fmt: skip
    assert [place for place, text in places.items() if SECRET_NAME in text or SECRET_PHONE in text] == []
    assert [m.text for m in SENT if m.phone == SECRET_PHONE] == [news.words(receipt["number"])]
