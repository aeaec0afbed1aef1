"""Minutes of a session: signed, sealed, and then what they were; kin get an extract."""

from __future__ import annotations

import hashlib
import io

import msgspec
import pytest
from pypdf import PdfReader

from plugins.women_panel.minutes.content import Content
from tests.plugins.women_panel.test_pages import at, press
from tests.plugins.women_panel.village import Village


async def a_closed_session(village: Village) -> str:
    session, case = await village.open_session(present=9), village.cases[0]
    await village.votes(session, case, village.members, *["agree"] * 8, "disagree")
    await village.post(village.observer, f"{session}/notes", {"text": "秩序良好"})
    assert (await village.close(session, case)).status_code == 200
    assert (await village.post(village.host, f"{session}/close")).status_code == 200
    return session


@pytest.mark.anyio
async def test_who_left_before_the_end_was_there_and_signs(village: Village) -> None:
    """Else who objects is unticked before the meeting ends."""
    session, early = await village.open_session(present=9), village.members[0]
    await village.attend(session, village.members[1:9])
    await village.post(village.host, f"{session}/close")
    content = (await village.get(village.host, f"{session}/minutes")).json()["content"]
    assert (content["left"], len(content["present"]), len(content["absent"])) == ([early.actor.name], 8, 2)
    assert str(early.id) in {account for account, _, _ in content["signers"]}
    assert "中途离会（1）：成员1" in (await village.get(village.host, at(village, session, "/minutes"))).text


@pytest.mark.anyio
async def test_sealed_minutes_show_who_signed_them_also_when_an_account_ended_since(village: Village) -> None:
    session = await a_closed_session(village)
    await village.seal_minutes(session)
    async with village.house.inside(village.district) as tx:
        await tx.execute(
            "UPDATE account SET status = 'disabled' WHERE tenant_id = $1 AND id = $2",
            tx.tenant,
            village.members[8].id,
        )
    page = (await village.get(village.host, at(village, session, "/minutes"))).text
    assert "＿＿" not in page
    minutes = (await village.get(village.host, f"{session}/minutes")).json()
    assert len(minutes["signatures"]) == len(minutes["content"]["signers"])


@pytest.mark.anyio
async def test_minutes_are_signed_sealed_and_stay_as_they_are(village: Village) -> None:
    session = await a_closed_session(village)
    read = (await village.get(village.members[0], f"{session}/minutes")).json()
    await village.sign_minutes(session)
    absent = await village.post(village.members[10], f"{session}/signatures", {"digest": read["digest"]})
    assert absent.status_code == 403
    other = await village.post(village.members[1], f"{session}/signatures", {"digest": "0" * 64})
    assert other.status_code == 409
    sealed = await village.post(village.host, f"{session}/minutes")
    assert sealed.status_code == 200, sealed.text
    sha256 = sealed.json()["sha256"]
    assert (await village.post(village.host, f"{session}/minutes")).json()["sha256"] == sha256
    late = await village.post(village.observer, f"{session}/notes", {"text": "再补一条"})
    assert late.status_code == 409
    pdf = await village.get(village.host, at(village, session, "/minutes.pdf"))
    assert hashlib.sha256(pdf.content).hexdigest() == sha256
    text = "".join("".join(p.extract_text() for p in PdfReader(io.BytesIO(pdf.content)).pages).split())
    for part in (
        "民主评议会议记录",
        "成员1",
        "监督员",
        "秩序良好",
        "手机签名",
        "评议通过",
        "申请人1",
        read["content"]["seed"],
    ):
        assert part in text, part
    assert "草稿" not in text
    record = read["content"]["households"][0]["record"]
    assert record in text
    assert "".join(record[32:]) in [
        line.strip()
        for p in PdfReader(io.BytesIO(pdf.content)).pages
        for line in p.extract_text().splitlines()
    ], "a checksum that runs off the page cannot be compared"
    filed = await village.rows(
        "SELECT basis FROM journal WHERE tenant_id = $1 AND process_id = $2 AND action = 'file_minutes'",
        village.round_id,
    )
    assert [sha256 in row["basis"] for row in filed] == [True]


@pytest.mark.anyio
async def test_nobody_files_a_hash_of_their_own(village: Village) -> None:
    form = {
        "session": "1",
        "digest": "0" * 64,
        "sha256": "0" * 64,
        "signatures": 0,
        "sealed_by": str(village.host.id),
    }
    refused = await village.act(village.host, f"rounds/{village.round_id}", "file_minutes", form)
    assert refused.status_code == 403


@pytest.mark.anyio
async def test_kin_get_an_extract_without_their_relatives_household(village: Village) -> None:
    sister = village.members[0]
    await village.sisters(sister, village.applicants[0])
    session = await village.open_session()
    await village.votes(session, village.cases[0], village.members[1:], *["agree"] * 10)
    await village.close(session, village.cases[0])
    await village.post(village.host, f"{session}/close")
    await village.seal_minutes(session)
    (line,) = (await village.get(sister, f"{session}/minutes")).json()["content"]["households"]
    assert (line["hidden"], line["result"], line["agree"], line["recused"]) == (True, "", 0, [])
    pdf = await village.get(sister, at(village, session, "/minutes.pdf"))
    text = "".join("".join(p.extract_text() for p in PdfReader(io.BytesIO(pdf.content)).pages).split())
    assert "节录" in text
    assert "评议通过" not in text
    assert "评议通过" not in (await village.get(sister, at(village, session, "/minutes"))).text


