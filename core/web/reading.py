"""What was sent: JSON bodies, HTML forms with photographs, addresses' queries. All decoded by `core.kernel.forms`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import FormMultiDict, UploadFile

from core.access.roles import PARTY_ROLES
from core.complaints import attachments
from core.kernel.forms import decode, unflatten
from core.kernel.forms.flat import path_of
from core.problems import FieldError, Invalid
from core.registry import evidence, photographs
from core.web.services import services_of
from core.web.visit import visit_of

T = TypeVar("T", bound=msgspec.Struct)

MOST_JSON = 1024 * 1024
_KEY_LENGTH = 128
_VERSION_DIGITS = 9

AnyRequest = Request[Any, Any, Any]


async def json_body(request: AnyRequest) -> dict[str, Any]:
    """The body as a JSON object. Raises Invalid for anything else."""
    kind = request.headers.get("content-type", "application/json")
    if kind.partition(";")[0].strip().lower() != "application/json":
        raise Invalid("请求内容要用 JSON（Content-Type: application/json）")
    body = await request.body()
    if len(body) > MOST_JSON:
        raise Invalid("内容太大，一次请求不超过 1 MB")
    try:
        parsed = msgspec.json.decode(body or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Invalid("请求内容不是有效的 JSON") from None
    if not isinstance(parsed, dict):
        raise Invalid("请求内容应当是一个 JSON 对象")
    return parsed


async def body(request: AnyRequest, form_type: type[T]) -> T:
    return decode(form_type, await json_body(request))


def query(request: AnyRequest, form_type: type[T]) -> T:
    """The address's parameters as a form. Raises Invalid with every wrong one."""
    return decode(form_type, unflatten(request.query_params.multi_items()))


def lenient_query(request: AnyRequest, form_type: type[T]) -> T:
    """The same for pages: parameters that can't be understood are ignored rather than shown as an error."""
    known = {field.encode_name for field in msgspec.structs.fields(form_type)}
    raw = {k: v for k, v in unflatten(request.query_params.multi_items()).items() if k in known}
    try:
        return decode(form_type, raw)
    except Invalid as invalid:
        wrong = {error.field.partition(".")[0] for error in invalid.fields}
        return decode(form_type, {k: v for k, v in raw.items() if k not in wrong})


async def sent_form(request: ASGIConnection[Any, Any, Any, Any]) -> FormMultiDict:
    """The form of the request's body. Raises Invalid for one whose texts are no text."""
    try:
        form: FormMultiDict = await request.form()  # type: ignore[attr-defined]
    except UnicodeDecodeError:
        raise Invalid("表单里有无法识别的字符，请刷新页面后重新填写") from None
    return form


class BadFiles(Invalid):
    """Files of a page's form could not be taken; what was typed beside them is here, so that it is not lost."""

    def __init__(self, fields: list[FieldError], typed: dict[str, Any], own: dict[str, str]) -> None:
        super().__init__("有文件没有收下，其余内容都还在。", fields=tuple(fields))
        self.typed = typed
        self.own = own


async def page_form(request: AnyRequest) -> tuple[dict[str, Any], dict[str, str]]:
    """What a page's form sent: (its values, its own hidden fields). Photographs are stored and become their hashes."""
    values, own, _none = await page_parts(request)
    return values, own


async def page_parts(
    request: AnyRequest, as_bytes: tuple[str, ...] = ()
) -> tuple[dict[str, Any], dict[str, str], dict[str, bytes]]:
    """The same, and the files sent under the names `as_bytes`, as they came and not kept. Raises BadFiles."""
    bad: list[FieldError] = []
    items: list[tuple[str, str]] = []
    own: dict[str, str] = {}
    files: dict[str, bytes] = {}
    for name, value in (await sent_form(request)).multi_items():
        if isinstance(value, UploadFile):
            data = await value.read()
            try:
                if name in as_bytes:
                    files[name] = _of_size(name, data)
                elif data or value.filename:
                    items.append((name, await store(request, data)))
            except Invalid as wrong:
                dotted = ".".join(path_of(name)) or "file"
                bad += [FieldError(dotted, f"{value.filename[:60]}：{e.message}") for e in wrong.fields]
        elif name.startswith("_"):
            own[name] = str(value)
        else:
            items.append((name, str(value)))
    typed = unflatten(items)
    if bad:
        raise BadFiles(bad, typed, own)
    return typed, own, files


def _of_size(name: str, data: bytes) -> bytes:
    if len(data) > evidence.MAX_BYTES:
        raise Invalid("文件太大", fields=(FieldError(name, "每个文件不超过 8 MB，请分成几份再上传"),))
    return data


async def store(request: AnyRequest, data: bytes) -> str:
    """Keep a photograph or paper; returns its SHA-256. Raises Invalid for a wrong kind or size."""
    services, actor = services_of(request), visit_of(request).actor
    kept = _without_traces(data) if {grant.role for grant in actor.grants} <= PARTY_ROLES else data
    async with services.database.transaction(actor.tenant_id) as tx:
        return (await evidence.put(tx, services.objects, kept, actor.account_id, services.clock())).sha256


def _without_traces(data: bytes) -> bytes:
    """A household's photograph without place, device and time, whoever's browser sent it; still the same way up."""
    if not data or len(data) > evidence.MAX_BYTES:
        return data
    kind = evidence.media_type_of(data)
    bare = attachments.unsigned(data, kind)
    return photographs.upright(bare, photographs.orientation_of(data)) if kind == "image/jpeg" else bare


def version_of(own: Mapping[str, str]) -> int:
    """The version a page's form was read at; what is none was never a version."""
    sent = own.get("_version", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) <= _VERSION_DIGITS else 0


def idempotency_key(request: AnyRequest) -> str | None:
    """The `Idempotency-Key` header. Raises Invalid when it is too long or unreadable."""
    key = request.headers.get("idempotency-key")
    if key is not None and not (0 < len(key) <= _KEY_LENGTH and key.isascii() and key.isprintable()):
        raise Invalid("Idempotency-Key 要用 1–128 个英文字母、数字或符号")
    return key
