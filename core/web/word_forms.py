"""A district's own Word templates, as pages and API look after them: what there is, saving one, filling one in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from litestar import Request, Response
from msgspec import Meta

from core.clock import local_date
from core.documents.papers import Paper
from core.documents.word import filling, versions
from core.documents.word.starter import starter
from core.documents.word.versions import TemplateVersion
from core.documents.word.vocabulary import Vocabulary, vocabulary_of
from core.problems import FieldError, Invalid, NotFound
from core.sdk.house import form_name
from core.storage.database import Transaction
from core.web.services import services_of
from core.web.views.papers.samples import LABELS, SAMPLES, vocabulary
from core.web.views.scope import account_names
from core.web.visit import visit_of

AnyRequest = Request[Any, Any, Any]

EXAMPLE = "https://example.org/"
"""What the QR code of a preview says."""


class TemplateForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From when a template holds, and why it was changed; the file goes beside it."""

    start: Annotated[date, Meta(title="从哪天起用", description="写今天就马上启用；已经打印的文书不受影响")]
    reason: Annotated[
        str, Meta(title="为什么改", min_length=2, max_length=200, extra={"placeholder": "例如：按市局新版式"})
    ]


class TemplateLine(msgspec.Struct, frozen=True):
    """An official form, and its template in force today; None: our own layout only."""

    kind: str
    title: str
    own: TemplateVersion | None


class TemplateFile(msgspec.Struct, frozen=True):
    """One form: every version newest first with its author's name, which one holds today, and what may be named."""

    line: TemplateLine
    versions: tuple[tuple[TemplateVersion, str], ...]
    texts: tuple[str, ...]
    lists: tuple[str, ...]
    tables: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class KnownForm:
    """A form that can have a template: what it is called, and a sample with everything filled in."""

    title: str
    sample: Paper

    @property
    def words(self) -> Vocabulary:
        return vocabulary_of(self.sample)


def known_forms(request: AnyRequest) -> dict[str, KnownForm]:
    """Core's official forms in the order of the process, then those of the plugins the district uses."""
    own = {kind: KnownForm(LABELS[kind], sample) for kind, sample in SAMPLES.items()}
    host = services_of(request).plugin_host
    brought = host.collect("printed_forms", visit_of(request).plugins).offers if host else ()
    return own | {
        form_name(o.plugin, o.value.kind): KnownForm(o.value.sample.title, o.value.sample) for o in brought
    }


async def listed(request: AnyRequest) -> tuple[TemplateLine, ...]:
    """Every form there is."""
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        own = await versions.in_force(tx, local_date(services.clock()))
    return tuple(TemplateLine(kind, form.title, own.get(kind)) for kind, form in known_forms(request).items())


async def one(request: AnyRequest, kind: str) -> TemplateFile:
    """Raises NotFound for a form there is none of."""
    services, visit = services_of(request), visit_of(request)
    form = known(request, kind)
    words = form.words
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        own = (await versions.in_force(tx, local_date(services.clock()))).get(kind)
        found = await versions.history(tx, kind)
        names = await account_names(tx, {version.saved_by for version in found})
    return TemplateFile(
        TemplateLine(kind, form.title, own), tuple((v, names.get(v.saved_by, "")) for v in found), words.texts,
        words.lists, dict(words.tables),
    )  # fmt: skip


async def save(request: AnyRequest, kind: str, form: TemplateForm, body: bytes | None) -> None:
    """Check a template and keep it; None: our own layout again. Raises Invalid with all that is wrong, NotFound."""
    services, actor = services_of(request), visit_of(request).actor
    known_form = known(request, kind)
    if body is not None:
        if not body:
            raise Invalid("还没有选文件。", fields=(FieldError("file", "请选择 Word 模板（.docx）"),))
        await filling.checked(body, known_form.sample, known_form.words)
    now = services.clock()
    async with services.database.transaction(actor.tenant_id) as tx:
        await versions.save(
            tx, kind, body, start=form.start, reason=form.reason, by=actor.account_id, now=now,
            today=local_date(now),
        )  # fmt: skip


async def start_from(request: AnyRequest, kind: str) -> Response[bytes]:
    """The starter template, every variable in its place. Raises NotFound."""
    form = known(request, kind)
    return document(f"{form.title}（起始模板）", starter(form.words))


async def stored(request: AnyRequest, kind: str, version: int, *, preview: bool) -> Response[bytes]:
    """A version as it was saved, or filled in with the sample. Raises NotFound."""
    services, visit, form = services_of(request), visit_of(request), known(request, kind)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        body = await versions.body_of(tx, kind, version)
    if body is None:
        raise NotFound("没有找到这一版模板")
    if preview:
        body = await filling.filled(body, form.sample, form.words, EXAMPLE)
    return document(f"{form.title}（{'预览' if preview else '模板'}，第 {version} 版）", body)


async def template_of(tx: Transaction, kind: str, today: date) -> bytes:
    """The template this form is filled into today. Raises NotFound where the district has none."""
    body = await versions.body_in_force(tx, kind, today)
    if body is None:
        raise NotFound("本区没有这种文书的 Word 模板", hint="请用 PDF 打印。")
    return body


async def print_word(template: bytes, kind: str, paper: Paper, address: str, name: str) -> Response[bytes]:
    """The paper in the district's own layout, with the QR code of `address`."""
    return document(name, await filling.filled(template, paper, vocabulary(kind), address))


def known(request: AnyRequest, kind: str) -> KnownForm:
    form = known_forms(request).get(kind)
    if form is None:
        raise NotFound("没有这种文书")
    return form


def document(name: str, data: bytes) -> Response[bytes]:
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}.docx"}
    return Response(data, media_type=filling.MEDIA_TYPE, headers=headers)
