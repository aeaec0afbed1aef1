"""A form for somebody unknown, one question to a page: typed answers travel along hidden until they are checked and sent.

question ─继续─▶ question … ─▶ 核对 (with papers) ─提交─▶ receipt
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.datastructures import UploadFile

from core.kernel.forms import FieldSpec, decode, describe, flatten, unflatten
from core.problems import Invalid, Problem
from core.web import stepwise
from core.web.forms import errors_of
from core.web.public_gate import challenge
from core.web.reading import sent_form
from core.web.services import services_of

AnyRequest = Request[Any, Any, Any]

PAPERS = "papers"
_CHECK = "_answer"


@dataclass(frozen=True)
class Sent:
    """What a page of the walk sent: typed values, its own hidden fields, files."""

    typed: dict[str, Any]
    own: dict[str, str]
    files: tuple[bytes, ...]

    @property
    def key(self) -> str:
        return self.own.get("_key", "")[:100] or secrets.token_urlsafe(12)


async def read(request: AnyRequest) -> Sent:
    """Raises Invalid for a form that cannot be read."""
    items: list[tuple[str, str]] = []
    own: dict[str, str] = {}
    files: list[bytes] = []
    for name, value in (await sent_form(request)).multi_items():
        if isinstance(value, UploadFile):
            data = await value.read()
            if name == PAPERS and (data or value.filename):
                files.append(data)
        elif name.startswith("_"):
            own[name] = str(value)
        elif name != PAPERS:  # a file input left empty comes as an empty text
            items.append((name, str(value)))
    return Sent(unflatten(items), own, tuple(files))


@dataclass(frozen=True)
class Walk:
    """One form on its way. `label` stands above every question, `options` are what may be chosen from."""

    request: AnyRequest
    form: type[msgspec.Struct]
    label: str
    back: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def specs(self) -> tuple[FieldSpec, ...]:
        return describe(self.form)

    @property
    def parts(self) -> tuple[stepwise.Part, ...]:
        return tuple(stepwise.Part(spec) for spec in self.specs if spec.widget != "hidden")

    async def show(
        self, typed: dict[str, Any], key: str, at: int = 0, problem: Problem | None = None
    ) -> Response[Any]:
        part = self.parts[min(max(at, 0), len(self.parts) - 1)]
        errors = part.errors(errors_of(problem, self.specs)) if problem else {}
        return services_of(self.request).renderer.page(
            self.request, "public/question.html", status=int(problem.status) if problem else 200, part=part, at=at,
            total=len(self.parts) + 1, value=part.value(typed), carried=part.carried(typed), options=self.options,
            errors=errors, detail="" if errors else _detail(problem), key=key, label=self.label, back=self.back,
        )  # fmt: skip

    async def check(self, typed: dict[str, Any], key: str, problem: Problem | None = None) -> Response[Any]:
        asked = await challenge(self.request)
        errors = errors_of(problem)
        return services_of(self.request).renderer.page(
            self.request, "public/check.html", status=int(problem.status) if problem else 200,
            summary=self.summary(typed), carried=flatten(typed), key=key, label=self.label, back=self.back,
            total=len(self.parts) + 1, detail=_detail(problem), challenge=asked, errors=errors,
        )  # fmt: skip

    def summary(self, typed: Mapping[str, Any]) -> Sequence[tuple[int, str, str]]:
        """(page, question, answer as people read it)."""
        found = []
        for at, part in enumerate(self.parts):
            value = str(part.value(typed) if part.value(typed) is not None else "")
            labels = dict(part.spec.choices or self.options.get(part.spec.widget, ()))
            found.append((at, part.spec.title, labels.get(value, value)))
        return found

    async def step(self, sent: Sent) -> Response[Any] | msgspec.Struct:
        """The next page, or the form when everything is there and it was sent."""
        parts, at = self.parts, stepwise.page_of(sent.own, self.parts)
        if "_prev" in sent.own or "_edit" in sent.own:
            wanted = sent.own.get("_edit", "")
            back = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 4 else at - 1
            return await self.show(sent.typed, sent.key, min(max(back, 0), len(parts) - 1))
        try:
            form = decode(self.form, sent.typed)
        except Invalid as invalid:
            return await self._wrong(sent, at, invalid)
        if "_send" in sent.own:
            return form
        if at + 1 < len(parts):
            return await self.show(sent.typed, sent.key, at + 1)
        return await self.check(sent.typed, sent.key)

    async def _wrong(self, sent: Sent, at: int, invalid: Invalid) -> Response[Any]:
        """At the page it came from while that is wrong; onwards while only later ones are; at the end, the first wrong one."""
        parts, errors = self.parts, errors_of(invalid, self.specs)
        if "_send" in sent.own or not parts[at].errors(errors):
            wrong = stepwise.first_wrong(parts, errors)
            if "_send" in sent.own or at + 1 == len(parts) or wrong <= at:
                return await self.show(sent.typed, sent.key, wrong, invalid)
            return await self.show(sent.typed, sent.key, at + 1)
        return await self.show(sent.typed, sent.key, at, invalid)


def _detail(problem: Problem | None) -> str:
    return " ".join(filter(None, (problem.detail, problem.hint))) if problem else ""
