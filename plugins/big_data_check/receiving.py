"""A batch file comes in: decrypted, its sender known, its table checked; then stored whole, or as the officer decides.

upload ─▶ who sent it ─▶ decrypt ─▶ manifest: source, areas, day, batch ─▶ table ─▶ records + the file as it came
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import io
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from core.sdk import Call, FieldError, Invalid, Platform, Transaction, local_date, platform_of
from plugins.big_data_check import access_log, batches, deliveries, envelope, jobs
from plugins.big_data_check.asking import config_of
from plugins.big_data_check.batch_file import (
    BrokenDelivery,
    Delivery,
    Manifest,
    RowProblem,
    read,
    read_manifest,
)
from plugins.big_data_check.config import Files
from plugins.big_data_check.deliveries import Receipt
from plugins.big_data_check.permissions import Permission
from plugins.big_data_check.tables import MAX_BYTES

PRIVATE = "files_private_key"
SHORTEST_WHY = 4
UNOPENABLE = "文件解不开：不是用本区的公钥加密的，或者没有传完，请重新发送"


class DeliveryForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A batch file: the manifest as the sender made it, the table's bytes (encrypted or not), the detached signature.

    `keep_good`: leave faulty rows out and say why; without it one faulty row keeps the whole file out.
    """

    manifest: Annotated[dict[str, Any], Meta(title="清单")]
    content_base64: Annotated[Any, Meta(title="文件内容（Base64）")]
    signature: Annotated[str, Meta(title="签名", max_length=200)] = ""
    keep_good: Annotated[bool, Meta(title="只导入没有错误的行")] = False
    why: Annotated[str, Meta(title="为什么只导入一部分", max_length=500)] = ""


class Accepted(msgspec.Struct, frozen=True):
    """A delivery that was taken, how many rows were left out, and how many requests are asked again because of it."""

    id: UUID
    source: str
    rows: int
    left_out: int
    requests: int


class Upload(msgspec.Struct, frozen=True):
    """What was sent, before anything of it is believed."""

    manifest: bytes | Mapping[str, Any]
    file: bytes
    signature: str = ""
    keep_good: bool = False
    why: str = ""


async def take_delivery(call: Call, upload: Upload) -> Accepted:
    """Take a batch file. Raises BrokenDelivery with every problem; then nothing was imported. Invalid, Refused, Conflict."""
    platform, config = platform_of(call.context), config_of(call.context)
    if upload.keep_good and len(upload.why.strip()) < SHORTEST_WHY:
        raise Invalid(
            "要写明为什么只导入一部分", fields=(FieldError("why", "请写明原因，例如“部门已确认，下月更正”"),)
        )
    manifest = read_manifest(upload.manifest)
    sender = sender_of(config.files, manifest, hashlib.sha256(upload.file).digest(), upload.signature)
    table = await asyncio.to_thread(_opened, config.files, platform.setting(PRIVATE), upload.file)
    await acceptable(call, platform, manifest)
    delivery = await asyncio.to_thread(read, manifest, table, keep_good=upload.keep_good)
    kept = await _kept(platform, upload.file, manifest)
    why = upload.why.strip() if delivery.left_out else ""
    receipt = Receipt(kept, sender, why, call.actor.account_id, call.context.now)
    return await _stored(call, platform, delivery, receipt)


async def _stored(call: Call, platform: Platform, delivery: Delivery, receipt: Receipt) -> Accepted:
    manifest, left_out = delivery.manifest, len(delivery.left_out)
    async with platform.transaction() as tx:
        delivery_id = await deliveries.take(tx, platform, delivery, receipt)
        count = await announce(tx, platform, delivery_id, manifest, (delivery.rows, left_out), receipt)
    return Accepted(delivery_id, manifest.source.value, delivery.rows, left_out, count)


async def announce(
    tx: Transaction,
    platform: Platform,
    delivery_id: UUID,
    manifest: Manifest,
    counts: tuple[int, int],
    receipt: Receipt,
) -> int:
    """A delivery answers from now on: whoever waited for it is asked again, and it is logged. How many requests.

    `counts`: rows taken and left out.
    """
    rows, left_out = counts
    count = await jobs.ask_for_delivery(tx, platform, manifest, delivery_id)
    purpose = f"收取批量文件，数据截至 {manifest.as_of}" + (f"，{manifest.batch}" if manifest.batch else "")
    outcome = f"{rows} 行" + (f"，{left_out} 行有错误没有导入" if left_out else "")
    entry = access_log.Entry(
        "delivered", purpose, source=manifest.source.value, outcome=outcome, actor_id=receipt.by
    )
    await access_log.write(tx, receipt.at, [entry])
    return count