@pytest.mark.anyio
async def test_sealed_minutes_stay_as_they_were_signed_whatever_people_are_called_later(
    village: Village,
) -> None:
    sister, renamed = village.members[0], village.members[3]
    await village.sisters(sister, village.applicants[0])
    session = await village.open_session()
    await village.votes(session, village.cases[0], village.members[1:], *["agree"] * 10)
    await village.close(session, village.cases[0])
    await village.post(village.host, f"{session}/close")
    await village.seal_minutes(session)
    before = (await village.get(village.host, f"{session}/minutes")).json()
    async with village.house.inside(village.district) as tx:
        await tx.execute(
            "UPDATE account SET name = '改了名' WHERE tenant_id = $1 AND id = $2", tx.tenant, renamed.id
        )
    after = (await village.get(village.host, f"{session}/minutes")).json()
    assert after == before
    assert msgspec.convert(after["content"], Content).digest == after["digest"]
    assert "改了名" not in (await village.get(village.host, at(village, session, "/minutes"))).text
    extract = await village.get(sister, at(village, session, "/minutes.pdf"))
    text = "".join("".join(p.extract_text() for p in PdfReader(io.BytesIO(extract.content)).pages).split())
    assert "节录" in text
    assert "改了名" not in text


@pytest.mark.anyio
async def test_the_minutes_page_leads_from_reading_to_sealing(village: Village) -> None:
    session = await a_closed_session(village)
    page = at(village, session, "/minutes")
    shown = await village.get(village.members[0], page)
    assert "我看过了，签名" in shown.text
    digest_ = await village.sign_minutes(session, village.members[0], village.members[1])
    signed = await press(village, village.members[0], at(village, session, "/signatures"), digest=digest_)
    assert signed.status_code == 303
    assert "还差：成员2" in (await village.get(village.host, page)).text
    early = await press(village, village.host, at(village, session, "/minutes"))
    assert (early.status_code, "没有签名" in early.text) == (409, True)
    form = {"account_id": str(village.members[1].id), "why": "gone", "digest": digest_}
    for who in (village.host, village.observer):
        said = await press(village, who, at(village, session, "/unsigned"), **form)
        assert said.status_code == 303
    assert (await press(village, village.host, at(village, session, "/minutes"))).status_code == 303
    assert "已经定稿" in (await village.get(village.host, page)).text


@pytest.mark.anyio
async def test_who_did_not_sign_is_accounted_for_by_the_host_and_an_observer_together(
    village: Village,
) -> None:
    session = await a_closed_session(village)
    absentee = village.members[2]
    digest_ = await village.sign_minutes(session, absentee)
    early = await village.post(village.host, f"{session}/minutes")
    assert early.status_code == 409
    assert "成员3" in early.json()["detail"]
    form = {"account_id": str(absentee.id), "why": "objects", "digest": digest_}
    for who, status in (
        (village.members[0], 403),  # neither host nor observer
        (village.host, 201),
        (village.host, 201),  # twice by one is still one
    ):
        assert (await village.post(who, f"{session}/unsigned", form)).status_code == status
    assert (await village.post(village.host, f"{session}/minutes")).status_code == 409
    other = await village.post(village.observer, f"{session}/unsigned", form | {"why": "gone"})
    assert other.status_code == 201
    assert (await village.post(village.host, f"{session}/minutes")).status_code == 409, (
        "two different reasons"
    )
    assert (await village.post(village.observer, f"{session}/unsigned", form)).status_code == 201
    sealed = await village.post(village.host, f"{session}/minutes")
    assert sealed.status_code == 200, sealed.text
    pdf = await village.get(village.host, at(village, session, "/minutes.pdf"))
    text = "".join("".join(p.extract_text() for p in PdfReader(io.BytesIO(pdf.content)).pages).split())
    assert "没有签名：对记录有不同意见" in text
    assert "见证" in text
    (filed,) = await village.rows(
        "SELECT basis FROM journal WHERE tenant_id = $1 AND process_id = $2 AND action = 'file_minutes'",
        village.round_id,
    )
    assert "1 人没有签名、记明原因" in filed["basis"]


@pytest.mark.anyio
async def test_nobody_says_of_herself_that_she_did_not_sign(village: Village) -> None:
    session = await a_closed_session(village)
    digest_ = await village.sign_minutes(session, village.observer)
    form = {"account_id": str(village.observer.id), "why": "gone", "digest": digest_}
    assert (await village.post(village.observer, f"{session}/unsigned", form)).status_code == 403
    assert (await village.post(village.host, f"{session}/unsigned", form)).status_code == 201
    assert (await village.post(village.host, f"{session}/minutes")).status_code == 409
    signed = {**form, "account_id": str(village.members[0].id)}
    assert (await village.post(village.host, f"{session}/unsigned", signed)).status_code == 409


@pytest.mark.anyio
async def test_minutes_signed_on_paper_are_sealed_with_their_photograph(village: Village) -> None:
    session = await a_closed_session(village)
    missing = await village.post(village.host, f"{session}/minutes", {"papers": ["0" * 64]})
    assert missing.status_code == 422, missing.text
    photo = await village.photo(village.host)
    sealed = await village.post(village.host, f"{session}/minutes", {"papers": [photo]})
    assert sealed.status_code == 200, sealed.text
    (filed,) = await village.rows(
        "SELECT basis FROM journal WHERE tenant_id = $1 AND process_id = $2 AND action = 'file_minutes'",
        village.round_id,
    )
    assert "0 人签名，纸上签字的记录 1 张" in filed["basis"]
