"""What an officer does with a large file: announces it, sends its pieces, decides about its good rows, stops it."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID, uuid4

import msgspec
from msgspec import Meta

from core.sdk import Call, Conflict, FieldError, Invalid, Platform, Transaction, platform_of
from plugins.big_data_check import deliveries, receiving
from plugins.big_data_check.asking import config_of
from plugins.big_data_check.batch_file import BrokenDelivery, Manifest, most_left_out, read_manifest
from plugins.big_data_check.deliveries import Receipt
from plugins.big_data_check.intake import store
from plugins.big_data_check.intake.store import IntakeRow
from plugins.big_data_check.permissions import Permission
from plugins.big_data_check.tables import IN_PIECES

WORK = "intake"
PIECE = 4 * 1024 * 1024
"""Bytes of every piece but the last."""


class IntakeForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A large file is announced: its manifest, the detached signature, and how many bytes it has as it will be sent."""

    manifest: Annotated[dict[str, Any], Meta(title="清单")]
    size: Annotated[int, Meta(title="文件大小（字节）", ge=1, le=IN_PIECES.size)]
    signature: Annotated[str, Meta(title="签名", max_length=200)] = ""


class PieceForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One piece, counted from 0. A piece that came before may come again: nothing is doubled."""

    place: Annotated[int, Meta(title="第几段", ge=0, le=IN_PIECES.size // PIECE)]
    content_base64: Annotated[Any, Meta(title="内容（Base64）")]


class DecisionForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the rows without a fault are taken; `why` must then say why it cannot wait for a corrected file."""

    keep_good: Annotated[bool, Meta(title="只导入没有错误的行")]
    why: Annotated[str, Meta(title="为什么只导入一部分", max_length=500)] = ""


async def announce(call: Call, sent: bytes | Mapping[str, Any], signature: str, size: int) -> IntakeRow:
    """Raises BrokenDelivery (nothing to send it for), Conflict for what came before, Refused."""
    platform, config, now = platform_of(call.context), config_of(call.context), call.context.now
    if not 0 < size <= IN_PIECES.size:
        raise BrokenDelivery.whole(f"文件超过 {IN_PIECES.size // 1024**3} GB，请分地区交付")
    manifest = read_manifest(sent)
    if config.files.senders and not signature.strip():
        raise BrokenDelivery.whole("文件没有签名，请连同交付单位的签名文件一起上传")
    await receiving.acceptable(call, platform, manifest)
    intake = IntakeRow(
        uuid4(), manifest.source, manifest.as_of, manifest, signature.strip()[:200], size, 0, 0, now,
        call.actor.account_id, now, None, "receiving", "", 0, None, 0, 0, 0, False, "", "", "", 0, False,
    )  # fmt: skip
    async with platform.transaction() as tx:
        await deliveries.is_next(tx, manifest)
        await store.add(tx, intake)
    return intake


async def take_piece(call: Call, intake_id: UUID, place: int, body: bytes) -> IntakeRow:
    """The next piece; with the last the check begins. Raises Conflict for one out of turn, Invalid for one of a wrong size."""
    platform, now = platform_of(call.context), call.context.now
    digest = platform.fingerprint("piece", hashlib.sha256(body).hexdigest())
    await theirs(call, intake_id)
    sealed = platform.seal(body, about(intake_id, place))
    async with platform.transaction() as tx:
        intake = await store.load(tx, intake_id, lock=True)
        if place < intake.pieces:
            if (await store.pieces(tx, intake_id))[place][1] != digest:
                raise Conflict("这一段与先前收到的不一样，不是同一个文件", hint="请停止这次上传，重新开始")
            return intake
        if intake.state != "receiving" or place > intake.pieces:
            raise Conflict("这一段现在不能接收", hint="请刷新页面，从没有收到的一段接着传")
        if len(body) != min(PIECE, intake.size - intake.received):
            wrong = FieldError("content_base64", "每段 4 MB，最后一段是剩下的")
            raise Invalid("这一段的大小不对，可能没有传完整", fields=(wrong,))
        await store.add_piece(
            tx, intake_id, place, await platform.keep(sealed, "application/octet-stream"), digest
        )
        received = intake.received + len(body)
        whole = received == intake.size
        state = "queued" if whole else "receiving"
        await store.tell(tx, intake_id, now, received=received, pieces=place + 1, state=state)
        if whole:
            await work_soon(tx, platform, intake_id, "first")
        return await store.load(tx, intake_id)