def sender_of(files: Files, manifest: Manifest, sha256: bytes, signature: str) -> str:
    """Whose signature of the file with this SHA-256 it is; with senders named in the settings, one of theirs is needed."""
    if not files.senders:
        return ""
    if not signature.strip():
        raise BrokenDelivery.whole("文件没有签名，请连同交付单位的签名文件一起上传")
    sender = envelope.digest_signed_by(files.senders, manifest.canonical(), sha256, signature)
    if sender is None:
        raise BrokenDelivery.whole("签名不对：文件或清单可能被改过，或者不是约定的单位交付的，请重新索取")
    return sender


def _opened(files: Files, private_key: str, file: bytes) -> bytes:
    """The table's own bytes."""
    if not envelope.is_sealed(file):
        if files.encrypted:
            raise BrokenDelivery.whole("本区只收加密的文件，请交付单位用本区的公钥加密后重新发送")
        return file
    if not private_key:
        raise BrokenDelivery.whole("系统没有设置解密的密钥，打不开加密的文件，请联系系统管理员")
    out = io.BytesIO()
    try:
        envelope.unseal(io.BytesIO(file), out, envelope.private_key(private_key), MAX_BYTES)
    except envelope.TooLarge:
        raise BrokenDelivery.whole(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请分地区交付") from None
    except ValueError:
        raise BrokenDelivery.whole(UNOPENABLE) from None
    return out.getvalue()


async def _kept(platform: Platform, file: bytes, manifest: Manifest) -> str:
    """The file as it came, in the object store; what came unencrypted is sealed first."""
    about = manifest.sha256.encode()
    body = file if envelope.is_sealed(file) else await asyncio.to_thread(platform.seal, file, about)
    return await platform.keep(body, "application/octet-stream")


async def acceptable(call: Call, platform: Platform, manifest: Manifest) -> None:
    """Whether this district takes this source as files, for these areas, from this officer, and this day's data."""
    config, today = config_of(call.context), local_date(call.context.now)
    problems = []
    if manifest.source not in config.file_sources:
        problems.append(RowProblem(0, "source", f"本区没有把“{manifest.source.label}”设为按批量文件核对"))
    strange = [a for a in manifest.areas if not a.startswith(call.context.district[:6])]
    if strange:
        problems.append(RowProblem(0, "areas", f"不是本区的地区代码：{'、'.join(strange[:5])}"))
    if manifest.as_of > today:
        problems.append(RowProblem(0, "as_of", "数据截至日期在今天之后"))
    elif manifest.as_of < deliveries.oldest_fresh(today, config.files.max_age_days):
        problems.append(RowProblem(0, "as_of", f"数据超过 {config.files.max_age_days} 天，已经不能用于核对"))
    if manifest.batch:
        async with platform.transaction() as tx:
            if not await batches.named(tx, manifest.batch, manifest.source):
                problems.append(RowProblem(0, "batch", "没有向这个来源发出过这个核对批次"))
    if problems:
        raise BrokenDelivery(*problems)
    for area in manifest.areas or (call.context.district,):
        blocked = platform.may(call.actor, Permission.DELIVER, area.ljust(12, "0"))
        if blocked is not None:
            raise blocked.refused()


def upload_of(form: DeliveryForm) -> Upload:
    """Raises Invalid for what is no Base64."""
    try:
        file = base64.b64decode(form.content_base64, validate=True)
    except (binascii.Error, TypeError, ValueError):
        wrong = FieldError("content_base64", "文件内容不是 Base64，请重新上传")
        raise Invalid("文件没有传完整", fields=(wrong,)) from None
    return Upload(form.manifest, file, form.signature, form.keep_good, form.why)


def as_invalid(broken: BrokenDelivery) -> Invalid:
    """The problems of a delivery for the API: one error per cell, nothing was imported."""
    rest = f"；其余 {broken.good} 行没有错误，可以说明原因后只导入这些行" if broken.good else ""
    return Invalid(
        f"文件没有导入，请按下面的问题修改后重新上传{rest}",
        fields=tuple(FieldError(_path(p), _sentence(p)) for p in broken.problems),
    )


def _path(problem: RowProblem) -> str:
    return (
        f"rows.{problem.row}.{problem.column}".rstrip(".")
        if problem.row
        else f"manifest.{problem.column}".rstrip(".")
    )


def _sentence(problem: RowProblem) -> str:
    return f"第 {problem.row} 行“{problem.column}”：{problem.message}" if problem.row else problem.message
