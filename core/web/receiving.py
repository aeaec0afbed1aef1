"""Receipts as pages and API give them: to the household and the office; and the page a receipt's code opens for anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from litestar import Request

from core.access import access_log
from core.access.access_log import Event
from core.clock import local_date
from core.documents.papers import NoticePaper, Row
from core.documents.qr import qr_svg
from core.problems import NotFound, Refused
from core.registry import receipts
from core.stages.context import case_subject, district
from core.web.addresses import public_address
from core.web.public_gate import admit_receipt, right_receipt
from core.web.services import services_of
from core.web.views.papers.issuing import Issuing
from core.web.views.papers.wording import day
from core.web.views.standing import CaseStanding, reader_for, standing_of
from core.web.visit import visit_of

if TYPE_CHECKING:
    from core.kernel.situation import Situation

AnyRequest = Request[Any, Any, Any]


class CaseReceipt(msgspec.Struct, frozen=True):
    """A receipt: `code` in groups to be copied by hand, `address` what its QR code opens."""

    number: str
    code: str
    address: str
    standing: CaseStanding


def _unknown() -> NotFound:
    """One answer for a code that never was, one that was replaced, and one with a slip in it."""
    return NotFound(
        "没有这个回执码，可能抄错了一位，也可能后来换了新回执。",
        hint="请对照回执再看一遍；回执丢了的，用手机号进入，或者到乡镇民政办补一张。",
    )


async def standing_by(request: AnyRequest, code: str) -> CaseStanding:
    """Where the case of this receipt stands. Raises NotFound, TooMany."""
    services, tenant = services_of(request), visit_of(request).district
    await admit_receipt(request)
    async with services.database.transaction(tenant.id) as tx:
        case = await receipts.case_of(tx, services.cipher, code)
        if case is None:
            raise _unknown()
        situation = await services.situations.load(tx, reader_for(tenant), case)
        found = standing_of(situation)
    await right_receipt(request)
    return found


async def receipt_of(
    request: AnyRequest, process_id: UUID, *, renew: bool = False
) -> tuple[CaseReceipt, Situation]:
    """For the household itself and for who takes applications. Raises NotFound, Refused."""
    services, actor = services_of(request), visit_of(request).actor
    async with services.database.transaction(actor.tenant_id) as tx:
        situation = await services.situations.load(tx, actor, process_id)
        if situation.view.process.kind != "case":
            raise NotFound("没有找到这一件申请")
        if not situation.standing.is_party and situation.standing.permitted("accept") is not None:
            raise Refused("回执由申请家庭自己或者受理的乡镇打印。", hint="请联系乡镇民政办")
        if renew and situation.view.stage.type != "application":
            code = await receipts.reissue(tx, services.cipher, process_id, actor.account_id, services.clock())
            await access_log.record(
                tx, services.clock(), Event.RECEIPT_REISSUED, account=actor.account_id, process=process_id
            )
        else:
            code = await receipts.code_of(tx, services.cipher, process_id)
    if not code:
        raise NotFound("还没有回执：交上申请以后才有。", hint="以前受理的，请乡镇民政办补发一张。")
    address = f"{public_address(request)}{visit_of(request).base}/s/{code}"
    process = situation.view.process
    return CaseReceipt(process.number, receipts.grouped(code), address, standing_of(situation)), situation


def paper_of(receipt: CaseReceipt, situation: Situation, issuing: Issuing) -> NoticePaper:
    """The receipt as a sheet to print."""
    view, settings = situation.view, district(situation.view).settings
    handed_in = next(
        (f.at for f in view.records.filed if f.record.kind() == "application"), view.process.opened_at
    )
    return NoticePaper(
        title="最低生活保障申请回执", number=receipt.number, office=issuing.of("receipt"), dated=day(local_date(handed_in)),
        addressee=case_subject(view).household.applicant.person.name, qr=qr_svg(receipt.address), receipt=False,
        sentences=(
            "您家的最低生活保障申请已经收到。用手机扫右上角的码，或者打开下面的网址，随时能看办到哪一步、我们最晚哪天给您答复。",
            "这张回执请收好，不要给别人：拿着它就能看到您家的进度。丢了可以补，补了以后这一张就不能用了。",
        ),
        rows=(
            Row(label="申请编号", text=receipt.number), Row(label="回执码", text=receipt.code),
            Row(label="网址", text=receipt.address.rpartition("/")[0]),
            Row(label="有疑问请打", text=settings.supervision_phone),
        ),
    )  # fmt: skip