async def decide(call: Call, intake_id: UUID, form: DecisionForm) -> IntakeRow:
    """Keep the good rows, or nothing. Raises Conflict, Invalid, Refused."""
    platform, now = platform_of(call.context), call.context.now
    await theirs(call, intake_id)
    if form.keep_good and len(form.why.strip()) < receiving.SHORTEST_WHY:
        raise Invalid(
            "要写明为什么只导入一部分",
            fields=(FieldError("why", "请写明原因，例如“部门已确认，下月更正”"),),
        )
    async with platform.transaction() as tx:
        intake = await store.load(tx, intake_id, lock=True)
        if intake.state != "deciding":
            raise Conflict("这份文件现在不用决定", hint="请刷新页面看它到了哪一步")
        if form.keep_good:
            receipt = Receipt("", intake.sender, form.why.strip(), call.actor.account_id, now)
            await take(tx, platform, intake, receipt)
        else:
            await store.tell(tx, intake_id, now, state="cancelled", finished_at=now, reason="没有导入")
            await work_soon(tx, platform, intake_id, "cleared")
        return await store.load(tx, intake_id)


async def take(tx: Transaction, platform: Platform, intake: IntakeRow, receipt: Receipt) -> None:
    """All rows put aside answer from now on, in this transaction. Raises Conflict."""
    counts = (intake.good, intake.faulty, intake.unknown)
    await deliveries.take_staged(tx, intake.id, intake.manifest, receipt, counts)
    asked = await receiving.announce(
        tx, platform, intake.id, intake.manifest, (intake.good, intake.faulty), receipt
    )
    await store.tell(
        tx, intake.id, receipt.at, state="taken", finished_at=receipt.at, why=receipt.left_out_why,
        requests=asked, seconds_left=None,
    )  # fmt: skip


async def stop(call: Call, intake_id: UUID) -> IntakeRow:
    """What is being checked ends at its next thousand rows; everything put aside is removed. Raises Conflict when it is over."""
    platform, now = platform_of(call.context), call.context.now
    await theirs(call, intake_id)
    async with platform.transaction() as tx:
        intake = await store.load(tx, intake_id, lock=True)
        if not intake.open:
            raise Conflict("这份文件已经办完了", hint="请刷新页面")
        if intake.state == "checking":
            await store.tell(tx, intake_id, intake.seen_at, stop=True)
        else:
            await store.tell(tx, intake_id, now, state="cancelled", finished_at=now, reason="已停止")
            await work_soon(tx, platform, intake_id, "cleared")
        return await store.load(tx, intake_id)


async def theirs(call: Call, intake_id: UUID) -> IntakeRow:
    """A file of areas this officer takes deliveries for. Raises NotFound, Refused."""
    platform = platform_of(call.context)
    async with platform.transaction() as tx:
        intake = await store.load(tx, intake_id)
    for area in intake.manifest.areas or (call.context.district,):
        blocked = platform.may(call.actor, Permission.DELIVER, area.ljust(12, "0"))
        if blocked is not None:
            raise blocked.refused()
    return intake


async def work_soon(tx: Transaction, platform: Platform, intake_id: UUID, turn: str) -> None:
    await platform.enqueue(tx, WORK, {"intake": str(intake_id)}, key=f"{intake_id}:{turn}")


def too_many(manifest: Manifest, faulty: int) -> bool:
    return faulty > most_left_out(manifest)


def about(intake_id: UUID, place: int) -> bytes:
    return intake_id.bytes + b"piece" + place.to_bytes(4, "big")


def plain_piece(form: PieceForm) -> bytes:
    """Raises Invalid for what is no Base64."""
    try:
        return base64.b64decode(form.content_base64, validate=True)
    except (binascii.Error, TypeError, ValueError):
        wrong = FieldError("content_base64", "内容不是 Base64，请重新上传这一段")
        raise Invalid("这一段没有传完整", fields=(wrong,)) from None
